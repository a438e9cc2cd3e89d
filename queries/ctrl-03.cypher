// Person on both sides (CTRL-03)
// What it answers: which persons have a tie (owner, position, employment) to a practice and one to its manager, or to a
//   company that controls it, that it controls, or under common control with it. See docs/rules/ctrl-03.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, person, found, path, company
//   found is true, false, or null where it is not decided on the facts given. A row without a person asks whether there
//   are owners, positions or staff that are not listed. path: the ties to both sides. company: the one on the manager's
//   side; a row for each. Other practices of the same owner are left to CTRL-05.
// What it misses: nothing of the rule, which does not look at when practice and manager began; severity and questions
//   are in the audit. Who controls whom is read from CONTROLS, whether physicians own the manager from JUDGED_IN; both
//   are worked out when a structure is loaded.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s
MATCH (t:Person)-[here:OWNS|HOLDS_ROLE|EMPLOYS {in_force: true}]-(p)
WHERE (type(here) = 'EMPLOYS' XOR startNode(here) = t)
  AND NOT (type(here) = 'OWNS' AND coalesce(here.instrument, 'equity') IN ['option', 'debt_secured'])
WITH p, s, t, collect(here) AS here
MATCH (t)-[there:OWNS|HOLDS_ROLE|EMPLOYS {in_force: true}]-(x:Entity)
WHERE (type(there) = 'EMPLOYS' XOR startNode(there) = t)
  AND x <> p AND NOT x:Person AND (NOT x:Practice OR EXISTS { (x)-[:MANAGES {in_force: true}]->() })
  AND NOT (type(there) = 'OWNS' AND coalesce(there.instrument, 'equity') IN ['option', 'debt_secured'])
WITH p, s, t, here, x, collect(there) AS there
// is the company the manager, or does one control the other, or somebody both?
CALL (p, x) {
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH DISTINCT p, x, m
  WITH p, x, collect({m: m, tied:
       CASE WHEN x = m
              OR EXISTS { (x)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(x) }
              OR EXISTS { (x)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(m) } THEN true
            WHEN EXISTS { (x)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(x) }
              OR EXISTS { (x)<-[:CONTROLS]-()-[:CONTROLS]->(m) } THEN null
            WHEN x.control_closed AND m.control_closed THEN false END}) AS ties
  RETURN CASE WHEN any(t IN ties WHERE t.m IS NOT NULL AND t.tied) THEN true
              WHEN NOT 'agreements' IN p.complete THEN null
              ELSE any(t IN ties WHERE CASE WHEN t.m IS NULL THEN false ELSE t.tied END) END AS side
}
// the law of Oregon: a written agreement for pay, by the agreement itself or by the parts of its fee
CALL (p) {
  OPTIONAL MATCH (:Entity)-[a:MANAGES {in_force: true}]->(p)
  WITH p, a, COLLECT { MATCH (f:FeeComponent {structure: $structure, agreement: a.id})
                       RETURN {basis: f.basis, pct: f.pct, usd: f.usd} } AS parts
  WITH p, a, [f IN parts + CASE WHEN size(parts) > 0 AND a.fee_basis IS NULL AND a.fee_pct IS NULL AND a.fee_usd IS NULL
                                THEN [] ELSE [{basis: a.fee_basis, pct: a.fee_pct, usd: a.fee_usd}] END |
              CASE WHEN f.usd > 0 OR f.pct > 0 THEN 1
                   WHEN CASE WHEN f.basis IS NULL THEN f.usd = 0 AND f.pct = 0
                             WHEN f.basis = 'fixed' THEN f.usd = 0
                             WHEN f.basis IN ['pct_collections', 'pct_revenue', 'pct_net', 'residual'] THEN f.pct = 0
                             END THEN 0
                   WHEN f.basis IS NOT NULL THEN 1 END] AS paid
  WITH p, collect({a: a, written: a.in_writing AND any(x IN paid WHERE x = 1)}) AS all
  RETURN any(x IN all WHERE CASE WHEN x.a IS NULL THEN false ELSE x.written END)
         OR CASE WHEN 'agreements' IN p.complete THEN false END AS written
}
// and the part of the practice that the person owns: what the others have for certain is left to nobody else
CALL (p, t) {
  OPTIONAL MATCH (y:Entity)-[w:OWNS {in_force: true}]->(p)
  WHERE NOT coalesce(w.instrument, 'equity') IN ['option', 'debt_secured']
  WITH p, t, collect({own: y = t, w: w}) AS all, count(w) AS number, count(w.shares_held) AS counts,
       count(w.shares_outstanding) AS outstanding, count(DISTINCT w.shares_outstanding) AS wholes,
       max(w.shares_outstanding) AS whole
  // counts of one number of shares stay counts; percentages are rounded to millionths
  WITH p, all, number > 0 AND counts = number AND outstanding = number AND wholes = 1 AS exact, whole
  UNWIND all AS one
  WITH p, exact, CASE WHEN exact THEN whole ELSE 1000000 END AS whole, coalesce(one.own, false) AS own, one.w AS w
  WITH p, whole, own,
       CASE WHEN exact THEN w.shares_held ELSE toInteger(round(coalesce(w.min_pct, 0) * 10000)) END AS low,
       CASE WHEN exact THEN w.shares_held WHEN w IS NULL THEN 0
            ELSE toInteger(round(coalesce(w.max_pct, 100) * 10000)) END AS high
  WITH p, whole, any(x IN collect(own) WHERE x) AS owns,
       sum(CASE WHEN own THEN low ELSE 0 END) AS low, sum(CASE WHEN own THEN high ELSE 0 END) AS high,
       sum(CASE WHEN own THEN 0 ELSE low END) AS others, sum(CASE WHEN own THEN 0 ELSE high END) AS rest
  WITH whole, owns, low, high, others, rest, 'owners' IN p.complete AS closed
  WITH whole, CASE WHEN closed AND owns AND whole - rest > low THEN whole - rest ELSE low END AS low,
       CASE WHEN NOT owns AND closed THEN 0
            WHEN NOT owns OR high > whole - others THEN CASE WHEN whole - others > low THEN whole - others ELSE low END
            ELSE high END AS high
  RETURN low * 4 < whole AS below_25,
         CASE WHEN high * 10 < whole THEN true WHEN low * 10 >= whole THEN false END AS below_10
}
WITH p, s, t, here, x, there, side, written, below_25, below_10,
     head(COLLECT { MATCH (p)-[j:JUDGED_IN]->(s) RETURN j.manager_physicians }) AS physicians,
     CASE WHEN EXISTS { (t)-[:HAS_LICENSE]->(:License {in_force: true, status: 'active'})-[:ISSUED_IN]->(s) } THEN true
          WHEN 'licenses' IN t.complete
               AND NOT EXISTS { MATCH (t)-[:HAS_LICENSE]->(l:License {in_force: true})-[:ISSUED_IN]->(s)
                                WHERE l.status IS NULL } THEN false END AS licensed,
     date('2024-01-01') AS since,
     ['director', 'officer', 'president', 'vice_president', 'secretary', 'treasurer', 'assistant_officer'] AS leads
WITH p, s, t, here, x, there, side, written, below_25, below_10, physicians, licensed, since, leads,
     // nothing but a contractor, paid at fair market value, who owns little of the practice
     all(r IN there WHERE type(r) = 'EMPLOYS' AND r.status = 'contractor')
     AND CASE WHEN all(g IN ['owners', 'roles', 'employment'] WHERE g IN x.complete) THEN true END
     AND below_10
     AND all(r IN there WHERE CASE WHEN type(r) = 'EMPLOYS' AND coalesce(r.status, 'contractor') = 'contractor'
                                   THEN coalesce(r.is_fmv, r.annual_usd >= r.fmv_low_usd
                                                           AND r.annual_usd <= r.fmv_high_usd)
                                   ELSE true END) AS contractor,
     // nothing but shares that may be incidental: no majority, and not said to be active
     CASE WHEN all(r IN there WHERE type(r) = 'OWNS') AND NOT any(r IN there WHERE NOT coalesce(r.passive, true))
               AND reduce(sum = 0.0, r IN there | sum + coalesce(r.min_pct, 0)) <= 50
          THEN null ELSE false END AS incidental
WITH p, s, t, here, x, there, side, written, physicians, contractor, incidental,
     // directors and officers of both since before 2024: these tests were not read in full
     CASE WHEN any(r IN here WHERE type(r) = 'HOLDS_ROLE' AND r.role IN leads AND coalesce(r.valid_from < since, true))
            AND any(r IN there WHERE type(r) = 'HOLDS_ROLE' AND r.role IN leads AND coalesce(r.valid_from < since, true))
            AND below_25 AND coalesce(licensed, true) THEN null ELSE false END AS led_both,
     // Oregon's list of exempt classes is not verified
     CASE WHEN coalesce(size(p.exempt_as) > 0, true) THEN null ELSE false END AS exempt
RETURN p.id AS practice, s.id AS state, t.id AS person,
       side
       AND CASE WHEN s.id = 'OR' THEN written AND NOT contractor AND NOT incidental AND NOT led_both AND NOT exempt
                ELSE true END
       // states differ where physicians own the manager
       AND CASE WHEN coalesce(physicians, true) THEN null ELSE true END AS found,
       COLLECT { MATCH one = (t)-[r:OWNS|HOLDS_ROLE|EMPLOYS]-(p) WHERE r IN here RETURN one }
       + COLLECT { MATCH one = (t)-[r:OWNS|HOLDS_ROLE|EMPLOYS]-(x) WHERE r IN there RETURN one }
       + COLLECT { MATCH one = (:Entity)-[:MANAGES {in_force: true}]->(p) RETURN one }
       + COLLECT { MATCH one = (x)-[:CONTROLS]-(:Entity)-[:MANAGES {in_force: true}]->(p) RETURN one } AS path,
       x.id AS company
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s,
     // companies whose owners, positions or staff may be missing
     COLLECT { MATCH (x:Entity {structure: $structure})
               WHERE NOT x:Person AND NOT x:Account
                 AND NOT all(g IN ['owners', 'roles', 'employment'] WHERE g IN x.complete) RETURN x } AS lacking
CALL (p, lacking) {
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH p, lacking, collect(DISTINCT m) AS managers
  RETURN CASE WHEN size(managers) > 0 THEN true WHEN 'agreements' IN p.complete THEN false END AS managed,
         // none of them is the practice, or is or may be on the manager's side
         NOT p IN lacking
         AND none(x IN lacking WHERE (NOT x:Practice OR EXISTS { (x)-[:MANAGES {in_force: true}]->() })
               AND (NOT 'agreements' IN p.complete OR
               any(m IN managers WHERE x = m OR NOT x.control_closed OR NOT m.control_closed
                   OR EXISTS { (x)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
                   OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(x) }
                   OR EXISTS { (x)<-[:CONTROLS]-()-[:CONTROLS]->(m) }))) AS listed
}
RETURN p.id AS practice, s.id AS state, null AS person,
       managed AND CASE WHEN listed THEN false END AS found, [] AS path, null AS company
