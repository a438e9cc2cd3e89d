// Manager has clinical power (CTRL-07)
// What it answers: which managers hold, or can veto, a clinical decision under their agreements, without a physician's
//   final say in it. See docs/rules/ctrl-07.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, powers
//   found is true, false, or null where it is not decided on the facts given; where agreements may be missing, a
//   manager without a power may hold one. path: the agreements. powers: the clinical powers that it certainly holds.
// What it misses: nothing of the rule; severity, the statute that lists a power, and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s, COLLECT { MATCH (t:Power {class: 'clinical'}) RETURN t.code } AS clinical,
     COLLECT { MATCH (t:Power) RETURN t.code } AS known
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, clinical, known, collect(a) AS agreements, collect(path) AS path
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       any(a IN agreements WHERE any(x IN clinical WHERE x IN a.powers AND NOT x IN a.physician_final_say))
       // what a power does whose code is not in the table is unknown
       OR CASE WHEN 'agreements' IN p.complete
                 AND none(a IN agreements WHERE any(x IN coalesce(a.powers, []) WHERE NOT x IN known)) THEN false END AS found,
       path,
       [x IN clinical WHERE any(a IN agreements WHERE x IN a.powers AND NOT x IN a.physician_final_say)] AS powers
