// Swapping (AKS-07)
// What it answers: which suppliers sell below cost, or at least 30% below their price to others, to a customer who bears
//   the cost itself and refers federal business to them. See docs/rules/aks-07.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, supplier, customer, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the supply, the referral and what
//   ties the customer to the referrer.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, and who stands on the side of a
//   referrer from SIDE_OF, which are worked out when a structure is loaded.
MATCH (x:Structure {key: $structure})
MATCH path = (v:Entity {structure: $structure})-[u:SUPPLIES {begun: true}]->(y:Entity)
MATCH (y)-[w:SIDE_OF]->(a:Entity)-[f:REFERRAL]->(v)
WHERE w.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(w.immediate, true)
WITH x, v, u, y, w, a, f, path,
     // days between the supply, which stands to this day where no end is recorded, and the referral
     CASE WHEN f.start IS NULL AND f.end IS NULL THEN null
          ELSE coalesce(u.valid_from <= coalesce(f.end, f.start) + duration({days: 120}), true)
               AND coalesce(u.valid_to > coalesce(f.start, f.end) - duration({days: 120}), true) END AS near,
     u.customer_bears_cost AND (u.price_usd < u.cost_usd OR round(10 * u.price_usd, 6) <= round(7 * u.peer_price_usd, 6)) AS swapped
RETURN a.id AS referrer, v.id AS receiver, v.id AS supplier, y.id AS customer,
       swapped AND f.federal AND near AND CASE WHEN NOT f.proxy THEN true END
       AND w.immediate AND CASE WHEN w.certain THEN true END
       AND NOT 'aks' IN coalesce(u.defended, []) AS found, [path] AS path
