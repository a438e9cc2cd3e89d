// Same signer (MSA-11)
// What it answers: which management agreements one person signed for both sides. See docs/rules/msa-11.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, signer
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       // nobody has signed what is not in writing
       coalesce(a.signed_by_manager = a.signed_by_managed, CASE WHEN NOT a.in_writing THEN false END) AS found,
       path, CASE WHEN a.signed_by_manager = a.signed_by_managed THEN a.signed_by_manager END AS signer
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS signer
