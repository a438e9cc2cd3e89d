// Pay counts referrals (STARK-05)
// What it answers: where compensation between an entity that furnishes designated health services and a physician who
//   refers them, the immediate family, or the practice in whose shoes the physician stands, has a formula that counts
//   referrals or other business. See docs/rules/stark-05.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, party, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the arrangement and the referral.
// What it misses: nothing of the rule but its severity, which the correlation decides (MOVES_WITH_REFERRALS). The
//   relationships in force at a referral are read from FINANCIAL_RELATIONSHIP, and of which rows an exception is
//   complete from defended, which are worked out when a structure is loaded.
MATCH (party:Entity {structure: $structure})-[z:FINANCIAL_RELATIONSHIP {kind: 'compensation', direct: true}]->(b:Entity)
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
     COLLECT { MATCH (party)-[r]-(b) WHERE r.id IN z.rows RETURN r } AS rows
UNWIND rows AS r
WITH *,
     CASE type(r) WHEN 'PAYS' THEN r.basis WHEN 'EMPLOYS' THEN r.comp_basis WHEN 'LEASES_TO' THEN r.rent_basis
          ELSE r.fee_basis END AS basis,
     // does money run to the physician's side?
     CASE type(r) WHEN 'PAYS' THEN endNode(r) WHEN 'EMPLOYS' THEN endNode(r) WHEN 'HOLDS_ROLE' THEN startNode(r)
          ELSE startNode(r) END = party AS gets
WITH *,
     coalesce(CASE type(r) WHEN 'PAYS' THEN basis IN ['per_referral', 'per_test', 'per_specimen', 'per_order', 'per_head']
                           WHEN 'EMPLOYS' THEN basis = 'per_referral' OR r.counts_referrals
                           WHEN 'LEASES_TO' THEN r.noncompete END, false) AS by_piece
WITH *,
     // what is recorded of the formula wins; a covenant not to compete is paid for with the rent
     CASE WHEN r.formula_counts_referrals IS NOT NULL THEN r.formula_counts_referrals
          WHEN by_piece OR r.unit_varies_with_referrals THEN true
          WHEN r.personally_performed_only THEN false END AS counted
RETURN a.id AS referrer, b.id AS receiver, party.id AS party,
       physician AND counts AND paid AND designated AND in_force AND CASE WHEN NOT f.proxy THEN true END
       // what the physician pays by the test rises with referrals, and does not fall
       AND counted
       AND CASE WHEN gets THEN true WHEN by_piece THEN false END
       AND NOT 'stark' IN coalesce(r.defended, []) AS found,
       COLLECT { MATCH one = (party)-[x]-(b) WHERE x = r RETURN one }
       + COLLECT { MATCH one = (a)-[g:REFERRAL]->(b) WHERE g = f RETURN one } AS path
