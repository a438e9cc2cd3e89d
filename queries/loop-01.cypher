// Investment kickback (LOOP-01)
// What it answers: which companies that receivers of federal referrals pay, directly or through one more party, those
//   who refer or their side own part of or get distributions of, with a mark that the return may be for referrals. See
//   docs/rules/loop-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, company, owner, found, path, manages_none, cheap, bound
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, payments, holdings
//   and distributions, and what puts the owner on the side of the referrer. manages_none: the company manages no
//   practice. cheap: the interest cost at most $10,000 in all. bound: its terms follow referrals, or the holder must
//   refer.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals, sides and payments net of
//   refunds are read from REFERRAL, SIDE_OF and VALUE_FLOWS, whether payments rise and fall with referrals from
//   MOVES_WITH_REFERRALS, a test of ranks, and what a safe harbor covers from `defended`; all of it is worked out when
//   a structure is loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE (side.how IN ['self', 'family', 'owned'] OR side.how = 'owner' AND y:Person) AND coalesce(side.immediate, true)
MATCH (c:Entity {kind: 'organization'})-[:OWNS|PAYS]-(y)
WHERE c <> v AND c <> x AND c <> y
  AND NOT (c:Practice OR c:Laboratory OR c:Pharmacy OR c:Hospital OR c:Facility OR c:SurgeryCenter OR c:Supplier
           OR c:TreatmentFacility OR c:RecoveryHome)
WITH DISTINCT x, r, v, y, side, c, referral, link
// the interest: holdings that may be worth something, or distributions
CALL (y, c) {
  OPTIONAL MATCH way = (y)-[o:OWNS {begun: true}]->(c)
  WHERE NOT coalesce(o.share_max <= 0, false) AND NOT coalesce(o.shares_held = 0, false)
  RETURN collect(o) AS holdings, collect(way) AS owned
}
CALL (y, c) {
  OPTIONAL MATCH way = (c)-[p:PAYS {purpose: 'distribution'}]->(y), (c)-[:VALUE_FLOWS {flow: p.id}]->(y)
  RETURN collect(p) AS distributions, collect(way) AS distributed
}
WITH * WHERE size(holdings) + size(distributions) > 0
// what the receiver pays the company
CALL (v, c, x) {
  MATCH way = (v)-[p:PAYS]->(c), (v)-[f:VALUE_FLOWS {flow: p.id}]->(c)
  RETURN [way] AS ways, [{p: p, f: f}] AS steps, true AS apart
  UNION ALL
  MATCH way = (v)-[p:PAYS]->(z)-[q:PAYS]->(c), (v)-[f:VALUE_FLOWS {flow: p.id}]->(z)-[h:VALUE_FLOWS {flow: q.id}]->(c)
  WHERE z <> x AND z <> v AND z <> c
  // a company of who refers, or of family, is itself the company that is paid
  WITH x, way, p, f, q, h, COLLECT { MATCH (z)-[w:SIDE_OF]->(x) WHERE w.how IN ['self', 'family', 'owned']
                                      RETURN coalesce(toString(w.immediate AND CASE WHEN w.certain THEN true END), '') } AS own
  WHERE NOT 'true' IN own
  RETURN [way] AS ways, [{p: p, f: f}, {p: q, f: h}] AS steps, CASE WHEN NOT '' IN own THEN true END AS apart
}
WITH *, [s IN steps | s.p] AS paid WHERE NOT any(p IN paid WHERE coalesce(NOT p.purpose IN
     ['commission', 'marketing', 'management_fee', 'consulting', 'other'], false))
WITH *,
     COLLECT { MATCH (x)-[:HAS_LICENSE]->(l:License {in_force: true})
               WHERE l.profession IN ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor']
               RETURN coalesce(l.status, '') } AS licenses,
     COLLECT { MATCH (c)-[:MANAGES {begun: true}]->(m) RETURN DISTINCT m } AS managed,
     EXISTS { (v)-[m:MOVES_WITH_REFERRALS]->(x) WHERE m.rho >= 0.6 AND m.p_adjusted <= 0.05 } AS moves,
     ['per_test', 'per_order', 'per_referral'] AS by_order
WITH *,
     CASE WHEN any(m IN managed WHERE m:Practice) THEN false
          WHEN any(m IN managed WHERE size(coalesce(m.roles, [])) = 0) THEN null
          WHEN 'agreements' IN c.complete THEN true END AS manages_none,
     CASE WHEN size(holdings) > 0 AND all(o IN holdings WHERE o.consideration_usd IS NOT NULL)
          THEN reduce(sum = 0.0, o IN holdings | sum + o.consideration_usd) <= 10000 END AS cheap,
     any(o IN holdings WHERE o.terms_follow_referrals OR o.must_refer) AS bound,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     CASE WHEN NOT x:Person THEN CASE WHEN x:Practice THEN true END
          WHEN any(one IN licenses WHERE one = 'active') THEN true
          WHEN 'licenses' IN x.complete THEN CASE WHEN NOT '' IN licenses THEN false END END AS physician,
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     // at most 120 days from the referral; what has no day may have been at any time
     all(s IN steps WHERE CASE WHEN NOT s.f.undated
          THEN (s.f.start IS NULL OR s.f.start <= r.end + duration({days: 120}))
               AND (s.f.end IS NULL OR r.start <= s.f.end + duration({days: 120}) OR r.end <= s.f.end) END) AS near,
     // distributions count whatever their day
     size(distributions) > 0
     OR any(o IN holdings WHERE (o.valid_from IS NULL OR o.valid_from <= r.end + duration({days: 120}))
            AND (o.valid_to IS NULL OR r.start < o.valid_to + duration({days: 120}) OR r.end < o.valid_to)
            AND CASE WHEN o.share_min > 0 OR o.shares_held > 0 THEN true END) AS interest,
     CASE WHEN size(c.roles) > 0 AND all(p IN paid WHERE p.purpose IS NOT NULL) THEN true END AS services,
     any(p IN paid + distributions WHERE coalesce(p.basis IN by_order, false) OR p.varies_with_referrals
         OR CASE WHEN p.basis IS NOT NULL THEN false END) AS varies,
     NOT all(o IN holdings + paid WHERE 'aks' IN coalesce(o.defended, [])) AS stays
WITH x, v, c, y, manages_none, cheap, bound,
     collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT ways[0]) AS path,
     collect(owned + distributed)[0] AS interests,
     collect({found: referred AND physician AND linked AND near AND interest AND services AND stays AND apart
                     AND (manages_none OR cheap OR bound OR varies OR moves)}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, c.id AS company, y.id AS owner, any(o IN pairs WHERE o.found) AS found,
       path + interests AS path, manages_none, cheap, bound
