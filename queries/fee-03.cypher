// Percentage fee with marketing (FEE-03)
// What it answers: which agreements pay a manager a share of the practice's income and include services that bring
//   patients: in Florida always, elsewhere where the practice bills federal programs. See docs/rules/fee-03.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, brings
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. brings: the services that bring patients.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
WHERE s.id = 'FL' OR coalesce(p.bills_federal_programs, true)
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path,
     ['pct_collections', 'pct_revenue', 'pct_net', 'residual'] AS percentage,
     COLLECT { MATCH (f:FeeComponent {structure: $structure, agreement: a.id}) RETURN coalesce(f.basis, '') } AS parts,
     COLLECT { MATCH (t:Service) WHERE NOT t.vague RETURN t.code } AS known,
     COLLECT { MATCH (t:Service) WHERE t.referral_generating RETURN t.code } AS bringing
WITH p, s, m, a, path, [x IN a.services WHERE x IN bringing] AS brings,
     CASE WHEN size(parts) = 0 THEN a.fee_basis IN percentage
          ELSE any(b IN parts WHERE CASE b WHEN '' THEN null ELSE b IN percentage END)
               OR coalesce(a.fee_basis IN percentage, false) END AS follows_income,
     // a service that is not in the table, or that names none, may be one that brings patients
     a.marketing_included OR any(x IN a.services WHERE CASE WHEN x IN bringing THEN true
                                                            WHEN x IN known THEN false END)
       AS brings_patients
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       follows_income AND brings_patients AND (s.id = 'FL' OR p.bills_federal_programs)
       // the safe harbor for employees counts where it is recorded
       AND NOT EXISTS { (p)-[:EMPLOYS {in_force: true, status: 'w2'}]->(m) } AS found,
       path, brings
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
WHERE s.id = 'FL' OR coalesce(p.bills_federal_programs, true)
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS brings
