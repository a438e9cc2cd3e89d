// Shared bank account (MSA-09)
// What it answers: which practices share an account with their manager, or have none of their own. See
//   docs/rules/msa-09.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, shared, has_own
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. path: the agreement, and what ties both to the accounts that both
//   use, or, where there is none, the practice to its accounts. shared: accounts that both use. has_own: whether an
//   account is in the practice's name.
// What it misses: nothing of the rule; severity and questions are in the audit.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH agreement = (m:Entity)-[:MANAGES {in_force: true}]->(p)
WITH p, s, m, collect(agreement) AS agreements
WITH p, s, m, agreements,
     COLLECT { MATCH (p)-[:DEPOSITS_TO|HELD_BY {in_force: true}]-(c:Account)
               MATCH (c)-[:DEPOSITS_TO|HELD_BY {in_force: true}]-(m)
               RETURN DISTINCT c.id ORDER BY c.id } AS shared,
     CASE WHEN EXISTS { (p)<-[:HELD_BY {in_force: true}]-(:Account) } THEN true
          WHEN 'accounts' IN p.complete THEN false END AS has_own
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       CASE WHEN size(shared) > 0 THEN true
            WHEN 'accounts' IN p.complete AND 'accounts' IN m.complete THEN false END
       OR NOT has_own AS found,
       agreements
       + COLLECT { MATCH one = (p)-[r:DEPOSITS_TO|HELD_BY {in_force: true}]-(c:Account)
                   WHERE size(shared) = 0 OR c.id IN shared RETURN one ORDER BY r.key }
       + COLLECT { MATCH one = (m)-[r:DEPOSITS_TO|HELD_BY {in_force: true}]-(c:Account)
                   WHERE c.id IN shared RETURN one ORDER BY r.key } AS path,
       shared, has_own
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, [] AS path, [] AS shared, null AS has_own
