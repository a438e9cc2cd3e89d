// Value that comes back to this physician
// What it answers: chains of at most 4 value flows from a party to which the physician refers back to the physician,
//   or to somebody on the physician's side (family, owner, employer, group), where each flow lies at most $days from the
//   one before it, and the first from the referral, in either order.
// Parameters: $structure (name of the structure; as little_river)
//   $physician (id of the referrer; as physician)
//   $days (days that may lie between two steps; as 365)
//   $without (ids of hubs that no chain may pass or end at, such as payers; as [])
// Columns: receiver, taker, how, steps, flows, least_usd, undated, path
//   One row a referral and chain. how: what ties the taker to the physician. flows: ids of the rows. least_usd: the
//   smallest amount on the way; null where one is not recorded. undated: the day of a row on the way is not
//   known, so that its distance is not either. path: the referral, the flows, the tie.
// What it misses: chains of more than 4 flows, and those that pass a party twice. What the days between flows say is
//   weaker than what the audit asks, that every flow lies near the referral (VALUE_RETURNS). Flows are net of refunds;
//   whether a flow is for fair value, or has a defense, is not looked at.
MATCH (d:Entity {structure: $structure, id: $physician})
MATCH path = (d)-[q:REFERRAL]->(v:Entity)
      (()-[f:VALUE_FLOWS]->(y WHERE y.id = $physician OR NOT y.id IN $without)){1,4}
      (t)-[s:SIDE_OF]->(d)
WITH d, q, v, t, s, f, path, [q] + f AS steps, nodes(path)[1..-1] AS on
// no party twice, and the physician only as the taker
WHERE all(i IN range(1, size(on) - 1) WHERE NOT on[i] IN on[..i]) AND NOT d IN on[..-1]
  // an open end of a period reaches everywhere
  AND all(i IN range(1, size(steps) - 1) WHERE
        coalesce(duration.inDays(steps[i - 1].end, steps[i].start).days <= $days, true)
    AND coalesce(duration.inDays(steps[i].end, steps[i - 1].start).days <= $days, true))
RETURN v.id AS receiver, t.id AS taker, s.how AS how, size(f) AS steps, [one IN f | one.flow] AS flows,
       CASE WHEN all(one IN f WHERE one.amount_usd IS NOT NULL)
            THEN reduce(x = f[0].amount_usd, one IN f | CASE WHEN one.amount_usd < x THEN one.amount_usd ELSE x END)
            END AS least_usd,
       any(one IN f WHERE coalesce(one.undated, false)) OR (q.start IS NULL AND q.end IS NULL) AS undated, path
ORDER BY receiver, steps, flows, q.referral, how
