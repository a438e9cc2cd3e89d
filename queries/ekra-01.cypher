// Pay follows volume (EKRA-01)
// What it answers: which laboratories, recovery homes and treatment facilities pay somebody who markets for them, finds
//   people or refers them, by how many come or what they bring. See docs/rules/ekra-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: payer, payee, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the payments, jobs and agreements,
//   and the payee's referrals.
// What it misses: nothing of the rule; severity and questions are in the audit. What is left of a payment after what
//   was given back is read from VALUE_FLOWS, which is worked out when a structure is loaded.
MATCH (s:Structure {key: $structure})
MATCH (x:Entity {structure: $structure})
WITH x, s.as_of AS as_of, CASE WHEN 'laboratory' IN x.roles OR 'recovery_home' IN x.roles
               OR ('treatment_facility' IN x.roles AND NOT 'hospital' IN x.roles) THEN true
             // furnishes laboratory services, and may be the laboratory that pays
             WHEN 'LAB' IN x.dhs THEN null
             ELSE false END AS covered
WHERE coalesce(covered, true)
MATCH way = (x)-[r:PAYS|EMPLOYS|MANAGES {begun: true}]-(y:Entity)
WHERE x <> y AND (CASE WHEN type(r) = 'MANAGES' THEN endNode(r) ELSE startNode(r) END) = x
  // what was given back in full, or paid for in full, is no pay
  AND (type(r) <> 'PAYS' OR EXISTS { (x)-[:VALUE_FLOWS {flow: r.id}]->(y) })
WITH x, as_of, covered, y, r, way, date('2018-10-24') AS enacted,
     COLLECT { MATCH (c:FeeComponent {structure: $structure, agreement: r.id}) WHERE type(r) = 'MANAGES'
               RETURN coalesce(c.basis, '') } AS parts,
     COLLECT { MATCH one = (y)-[f:REFERS_TO {begun: true}]->(x) WHERE NOT coalesce(f.shared_patients, false)
               RETURN one } AS referrals,
     CASE type(r) WHEN 'PAYS' THEN r.basis WHEN 'EMPLOYS' THEN r.comp_basis ELSE r.fee_basis END AS basis
WITH x, as_of, covered, y, r, way, enacted, referrals, basis,
     any(b IN parts + [coalesce(basis, '')] WHERE b IN ['pct_collections', 'pct_revenue', 'pct_net', 'residual'])
       AS percentage,
     coalesce(basis IN ['per_referral', 'per_test', 'per_specimen', 'per_order', 'per_head'], false)
       OR coalesce(r.counts_referrals, false) AS by_count,
     coalesce(r.varies_with_referrals, false) OR coalesce(r.unit_varies_with_referrals, false)
       OR coalesce(r.formula_counts_referrals, false) AS said,
     // a fee in parts is fixed where all of them are
     coalesce(basis IN ['fixed', 'hourly', 'salary', 'flat_stipend'], false)
       OR (basis IS NULL AND size(parts) > 0 AND all(b IN parts WHERE b IN ['fixed', 'hourly'])) AS set_before
WITH x, as_of, covered, y, r, way, enacted, referrals, percentage,
     CASE WHEN by_count OR percentage OR said THEN true WHEN set_before THEN false
          ELSE r.varies_with_referrals END AS varies,
     // whoever is paid by the head brings people, whatever the payment is called
     CASE WHEN 'recruiter' IN y.roles OR size(referrals) > 0 OR coalesce(r.purpose IN ['marketing', 'commission'], false)
            OR coalesce(basis IN ['per_head', 'per_referral'], false) OR coalesce(r.marketing_included, false)
            OR coalesce(any(z IN r.services WHERE z IN ['marketing', 'advertising', 'outreach', 'network_development',
                                                        'physician_liaison', 'lead_generation']), false)
          THEN true END AS brings,
     // perhaps nothing is left: what was given back is open, or the worth of what was no money, or the price of it
     CASE WHEN type(r) <> 'PAYS' THEN true
          WHEN r.amount_usd IS NULL AND EXISTS { (y)-[b:PAYS]->(x) WHERE b.refund_of = r.id } THEN null
          WHEN r.in_kind IS NULL OR r.purpose = 'gift' OR r.charged_usd = 0 THEN true
          WHEN r.charged_usd < r.amount_usd THEN true END AS kept,
     // what still goes on is known up to the day of the facts
     as_of >= enacted AND
     CASE WHEN type(r) <> 'PAYS' THEN coalesce(r.valid_to > enacted, true)
          ELSE coalesce(r.paid_on >= enacted, r.period_end >= enacted, r.period_start >= enacted, r.valid_to > enacted,
                        CASE WHEN r.valid_from IS NOT NULL THEN true END) END AS since
WHERE coalesce(varies OR (brings AND covered), false)
  // the share of the profit that an owner gets
  AND NOT (percentage AND coalesce(r.purpose = 'distribution', false))
RETURN x.id AS payer, y.id AS payee, covered AND brings AND varies AND kept AND since AS found,
       [way] + referrals AS path
