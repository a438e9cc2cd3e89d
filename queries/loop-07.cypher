// Free staff or items (LOOP-07)
// What it answers: who gives those who refer federal business, or their side, staff or things for their office free or
//   below value, or leases them space or equipment for no rent, at most 120 days from a referral. See
//   docs/rules/loop-07.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, recipient, item, found, path, rows
//   found is true, false, or null where it is not decided on the facts given. item: what is given; lease, of a lease.
//   path: the referrals, what is given, and what puts the recipient on the side of the referrer. rows: ids of the
//   payments and leases.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals and sides are read from
//   REFERRAL and SIDE_OF, and what a safe harbor covers from `defended`; all of it is worked out when a structure is
//   loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(side.immediate, true) AND y <> v
MATCH gift = (v)-[p:PAYS|LEASES_TO {begun: true}]->(y)
WHERE type(p) = 'LEASES_TO'
   OR p.in_kind IN ['staff', 'equipment', 'space', 'supplies', 'software', 'services']
      AND p.refund_of IS NULL AND coalesce(p.amount_usd > 0, true)
WITH *, type(p) = 'LEASES_TO' AS lease,
     coalesce(p.paid_on, p.period_start, p.period_end, p.valid_from) AS start,
     coalesce(p.paid_on, p.period_end, p.period_start, p.valid_to - duration({days: 1})) AS end,
     // a gift is free unless a price stands beside it
     coalesce(p.charged_usd, CASE WHEN p.purpose = 'gift' THEN 0 END) AS paid
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // at most 120 days apart; a payment or referral without a day may have been at any time, a lease always was
     CASE WHEN lease OR start IS NOT NULL OR end IS NOT NULL
          THEN (start IS NULL OR start <= r.end + duration({days: 120}))
               AND (end IS NULL OR r.start <= end + duration({days: 120}) OR r.end <= end) END AS near,
     // a kinship or a share that is not recorded leaves the link open
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     CASE WHEN p.rent_usd IS NOT NULL THEN p.rent_usd = 0
          // by the use, the time or a percentage something is paid
          WHEN lease THEN CASE WHEN p.rent_basis IN ['per_use', 'time_block', 'pct'] THEN false END
          WHEN p.amount_usd IS NULL THEN CASE WHEN paid = 0 THEN true END
          ELSE paid < p.amount_usd END
     // staff that only collect specimens are taken out
     AND (lease OR p.in_kind <> 'staff' OR NOT p.specimen_collection_only) AS free,
     NOT 'aks' IN coalesce(p.defended, []) AS stays
WITH x, v, y, CASE WHEN lease THEN 'lease' ELSE p.in_kind END AS item,
     collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT gift) AS path,
     collect(DISTINCT p.id) AS rows,
     collect({found: referred AND near AND linked AND free AND stays}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS recipient, item, any(o IN pairs WHERE o.found) AS found, path, rows
