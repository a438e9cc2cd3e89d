// Group practice claim fails (STARK-08)
// What it answers: which practices that rely on the exception for in-office ancillary services miss a test of a group
//   practice. See docs/rules/stark-08.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, found, path, time_missed, encounters_missed, pool_missed, split_by_referrals
//   found is true, false, or null where it is not decided on the facts given. path: the row of the table of group
//   practices and its practice.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (x:Structure {key: $structure})
MATCH path = (r:GroupPractice {structure: $structure})-[:ABOUT {field: 'practice'}]->(p:Entity)
WITH x, p, r, path,
     // a practice in its first 12 months need not meet the test of time yet
     r.billed_through_group_pct < 75 AND r.started_on <= x.as_of - duration({months: 12}) AS time_missed,
     r.encounters_by_members_pct < 75 AS encounters_missed,
     // a part of fewer than five: the whole group may share, however small it is
     r.profit_pool_size < 5 AND r.profit_pool_size < r.physicians AS pool_missed,
     r.profit_follows_referrals AS split_by_referrals
RETURN p.id AS practice,
       r.relies_on_in_office AND coalesce(r.physicians <> 1, true)
       AND (time_missed OR encounters_missed OR pool_missed OR split_by_referrals) AS found,
       path, time_missed, encounters_missed, pool_missed, split_by_referrals
