// Nominal or financed shares (CTRL-02)
// What it answers: which owners got their shares of a practice for next to nothing, or with money of the manager's
//   side, or may lose them for next to nothing. See docs/rules/ctrl-02.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, owner, found, path, paid_usd, revenue_min, revenue_max
//   found is true, false, or null where it is not decided on the facts given. A row without an owner asks whether there
//   are owners that are not listed. path: the holding, the rights to take it back, who put up the money. revenue_min,
//   revenue_max: bounds of the revenue of the last twelve months, in dollars.
// What it misses: nothing of the rule; severity and questions are in the audit. Who controls whom is read from CONTROLS,
//   whether the listed owners hold all the votes of the practice from owners_whole; both are worked out when it is loaded.
MATCH (z:Structure {name: $structure})
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT z, p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
// revenue of the last twelve months: at least what periods without an overlap add up to, at most what periods add up to
// that cover 360 of its days
CALL (z, p) {
  WITH z.as_of - duration({days: 365}) AS first, z.as_of AS last_day, p
  OPTIONAL MATCH (f:Financials {structure: $structure, entity: p.id})
  WHERE f.period_start >= first AND f.period_end <= last_day AND f.revenue_usd IS NOT NULL
  WITH first, f ORDER BY f.period_end
  WITH first, collect(f) AS by_end
  UNWIND CASE size(by_end) WHEN 0 THEN [null] ELSE by_end END AS f
  WITH first, by_end, f ORDER BY f.period_start, f.period_end
  WITH first, by_end, collect(f) AS by_start
  WITH by_end,
       // the best sum of those that end by a day, and of those before
       last(reduce(best = [{day: first - duration({days: 1}), sum: 0.0}], f IN by_end |
         best + {day: f.period_end,
                 sum: reduce(x = last(best).sum, b IN [b IN best WHERE b.day < f.period_start] |
                             CASE WHEN b.sum + f.revenue_usd > x THEN b.sum + f.revenue_usd ELSE x END)})).sum AS apart,
       // chains of periods that leave no more than six days out
       reduce(chains = [{day: first - duration({days: 1}), days: 0, sum: 0.0}], f IN by_start |
         chains + [c IN [c IN chains WHERE c.day < f.period_end |
                         {day: f.period_end, sum: c.sum + f.revenue_usd,
                          days: c.days + duration.inDays(CASE WHEN c.day < f.period_start
                                                              THEN f.period_start - duration({days: 1})
                                                              ELSE c.day END, f.period_end).days}]
                   WHERE duration.inDays(first, c.day).days + 1 - c.days <= 6]) AS chains
  WITH by_end, apart,
       reduce(x = null, c IN [c IN chains WHERE c.days >= 360] |
              CASE WHEN x <= c.sum THEN x ELSE c.sum END) AS cover
  WITH size(by_end) > 0 AND none(f IN by_end WHERE f.revenue_usd < 0) AS usable, apart, cover
  // figures that contradict each other leave anything between them open
  RETURN CASE WHEN usable THEN CASE WHEN cover < apart THEN cover ELSE apart END END AS revenue_min,
         CASE WHEN usable THEN CASE WHEN cover < apart THEN apart ELSE cover END END AS revenue_max
}
MATCH (o:Entity)-[w:OWNS {in_force: true}]->(p)
// an option or a lien is no share yet
WHERE NOT coalesce(w.instrument, 'equity') IN ['option', 'debt_secured']
OPTIONAL MATCH (y:Entity {structure: $structure, id: w.consideration_financed_by})
// rights to take the shares, and whether each lets the manager's side replace the owner (CTRL-01)
CALL (p, s, o) {
  OPTIONAL MATCH (h:Entity)-[r:RESTRICTS_TRANSFER {in_force: true, over: p.id}]->(o)
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH DISTINCT p, s, h, r, m
  WITH p, s, h, r, collect({m: m, tied:
       CASE WHEN h = m
              OR EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(h) }
              OR EXISTS { (h)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(m) } THEN true
            WHEN EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(h) }
              OR EXISTS { (h)<-[:CONTROLS]-()-[:CONTROLS]->(m) } THEN null
            WHEN h.control_closed AND m.control_closed THEN false END}) AS ties,
       COLLECT { MATCH (t:TransferTrigger {suspicious: true}) RETURN t.code } AS suspicious,
       r.designee_chosen_by = 'holder' OR r.designee_unrestricted AS names_owner
  WITH r, names_owner,
       CASE WHEN h = p THEN false
            WHEN any(t IN ties WHERE t.m IS NOT NULL AND t.tied) THEN true
            WHEN NOT 'agreements' IN p.complete THEN null
            ELSE any(t IN ties WHERE CASE WHEN t.m IS NULL THEN false ELSE t.tied END) END AS side,
       any(x IN r.triggers WHERE x IN suspicious) AS suspicious_event,
       CASE WHEN s.id = 'OR' AND coalesce(size(r.triggers) > 0, true) THEN null ELSE true END AS not_permitted,
       CASE WHEN names_owner THEN false
            WHEN NOT r.first_refusal_at_fmv OR NOT names_owner THEN r.first_refusal_at_fmv END AS mere_refusal
  RETURN collect({r: r, price: r.price_usd,
                  replaces: side AND (suspicious_event OR (names_owner AND not_permitted)) AND NOT mere_refusal}) AS listed
}
WITH p, s, law, revenue_min, revenue_max, o, w, y, [x IN listed WHERE x.r IS NOT NULL] AS listed,
     CASE WHEN 'transfer_restrictions' IN p.complete THEN false END AS unlisted,
     EXISTS { (p)<-[:MANAGES {in_force: true}]-() } AS managed
// did the manager's side put up the money?
CALL (p, y) {
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH DISTINCT p, y, m
  WITH p, y, collect({m: m, tied:
       CASE WHEN y = m
              OR EXISTS { (y)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(y) }
              OR EXISTS { (y)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(m) } THEN true
            WHEN EXISTS { (y)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(y) }
              OR EXISTS { (y)<-[:CONTROLS]-()-[:CONTROLS]->(m) } THEN null
            WHEN y.control_closed AND m.control_closed THEN false END}) AS ties
  RETURN CASE WHEN y = p THEN false
              WHEN y IS NULL THEN null
              WHEN any(t IN ties WHERE t.m IS NOT NULL AND t.tied) THEN true
              WHEN NOT 'agreements' IN p.complete THEN null
              ELSE any(t IN ties WHERE CASE WHEN t.m IS NULL THEN false ELSE t.tied END) END AS side
}
WITH p, s, law, revenue_min, revenue_max, o, w, y, listed,
     w.consideration_usd <= 1000
     OR CASE WHEN w.consideration_usd * 100 < revenue_min THEN true
             WHEN w.consideration_usd * 100 >= revenue_max THEN false END AS nominal,
     CASE WHEN y = o THEN false ELSE side END AS financed,
     any(x IN listed WHERE x.price <= 1000) OR unlisted AS cheap,
     any(x IN listed WHERE x.replaces)
     OR (unlisted AND CASE WHEN managed THEN true WHEN 'agreements' IN p.complete THEN false END) AS replaceable
RETURN p.id AS practice, s.id AS state, o.id AS owner,
       law AND (nominal OR financed OR cheap) AND NOT (w.founder_issue AND NOT replaceable) AS found,
       COLLECT { MATCH one = (o)-[x:OWNS]->(p) WHERE x = w RETURN one }
       + COLLECT { MATCH one = (:Entity)-[:RESTRICTS_TRANSFER {in_force: true, over: p.id}]->(o) RETURN one }
       + COLLECT { MATCH one = (:Entity)-[:MANAGES {in_force: true}]->(p) RETURN one }
       + COLLECT { MATCH one = (y)-[:CONTROLS]-(:Entity)-[:MANAGES {in_force: true}]->(p) RETURN one } AS path,
       w.consideration_usd AS paid_usd, revenue_min, revenue_max
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
// the listed owners hold all votes and all shares; an owner without a vote may have got its shares for nothing, too
CALL (p) {
  OPTIONAL MATCH (:Entity)-[w:OWNS {in_force: true}]->(p)
  WHERE NOT coalesce(w.instrument, 'equity') IN ['option', 'debt_secured']
  WITH collect(w) AS holdings, sum(toInteger(round(w.min_pct * 10000))) AS millionths, sum(w.shares_held) AS counted,
       count(DISTINCT w.shares_outstanding) AS wholes, max(w.shares_outstanding) AS outstanding
  RETURN millionths >= 1000000
         // counts are not rounded
         OR (wholes = 1 AND counted >= outstanding
             AND all(w IN holdings WHERE w.shares_held IS NOT NULL AND w.shares_outstanding IS NOT NULL)) AS all_shares
}
WITH p, s, law, p.owners_whole AND all_shares AS whole
RETURN p.id AS practice, s.id AS state, null AS owner,
       law AND CASE WHEN 'owners' IN p.complete OR whole THEN false END AS found, [] AS path,
       null AS paid_usd, null AS revenue_min, null AS revenue_max
