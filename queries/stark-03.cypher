// Indirect compensation (STARK-03)
// What it answers: which chains of ownership and compensation, with a party between, lead from a physician who refers, or
//   immediate family, or the practice in whose shoes the physician stands, to the entity that furnishes the services,
//   with pay nearest to the physician that follows referrals. See docs/rules/stark-03.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, party, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the chain and the referral.
// What it misses: what FINANCIAL_RELATIONSHIP leaves out, as the rule does: chains of more than four links, those
//   through parties with more than 200, and, of several that begin with the same arrangement, all but the shortest. The
//   chains in force at a referral are read from there, who controls whom from CONTROLS, and of which rows an exception
//   is complete from defended, which are worked out when a structure is loaded.
MATCH (party:Entity {structure: $structure})-[z:FINANCIAL_RELATIONSHIP {kind: 'compensation', direct: false}]->(b:Entity)
MATCH (a:Entity {structure: $structure, id: z.referrer})-[f:REFERRAL]->(b)
// is the referrer a physician, or an organization that one owns, not only in name?
CALL (a) {
  OPTIONAL MATCH (h:Entity)-[o:OWNS {in_force: true}]->(a)
  WHERE a.kind <> 'person'
  WITH a, coalesce(h, a) AS h, o,
       EXISTS { (a)-[:VALUE_FLOWS {kind: 'distribution'}]->(h) } AS shared
  WITH a, o, shared, h,
       CASE WHEN EXISTS { (h)-[:HAS_LICENSE]->(l:License {in_force: true})
                          WHERE l.status = 'active' AND l.profession IN
                            ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor'] } THEN true
            WHEN EXISTS { (h)-[:HAS_LICENSE]->(l:License {in_force: true})
                          WHERE l.status IS NULL AND l.profession IN
                            ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor'] } THEN null
            WHEN 'licenses' IN h.complete THEN false END AS licensed
  WITH a, collect(CASE WHEN o IS NULL THEN {yes: a.kind = 'person' AND licensed}
                  ELSE {yes: licensed AND (shared OR coalesce(o.instrument, 'equity') IN ['debt_secured', 'profits']
                                           OR NOT coalesce(o.titular, h.titular))
                             AND CASE WHEN o.share_min > 0 OR o.shares_held > 0 OR o.instrument <> 'equity' OR shared
                                      THEN true END} END) AS owners
  RETURN any(x IN owners WHERE x.yes) OR CASE WHEN a.kind = 'person' OR 'owners' IN a.complete THEN false END
         AS physician
}
WITH *,
     CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL AND NOT coalesce(z.undated, false)
          THEN coalesce(z.start <= f.end, true) AND coalesce(z.end >= f.start, true) END AS in_force,
     CASE WHEN EXISTS { (s:HealthService {code: toUpper(f.dhs)}) } THEN true
          WHEN size(b.dhs) = 0 THEN false
          WHEN f.dhs IS NULL AND EXISTS { (s:HealthService) WHERE s.code IN b.dhs } THEN true END AS designated,
     CASE WHEN f.payer_class IN ['medicare', 'medicaid'] THEN true
          WHEN f.payer_class IN ['tricare', 'commercial', 'self'] THEN false END AS paid,
     CASE z.how WHEN 'self' THEN true WHEN 'family' THEN z.immediate WHEN 'owned' THEN z.shoes END AS counts,
     COLLECT { UNWIND range(0, size(z.rows) - 1) AS i
               MATCH ()-[r:OWNS|PAYS|EMPLOYS|MANAGES|LEASES_TO|LENDS_TO|HOLDS_ROLE|SUPPLIES
                         {key: $structure + '|' + z.rows[i]}]->()
               RETURN r ORDER BY i } AS rows
// a holding in a practice is no first link of its owner or of the practice that refers: the owner stands in its shoes,
// and has a direct arrangement, or the holding is titular
WHERE NOT (z.how = 'self' AND type(rows[0]) = 'OWNS' AND 'practice' IN endNode(rows[0]).roles)
WITH *, [r IN rows WHERE type(r) <> 'OWNS'] AS pays,
     ['per_referral', 'per_test', 'per_specimen', 'per_order', 'per_head'] AS counting,
     // every holding of the chain carries a right to profit, which a titular one does not, and is of some size
     all(o IN [r IN rows WHERE type(r) = 'OWNS'] WHERE
         (coalesce(o.instrument, 'equity') IN ['debt_secured', 'profits']
          OR EXISTS { MATCH (c)-[:VALUE_FLOWS {kind: 'distribution'}]->(h) WHERE c = endNode(o) AND h = startNode(o) }
          OR NOT coalesce(o.titular, startNode(o).titular))
         AND CASE WHEN o.share_min > 0 OR o.shares_held > 0 OR o.instrument <> 'equity' THEN true END) AS holds
WHERE size(pays) > 0
WITH *, pays[0] AS r, pays[-1] AS own
WITH *,
     CASE type(r) WHEN 'PAYS' THEN r.basis WHEN 'EMPLOYS' THEN r.comp_basis WHEN 'LEASES_TO' THEN r.rent_basis
          ELSE r.fee_basis END AS basis,
     // who pays in the nearest arrangement, and whether it is the physician's side
     CASE WHEN type(r) IN ['PAYS', 'EMPLOYS'] THEN startNode(r) ELSE endNode(r) END AS payer,
     reduce(at = party, x IN rows[0..reduce(n = 0, i IN range(0, size(rows) - 1) |
                                        CASE WHEN rows[i] = r THEN i ELSE n END)] |
            CASE WHEN startNode(x) = at THEN endNode(x) ELSE startNode(x) END) AS near
WITH *,
     coalesce(basis IN counting, false) OR coalesce(r.counts_referrals, false)
       OR coalesce(r.formula_counts_referrals, false) AS said
WITH *,
     CASE WHEN r.personally_performed_only THEN false WHEN said THEN true ELSE r.varies_with_referrals END AS varies,
     CASE WHEN type(r) = 'LEASES_TO' THEN true
          WHEN payer = near THEN NOT r.unit_is_fmv
          ELSE NOT r.unit_is_fmv OR CASE WHEN said THEN true ELSE r.unit_varies_with_referrals END END AS unit,
     // the entity is who pays, or one of the two controls the other, or somebody both; or its own pay counts referrals
     CASE WHEN payer = b
            OR EXISTS { (b)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(payer) }
            OR EXISTS { (payer)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(b) }
            OR EXISTS { (payer)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(b) } THEN true
          WHEN b IN [startNode(own), endNode(own)]
            AND (coalesce(own.varies_with_referrals, false) OR coalesce(own.formula_counts_referrals, false)
                 OR coalesce(own.basis IN counting, false) OR coalesce(own.counts_referrals, false)) THEN true
     END AS knows
RETURN a.id AS referrer, b.id AS receiver, party.id AS party,
       physician AND counts AND paid AND designated AND in_force AND CASE WHEN NOT f.proxy THEN true END
       AND holds AND varies AND unit AND knows AND NOT 'stark' IN coalesce(r.defended, []) AS found,
       COLLECT { UNWIND rows AS y MATCH one = (o)-[x]->(c) WHERE o = startNode(y) AND x = y RETURN one }
       + COLLECT { MATCH one = (a)-[g:REFERRAL]->(b) WHERE g = f RETURN one } AS path
