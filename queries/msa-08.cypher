// No clinical autonomy clause (MSA-08)
// What it answers: which management agreements do not reserve clinical decisions to the practice, in a state with a
//   corporate practice doctrine, weak ones included. See docs/rules/msa-08.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       NOT a.clinical_autonomy_clause
       // an unverified cell of the law never makes a finding
       AND CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS found, path
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 1
  AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path
