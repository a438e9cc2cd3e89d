// Small entity investment (AKS-02)
// What it answers: which holdings of those who refer federal business to the entity, or of their side, are outside the
//   limits of the small entity safe harbor. See docs/rules/aks-02.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, owner, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the holding, the referral, and what
//   ties the owner to the referrer.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, who stands on the side of a
//   referrer from SIDE_OF, and of which rows a safe harbor is complete from defended, which are worked out when a
//   structure is loaded.
MATCH holding = (h:Entity {structure: $structure})-[o:OWNS {begun: true}]->(b:Entity)
MATCH tie = (h)-[w:SIDE_OF]->(a:Entity)-[f:REFERRAL]->(b)
WHERE w.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(w.immediate, true)
  AND a <> b
// what those who refer hold of the whole, or of a class, in millionths
CALL (b) {
  MATCH (x:Entity)-[s:OWNS {in_force: true}]->(b)
  WITH b, x, s, EXISTS { (x)-[:SIDE_OF {certain: true}]->(:Entity)-[:REFERRAL {proxy: false}]->(b) } AS refers
  WITH b, coalesce(s.share_class, '') AS class,
       sum(CASE WHEN refers THEN coalesce(CASE WHEN s.share_class IS NULL THEN s.share_min ELSE s.class_share_min END, 0)
           ELSE 0 END) AS low,
       sum(coalesce(s.share_min, 0) * CASE WHEN refers THEN 1 ELSE 0 END) AS whole
  RETURN collect({class: class, low: low}) AS classes, sum(whole) AS whole
}
WITH *, CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL
             THEN coalesce(o.valid_from <= f.end + duration({days: 120}), true)
                  AND coalesce(o.valid_to > f.start - duration({days: 120}), true) END AS near,
     CASE WHEN whole > 400000 OR any(c IN classes WHERE c.low > 400000) THEN true
          WHEN 'owners' IN b.complete AND 'referrals' IN b.complete THEN false END AS many,
     // the entity, or another investor, put up the money
     CASE WHEN o.consideration_financed_by = h.id THEN false
          WHEN o.consideration_financed_by = b.id OR EXISTS { (x:Entity)-[:OWNS {in_force: true}]->(b)
                                                               WHERE x.id = o.consideration_financed_by } THEN true
          WHEN o.consideration_financed_by IS NOT NULL THEN false END AS financed
RETURN a.id AS referrer, b.id AS receiver, h.id AS owner,
       near AND f.federal AND CASE WHEN NOT f.proxy THEN true END AND w.immediate AND CASE WHEN w.certain THEN true END
       AND (many OR b.investor_revenue_pct > 40 OR o.terms_follow_referrals OR o.price_counts_referrals OR o.must_refer
            OR NOT o.same_terms OR NOT o.return_proportional OR financed)
       AND NOT 'aks' IN coalesce(o.defended, []) AS found, [holding, tie] AS path
