// Everything under this investor
// What it answers: every party that the investor reaches downward through holdings, agreements of management, rights
//   to appoint a board and consolidation in force, at any depth, or that it controls, or may.
// Parameters: $structure (name of the structure; as platform)
//   $investor (id of the investor, or of any other party; as fund_iv)
//   $without (ids of hubs through which nothing is followed and which are not listed; as [])
// Columns: party, kind, practice, steps, controls, path
//   practice: whether it is one. steps: rows of the shortest chain; null where it is controlled through rights alone.
//   controls: certain or possible, by the investor or by a group that it is a member of; null where neither. path: all
//   shortest chains, and the control that is worked out.
// What it misses: what lies behind $without. Longer chains to the same party are not drawn. That something lies under
//   an investor does not mean that the investor controls it, or has a share of it: a manager holds none.
MATCH (i:Entity {structure: $structure, id: $investor})
CALL (i) {
  MATCH path = ALL SHORTEST (i)
        (()-[:OWNS|MANAGES|APPOINTS_BOARD|CONSOLIDATES {in_force: true}]->(y WHERE NOT y.id IN $without))+
        (e:Entity)
  WHERE e <> i
  RETURN e, path, length(path) AS steps, null AS certain
  UNION ALL
  MATCH path = (i)-[:IN_GROUP]->{0,1}()-[c:CONTROLS]->(e:Entity)
  WHERE e <> i AND NOT e.id IN $without
  RETURN e, path, null AS steps, c.certain AS certain
}
WITH e, min(steps) AS steps, collect(path) AS path, collect(certain) AS certain
RETURN e.id AS party, e.kind AS kind, e:Practice AS practice, steps,
       CASE WHEN true IN certain THEN 'certain' WHEN size(certain) > 0 THEN 'possible' END AS controls, path
ORDER BY steps, party
