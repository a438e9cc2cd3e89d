// Lease fails exception (STARK-06)
// What it answers: which leases between who furnishes designated health services and a physician who refers them, the
//   immediate family, or the practice in whose shoes the physician stands, have no complete exception.
//   See docs/rules/stark-06.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, lessor, lessee, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the lease, the referral, and what
//   ties the party of the lease to the referrer.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, who stands on the side of a
//   referrer from SIDE_OF, and of which rows an exception is complete from defended, which are worked out when a
//   structure is loaded.
MATCH lease = (one:Entity {structure: $structure})-[r:LEASES_TO {begun: true}]->(other:Entity)
UNWIND CASE WHEN one = other THEN [] ELSE [{party: one, receiver: other}, {party: other, receiver: one}] END AS ends
WITH lease, r, one, other, ends.party AS party, ends.receiver AS receiver
MATCH tie = (party)-[w:SIDE_OF]->(a:Entity)-[f:REFERRAL]->(receiver)
WHERE w.how IN ['self', 'family', 'owned', 'owner'] AND a <> receiver
  AND (w.how <> 'family' OR coalesce(w.immediate, true) AND party.kind = 'person')
  AND (w.how <> 'owned' OR coalesce(w.shoes, true)) AND (w.how <> 'owner' OR party.kind = 'person')
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
     // the lease in force at a referral; what is not dated was, or was not
     CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL
          THEN coalesce(r.valid_from <= f.end, true) AND coalesce(r.valid_to > f.start, true) END AS in_force,
     CASE WHEN EXISTS { (s:HealthService {code: toUpper(f.dhs)}) } THEN true
          WHEN size(receiver.dhs) = 0 THEN false
          WHEN f.dhs IS NULL AND EXISTS { (s:HealthService) WHERE s.code IN receiver.dhs } THEN true END AS designated,
     CASE WHEN f.payer_class IN ['medicare', 'medicaid'] THEN true
          WHEN f.payer_class IN ['tricare', 'commercial', 'self'] THEN false END AS paid,
     CASE w.how WHEN 'self' THEN true WHEN 'family' THEN w.immediate WHEN 'owned' THEN w.shoes END AS counts
RETURN a.id AS referrer, receiver.id AS receiver, one.id AS lessor, other.id AS lessee,
       physician AND in_force AND designated AND counts AND paid AND CASE WHEN NOT f.proxy THEN true END
       AND NOT 'stark' IN coalesce(r.defended, []) AS found, [lease, tie] AS path
