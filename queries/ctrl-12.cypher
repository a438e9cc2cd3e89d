// Long term without exit (CTRL-12)
// What it answers: which agreements run ten years or more, or renew by themselves, while the practice cannot leave
//   without cause. See docs/rules/ctrl-12.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path
//   found is true, false, or null where it is not decided on the facts given; where agreements may be missing, there
//   may be such a one. path: the agreements.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, collect(a) AS agreements, collect(path) AS path
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       (any(a IN agreements
            WHERE (a.term_years >= 10 OR a.evergreen) AND a.practice_can_terminate IN ['no', 'cause_only'])
        OR CASE WHEN 'agreements' IN p.complete THEN false END)
       AND CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS found,
       path
