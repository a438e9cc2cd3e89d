// Payment to family or shell (LOOP-12)
// What it answers: who that receives federal referrals pays a new company without employees that somebody near to the
//   referrer owns part of: itself, family, an owner or the owner's family, an officer, or staff. See
//   docs/rules/loop-12.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, payee, found, path, first
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the payments, the
//   holdings in the payee, and what puts their owners near to the referrer. first: day of the first payment.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals and payments net of refunds
//   are read from REFERRAL and VALUE_FLOWS, and which payments a safe harbor covers from `defended`; all of it is
//   worked out when a structure is loaded.
MATCH (x:Entity {structure: $structure})-[:REFERRAL]->(v:Entity)
WITH DISTINCT x, v
MATCH (v)-[f:VALUE_FLOWS {relation: 'PAYS'}]->(y:Entity)
WHERE y.kind = 'organization' AND NOT y:Practice AND y <> x
WITH x, v, y, min(f.start) AS first,
     ['officer', 'president', 'vice_president', 'secretary', 'treasurer', 'assistant_officer'] AS officers
// the owners of the payee who are near to the referrer; a share that may be nothing, or a kinship that is not recorded,
// leaves that open
CALL (x, y, officers) {
  MATCH holding = (n:Entity)-[o:OWNS {begun: true}]->(y)
  WHERE NOT coalesce(o.share_max <= 0, false) AND NOT coalesce(o.shares_held = 0, false)
  CALL (x, n, officers) {
    WITH x, n WHERE n = x
    RETURN null AS way, true AS near
    UNION ALL
    MATCH way = (n)-[k:FAMILY_OF {begun: true}]-(x)
    OPTIONAL MATCH (t:Kinship {code: k.kinship})
    RETURN way, t.stark_immediate AS near
    UNION ALL
    MATCH way = (n)-[o:OWNS {begun: true}]->(x)
    WHERE NOT coalesce(o.share_max <= 0, false) AND NOT coalesce(o.shares_held = 0, false)
    RETURN way, CASE WHEN o.share_min > 0 OR o.shares_held > 0 THEN true END AS near
    UNION ALL
    MATCH way = (n)-[k:FAMILY_OF {begun: true}]-()-[o:OWNS {begun: true}]->(x)
    WHERE NOT coalesce(o.share_max <= 0, false) AND NOT coalesce(o.shares_held = 0, false)
    OPTIONAL MATCH (t:Kinship {code: k.kinship})
    RETURN way, t.stark_immediate AND CASE WHEN o.share_min > 0 OR o.shares_held > 0 THEN true END AS near
    UNION ALL
    // officers and staff of the referrer
    MATCH way = (n)-[e:HOLDS_ROLE|EMPLOYS {begun: true}]-(x)
    WHERE startNode(e) = n AND e.role IN officers OR endNode(e) = n AND type(e) = 'EMPLOYS'
    RETURN way, true AS near
    UNION ALL
    // and of a practice of at most 100 employees that it owns part of or works for
    MATCH way = (n)-[e:HOLDS_ROLE|EMPLOYS {begun: true}]-(w:Practice)-[o:OWNS|EMPLOYS {begun: true}]-(x)
    WHERE (startNode(e) = n AND e.role IN officers OR endNode(e) = n AND type(e) = 'EMPLOYS')
      AND (type(o) = 'OWNS' AND startNode(o) = x OR type(o) = 'EMPLOYS' AND endNode(o) = x)
      AND NOT coalesce(o.share_max <= 0, false) AND NOT coalesce(o.shares_held = 0, false)
      AND COUNT { MATCH (w)-[:EMPLOYS {begun: true}]->(one) RETURN DISTINCT one } <= 100
    RETURN way, CASE WHEN type(o) = 'EMPLOYS' OR o.share_min > 0 OR o.shares_held > 0 THEN true END AS near
  }
  WITH holding, way, near AND CASE WHEN o.share_min > 0 OR o.shares_held > 0 THEN true END AS near
  WHERE coalesce(near, true)
  WITH collect(DISTINCT holding) + collect(DISTINCT way) AS ways, collect({near: near}) AS nears
  WHERE size(nears) > 0
  RETURN ways, any(one IN nears WHERE one.near) AS whose
}
WITH *,
     CASE WHEN y.staff > 0 OR EXISTS { (y)-[:EMPLOYS {in_force: true}]->() } THEN false
          WHEN y.staff = 0 OR 'employment' IN y.complete THEN true END AS empty,
     // an earlier payment that is not listed may be the first
     CASE WHEN y.formed_on >= first - duration({days: 180}) THEN true
          WHEN 'payments' IN v.complete
               AND NOT EXISTS { (v)-[:VALUE_FLOWS {relation: 'PAYS', undated: true}]->(y) }
          THEN y.formed_on >= first - duration({days: 180}) END AS new
MATCH referral = (x)-[r:REFERRAL]->(v)
MATCH payment = (v)-[p:PAYS]->(y), (v)-[f:VALUE_FLOWS {flow: p.id}]->(y)
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // at most 120 days apart; what has no day may have been at any time
     CASE WHEN NOT f.undated
          THEN (f.start IS NULL OR f.start <= r.end + duration({days: 120}))
               AND (f.end IS NULL OR r.start <= f.end + duration({days: 120}) OR r.end <= f.end) END AS near,
     NOT 'aks' IN coalesce(p.defended, []) AS stays
WITH x, v, y, first, whose, empty, new, ways, collect(DISTINCT referral) + collect(DISTINCT payment) AS path,
     collect({found: referred AND near AND stays}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS payee,
       any(o IN pairs WHERE o.found) AND whose AND empty AND new AS found, ways + path AS path, first
