// Contractual joint venture (AKS-06)
// What it answers: which managers, would-be competitors, run nearly all operations of a new line that serves its
//   owner's own patients, for pay that varies with the business. See docs/rules/aks-06.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: managed, manager, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the agreement, and referrals to the
//   line.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, which is worked out when a
//   structure is loaded.
MATCH path = (m:Entity {structure: $structure})-[a:MANAGES {in_force: true}]->(l:Entity)
WHERE EXISTS { (m)-[b:MANAGES {in_force: true}]->(l)
               WHERE coalesce(b.new_line, b.own_patients_only, b.operations_contracted, b.manager_competes)
                     IS NOT NULL }
WITH l, m, a, path,
     COLLECT { MATCH (c:FeeComponent {structure: $structure, agreement: a.id}) RETURN coalesce(c.basis, '') } AS parts,
     a.new_line AND a.own_patients_only AND a.operations_contracted AND a.manager_competes
     AND NOT a.owner_at_risk AS marks
WITH l, m, a, path, marks, CASE WHEN size(parts) = 0 THEN [a.fee_basis] ELSE [b IN parts | nullIf(b, '')] END AS bases
WITH l, m, a, path, marks,
     // what varies on its face, or by what is recorded of it; that it does not vary with referrals says nothing of the
     // other business
     CASE WHEN a.varies_with_referrals OR a.unit_varies_with_referrals OR a.formula_counts_referrals THEN true
          WHEN any(b IN bases WHERE b STARTS WITH 'pct_' OR b IN ['residual', 'per_unit']) THEN true
          WHEN all(b IN bases WHERE b IN ['fixed', 'hourly']) THEN false
          // costs may follow the business, unless it is recorded that the pay does not
          WHEN all(b IN bases WHERE b IN ['fixed', 'hourly', 'cost_plus']) AND NOT a.varies_with_referrals THEN false END
       AS varies,
     COLLECT { MATCH (:Entity)-[f:REFERRAL]->(l) RETURN f } AS referrals
WITH l, m, a, path, marks, varies, referrals,
     l.bills_federal_programs OR any(f IN referrals WHERE f.federal AND CASE WHEN NOT f.proxy THEN true END) AS federal
RETURN l.id AS managed, m.id AS manager, marks AND varies AND federal AS found,
       [path] + COLLECT { MATCH one = (:Entity)-[f:REFERRAL]->(l) WHERE f IN referrals RETURN one } AS path
