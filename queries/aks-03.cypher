// Return out of proportion (AKS-03)
// What it answers: who, on the side of one who refers federal business, gets a return from the entity referred to that
//   is out of proportion to the capital put in. See docs/rules/aks-03.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, owner, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the holdings, the referral, and what
//   ties the owner to the referrer.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, who stands on the side of a
//   referrer from SIDE_OF, distributions net of refunds from VALUE_FLOWS, whether payments move with referrals from
//   MOVES_WITH_REFERRALS, and of which rows a safe harbor is complete from defended, which are worked out when a
//   structure is loaded.
MATCH (h:Entity {structure: $structure})-[o:OWNS {begun: true}]->(b:Entity)
WITH h, b, collect(o) AS holdings
MATCH tie = (h)-[w:SIDE_OF]->(a:Entity)-[f:REFERRAL]->(b)
WHERE w.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(w.immediate, true)
  AND a <> b
WITH *, COLLECT { MATCH (b)-[v:VALUE_FLOWS {kind: 'distribution'}]->(h) WHERE v.relation = 'PAYS' RETURN v } AS got,
     COLLECT { MATCH (b)-[v:VALUE_FLOWS {kind: 'distribution'}]->(:Entity) WHERE v.relation = 'PAYS' RETURN v } AS every
WHERE size(got) > 0 OR any(o IN holdings WHERE o.return_proportional IS NOT NULL)
WITH *,
     CASE WHEN all(o IN holdings WHERE o.consideration_usd IS NOT NULL)
          THEN reduce(t = 0.0, o IN holdings | t + o.consideration_usd) END AS paid,
     reduce(t = 0.0, v IN got | t + coalesce(v.amount_usd, 0)) AS mine,
     reduce(t = 0.0, v IN every | t + coalesce(v.amount_usd, 0)) AS total,
     reduce(t = 0.0, o IN holdings | t + coalesce(o.share_min, 0)) / 1000000 AS low,
     reduce(t = 0.0, o IN holdings | t + coalesce(o.share_max, 1000000)) / 1000000 AS high,
     all(v IN every WHERE v.amount_usd IS NOT NULL) AS whole,
     // the most within 12 months of what has an amount and a day
     reduce(most = 0.0, v IN got | CASE WHEN v.end IS NULL THEN most ELSE
       reduce(m = most, s IN [reduce(t = 0.0, x IN got | t + CASE WHEN x.end <= v.end
                                AND x.end > v.end - duration({months: 12}) THEN coalesce(x.amount_usd, 0) ELSE 0 END)] |
              CASE WHEN s > m THEN s ELSE m END) END) AS most
WITH *,
     CASE WHEN size(got) = 0 THEN false
          WHEN paid IS NULL THEN null
          WHEN most >= 5 * paid AND most > 0 THEN true
          WHEN any(v IN got WHERE v.amount_usd IS NULL) THEN null
          WHEN any(v IN got WHERE v.end IS NULL) AND mine >= 5 * paid THEN null
          ELSE false END AS many,
     CASE WHEN any(o IN holdings WHERE NOT o.return_proportional) THEN true
          WHEN all(o IN holdings WHERE coalesce(o.return_proportional, false)) THEN false
          WHEN NOT 'payments' IN b.complete OR NOT whole OR total = 0 THEN null
          WHEN round(mine / total - 1.25 * high, 9) > 0 OR round(mine / total - 0.8 * low, 9) < 0 THEN true
          WHEN round(mine / total - 1.25 * low, 9) <= 0 AND round(mine / total - 0.8 * high, 9) >= 0 THEN false
     END AS uneven,
     EXISTS { (b)-[m:MOVES_WITH_REFERRALS]->(a) WHERE m.rho >= 0.8 AND m.p_value <= 0.05 } AS moves,
     any(o IN holdings WHERE CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL
         THEN coalesce(o.valid_from <= f.end + duration({days: 120}), true)
              AND coalesce(o.valid_to > f.start - duration({days: 120}), true) END) AS near
RETURN a.id AS referrer, b.id AS receiver, h.id AS owner,
       near AND f.federal AND CASE WHEN NOT f.proxy THEN true END AND w.immediate AND CASE WHEN w.certain THEN true END
       AND (many OR uneven OR moves)
       AND NOT all(o IN holdings WHERE 'aks' IN coalesce(o.defended, [])) AS found,
       [tie] + COLLECT { MATCH one = (h)-[o:OWNS]->(b) WHERE o IN holdings RETURN one } AS path
