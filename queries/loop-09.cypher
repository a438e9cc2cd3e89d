// Practice bought above value (LOOP-09)
// What it answers: who that receives federal business bought a practice or another company from those who refer it, or
//   their side, above an appraisal, off the market or for the referrals, at most 180 days from a referral. See
//   docs/rules/loop-09.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, seller, found, path, purchases
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the interests bought
//   and payments for a purchase, and what puts the seller on the side of the referrer. purchases: ids of the rows.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals, sides and payments net of
//   refunds are read from REFERRAL, SIDE_OF and VALUE_FLOWS, and which payments an exception covers from `defended`;
//   all of it is worked out when a structure is loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(side.immediate, true) AND y <> v
// interests bought, with the payments of the price; payments alone, where no interest from this seller is on record
CALL (v, y) {
  MATCH bought = (v)-[o:OWNS {begun: true, bought_from: y.id}]->()
  RETURN bought, o, o.valid_from AS start, o.valid_from AS end, o.consideration_usd AS price,
         COLLECT { MATCH (v)-[p:PAYS {purpose: 'purchase'}]->(y), (v)-[:VALUE_FLOWS {flow: p.id}]->(y)
                   RETURN p } AS paid
  UNION ALL
  MATCH bought = (v)-[o:PAYS {purpose: 'purchase'}]->(y), (v)-[f:VALUE_FLOWS {flow: o.id}]->(y)
  WHERE NOT EXISTS { (v)-[:OWNS {begun: true, bought_from: y.id}]->() }
  RETURN bought, o, f.start AS start, f.end AS end, f.amount_usd AS price, [o] AS paid
}
MATCH (s:Structure {key: $structure})
WITH *,
     COLLECT { MATCH (a:FmvOpinion {structure: $structure}) WHERE a.about = o.id OR a.about IN [p IN paid | p.id]
               WITH a WHERE coalesce(a.dated <= s.as_of, true) RETURN a } AS appraisals
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // at most 180 days apart; a purchase or a referral without a day may have been at any time
     start <= r.end + duration({days: 180}) AND (r.start <= end + duration({days: 180}) OR r.end <= end) AS near,
     // a kinship or a share that is not recorded leaves the link open
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     CASE WHEN any(p IN paid WHERE NOT p.is_fmv) OR any(a IN appraisals WHERE price > a.high_usd) THEN true
          WHEN size(paid) > 0 AND all(p IN paid WHERE p.is_fmv)
               OR any(a IN appraisals WHERE a.independent)
                  AND all(a IN appraisals WHERE price <= a.high_usd) THEN false END AS off_market,
     CASE WHEN o.price_counts_referrals OR any(p IN paid WHERE p.varies_with_referrals OR p.formula_counts_referrals)
          THEN true
          WHEN NOT o.price_counts_referrals THEN false
          WHEN o IN paid AND NOT o.varies_with_referrals AND NOT o.formula_counts_referrals THEN false END AS counts,
     // the exception is for the payment of the price
     NOT (size(paid) > 0 AND all(p IN paid WHERE 'stark' IN coalesce(p.defended, []))) AS stays
WITH x, v, y, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT bought) AS path,
     collect(DISTINCT o.id) AS purchases,
     collect({found: referred AND near AND linked AND stays AND (off_market OR counts)}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS seller, any(o IN pairs WHERE o.found) AS found, path, purchases
