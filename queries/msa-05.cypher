// Fee not set in advance (MSA-05)
// What it answers: which management fees, or formulas for them, were not set in advance, or were changed for the
//   past. See docs/rules/msa-05.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, changed_on
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       NOT a.fee_set_in_advance
       // where the fee was never changed no change can have reached back
       OR coalesce(a.fee_change_retroactive, CASE WHEN size(a.fee_changed_on) = 0 THEN false END) AS found,
       path, a.fee_changed_on AS changed_on
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS changed_on
