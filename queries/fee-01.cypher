// Percentage fee where barred (FEE-01)
// What it answers: which agreements pay a manager a share of the practice's income in a state whose law bars that.
//   See docs/rules/fee-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.pct_mgmt_fee_stated = 'barred'
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path,
     ['pct_collections', 'pct_revenue', 'pct_net', 'residual'] AS percentage,
     COLLECT { MATCH (f:FeeComponent {structure: $structure, agreement: a.id}) RETURN coalesce(f.basis, '') } AS parts,
     COLLECT { MATCH (t:Service) WHERE t.billing RETURN t.code } AS billing,
     COLLECT { MATCH (t:Service) WHERE NOT t.vague RETURN t.code } AS known
WITH p, s, m, a, path, billing, known,
     // a part of the fee without a basis is unknown; the parts say more than the agreement
     CASE WHEN size(parts) = 0 THEN a.fee_basis IN percentage
          ELSE any(b IN parts WHERE CASE b WHEN '' THEN null ELSE b IN percentage END)
               OR coalesce(a.fee_basis IN percentage, false) END AS follows_income,
     CASE WHEN s.id = 'NY' THEN a.fee_reset_to_income ELSE false END AS reset,
     // what is done under a service that is not in the table, or that names none, is unknown
     CASE WHEN a.services IS NULL THEN null
          WHEN size(a.services) = 0 OR any(x IN a.services WHERE x IN known AND NOT x IN billing) THEN false
          WHEN any(x IN a.services WHERE NOT x IN known) THEN null
          ELSE true END AS billing_only
WITH p, s, m, path,
     (follows_income OR reset)
     AND NOT (s.id = 'IL' AND billing_only AND a.fee_is_fmv AND a.practice_controls_charges AND a.account_sole_control)
     AND NOT (s.id = 'NY' AND any(x IN p.exempt_as WHERE x IN ['hospital', 'licensed_clinic']))
     // an unverified cell of the law never makes a finding
     AND CASE WHEN s.pct_mgmt_fee IS NOT NULL THEN true END AS found
RETURN p.id AS practice, s.id AS state, m.id AS manager, found, path
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.pct_mgmt_fee_stated = 'barred'
  AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path
