// Gifts over annual limit (STARK-09)
// What it answers: where what is not money, given in one calendar year to a physician who refers, or to immediate
//   family, adds up to more than the limit of that year. See docs/rules/stark-09.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, year, found, path, low_usd, high_usd, returned_usd, limit_usd
//   found is true, false, or null where it is not decided on the facts given. path: the gifts, and what ties who got
//   them to the referrer.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, who stands on the side of a
//   referrer from SIDE_OF, and of which rows an exception is complete from defended, which are worked out when a
//   structure is loaded.
MATCH gift = (b:Entity {structure: $structure})-[r:PAYS {begun: true}]->(t:Entity)
WHERE (r.in_kind IS NOT NULL OR r.charged_usd IS NOT NULL OR r.purpose = 'gift') AND r.refund_of IS NULL
MATCH tie = (t)-[w:SIDE_OF]->(a:Entity)
WHERE w.how IN ['self', 'family'] AND (w.how <> 'family' OR coalesce(w.immediate, true) AND t.kind = 'person')
  AND a.kind = 'person' AND EXISTS { (a)-[:REFERRAL]->(b) }
WITH a, b, r, gift, tie, coalesce(r.paid_on, r.period_end, r.period_start) AS day,
     CASE w.how WHEN 'self' THEN true ELSE w.immediate END AS near,
     // what is given, less what is paid for it; unknown where it may have been money, or what was charged is open
     r.amount_usd - coalesce(r.charged_usd, CASE WHEN r.purpose = 'gift' THEN 0 END) AS net,
     r.in_kind IS NOT NULL OR r.charged_usd IS NOT NULL AS goods
WITH a, b, r, gift, tie, day, day.year AS year,
     CASE WHEN near AND goods AND net > 0 THEN net ELSE 0 END AS low,
     CASE WHEN net IS NULL THEN coalesce(r.amount_usd, 1e12) WHEN net > 0 THEN net ELSE 0 END AS high
WITH *, COLLECT { MATCH (:Entity)-[k:PAYS {begun: true}]->(b) WHERE k.refund_of = r.id RETURN k } AS backs
WITH a, b, collect({r: r, year: year, low: low, high: high, backs: backs, day: day, gift: gift, tie: tie}) AS gifts
UNWIND [x IN gifts WHERE x.year IS NOT NULL | x.year] AS year
WITH DISTINCT a, b, gifts, year
WITH a, b, year, [x IN gifts WHERE x.year = year] AS dated, [x IN gifts WHERE x.year IS NULL] AS undated,
     {y2013: 380, y2014: 385, y2015: 392, y2016: 392, y2017: 398, y2018: 407, y2019: 416, y2020: 423, y2021: 429,
      y2022: 452, y2023: 489, y2024: 507, y2025: 519, y2026: 535} AS limits
WITH a, b, year, dated, limits['y' + toString(year)] AS limit,
     round(reduce(t = 0.0, x IN dated | t + x.low), 2) AS low,
     round(reduce(t = 0.0, x IN dated + undated | t + x.high), 2) AS high,
     round(reduce(t = 0.0, x IN dated | t + reduce(u = 0.0, k IN x.backs | u +
       CASE WHEN k.paid_on.year = year AND k.paid_on <= x.day + duration({days: 180}) THEN coalesce(k.amount_usd, 0)
            ELSE 0 END)), 2) AS returned
WITH a, b, year, dated, limit, low, high, returned,
     CASE WHEN limit IS NOT NULL THEN
            CASE WHEN low > 1.5 * limit OR low - returned > limit THEN true
                 WHEN high <= limit OR (high <= 1.5 * limit AND high - returned <= limit) THEN false END
          WHEN year < 2013 AND low - returned > 380 THEN true
          WHEN year > 2026 AND high - returned <= 535 THEN false END AS over,
     size(dated) > 0 AND all(x IN dated WHERE 'stark' IN coalesce(x.r.defended, [])) AS defended
MATCH (a)-[f:REFERRAL]->(b)
// is the referrer a physician, or an organization that one owns, not only in name?
CALL (a) {
  OPTIONAL MATCH (h:Entity)-[o:OWNS {in_force: true}]->(a)
  WHERE a.kind <> 'person'
  WITH a, coalesce(h, a) AS h, o,
       EXISTS { (a)-[:VALUE_FLOWS {kind: 'distribution'}]->(h) } AS shared
  WITH a, o, shared, h,
       CASE WHEN EXISTS { (h)-[:HAS_LICENSE]->(l:License {in_force: true})
                          WHERE l.status = 'active' AND l.profession IN
                            ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor'] } THEN true
            WHEN EXISTS { (h)-[:HAS_LICENSE]->(l:License {in_force: true})
                          WHERE l.status IS NULL AND l.profession IN
                            ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor'] } THEN null
            WHEN 'licenses' IN h.complete THEN false END AS licensed
  WITH a, collect(CASE WHEN o IS NULL THEN {yes: a.kind = 'person' AND licensed}
                  ELSE {yes: licensed AND (shared OR coalesce(o.instrument, 'equity') IN ['debt_secured', 'profits']
                                           OR NOT coalesce(o.titular, h.titular))
                             AND CASE WHEN o.share_min > 0 OR o.shares_held > 0 OR o.instrument <> 'equity' OR shared
                                      THEN true END} END) AS owners
  RETURN any(x IN owners WHERE x.yes) OR CASE WHEN a.kind = 'person' OR 'owners' IN a.complete THEN false END
         AS physician
}
WITH *,
     CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL THEN f.start.year <= year AND f.end.year >= year END AS that_year,
     CASE WHEN EXISTS { (s:HealthService {code: toUpper(f.dhs)}) } THEN true
          WHEN size(b.dhs) = 0 THEN false
          WHEN f.dhs IS NULL AND EXISTS { (s:HealthService) WHERE s.code IN b.dhs } THEN true END AS designated,
     CASE WHEN f.payer_class IN ['medicare', 'medicaid'] THEN true
          WHEN f.payer_class IN ['tricare', 'commercial', 'self'] THEN false END AS paid
RETURN a.id AS referrer, b.id AS receiver, year,
       physician AND over AND that_year AND designated AND paid AND CASE WHEN NOT f.proxy THEN true END
       AND NOT defended AS found,
       [x IN dated | x.gift] + [x IN dated | x.tie] AS path, low AS low_usd, high AS high_usd, returned AS returned_usd,
       limit AS limit_usd
