// No written agreement (MSA-01)
// What it answers: which managers work for a practice without a written agreement, and which management companies it
//   pays regularly, a series or three payments or more, without an agreement. See docs/rules/msa-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, payments
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. payments: how many there are, where there is no agreement;
//   what gives back a payment is none.
// What it misses: nothing of the rule; severity and questions are in the audit. Payments that are not recorded are not
//   looked for.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
RETURN p.id AS practice, s.id AS state, m.id AS manager, NOT a.in_writing AS found, [path] AS path, null AS payments
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s
MATCH path = (p)-[y:PAYS {begun: true}]->(m:Mso)
WHERE y.refund_of IS NULL AND NOT EXISTS { (m)-[:MANAGES {in_force: true}]->(p) }
WITH p, s, m, collect(path) AS path, collect({regular: y.regular}) AS payments
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       (size(payments) >= 3 OR any(y IN payments WHERE y.regular))
       AND CASE WHEN 'agreements' IN p.complete THEN true END AS found,
       path, size(payments) AS payments
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, [] AS path, null AS payments
