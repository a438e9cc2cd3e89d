// Supervision fee (LOOP-10)
// What it answers: who pays those who refer federal business, or their side, for supervision that varies with
//   referrals, is off the market or has no record of work, or for another service by the head, test, order, specimen or
//   referral, at most 120 days from a referral. See docs/rules/loop-10.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, payee, found, path, payments
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the payments, and
//   what puts the payee on the side of the referrer. payments: ids of the payments for a service.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals, sides and payments net of
//   refunds are read from REFERRAL, SIDE_OF and VALUE_FLOWS, and which payments a safe harbor covers from `defended`;
//   all of it is worked out when a structure is loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(side.immediate, true)
MATCH payment = (v)-[p:PAYS]->(y), (v)-[f:VALUE_FLOWS {flow: p.id}]->(y)
WITH *, coalesce(p.basis IN ['per_head', 'per_test', 'per_order', 'per_specimen', 'per_referral'], false) AS per_head
WHERE p.purpose = 'supervision'
   OR per_head AND p.purpose IN ['consulting', 'speaker', 'medical_director', 'research', 'other']
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
     per_head OR p.varies_with_referrals OR NOT p.is_fmv OR NOT p.work_product
     OR CASE WHEN p.basis IS NOT NULL THEN false END AS marked,
     // without work no safe harbor takes it away
     NOT 'aks' IN coalesce(p.defended, []) OR NOT coalesce(p.work_product, true) AS stays
WITH x, v, y, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT payment) AS path,
     collect(DISTINCT p.id) AS payments,
     collect({found: referred AND near AND linked AND kept AND marked AND stays}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS payee, any(o IN pairs WHERE o.found) AS found, path, payments
