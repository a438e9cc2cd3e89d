// Ultimate owners over a percentage
// What it answers: who holds, directly and through others, more than $percent of the company's equity, or may: shares
//   multiply along each chain of at most 10 holdings in force, and the chains of one holder add up.
// Parameters: $structure (name of the structure; as platform)
//   $company (id of the company; as msa_west)
//   $percent (more than this percentage; as 25)
//   $without (ids of hubs that no chain may pass or start from; as [])
// Columns: holder, over, min_pct, max_pct, top, ring, goes_on, integrated_min_pct, integrated_max_pct, path
//   over is true where the least share is over, null where only the greatest is, because shares are unknown or ranges.
//   top: no holder of this holder is recorded. ring: a party on a chain holds itself through others. goes_on: a chain
//   has 10 holdings and its start is held by more. integrated_*: what is worked out when a structure is loaded. path:
//   the chains.
// What it misses: chains of more than 10 holdings (see goes_on) and what goes through $without. In a ring every chain
//   passes a party once, so that the sum leaves out what goes round: min_pct is too low and max_pct may be, too; read
//   integrated_*, which is exact there. Shares that a company holds of itself are left as they are; integrated_* spreads
//   them over the others. Where several holders have unknown shares of one company, max_pct takes for each what the
//   others certainly leave, but not that they cannot all have it: it may be more than integrated_max_pct.
MATCH (c:Entity {structure: $structure, id: $company})
// everybody above the company, and for each what its holders certainly have, so that no other can have it
CALL (c) {
  MATCH (b:Entity)-[:OWNS {in_force: true}]->*(c)
  WITH DISTINCT b
  MATCH ()-[r:OWNS {in_force: true}]->(b)
  WHERE coalesce(r.instrument, 'equity') IN ['equity', 'profits']
  WITH b, collect(r) AS rows, sum(coalesce(r.min_pct, 0.0)) AS listed
  UNWIND rows AS r
  WITH r, coalesce(r.min_pct, 0.0) AS low, coalesce(r.max_pct, 100.0) AS high, listed
  WITH r, low, CASE WHEN high > 100 - (listed - low) THEN 100 - (listed - low) ELSE high END AS high
  RETURN collect({row: r, low: low / 100, high: CASE WHEN high < low THEN low ELSE high END / 100}) AS shares
}
MATCH path = (h:Entity)
      ((a WHERE NOT a.id IN $without)
       -[r:OWNS {in_force: true} WHERE coalesce(r.instrument, 'equity') IN ['equity', 'profits']]->(b)){1,10}
      (c)
WITH c, h, r, path, shares, nodes(path) AS on
WHERE all(i IN range(1, size(on) - 1) WHERE NOT on[i] IN on[..i])
WITH c, h, r, path, on,
     reduce(x = 1.0, one IN r | x * head([s IN shares WHERE s.row = one | s.low])) AS low,
     reduce(x = 1.0, one IN r | x * head([s IN shares WHERE s.row = one | s.high])) AS high,
     size(r) = 10 AND EXISTS {
       (y:Entity)-[q:OWNS {in_force: true}]->(h)
       WHERE NOT y IN on AND NOT y.id IN $without AND coalesce(q.instrument, 'equity') IN ['equity', 'profits']
     } AS more
WITH c, h, collect(path) AS path, sum(low) * 100 AS low, sum(high) * 100 AS high, max(more) AS goes_on
WITH c, h, path, goes_on, round(low, 6) AS min_pct, round(CASE WHEN high > 100 THEN 100.0 ELSE high END, 6) AS max_pct
WHERE max_pct > $percent
OPTIONAL MATCH (h)-[u:ULTIMATELY_OWNS]->(c)
RETURN h.id AS holder, CASE WHEN min_pct > $percent THEN true END AS over, min_pct, max_pct,
       NOT EXISTS { ()-[q:OWNS {in_force: true}]->(h)
                    WHERE coalesce(q.instrument, 'equity') IN ['equity', 'profits'] } AS top,
       any(one IN path WHERE any(n IN nodes(one) WHERE EXISTS {
         MATCH (n)-[:OWNS {in_force: true}]->(m) WHERE m <> n
         MATCH ANY SHORTEST (m)-[:OWNS {in_force: true}]->*(n) })) AS ring,
       goes_on, u.min_pct AS integrated_min_pct, u.max_pct AS integrated_max_pct, path
ORDER BY min_pct DESC, max_pct DESC, holder
