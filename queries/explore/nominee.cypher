// Practices that one person owns
// What it answers: the practices that this owner holds, directly or through at most 5 companies, and who stands around
//   each: managers, holders of restrictions on the transfer of its shares, holders of proxies. An owner of many
//   practices with one manager who may replace the owner looks like a nominee.
// Parameters: $structure (name of the structure; as platform)
//   $owner (id of the owner; as dr_abbott)
// Columns: practice, states, min_pct, max_pct, managers, restricted_by, proxies_of, path
//   min_pct and max_pct: the direct share, all holdings together; null where there is none or it is not recorded.
//   managers, restricted_by, proxies_of: ids, of rows in force. path: the chains of holdings, the agreements and rights.
// What it misses: practices that are held through more than 5 companies; rights over a practice whose row
//   does not name it. Whether an owner is a nominee is a question, not a finding.
MATCH (o:Entity {structure: $structure, id: $owner})
MATCH chain = (o)(()-[:OWNS {in_force: true}]->(b)){1,6}(p:Practice)
WHERE all(i IN range(1, size(nodes(chain)) - 1) WHERE NOT nodes(chain)[i] IN nodes(chain)[..i])
WITH o, p, collect(chain) AS chains
CALL (o, p) {
  OPTIONAL MATCH (o)-[r:OWNS {in_force: true}]->(p)
  WITH collect(r) AS rows
  RETURN CASE WHEN size(rows) > 0 AND all(r IN rows WHERE r.min_pct IS NOT NULL)
              THEN round(reduce(x = 0.0, r IN rows | x + r.min_pct), 6) END AS min_pct,
         CASE WHEN size(rows) > 0 AND all(r IN rows WHERE r.max_pct IS NOT NULL)
              THEN round(reduce(x = 0.0, r IN rows | x + r.max_pct), 6) END AS max_pct
}
RETURN p.id AS practice,
       COLLECT { MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State) RETURN DISTINCT s.id AS id ORDER BY id } AS states,
       min_pct, max_pct,
       COLLECT { MATCH (m)-[:MANAGES {in_force: true}]->(p) RETURN DISTINCT m.id AS id ORDER BY id } AS managers,
       COLLECT { MATCH (x)-[:RESTRICTS_TRANSFER {in_force: true, over: p.id}]->(o)
                 RETURN DISTINCT x.id AS id ORDER BY id } AS restricted_by,
       COLLECT { MATCH (x)-[:HOLDS_PROXY {in_force: true, over: p.id}]->(o)
                 RETURN DISTINCT x.id AS id ORDER BY id } AS proxies_of,
       chains + COLLECT { MATCH one = (:Entity)-[:MANAGES {in_force: true}]->(p) RETURN one }
       + COLLECT { MATCH one = (:Entity)-[:RESTRICTS_TRANSFER|HOLDS_PROXY {in_force: true, over: p.id}]->(o)
                   RETURN one } AS path
ORDER BY practice
