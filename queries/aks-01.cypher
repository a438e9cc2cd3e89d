// Payment against referral loop (AKS-01)
// What it answers: where value comes back, in at most four steps, from who receives federal referrals to who makes them
//   or to the side of those who do, each step at most 120 days from a referral. See docs/rules/aks-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the flows of value, what ties their
//   taker to the referrer, and the referral.
// What it misses: nothing of the rule but its severity, which the correlation decides (MOVES_WITH_REFERRALS). Which
//   pairs there are is read from VALUE_RETURNS, their steps from VALUE_FLOWS and SIDE_OF, what counts as a referral from
//   REFERRAL, and of which rows a safe harbor is complete from defended, which are worked out when a structure is
//   loaded.
MATCH (b:Entity {structure: $structure})-[z:VALUE_RETURNS]->(a:Entity)
WITH DISTINCT a, b
CALL (a, b) {
  MATCH flows = (b)-[:VALUE_FLOWS*1..4]->(t:Entity)
  WHERE all(n IN nodes(flows) WHERE single(m IN nodes(flows) WHERE m = n))
    AND (t = a OR NOT a IN nodes(flows))
  MATCH tie = (t)-[w:SIDE_OF]->(a)
  WHERE EXISTS { (a)-[:REFERRAL]->(b) }
  WITH a, b, flows, tie, w,
       [v IN relationships(flows) | {v: v, row: COLLECT {
          MATCH (x)-[r:OWNS|PAYS]-(y) WHERE x = startNode(v) AND y = endNode(v) AND r.id = v.flow RETURN r }[0]}] AS steps
  MATCH (a)-[f:REFERRAL]->(b)
  WITH a, b, flows, tie, w, f, steps,
       all(s IN steps WHERE
         // a holding that may be nothing, and a payment of which an unknown part was given back, are possible only
         CASE WHEN s.row IS NULL THEN true
              WHEN type(s.row) = 'OWNS' THEN CASE WHEN s.row.share_min > 0 OR s.row.shares_held > 0 THEN true END
              WHEN s.v.amount_usd IS NOT NULL THEN true
              ELSE CASE WHEN s.row.amount_usd IS NULL AND NOT EXISTS {
                MATCH (x)-[back:PAYS]->(y) WHERE x = endNode(s.v) AND y = startNode(s.v) AND back.refund_of = s.v.flow }
                THEN true END END
         AND CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL AND NOT s.v.undated
                  THEN coalesce(s.v.start <= f.end + duration({days: 120}), true)
                       AND coalesce(s.v.end >= f.start - duration({days: 120}), true) END) AS linked,
       all(s IN steps WHERE 'aks' IN coalesce(s.row.defended, COLLECT {
          MATCH (x)-[r]-(y) WHERE x = startNode(s.v) AND y = endNode(s.v) AND r.id = s.v.flow AND r.defended IS NOT NULL
          RETURN r }[0].defended, [])) AS defended
  WITH flows, tie, w, f, linked AND f.federal AND CASE WHEN NOT f.proxy THEN true END
       AND CASE WHEN w.certain THEN true END AND NOT defended AS found
  RETURN CASE WHEN any(x IN collect(coalesce(toString(found), '')) WHERE x = 'true') THEN true
              WHEN any(x IN collect(coalesce(toString(found), '')) WHERE x = '') THEN null ELSE false END AS found,
         collect(CASE WHEN coalesce(found, true) THEN [flows, tie] END)[0] AS path
}
RETURN a.id AS referrer, b.id AS receiver, found, path
