// Power of attorney beyond billing (CTRL-06)
// What it answers: which powers of attorney, proxies and voting trusts the manager's side holds for a practice or an
//   owner of it that reach further than claims and collection. See docs/rules/ctrl-06.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, grantee, grantor, found, path, scope
//   found is true, false, or null where it is not decided on the facts given. A row without grantee and grantor asks
//   whether there are powers that are not listed. path: the power, and what ties its holder to the manager.
// What it misses: nothing of the rule; severity and questions are in the audit. Who controls whom is read from
//   CONTROLS, which is worked out when a structure is loaded.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
MATCH (h:Entity {structure: $structure})-[r:HOLDS_PROXY {in_force: true}]->(g:Entity)
// a power that names no company is about the company that gave it; of a person it may be about each that it owns
WHERE r.over = p.id OR (r.over IS NULL AND (g = p OR (g:Person AND EXISTS { (g)-[:OWNS {in_force: true}]->(p) })))
// is the holder the manager, or does one control the other, or somebody both?
CALL (p, h) {
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH DISTINCT p, h, m
  WITH p, h, m,
       CASE WHEN h = m
              OR EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(h) }
              OR EXISTS { (h)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(m) } THEN true
            WHEN EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(h) }
              OR EXISTS { (h)<-[:CONTROLS]-()-[:CONTROLS]->(m) } THEN null
            WHEN h.control_closed AND m.control_closed THEN false END AS tied
  WITH p, h, collect(m) AS managers, collect({m: m, tied: tied}) AS ties
  RETURN managers,
         CASE WHEN h = p THEN false
              WHEN any(t IN ties WHERE t.m IS NOT NULL AND t.tied) THEN true
              WHEN NOT 'agreements' IN p.complete THEN null
              ELSE any(t IN ties WHERE CASE WHEN t.m IS NULL THEN false ELSE t.tied END) END AS side
}
RETURN p.id AS practice, s.id AS state, h.id AS grantee, g.id AS grantor,
       law AND side AND any(x IN r.scope WHERE NOT x IN ['endorse_checks', 'submit_claims', 'collect'])
       // a power of an owner that names no company may be about another one
       AND CASE WHEN r.over = p.id OR g = p THEN true END AS found,
       COLLECT { MATCH one = (h)-[x:HOLDS_PROXY]->(g) WHERE x = r RETURN one }
       + COLLECT { MATCH one = (g)-[:OWNS {in_force: true}]->(p) RETURN one }
       + COLLECT { MATCH one = (m)-[:MANAGES {in_force: true}]->(p) WHERE m IN managers RETURN one }
       + COLLECT { MATCH one = (h)-[:CONTROLS]-(m:Entity) WHERE m IN managers RETURN one } AS path,
       r.scope AS scope
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
WITH p, s, law,
     CASE WHEN EXISTS { (p)<-[:MANAGES {in_force: true}]-() } THEN true
          WHEN 'agreements' IN p.complete THEN false END AS managed
RETURN p.id AS practice, s.id AS state, null AS grantee, null AS grantor,
       law AND managed AND CASE WHEN 'proxies' IN p.complete THEN false END AS found, [] AS path, null AS scope
