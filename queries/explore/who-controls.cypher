// Who controls this practice
// What it answers: everybody who controls the practice, or may, as it is worked out from votes, rights and contracts,
//   with the rows of the input that each control rests on.
// Parameters: $structure (name of the structure; as platform)
//   $practice (id of the practice, or of any other entity; as alder_pc)
// Columns: controller, tier, mechanism, certain, ultimate, rows, path
//   A controller that is a group is its id and the path shows its members. tier: 1 votes, 2 contract. certain is false
//   where it is possible only. ultimate: nobody controls the controller. rows: ids of the rows that it rests on; null
//   where control has no proof, because it is possible only. path: the control and those rows; a document,
//   such as an undated resignation, with the parties that it names.
// What it misses: indicators that are no control by themselves (powers, fees, accounts: see the results of the audit).
//   Control of a party that is no practice has no proof in structures with more than 5,000 pairs of control.
//   control-paths shows the rows without any judgment.
MATCH (p:Entity {structure: $structure, id: $practice})<-[c:CONTROLS]-(x)
RETURN x.id AS controller, c.tier AS tier, c.mechanism AS mechanism, c.certain AS certain, c.ultimate AS ultimate,
       c.evidence_ids AS rows,
       COLLECT { MATCH one = (x)-[d:CONTROLS]->(p) WHERE d = c RETURN one }
       + COLLECT { MATCH one = (m:Entity)-[:IN_GROUP]->(x) RETURN one ORDER BY m.id }
       + COLLECT { UNWIND coalesce(c.evidence_ids, []) AS id
                   WITH $structure + '|' + id AS key
                   MATCH one = (:Entity)-[r:OWNS|HOLDS_PROXY|RESTRICTS_TRANSFER|APPOINTS_BOARD|MANAGES|ACTS_WITH
                                          |FAMILY_OF]->(:Entity)
                   WHERE r.key = key
                   RETURN one }
       + COLLECT { UNWIND coalesce(c.evidence_ids, []) AS id
                   WITH $structure + '|' + id AS key
                   MATCH one = (paper:Document)-[:ABOUT]->(:Entity)
                   WHERE paper.key = key
                   RETURN one } AS path
ORDER BY certain DESC, tier, controller
