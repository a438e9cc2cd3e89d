// Services not listed (MSA-04)
// What it answers: which management agreements list no services, or name none of those they list, or do not define
//   the roles of the parties. See docs/rules/msa-04.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, services
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path, COLLECT { MATCH (t:Service) WHERE t.vague RETURN t.code } AS vague
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       // all() over no services is true
       all(x IN a.services WHERE x IN vague) OR NOT a.roles_defined AS found,
       path, a.services AS services
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS services
