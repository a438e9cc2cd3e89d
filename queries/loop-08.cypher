// Pay above market (LOOP-08)
// What it answers: who pays a physician who refers designated health services to it, or immediate family, more than the
//   work is worth, and counted the referrals. See docs/rules/loop-08.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, employee, found, path, positions
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the positions, and
//   what makes the employee family of the referrer. positions: their ids.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals and family are read from
//   REFERRAL and SIDE_OF, and what an exception covers from `defended`; all of it is worked out when a structure is
//   loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Person)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family'] AND coalesce(side.immediate, true)
MATCH position = (v)-[j:EMPLOYS {begun: true}]->(y)
MATCH (s:Structure {key: $structure})
WITH *,
     COLLECT { MATCH (h:HealthService) RETURN h.code } AS codes,
     // independent and dated; those that differ say nothing
     COLLECT { MATCH (o:FmvOpinion {structure: $structure, about: j.id})
               WHERE o.independent AND o.dated <= s.as_of AND NOT coalesce(o.appraiser_entity IN [v.id, y.id], false)
               RETURN coalesce(toString(j.annual_usd <= o.high_usd), '') } AS opinions,
     COLLECT { MATCH (x)-[:HAS_LICENSE]->(l:License {in_force: true})
               WHERE l.profession IN ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor']
               RETURN coalesce(l.status, '') } AS licenses
WITH *,
     // Medicare or Medicaid pays; counts of shared patients leave that open
     CASE WHEN r.payer_class IN ['medicare', 'medicaid'] THEN true
          WHEN r.payer_class IN ['tricare', 'commercial', 'self'] THEN false END
     AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // a referral that names no service is for what its receiver furnishes
     CASE WHEN toUpper(r.dhs) IN codes THEN true
          WHEN size(v.dhs) = 0 THEN false
          WHEN r.dhs IS NULL AND any(one IN v.dhs WHERE toUpper(one) IN codes) THEN true END AS designated,
     // while employed; a referral without a day may have been at any time
     (j.valid_from IS NULL OR j.valid_from <= r.end)
     AND (j.valid_to IS NULL OR r.start < j.valid_to OR r.end < j.valid_to) AS near,
     CASE WHEN NOT x:Person THEN CASE WHEN x:Practice THEN true END
          WHEN any(one IN licenses WHERE one = 'active') THEN true
          WHEN 'licenses' IN x.complete THEN CASE WHEN NOT '' IN licenses THEN false END END AS physician,
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     // of facts that contradict each other the one that says "above" counts
     CASE WHEN j.annual_usd > j.fmv_high_usd OR NOT j.is_fmv
               OR size(opinions) > 0 AND all(o IN opinions WHERE o = 'false') THEN true
          WHEN j.annual_usd <= j.fmv_high_usd OR j.is_fmv
               OR size(opinions) > 0 AND all(o IN opinions WHERE o = 'true') THEN false END AS off_market,
     NOT 'stark' IN coalesce(j.defended, []) AS stays
WITH x, v, y, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT position) AS path,
     collect(DISTINCT j.id) AS positions,
     collect({found: referred AND designated AND near AND physician AND linked AND stays AND j.counts_referrals
                     AND (off_market OR j.annual_usd > 1.25 * j.collections_usd)}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS employee, any(o IN pairs WHERE o.found) AS found, path, positions
