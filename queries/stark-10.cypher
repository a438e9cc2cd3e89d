// Unsigned past grace (STARK-10)
// What it answers: which management agreements, leases and contractors' engagements with a physician who refers, the
//   immediate family, or the practice in whose shoes the physician stands, were not in writing or not signed 90 days
//   after they began. See docs/rules/stark-10.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, payer, payee, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the arrangement, the referral, and
//   what ties the party of the arrangement to the referrer.
// What it misses: nothing of the rule; severity and questions are in the audit. What counts as a referral is read from
//   REFERRAL, who stands on the side of a referrer from SIDE_OF, and which exceptions are complete for a row from
//   defended_by, which are worked out when a structure is loaded; an exception without a writing among its elements is
//   told by its id.
MATCH (x:Structure {key: $structure})
MATCH deal = (one:Entity {structure: $structure})-[r:LEASES_TO|MANAGES|EMPLOYS {begun: true}]->(other:Entity)
WHERE coalesce(r.status, 'contractor') <> 'w2'
UNWIND CASE WHEN one = other THEN [] ELSE [{party: one, receiver: other}, {party: other, receiver: one}] END AS ends
WITH x.as_of AS as_of, deal, r, one, other, ends.party AS party, ends.receiver AS receiver,
     type(r) = 'EMPLOYS' AS job
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
WITH *, coalesce(r.first_engaged_on, r.valid_from) + duration({days: 90}) AS last,
     coalesce(r.in_writing, CASE WHEN r.signed_on IS NOT NULL THEN true END) AS in_writing
WITH *,
     // unsigned to this day: it counts for every referral at which it is in force
     NOT in_writing OR CASE WHEN NOT r.signed_by_both THEN true
                            WHEN r.signed_by_both OR r.signed_on IS NOT NULL THEN false END AS never,
     CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL
          THEN coalesce(r.valid_from <= f.end, true) AND coalesce(r.valid_to > f.start, true) END AS in_force,
     CASE WHEN EXISTS { (s:HealthService {code: toUpper(f.dhs)}) } THEN true
          WHEN size(receiver.dhs) = 0 THEN false
          WHEN f.dhs IS NULL AND EXISTS { (s:HealthService) WHERE s.code IN receiver.dhs } THEN true END AS designated,
     CASE WHEN f.payer_class IN ['medicare', 'medicaid'] THEN true
          WHEN f.payer_class IN ['tricare', 'commercial', 'self'] THEN false END AS paid,
     CASE w.how WHEN 'self' THEN true WHEN 'family' THEN w.immediate WHEN 'owned' THEN w.shoes END AS counts
WITH *, in_force AND last < as_of
        AND (never OR in_writing AND last < r.signed_on AND f.start < r.signed_on) AS late
RETURN a.id AS referrer, receiver.id AS receiver,
       CASE WHEN type(r) = 'EMPLOYS' THEN one.id ELSE other.id END AS payer,
       CASE WHEN type(r) = 'EMPLOYS' THEN other.id ELSE one.id END AS payee,
       physician AND late AND designated AND counts AND paid AND CASE WHEN NOT f.proxy THEN true END
       AND (NOT job OR r.status = 'contractor')
       // one without a writing among its elements
       AND NOT any(d IN coalesce(r.defended_by, []) WHERE d IN ['stark_limited_remuneration',
                   'stark_payments_by_physician', 'stark_bona_fide_employment']) AS found,
       [deal, tie] AS path
