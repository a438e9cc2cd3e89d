// Undated papers in custody (CTRL-21)
// What it answers: which undated resignations, blank stock powers and presigned transfers about a practice are in the
//   custody of its manager, or of somebody under common control with it. See docs/rules/ctrl-21.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, holder, signer, found, path, document
//   found is true, false, or null where it is not decided on the facts given. A row without holder and signer asks
//   whether there are papers that are not listed. path: who holds and who signed the paper, and what ties the holder
//   to the manager.
// What it misses: nothing of the rule; severity and questions are in the audit. Who controls whom is read from CONTROLS,
//   and whether somebody not listed may control from control_closed, which are worked out when a structure is loaded.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
// a paper that names no practice may be about each that its signer owns or serves
MATCH (d:Document {structure: $structure})
WHERE d.document IN ['undated_resignation', 'blank_stock_power', 'presigned_transfer']
  AND (d.over = p.id
       OR d.over IS NULL AND EXISTS { (:Entity {id: d.signer})-[:OWNS|HOLDS_ROLE {in_force: true}]->(p) })
OPTIONAL MATCH (h:Entity {structure: $structure, id: d.holder})
// is the holder the manager, or does one control the other, or somebody both?
CALL (p, h) {
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH DISTINCT p, h, m
  WITH p, h, m,
       CASE WHEN h IS NULL THEN null
            WHEN h = m
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
RETURN p.id AS practice, s.id AS state, d.holder AS holder, d.signer AS signer,
       law AND side AND d.over = p.id AS found,
       COLLECT { MATCH one = (:Entity)<-[:ABOUT]-(d) RETURN one }
       + COLLECT { MATCH one = (m)-[:MANAGES {in_force: true}]->(p) WHERE m IN managers RETURN one }
       + COLLECT { MATCH one = (h)-[:CONTROLS]-(m:Entity) WHERE m IN managers RETURN one } AS path,
       d.id AS document
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
WITH p, s, law,
     CASE WHEN EXISTS { (p)<-[:MANAGES {in_force: true}]-() } THEN true
          WHEN 'agreements' IN p.complete THEN false END AS managed,
     // a list with a paper that names no practice is complete for none
     'documents' IN p.complete AND NOT EXISTS {
       MATCH (d:Document {structure: $structure})
       WHERE d.over IS NULL AND d.document IN ['undated_resignation', 'blank_stock_power', 'presigned_transfer']
     } AS listed
RETURN p.id AS practice, s.id AS state, null AS holder, null AS signer,
       law AND managed AND CASE WHEN listed THEN false END AS found, [] AS path, null AS document
