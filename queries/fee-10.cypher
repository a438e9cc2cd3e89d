// Percentage fee where allowed (FEE-10)
// What it answers: which agreements pay a manager a share of the practice's income in a state that neither bars nor
//   restricts that, as the law tables say it, verified or not. See docs/rules/fee-10.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, position
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. position: what the law table says of the state.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
WHERE NOT coalesce(s.pct_mgmt_fee_stated IN ['barred', 'restricted'], false)
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, a, path,
     ['pct_collections', 'pct_revenue', 'pct_net', 'residual'] AS percentage,
     COLLECT { MATCH (f:FeeComponent {structure: $structure, agreement: a.id}) RETURN coalesce(f.basis, '') } AS parts
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       // a part of the fee without a basis is unknown; the parts say more than the agreement
       CASE WHEN size(parts) = 0 THEN a.fee_basis IN percentage
            ELSE any(b IN parts WHERE CASE b WHEN '' THEN null ELSE b IN percentage END)
                 OR coalesce(a.fee_basis IN percentage, false) END AS found,
       path, s.pct_mgmt_fee_stated AS position
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
WHERE NOT coalesce(s.pct_mgmt_fee_stated IN ['barred', 'restricted'], false)
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, s.pct_mgmt_fee_stated AS position
