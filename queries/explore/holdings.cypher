// Holdings above this party, lines as wide as the share
// What it answers: who holds this practice or company, who holds those, and so on up at any depth, each holding in force
//   drawn once. With the style of the guide a line is the wider, the more of the company is certainly held.
// Parameters: $structure (name of the structure; as platform)
//   $owned (id of the practice, or of any other entity; as alder_pc)
//   $without (ids of hubs that are neither listed nor followed; as [])
// Columns: owner, owned, size, share, holding, path
//   size: the type of the line, by what is certain: OWNS_ALL, OWNS_OVER_50, OWNS_25_TO_50, OWNS_5_TO_25, OWNS_UNDER_5,
//   the last also where no share is recorded. share: in words, as on the line. holding: id of the row.
// What it misses: rights, agreements and boards (see control-paths); what lies behind $without. Options and warrants are
//   holdings of their own and drawn as the others. In a structure that was loaded with rows only there are no sizes.
MATCH (p:Entity {structure: $structure, id: $owned})
CALL (p) {
  RETURN p AS b
  UNION
  MATCH ANY SHORTEST (b:Entity)
        ((x WHERE NOT x.id IN $without)-[:OWNS_ALL|OWNS_OVER_50|OWNS_25_TO_50|OWNS_5_TO_25|OWNS_UNDER_5]->())+ (p)
  WHERE b <> p
  RETURN b
}
WITH DISTINCT b
MATCH path = (a:Entity WHERE NOT a.id IN $without)
             -[r:OWNS_ALL|OWNS_OVER_50|OWNS_25_TO_50|OWNS_5_TO_25|OWNS_UNDER_5]->(b)
RETURN a.id AS owner, b.id AS owned, type(r) AS size, r.share AS share, r.holding AS holding, path
ORDER BY owned, owner, holding
