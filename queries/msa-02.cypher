// Not signed by both (MSA-02)
// What it answers: which management agreements one side, or nobody, has signed, or were signed more than 90 days after
//   they began. See docs/rules/msa-02.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, began, signed_on
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path,
     coalesce(a.valid_from, a.first_engaged_on) AS began,
     coalesce(a.signed_by_both, CASE WHEN a.signed_by_manager IS NOT NULL AND a.signed_by_managed IS NOT NULL
                                     THEN true END) AS both
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       // what is not in writing is signed by nobody
       coalesce(NOT a.in_writing, false) OR NOT both OR a.signed_on > began + duration({days: 90}) AS found,
       path, began, a.signed_on AS signed_on
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS began, null AS signed_on
