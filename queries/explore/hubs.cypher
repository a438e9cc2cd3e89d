// Parties with many relations
// What it answers: which parties have more than $more_than rows that name them as an end: those that other queries may
//   leave out with $without (index funds, registered agents, payers, government, banks).
// Parameters: $structure (name of the structure; as platform)
//   $more_than (more rows than this; as 20)
// Columns: party, name, kind, relations, types, path
//   relations: how many rows. types: their types with their numbers, the most frequent first. path: the party.
// What it misses: states and trade names, which are no parties; rows that name a party beside their ends.
MATCH path = (e:Entity {structure: $structure})
MATCH (e)-[r]-(:Entity)
WHERE r.derived IS NULL
WITH e, path, type(r) AS type, count(DISTINCT r) AS n ORDER BY n DESC, type
WITH e, path, sum(n) AS relations, collect(type + ' ' + n) AS types
WHERE relations > $more_than
RETURN e.id AS party, e.name AS name, e.kind AS kind, relations, types, path
ORDER BY relations DESC, party
