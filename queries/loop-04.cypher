// Lease for referrals (LOOP-04)
// What it answers: who that receives federal business leases from those who refer it, or their side, what it does not
//   need, pays rent for more than the use, or gets its own lease back, at most 120 days from a referral. See
//   docs/rules/loop-04.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, lessor, found, path, leases
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the leases, and what
//   puts the lessor on the side of the referrer. leases: their ids.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals and sides are read from
//   REFERRAL and SIDE_OF, and what a safe harbor and an exception cover from `defended`; all of it is worked out when a
//   structure is loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(side.immediate, true) AND y <> v
MATCH lease = (y)-[l:LEASES_TO {begun: true}]->(v)
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // at most 120 days apart; a referral without a day may have been at any time
     (l.valid_from IS NULL OR l.valid_from <= r.end + duration({days: 120}))
     AND (l.valid_to IS NULL OR r.start < l.valid_to + duration({days: 120}) OR r.end < l.valid_to) AS near,
     // a kinship or a share that is not recorded leaves the link open
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     CASE WHEN l.sublease_of IS NOT NULL THEN EXISTS { (v)-[m:LEASES_TO]->(y) WHERE m.id = l.sublease_of }
          // without a main lease on record there may be one as long as the list is not complete
          WHEN 'leases' IN y.complete THEN false END AS sublet_back,
     // the safe harbor, and where designated health services may be furnished an exception to the Stark law, too
     NOT ('aks' IN coalesce(l.defended, [])
          AND ('stark' IN coalesce(l.defended, []) OR coalesce(size(v.dhs) = 0, false))) AS stays
WITH x, v, y, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT lease) AS path,
     collect(DISTINCT l.id) AS leases,
     collect({found: referred AND near AND linked AND stays AND (NOT l.needed OR l.noncompete OR sublet_back)}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS lessor, any(o IN pairs WHERE o.found) AS found, path, leases
