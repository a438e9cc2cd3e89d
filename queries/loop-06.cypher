// Specimen fee (LOOP-06)
// What it answers: which laboratories pay those who refer federal business, or their side, for specimens, or by the
//   specimen, test or order, at most 120 days from a referral. See docs/rules/loop-06.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, payee, found, path, payments
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the payments, and
//   what puts the payee on the side of the referrer. payments: ids of such payments.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals, sides and payments net of
//   refunds are read from REFERRAL, SIDE_OF and VALUE_FLOWS, and which payments a safe harbor covers from `defended`;
//   all of it is worked out when a structure is loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(side.immediate, true)
MATCH payment = (v)-[p:PAYS]->(y), (v)-[f:VALUE_FLOWS {flow: p.id}]->(y)
WHERE p.purpose = 'specimen'
   OR p.basis IN ['per_specimen', 'per_test', 'per_order']
      AND NOT coalesce(p.purpose IN ['distribution', 'commission', 'marketing', 'wages', 'rent', 'loan',
                                     'loan_repayment', 'goods', 'gift', 'purchase'], false)
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // at most 120 days apart; what has no day may have been at any time
     CASE WHEN NOT f.undated
          THEN (f.start IS NULL OR f.start <= r.end + duration({days: 120}))
               AND (f.end IS NULL OR r.start <= f.end + duration({days: 120}) OR r.end <= f.end) END AS near,
     // a kinship or a share that is not recorded leaves the link open
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     // something was given back, and the amount is not recorded: perhaps all of it
     CASE WHEN f.amount_usd IS NOT NULL OR NOT EXISTS { (y)-[b:PAYS]->(v) WHERE b.refund_of = p.id }
          THEN true END AS kept,
     v:Laboratory OR any(one IN v.dhs WHERE toUpper(one) = 'LAB') AS laboratory,
     // what pay by the test or order is for may not be recorded
     CASE WHEN p.purpose IS NOT NULL OR p.basis = 'per_specimen' THEN true END AS marked,
     NOT 'aks' IN coalesce(p.defended, []) AS stays
WITH x, v, y, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT payment) AS path,
     collect(DISTINCT p.id) AS payments,
     collect({found: referred AND near AND linked AND kept AND laboratory AND marked AND stays}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS payee, any(o IN pairs WHERE o.found) AS found, path, payments
