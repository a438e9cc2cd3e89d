// Manager may replace owner (CTRL-01)
// What it answers: who on the manager's side holds a right to replace the owner of a practice, and whether the events
//   and the choice of the new owner make it a power over the practice. See docs/rules/ctrl-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, holder, owner, found, path
//   found is true, false, or null where it is not decided on the facts given. A row without holder and owner asks
//   whether there are rights that are not listed. path: the right, the owner's holding, and what ties the holder to
//   the manager.
// What it misses: nothing of the rule; severity (critical in California and Oregon) and questions are in the audit. Who
//   controls whom is read from CONTROLS, which is worked out when a structure is loaded: joint control adds up votes
//   until nothing changes.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
MATCH (o:Entity {structure: $structure})<-[r:RESTRICTS_TRANSFER {in_force: true, over: p.id}]-(h:Entity)
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
WITH p, s, law, o, r, h, managers, side,
     COLLECT { MATCH (t:TransferTrigger {suspicious: true}) RETURN t.code } AS suspicious,
     r.designee_chosen_by = 'holder' OR r.designee_unrestricted AS names_owner,
     s.id = 'OR' AS oregon
WITH p, s, law, o, r, h, managers, side, names_owner,
     any(x IN r.triggers WHERE x IN suspicious) AS suspicious_event,
     // Oregon's list of permitted events is not verified
     CASE WHEN oregon AND coalesce(size(r.triggers) > 0, true) THEN null ELSE true END AS not_permitted,
     CASE WHEN names_owner THEN false
          WHEN NOT r.first_refusal_at_fmv OR NOT names_owner THEN r.first_refusal_at_fmv END AS mere_refusal
RETURN p.id AS practice, s.id AS state, h.id AS holder, o.id AS owner,
       law AND side AND (suspicious_event OR (names_owner AND not_permitted)) AND NOT mere_refusal AS found,
       COLLECT { MATCH one = (h)-[x:RESTRICTS_TRANSFER]->(o) WHERE x = r RETURN one }
       + COLLECT { MATCH one = (o)-[:OWNS {in_force: true}]->(p) RETURN one }
       + COLLECT { MATCH one = (m)-[:MANAGES {in_force: true}]->(p) WHERE m IN managers RETURN one }
       + COLLECT { MATCH one = (h)-[:CONTROLS]-(m:Entity) WHERE m IN managers RETURN one } AS path
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT p, s, CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS law
WITH p, s, law,
     CASE WHEN EXISTS { (p)<-[:MANAGES {in_force: true}]-() } THEN true
          WHEN 'agreements' IN p.complete THEN false END AS managed
RETURN p.id AS practice, s.id AS state, null AS holder, null AS owner,
       law AND managed AND CASE WHEN 'transfer_restrictions' IN p.complete THEN false END AS found, [] AS path
