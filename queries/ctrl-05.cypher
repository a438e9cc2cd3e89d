// One owner many practices (CTRL-05)
// What it answers: which persons own the majority of many practices on the same manager's side, or of two where the
//   state allows one. See docs/rules/ctrl-05.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, owner, found, path, sure, possible
//   found is true, false, or null where it is not decided on the facts given. path: the holdings and agreements of the
//   practices that count. sure, possible: how many practices count for certain, and at most.
// What it misses: nothing of the rule; severity (ten and 25 practices, five states) and questions are in the audit. Who
//   controls whom is read from CONTROLS, which is worked out when a structure is loaded.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s
MATCH (o:Person)-[w:OWNS {in_force: true}]->(p)
WHERE NOT coalesce(w.instrument, 'equity') IN ['option', 'debt_secured']
WITH DISTINCT p, s, o
// practices of which this owner is listed, or may be an owner that is not listed
MATCH (q:Practice {structure: $structure})
WHERE coalesce(q.offers_patient_care, true)
CALL (o, q) {
  OPTIONAL MATCH (x:Entity)-[w:OWNS {in_force: true}]->(q)
  WHERE NOT coalesce(w.instrument, 'equity') IN ['option', 'debt_secured']
  WITH collect({own: x = o, w: w}) AS all, count(w) AS number, count(w.shares_held) AS counts,
       count(w.shares_outstanding) AS outstanding, count(DISTINCT w.shares_outstanding) AS wholes,
       max(w.shares_outstanding) AS whole
  // counts of one number of shares stay counts; percentages are rounded to millionths
  WITH all, number > 0 AND counts = number AND outstanding = number AND wholes = 1 AS exact, whole
  UNWIND all AS one
  WITH exact, CASE WHEN exact THEN whole ELSE 1000000 END AS whole, coalesce(one.own, false) AS own, one.w AS w
  WITH whole, own, w,
       CASE WHEN exact THEN w.shares_held ELSE toInteger(round(coalesce(w.min_pct, 0) * 10000)) END AS low,
       CASE WHEN exact THEN w.shares_held WHEN w IS NULL THEN 0
            ELSE toInteger(round(coalesce(w.max_pct, 100) * 10000)) END AS high
  WITH whole, collect(CASE WHEN own THEN w END) AS holdings,
       sum(CASE WHEN own THEN low ELSE 0 END) AS low, sum(CASE WHEN own THEN high ELSE 0 END) AS high,
       sum(CASE WHEN own THEN 0 ELSE low END) AS others, sum(CASE WHEN own THEN 0 ELSE high END) AS rest
  RETURN holdings,
         CASE WHEN size(holdings) = 0 THEN CASE WHEN 'owners' IN q.complete OR others * 2 >= whole THEN false END
              WHEN low * 2 > whole OR ('owners' IN q.complete AND rest * 2 < whole) THEN true
              WHEN high * 2 <= whole OR others * 2 >= whole THEN false END AS majority
}
WITH p, s, o, q, holdings, majority
WHERE coalesce(majority, true)
// are the managers of both practices the same, or does one control the other, or somebody both?
CALL (p, q) {
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  OPTIONAL MATCH (n:Entity)-[:MANAGES {in_force: true}]->(q)
  WITH DISTINCT p, q, m, n
  WITH p, q, m, n,
       CASE WHEN m = n
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(n) }
              OR EXISTS { (n)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(m) }
              OR EXISTS { (m)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(n) } THEN true
            WHEN EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(n) }
              OR EXISTS { (n)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
              OR EXISTS { (m)<-[:CONTROLS]-()-[:CONTROLS]->(n) } THEN null
            WHEN m.control_closed AND n.control_closed THEN false END AS tied
  WITH p, q, collect({both: m IS NOT NULL AND n IS NOT NULL, tied: tied}) AS ties,
       count(m) > 0 OR NOT 'agreements' IN p.complete AS first,
       count(n) > 0 OR NOT 'agreements' IN q.complete AS second
  RETURN CASE WHEN any(t IN ties WHERE t.both AND t.tied) THEN true
              // a practice without a manager is on no manager's side
              WHEN NOT first OR NOT second THEN false
              WHEN NOT 'agreements' IN p.complete OR NOT 'agreements' IN q.complete THEN null
              ELSE any(t IN ties WHERE CASE WHEN t.both THEN t.tied ELSE false END) END AS same_side
}
WITH p, s, o, q, same_side, majority,
     CASE WHEN any(w IN holdings WHERE coalesce(w.governs, false)) THEN true
          WHEN any(w IN holdings WHERE w.governs IS NOT NULL) THEN false END AS governs,
     COLLECT { MATCH (q)-[:OPERATES_IN {in_force: true}]->(t:State) RETURN DISTINCT t.id } AS states
WITH p, s, o, collect({q: q, majority: majority, member: majority AND same_side, governs: governs, states: states,
                       open: NOT 'states' IN q.complete}) AS all
// whoever certainly has no majority of this practice is not asked about
WITH p, s, o, all WHERE any(x IN all WHERE x.q = p)
WITH p, s, o, all, head([x IN all WHERE x.q = p | x.member]) AS here,
     [x IN all WHERE x.member] AS sure, [x IN all WHERE coalesce(x.member, true)] AS possible,
     // records that the owner governs each of its practices
     all(x IN all WHERE NOT x.member OR x.governs) AS governs
WITH p, s, o, here, sure, possible, governs,
     COLLECT { UNWIND sure AS x UNWIND x.states AS t RETURN DISTINCT t } AS sure_states,
     COLLECT { UNWIND possible AS x UNWIND x.states AS t RETURN DISTINCT t } AS possible_states,
     any(x IN possible WHERE x.open) AS open
WITH p, s, o, here, sure, possible, governs,
     CASE WHEN size(sure) >= 5 OR (size(sure_states) >= 3 AND size(sure) >= 2) THEN true
          WHEN size(possible) < 5 AND (size(possible) < 2 OR (NOT open AND size(possible_states) < 3)) THEN false
          END AS many,
     CASE WHEN size([x IN sure WHERE s.id IN x.states]) >= 2 THEN true
          WHEN size([x IN possible WHERE s.id IN x.states OR x.open]) < 2 THEN false END AS two_here,
     // whether the board of a state approved is not recorded; an unverified cell bars nothing and allows nothing
     CASE s.one_owner_many_practices WHEN 'barred' THEN true WHEN 'none' THEN false END AS barred
RETURN p.id AS practice, s.id AS state, o.id AS owner,
       here AND ((many AND NOT governs) OR (two_here AND barred)) AS found,
       COLLECT { UNWIND possible AS x MATCH one = (o)-[:OWNS {in_force: true}]->(q) WHERE q = x.q RETURN one }
       + COLLECT { UNWIND possible AS x MATCH one = (:Entity)-[:MANAGES {in_force: true}]->(q) WHERE q = x.q
                   RETURN one }
       AS path,
       size(sure) AS sure, size(possible) AS possible
