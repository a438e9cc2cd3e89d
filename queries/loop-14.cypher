// Patient broker (LOOP-14)
// What it answers: which treatment facilities, recovery homes, and laboratories that are sent their tests, pay by the
//   head, test or referral somebody who refers to them, or on whose side stands who does, at most 120 days from a
//   referral. See docs/rules/loop-14.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: payer, payee, state, found, path, referrers
//   found is true, false, or null where it is not decided on the facts given. state: one in which the payer works; null
//   where none is on record. path: the referrals, the payments, and what puts the payee on the side of who refers.
//   referrers: ids of those who refer.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals, sides and payments net of
//   refunds are read from REFERRAL, SIDE_OF and VALUE_FLOWS, which are worked out when a structure is loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
WHERE v:TreatmentFacility OR v:RecoveryHome OR v:Laboratory AND (x:TreatmentFacility OR x:RecoveryHome)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(side.immediate, true)
MATCH payment = (v)-[p:PAYS]->(y), (v)-[f:VALUE_FLOWS {flow: p.id}]->(y)
WITH *, coalesce(p.basis IN ['per_referral', 'per_head', 'per_test', 'per_specimen', 'per_order'], false)
        OR coalesce(p.varies_with_referrals, false) OR coalesce(p.unit_varies_with_referrals, false)
        OR coalesce(p.formula_counts_referrals, false) AS said
// of rent, wages, goods and loans only what is said to vary
WHERE said OR NOT coalesce(p.purpose IN ['rent', 'wages', 'goods', 'loan', 'loan_repayment'], false)
OPTIONAL MATCH (v)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT x, r, v, y, side, p, f, s, said, referral, link, payment
WITH *,
     CASE WHEN NOT r.proxy THEN true END AS referred,
     // at most 120 days apart; what has no day may have been at any time
     CASE WHEN NOT f.undated
          THEN (f.start IS NULL OR f.start <= r.end + duration({days: 120}))
               AND (f.end IS NULL OR r.start <= f.end + duration({days: 120}) OR r.end <= f.end) END AS near,
     // a kinship or a share that is not recorded leaves the link open
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     // something was given back, and the amount is not recorded: perhaps all of it
     CASE WHEN f.amount_usd IS NOT NULL OR NOT EXISTS { (y)-[b:PAYS]->(v) WHERE b.refund_of = p.id }
          THEN true END AS kept,
     // time, a fixed fee and a percentage do not vary with who comes; another unit, or discretion, may
     said OR CASE WHEN p.basis IN ['fixed', 'hourly', 'pct_revenue', 'pct_collections', 'pct_net'] THEN false
                  ELSE p.varies_with_referrals END AS varies,
     // 18 U.S.C. 220: since its first day, what a plan covers, a treatment facility that is no hospital
     CASE WHEN f.undated THEN null ELSE f.end IS NULL OR f.end >= date('2018-10-24') END
     AND CASE WHEN r.payer_class IN ['medicare', 'medicaid', 'tricare', 'commercial'] THEN true
              WHEN r.payer_class = 'self' THEN false END
     AND (v:RecoveryHome OR v:TreatmentFacility AND NOT v:Hospital
          OR v:Laboratory AND (x:TreatmentFacility OR x:RecoveryHome)) AS federal,
     // Florida's law asks for none of that; of California's the text is not verified
     CASE s.id WHEN 'FL' THEN true WHEN 'CA' THEN null ELSE false END AS of_state
WITH v, y, s, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT payment) AS path,
     collect(DISTINCT x.id) AS referrers,
     collect({found: referred AND near AND linked AND kept AND varies AND (federal OR of_state)}) AS pairs
RETURN v.id AS payer, y.id AS payee, s.id AS state, any(o IN pairs WHERE o.found) AS found, path, referrers
