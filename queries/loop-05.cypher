// Recruiter pass through (LOOP-05)
// What it answers: which receivers of federal referrals pay somebody between who passes 30% or more of it on, within 45
//   days, to those who refer, or to their side. See docs/rules/loop-05.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, recruiter, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the referrals and the payments to
//   and from the one between.
// What it misses: of payments that may be of the side, which of them would make up the highest share is not tried out.
//   Severity and questions are in the audit. Referrals, sides and payments net of refunds are read from REFERRAL,
//   SIDE_OF and VALUE_FLOWS, and which payments a safe harbor covers from `defended`; all of it is worked out when a
//   structure is loaded.
MATCH (x:Entity {structure: $structure})-[:REFERRAL]->(v:Entity)
WITH DISTINCT x, v
MATCH (v)-[:VALUE_FLOWS {relation: 'PAYS'}]->(z:Entity)-[:VALUE_FLOWS {relation: 'PAYS'}]->(y)-[side:SIDE_OF]->(x)
WHERE coalesce(side.immediate, true) AND y <> v AND z <> x
  AND NOT (z:Practice OR z:Laboratory OR z:Pharmacy OR z:Hospital OR z:Facility OR z:SurgeryCenter
           OR z:TreatmentFacility OR z:RecoveryHome)
  AND NOT EXISTS { (z)-[own:SIDE_OF]->(x) WHERE own.immediate AND own.certain }
WITH DISTINCT x, v, z, NOT EXISTS { (z)-[own:SIDE_OF]->(x) WHERE coalesce(own.immediate, true) } AS apart
CALL (v, z) {
  MATCH way = (v)-[p:PAYS]->(z), (v)-[f:VALUE_FLOWS {flow: p.id}]->(z)
  RETURN collect({p: p, f: f, way: way}) AS ins
}
// what the one between pays: whether to the side of the referrer, and whether to that of anybody who refers
CALL (x, v, z) {
  MATCH way = (z)-[p:PAYS]->(y)-[side:SIDE_OF]->(one)-[r:REFERRAL]->(v), (z)-[f:VALUE_FLOWS {flow: p.id}]->(y)
  WHERE coalesce(side.immediate, true) AND y <> v
  WITH x, z, y, p, f, one, side.immediate AND CASE WHEN side.certain THEN true END AS linked,
       collect({yes: r.federal AND CASE WHEN NOT r.proxy THEN true END}) AS referrals
  WITH z, y, p, f, collect({mine: one = x, linked: linked, pooled: linked AND any(k IN referrals WHERE k.yes)}) AS links
  MATCH way = (z)-[p]->(y)
  RETURN collect({p: p, f: f, way: way, mine: any(k IN links WHERE k.mine AND k.linked),
                  pooled: any(k IN links WHERE k.pooled)}) AS ons
}
// the share that is passed on: for the side alone and for all, on what is certain and on what may be
CALL (ins, ons) {
  UNWIND [false, true] AS all_sides
  UNWIND [false, true] AS perhaps
  WITH ins, all_sides, perhaps,
       [o IN ons WHERE coalesce(CASE WHEN all_sides THEN o.pooled ELSE o.mine END, perhaps)] AS sent
  WITH ins, all_sides, perhaps,
       [o IN sent WHERE any(i IN ins WHERE CASE WHEN i.f.undated OR o.f.undated THEN perhaps
          ELSE coalesce(i.f.start <= o.f.start, true)
               AND coalesce(o.f.start <= i.f.end + duration({days: 45}), true) END)] AS sent
  WITH ins, all_sides, perhaps, sent,
       [i IN ins WHERE any(o IN sent WHERE CASE WHEN i.f.undated OR o.f.undated THEN perhaps
          ELSE coalesce(i.f.start <= o.f.start, true)
               AND coalesce(o.f.start <= i.f.end + duration({days: 45}), true) END)] AS followed
  WITH ins, all_sides, perhaps, sent, followed,
       reduce(d = null, i IN followed | CASE WHEN d IS NULL OR i.f.start < d THEN i.f.start ELSE d END) AS first,
       reduce(d = null, i IN followed | CASE WHEN d IS NULL OR i.f.end > d THEN i.f.end ELSE d END) AS last
  WITH all_sides, perhaps, sent, first, last, followed,
       [i IN ins WHERE i IN followed OR i.f.end >= first AND i.f.start <= last] AS base
  WITH all_sides, perhaps, sent, first, last, base,
       reduce(sum = 0.0, o IN sent | sum + coalesce(o.f.amount_usd, 0)) AS passed,
       reduce(sum = 0.0, i IN base | sum + coalesce(i.f.amount_usd, 0)) AS paid,
       any(o IN sent WHERE o.f.amount_usd IS NULL) AS open_sent,
       any(i IN base WHERE i.f.amount_usd IS NULL) AS open_paid
  RETURN collect({all_sides: all_sides, perhaps: perhaps, first: first, last: last, sent: sent, base: base,
                  enough: size(sent) > 0 AND CASE WHEN perhaps THEN open_sent OR open_paid OR passed >= 0.3 * paid
                                                  ELSE NOT open_paid AND passed >= 0.3 * paid END}) AS shares
}
MATCH referral = (x)-[r:REFERRAL]->(v)
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     [s IN shares |
        {enough: CASE WHEN NOT s.enough THEN false WHEN NOT s.perhaps THEN true END,
         // the side of the referrer is one of those to whom it is passed on
         mine: any(o IN s.sent WHERE o.mine),
         near: CASE WHEN s.first IS NOT NULL
                    THEN s.first <= r.end + duration({days: 120})
                         AND (r.start <= s.last + duration({days: 120}) OR r.end <= s.last) END,
         stays: NOT all(k IN s.sent + s.base WHERE 'aks' IN coalesce(k.p.defended, []))}] AS cases
WITH x, v, z, apart, ins, ons, collect(DISTINCT referral) AS referrals,
     collect({found: referred AND any(s IN cases WHERE s.enough AND s.mine AND s.near AND s.stays)}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, z.id AS recruiter,
       any(o IN pairs WHERE o.found) AND CASE WHEN apart THEN true END AS found,
       referrals + [i IN ins | i.way] + [o IN ons WHERE coalesce(o.mine OR o.pooled, true) | o.way] AS path
