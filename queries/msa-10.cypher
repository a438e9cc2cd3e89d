// No annual review (MSA-10)
// What it answers: which management agreements were last reviewed, or, never reviewed, began, more than 12 months
//   ago. See docs/rules/msa-10.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, last
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. last: day of the last review, or of the beginning.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
MATCH (x:Structure {key: $structure})
WITH p, s, m, a, path, x.as_of AS as_of, coalesce(a.valid_from, a.first_engaged_on) AS began,
     // a day that is still to come is no review
     [d IN a.review_dates WHERE d <= x.as_of] AS reviews
WITH p, s, m, path, as_of,
     CASE WHEN size(reviews) > 0 THEN reduce(last = reviews[0], d IN reviews | CASE WHEN d > last THEN d ELSE last END)
          WHEN size(reviews) = 0 THEN began END AS last
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       last < as_of - duration({months: 12}) AS found, path, last
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, null AS path, null AS last
