// Reserved financial powers (CTRL-09)
// What it answers: which managers hold, or can veto, at least three different financial decisions that owners reserve.
//   See docs/rules/ctrl-09.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, sure, possible
//   found is true, false, or null where it is not decided on the facts given. path: the agreements. sure, possible: how
//   many such powers it holds for certain, and at most; agreements that are not listed may give more.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2
WITH DISTINCT p, s, COLLECT { MATCH (t:Power {class: 'financial'}) RETURN t.code } AS reserved,
     COLLECT { MATCH (t:Power) RETURN t.code } AS known
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, reserved, known, collect(a) AS agreements, collect(path) AS path
WITH p, s, m, path,
     // each power once, over all agreements of the manager
     [x IN reserved |
       any(a IN agreements WHERE x IN a.powers AND NOT x IN a.physician_final_say AND NOT a.joint_committee)
       // what a power does whose code is not in the table is unknown
       OR CASE WHEN 'agreements' IN p.complete
                 AND none(a IN agreements WHERE NOT coalesce(a.joint_committee, false)
                          AND any(y IN coalesce(a.powers, []) WHERE NOT y IN known)) THEN false END] AS held
WITH p, s, m, path, size([h IN held WHERE h]) AS sure, size([h IN held WHERE coalesce(h, true)]) AS possible
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       CASE WHEN sure >= 3 THEN true WHEN possible < 3 THEN false END
       AND CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS found,
       path, sure, possible
