// Physician owned entity (STARK-01)
// What it answers: which physicians, or immediate family, have an ownership or investment interest, direct or through
//   companies, in an entity that furnishes the designated health services that they refer. See docs/rules/stark-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, party, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the holdings and the referral.
// What it misses: nothing of the rule. The chains in force at a referral are read from FINANCIAL_RELATIONSHIP,
//   distributions net of refunds from VALUE_FLOWS, and of which rows an exception is complete from defended, which are
//   worked out when a structure is loaded.
MATCH (party:Entity {structure: $structure})-[z:FINANCIAL_RELATIONSHIP]->(b:Entity)
WHERE z.kind = 'ownership' OR z.direct AND EXISTS { (party)-[l:LENDS_TO]->(b) WHERE l.id IN z.rows }
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
     COLLECT { UNWIND z.rows AS id MATCH ()-[r:OWNS|LENDS_TO {key: $structure + '|' + id}]->() RETURN r } AS rows
WITH *,
     // does every row of the chain carry a right to profit or proceeds, and is it of any size?
     COLLECT { UNWIND rows AS r
       WITH r, startNode(r) AS o, endNode(r) AS c
       WITH r, o,
            EXISTS { (c)-[:VALUE_FLOWS {kind: 'distribution'}]->(o) } AS shared,
            EXISTS { (c)-[v:VALUE_FLOWS]->(o), (c)-[y:PAYS]->(o) WHERE v.flow = y.id AND y.purpose IS NULL } AS may
       WITH r, type(r) = 'LENDS_TO' AS loan, shared,
            coalesce(r.instrument, 'equity') IN ['debt_secured', 'profits'] OR shared OR CASE WHEN may THEN null ELSE false END
            OR NOT coalesce(r.titular, o.titular) AS interest
       RETURN coalesce(CASE WHEN loan THEN any(x IN r.secured_by WHERE x <> 'shares')
                   ELSE interest
                        AND CASE WHEN r.share_min > 0 OR r.shares_held > 0 OR r.instrument <> 'equity' OR shared
                                 THEN true END
                        // an option without a price may be pay
                        AND CASE WHEN r.instrument = 'option' THEN CASE WHEN r.consideration_usd > 0 THEN true END
                                 ELSE true END END, 'unknown') } AS interests
RETURN a.id AS referrer, b.id AS receiver, party.id AS party,
       physician AND counts AND paid AND designated AND in_force AND CASE WHEN NOT f.proxy THEN true END
       AND all(x IN interests WHERE CASE WHEN x <> 'unknown' THEN x END)
       AND NOT any(r IN rows WHERE 'stark' IN coalesce(r.defended, [])) AS found,
       COLLECT { UNWIND rows AS r MATCH one = (o)-[x:OWNS|LENDS_TO]->(c) WHERE o = startNode(r) AND x = r RETURN one }
       + COLLECT { MATCH one = (a)-[g:REFERRAL]->(b) WHERE g = f RETURN one } AS path
