// Absentee or nominal owner (CTRL-04)
// What it answers: which majority owners saw no patient for twelve months, live in none of the practice's states, or
//   get a flat stipend without profit, and do not document that they govern. See docs/rules/ctrl-04.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, owner, found, path, majority, no_encounters, lives_elsewhere, stipend
//   found is true, false, or null where it is not decided on the facts given. A row without an owner asks whether a
//   majority owner is not listed. path: the holdings. The rest: each sign by itself.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
CALL (p) {
  OPTIONAL MATCH (x:Entity)-[w:OWNS {in_force: true}]->(p)
  WHERE NOT coalesce(w.instrument, 'equity') IN ['option', 'debt_secured']
  WITH collect({x: x, w: w}) AS all, count(w) AS number, count(w.shares_held) AS counts,
       count(w.shares_outstanding) AS outstanding, count(DISTINCT w.shares_outstanding) AS wholes,
       max(w.shares_outstanding) AS whole
  // counts of one number of shares stay counts; percentages are rounded to millionths
  WITH all, number > 0 AND counts = number AND outstanding = number AND wholes = 1 AS exact, whole
  UNWIND all AS one
  WITH exact, whole, one.x AS x, one.w AS w
  WITH CASE WHEN exact THEN whole ELSE 1000000 END AS whole, x, collect(w) AS holdings,
       sum(CASE WHEN exact THEN w.shares_held ELSE toInteger(round(coalesce(w.min_pct, 0) * 10000)) END) AS low,
       sum(CASE WHEN exact THEN w.shares_held WHEN w IS NULL THEN 0
                ELSE toInteger(round(coalesce(w.max_pct, 100) * 10000)) END) AS high
  WITH whole, collect({x: x, holdings: holdings, low: low, high: high}) AS all, sum(low) AS lows, sum(high) AS highs
  // what the others have for certain is left to nobody else; where all owners are listed, they have the rest
  RETURN lows * 2 < whole AND NOT 'owners' IN p.complete AS more_than_half_is_free,
         [h IN all WHERE h.x:Person |
          {owner: h.x, holdings: h.holdings, majority:
           CASE WHEN h.low * 2 > whole OR ('owners' IN p.complete AND (highs - h.high) * 2 < whole) THEN true
                WHEN h.high * 2 <= whole OR (lows - h.low) * 2 >= whole THEN false END}] AS persons
}
UNWIND persons AS one
WITH p, s, law, one.owner AS o, one.holdings AS holdings, one.majority AS majority
// where several holdings of a person say different things, what speaks for the person counts
WITH p, s, law, o, holdings, majority,
     reduce(most = null, w IN holdings | CASE WHEN most >= w.encounters_12m THEN most
                                              ELSE coalesce(w.encounters_12m, most) END) = 0 AS no_encounters,
     CASE WHEN o.home_state IS NULL THEN null
          WHEN EXISTS { (p)-[:OPERATES_IN {in_force: true}]->(:State {id: o.home_state}) } THEN false
          WHEN 'states' IN p.complete THEN true END AS lives_elsewhere,
     CASE WHEN any(w IN holdings WHERE w.stipend_only IS NOT NULL)
          THEN all(w IN holdings WHERE coalesce(w.stipend_only, true)) END AS stipend,
     CASE WHEN any(w IN holdings WHERE coalesce(w.governs, false)) THEN true
          WHEN any(w IN holdings WHERE w.governs IS NOT NULL) THEN false END AS governs
RETURN p.id AS practice, s.id AS state, o.id AS owner,
       law AND majority AND (no_encounters OR lives_elsewhere OR stipend) AND NOT governs AS found,
       COLLECT { MATCH one = (o)-[w:OWNS]->(p) WHERE w IN holdings RETURN one } AS path,
       majority, no_encounters, lives_elsewhere, stipend
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
CALL (p) {
  OPTIONAL MATCH (x:Entity)-[w:OWNS {in_force: true}]->(p)
  WHERE NOT coalesce(w.instrument, 'equity') IN ['option', 'debt_secured']
  WITH collect({x: x, w: w}) AS all, count(w) AS number, count(w.shares_held) AS counts,
       count(w.shares_outstanding) AS outstanding, count(DISTINCT w.shares_outstanding) AS wholes,
       max(w.shares_outstanding) AS whole
  WITH all, number > 0 AND counts = number AND outstanding = number AND wholes = 1 AS exact, whole
  UNWIND all AS one
  WITH exact, whole, one.x AS x, one.w AS w
  WITH CASE WHEN exact THEN whole ELSE 1000000 END AS whole, x, collect(w) AS holdings,
       sum(CASE WHEN exact THEN w.shares_held ELSE toInteger(round(coalesce(w.min_pct, 0) * 10000)) END) AS low,
       sum(CASE WHEN exact THEN w.shares_held WHEN w IS NULL THEN 0
                ELSE toInteger(round(coalesce(w.max_pct, 100) * 10000)) END) AS high
  WITH whole, collect({x: x, holdings: holdings, low: low, high: high}) AS all, sum(low) AS lows, sum(high) AS highs
  RETURN lows * 2 < whole AND NOT 'owners' IN p.complete AS more_than_half_is_free,
         [h IN all WHERE h.x:Person |
          {owner: h.x, holdings: h.holdings, majority:
           CASE WHEN h.low * 2 > whole OR ('owners' IN p.complete AND (highs - h.high) * 2 < whole) THEN true
                WHEN h.high * 2 <= whole OR (lows - h.low) * 2 >= whole THEN false END}] AS persons
}
WITH p, s, law, more_than_half_is_free, persons
// a person who is listed has the majority for certain: nobody else can
WHERE NOT any(one IN persons WHERE coalesce(one.majority, false))
RETURN p.id AS practice, s.id AS state, null AS owner,
       law AND CASE WHEN NOT more_than_half_is_free THEN false END AS found, [] AS path,
       null AS majority, null AS no_encounters, null AS lives_elsewhere, null AS stipend
