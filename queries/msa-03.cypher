// Term under one year (MSA-03)
// What it answers: which management agreements run for less than a year, or had their fee changed within twelve
//   months of the beginning. See docs/rules/msa-03.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, began, changed_on
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path, coalesce(a.valid_from, a.first_engaged_on) AS began
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       // the fee that is set on the first day is no change
       a.term_years < 1
       OR any(d IN a.fee_changed_on WHERE began < d AND d < began + duration({months: 12})) AS found,
       path, began, a.fee_changed_on AS changed_on
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS began, null AS changed_on
