// Parties at one address
// What it answers: addresses that several parties give, and how those parties are tied by recorded rows.
// Parameters: $structure (name of the structure; as platform)
//   $max_sharing (addresses of more parties than this, as those of registered agents, are left out; as 20)
// Columns: address, city, zip, parties, tied, path
//   parties: ids. tied: whether a row in force has two of them as its ends. path: the parties and those rows.
// What it misses: addresses of more than $max_sharing parties; the same place written in another way (only case, and
//   blanks at the ends, make no difference); the parties' addresses at other times.
MATCH (e:Entity {structure: $structure})
WHERE trim(e.address) <> ''
WITH toLower(trim(e.address)) AS address, toLower(trim(e.city)) AS city, e.zip AS zip, e ORDER BY e.id
WITH address, city, zip, collect(e) AS sharing
WHERE 2 <= size(sharing) <= $max_sharing
WITH address, city, zip, sharing,
     COLLECT { UNWIND sharing AS a
               MATCH one = (a)-[r {in_force: true}]->(b:Entity)
               WHERE b IN sharing AND a <> b AND r.derived IS NULL
               RETURN one ORDER BY r.key } AS ties
RETURN address, city, zip, [e IN sharing | e.id] AS parties, size(ties) > 0 AS tied,
       COLLECT { UNWIND sharing AS e MATCH one = (e) RETURN one } + ties AS path
ORDER BY address, city, zip
