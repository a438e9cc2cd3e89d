// Business power reaches care (CTRL-08)
// What it answers: which managers hold, or can veto, a business decision that reaches clinical care, without a
//   physician's final say in it. See docs/rules/ctrl-08.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, powers
//   found is true, false, or null where it is not decided on the facts given; where agreements may be missing, a
//   manager without a power may hold one. path: the agreements. powers: the powers of this class that it holds.
// What it misses: nothing of the rule; severity, the statute that lists a power, and questions are in the audit.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND (s.cpom_weight_stated >= 2 OR s.id IN ['CA', 'OR'])
WITH DISTINCT p, s,
     // pay of physicians is left to CTRL-23
     COLLECT { MATCH (t:Power {class: 'clinical_business'}) WHERE t.code <> 'set_physician_comp'
               RETURN t.code } AS codes,
     COLLECT { MATCH (t:Power) RETURN t.code } AS known
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
WITH p, s, m, codes, known, collect(a) AS agreements, collect(path) AS path
WITH p, s, m, codes, agreements, path,
     // what a power does whose code is not in the table is unknown
     any(a IN agreements WHERE any(x IN coalesce(a.powers, []) WHERE NOT x IN known)) AS unknown,
     any(a IN agreements
         WHERE any(x IN codes
                   WHERE x IN a.powers AND NOT x IN a.physician_final_say
                         // California: only terms that rest on clinical competency, which no field records
                         AND CASE WHEN s.id = 'CA' AND x = 'contract_other_clinicians' THEN null ELSE true END)) AS held
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       (held OR CASE WHEN 'agreements' IN p.complete AND NOT unknown THEN false END)
       // Oregon's list of exempt classes is not verified
       AND CASE WHEN s.id = 'OR' AND coalesce(size(p.exempt_as) > 0, true) THEN null ELSE true END
       AND CASE WHEN s.cpom_weight IS NOT NULL THEN true END AS found,
       path,
       [x IN codes WHERE any(a IN agreements WHERE x IN a.powers AND NOT x IN a.physician_final_say)] AS powers
