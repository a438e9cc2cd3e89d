// Paths of control to this practice, as recorded
// What it answers: every chain of holdings, agreements and rights, of at most 8 rows in force, that leads from a party
//   to the practice, whether or not it is enough for control.
// Parameters: $structure (name of the structure; as platform)
//   $practice (id of the practice, or of any other entity; as alder_pc)
//   $without (ids of hubs that no chain may pass or start from, such as index funds or a government; as [])
// Columns: party, steps, goes_on, path
//   One row a chain. goes_on: the chain has 8 rows and something leads to its start, so that longer ones are not shown.
// What it misses: chains of more than 8 rows (see goes_on), chains that pass a party twice, and what goes through
//   $without. Roles, employment, family, signers and loans are not followed; between shows those. A right (a proxy, a
//   restriction on transfer) counts only where the chain goes on into the company that it is over, or where that
//   is not recorded.
MATCH (p:Entity {structure: $structure, id: $practice})
MATCH path = (x:Entity)
      ((a WHERE NOT a.id IN $without)
       -[r:OWNS|MANAGES|HOLDS_PROXY|RESTRICTS_TRANSFER|APPOINTS_BOARD|CONSOLIDATES {in_force: true}]->(b)){1,8}
      (p)
WITH x, p, r, path, nodes(path) AS on
// no party twice
WHERE all(i IN range(1, size(on) - 1) WHERE NOT on[i] IN on[..i])
  AND all(i IN range(0, size(r) - 1) WHERE r[i].over IS NULL OR r[i].over = on[i + 1].id
          OR coalesce(r[i].over = on[i + 2].id, false))
RETURN x.id AS party, size(r) AS steps,
       size(r) = 8 AND EXISTS {
         (y:Entity)-[q:OWNS|MANAGES|HOLDS_PROXY|RESTRICTS_TRANSFER|APPOINTS_BOARD|CONSOLIDATES {in_force: true}]->(x)
         WHERE NOT y IN on AND NOT y.id IN $without AND (q.over IS NULL OR q.over IN [x.id, on[1].id])
       } AS goes_on, path
ORDER BY steps, party, reduce(said = '', one IN r | said + '|' + one.id)
