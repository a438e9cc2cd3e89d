// No written agreement (MSA-01)
// What it answers: which managers work for a practice without a written agreement, and which management companies it
//   pays regularly, a series or three payments or more, without an agreement. See docs/rules/msa-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, payments
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. payments: how many there are, where there is no agreement;
//   what gives back a payment is none.
// What it misses: nothing of the rule; severity and questions are in the audit. Payments that are not recorded are not
//   looked for.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
RETURN p.id AS practice, s.id AS state, m.id AS manager, NOT a.in_writing AS found, [path] AS path, null AS payments
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (p)-[y:PAYS {in_force: true}]->(m:Mso)
WHERE y.refund_of IS NULL AND NOT EXISTS { (m)-[:MANAGES {in_force: true}]->(p) }
MATCH (x:Structure {key: $structure})
WITH p, s, m, path, y,
     // what stands today, without days of its own, is for today, when no agreement stands
     coalesce(y.period_start, y.paid_on, y.period_end,
              CASE WHEN coalesce(y.valid_from, y.valid_to) IS NOT NULL THEN x.as_of END) AS day,
     COLLECT { MATCH (m)-[a:MANAGES]->(p) WHERE a.valid_to <= x.as_of RETURN a } AS ended
WITH p, s, m, path, y.regular AS regular,
     // paid outside of the agreements that have ended? Null where the day is not known
     NOT any(a IN ended WHERE coalesce(y.agreement = a.id, false)
                              OR (a.valid_from IS NULL OR a.valid_from <= day) AND day < a.valid_to) AS outside
WITH p, s, m, collect(CASE WHEN coalesce(outside, true) THEN path END) AS path,
     collect({outside: outside, regular: regular}) AS all_of_them
WITH p, s, m, path, all_of_them, [y IN all_of_them WHERE coalesce(y.outside, true)] AS payments
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       (size([y IN payments WHERE y.outside]) >= 3
        OR any(y IN all_of_them WHERE y.outside AND y.regular)
        OR CASE WHEN size(payments) >= 3 THEN null ELSE false END)
       AND CASE WHEN 'agreements' IN p.complete THEN true END AS found,
       path, size(payments) AS payments
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, [] AS path, null AS payments
