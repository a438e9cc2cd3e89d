// Clinical function in services (MSA-07)
// What it answers: which management agreements have a clinical function among their services, in a state with a
//   corporate practice doctrine, weak ones included. See docs/rules/msa-07.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, clinical
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. clinical: these functions.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path,
     COLLECT { MATCH (t:Service) WHERE NOT t.vague RETURN t.code } AS known,
     COLLECT { MATCH (t:Service {kind: 'clinical'}) RETURN t.code } AS clinical
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       // a service that is not in the table, or that names none, may be clinical
       any(x IN a.services WHERE CASE WHEN x IN clinical THEN true WHEN x IN known THEN false END)
       // an unverified cell of the law never makes a finding
       AND CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS found,
       path, [x IN a.services WHERE x IN clinical] AS clinical
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
  AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS clinical
