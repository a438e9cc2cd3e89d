// No current opinion on fair market value (MSA-06)
// What it answers: which management fees no opinion on fair market value supports that is at most 24 months old, by an
//   appraiser tied to neither side, and not before the last change of the services. See docs/rules/msa-06.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, manager, found, path, opinions, good
//   found is true, false, or null where it is not decided on the facts given. A row without a manager asks whether
//   there is an agreement that is not listed. path: the agreement, and whom its opinions name. opinions: their ids.
//   good: whether one of them is current and independent.
// What it misses: nothing of the rule; severity and questions are in the audit. Who controls whom is read from
//   CONTROLS, which is worked out when a structure is loaded: joint control adds up votes until nothing changes.
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true)
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
MATCH path = (m:Entity)-[a:MANAGES {in_force: true}]->(p)
MATCH (x:Structure {key: $structure})
// is one of the opinions good? Null where there may be one that is not listed
CALL (p, m, a, x) {
  OPTIONAL MATCH (f:FmvOpinion {structure: $structure, about: a.id})
  OPTIONAL MATCH (e:Entity {structure: $structure, id: f.appraiser_entity})
  UNWIND [m, p] AS side
  WITH p, a, x, f, e, side,
       // the independence that is recorded stands unless control, one of the other or of both, certainly ties them
       e IS NOT NULL AND (
         e = side
         OR EXISTS { (e)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(side) }
         OR EXISTS { (side)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(e) }
         OR EXISTS { (e)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(side) }) AS tied
  WITH p, a, x, f, collect(tied) AS ties
  WITH p, f,
       f.dated >= x.as_of - duration({months: 24}) AND f.dated >= a.services_changed_on
       AND f.independent AND NOT any(tied IN ties WHERE tied) AS good
  WITH p, collect(f.id) AS opinions, collect({f: f, good: good}) AS all_of_them
  RETURN opinions,
         any(o IN all_of_them WHERE o.f IS NOT NULL AND o.good)
         OR CASE WHEN 'fmv_opinions' IN p.complete THEN false END AS good
}
WITH p, s, m, a, path, opinions, good,
     COLLECT { MATCH (f:FeeComponent {structure: $structure, agreement: a.id}) RETURN coalesce(f.basis, '') } AS parts
WITH p, s, m, a, path, opinions, good,
     // every basis that is recorded counts, that of the agreement and those of its parts
     CASE WHEN size(parts) = 0 THEN a.fee_basis = 'cost_plus'
          ELSE coalesce(a.fee_basis = 'cost_plus', true)
               AND all(b IN parts WHERE CASE b WHEN '' THEN null ELSE b = 'cost_plus' END) END AS cost_plus
RETURN p.id AS practice, s.id AS state, m.id AS manager,
       // whether the costs are audited cannot be recorded
       NOT good AND CASE WHEN NOT cost_plus THEN true END AS found,
       [path] + COLLECT { MATCH one = (:FmvOpinion {structure: $structure, about: a.id})-[:ABOUT]->(:Entity)
                          RETURN one } AS path,
       opinions, good
UNION ALL
MATCH (p:Practice {structure: $structure})
WHERE coalesce(p.offers_patient_care, true) AND EXISTS { (p)<-[:MANAGES {in_force: true}]-() }
OPTIONAL MATCH (p)-[:OPERATES_IN {in_force: true}]->(s:State)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS manager,
       CASE WHEN 'agreements' IN p.complete THEN false END AS found, [] AS path, [] AS opinions, null AS good
