// Percentage fee where restricted (FEE-02)
// What it answers: which agreements pay a manager a share of the practice's income in a state that restricts that,
//   and meet no carve-out of the state. See docs/rules/fee-02.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, percentage_fee, carve_out
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. percentage_fee, carve_out: the two halves of the answer.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.pct_mgmt_fee_stated = 'restricted'
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path,
     ['pct_collections', 'pct_revenue', 'pct_net', 'residual'] AS percentage,
     COLLECT { MATCH (f:FeeComponent {structure: $structure, agreement: a.id}) RETURN coalesce(f.basis, '') } AS parts,
     COLLECT { MATCH (t:Service) WHERE NOT t.vague RETURN t.code } AS known,
     // services that are no mere administration, or bring patients
     COLLECT { MATCH (t:Service) WHERE t.kind <> 'administrative' OR t.referral_generating RETURN t.code } AS other,
     CASE WHEN EXISTS { (:FmvOpinion {structure: $structure, about: a.id}) } THEN true
          WHEN 'fmv_opinions' IN p.complete THEN false END AS opinion
WITH p, s, m, a, path, opinion,
     CASE WHEN size(parts) = 0 THEN a.fee_basis IN percentage
          ELSE any(b IN parts WHERE CASE b WHEN '' THEN null ELSE b IN percentage END)
               OR coalesce(a.fee_basis IN percentage, false) END AS follows_income,
     // what is done under a service that is not in the table, or that names none, is unknown
     CASE WHEN a.services IS NULL THEN null
          WHEN size(a.services) = 0 OR any(x IN a.services WHERE x IN other) THEN false
          WHEN any(x IN a.services WHERE NOT x IN known) THEN null
          ELSE true END AS administrative
WITH p, s, m, path, follows_income,
     // the state's carve-out is a cell of its own: one that is not verified clears nothing, it leaves open
     CASE s.pct_fee_carve_out_stated
       WHEN 'admin_fmv_no_marketing' THEN administrative AND NOT a.marketing_included AND a.fee_is_fmv AND opinion
       WHEN 'tn_disclosed_or_related_to_value' THEN a.fee_disclosed_to_payer OR a.fee_related_to_value
       WHEN 'commensurate_value' THEN a.fee_related_to_value
       ELSE false END AND CASE WHEN s.pct_fee_carve_out IS NOT NULL THEN true END AS carve_out
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       follows_income AND NOT carve_out
       // an unverified cell of the law never makes a finding
       AND CASE WHEN s.pct_mgmt_fee IS NOT NULL THEN true END AS found,
       path, follows_income AS percentage_fee, carve_out
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.pct_mgmt_fee_stated = 'restricted'
  AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path,
       null AS percentage_fee, null AS carve_out
