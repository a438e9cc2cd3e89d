// Non physician control (OWNX-10)
// What it answers: which practices are controlled, by votes or by contract, by somebody who is no physician licensed in
//   the state, or by an organization that physicians do not control. See docs/rules/ownx-10.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, found, path, controllers
//   found is true, false, or null where it is not decided on the facts given. path: the proof of control of each
//   controller that is no physician, or may be none. controllers: their ids.
// What it misses: nothing of the rule. Who controls the practice, for certain or possibly, and whether physicians stand
//   behind the controller is read from CONTROLS_PRACTICE, and whether somebody not listed may from control_closed;
//   both are worked out when a structure is loaded: joint control adds up votes until nothing changes.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s
// a controller that may be no physician: certain true or null, physician false or null
OPTIONAL MATCH (h)-[c:CONTROLS_PRACTICE {state: s.id}]->(p)
WHERE coalesce(c.physician, false) = false
WITH p, s, collect(h) AS controllers, collect(c) AS ways
RETURN p.id AS practice, s.id AS state,
       any(c IN ways WHERE c.certain AND NOT c.physician) OR CASE WHEN p.control_closed THEN false END AS found,
       COLLECT { MATCH one = (a:Entity {structure: $structure})-[x]-(b:Entity)
                 WHERE any(c IN ways WHERE x.id IN c.evidence_ids) RETURN DISTINCT one }
       + COLLECT { MATCH one = (h)-[:CONTROLS_PRACTICE {state: s.id}]->(p) WHERE h IN controllers RETURN one } AS path,
       [h IN controllers | h.id] AS controllers
