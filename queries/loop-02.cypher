// Physician owned distributorship (LOOP-02)
// What it answers: which suppliers a physician who refers federal business, or the physician's side, owns part of,
//   where the business goes to a customer of the supplier or to the supplier itself. See docs/rules/loop-02.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, owner, supplier, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the holdings, the
//   supplies, and what puts the owner on the side of the referrer.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals and sides are read from
//   REFERRAL and SIDE_OF, and which holdings a safe harbor covers from `defended`; all of it is worked out when a
//   structure is loaded.
MATCH holding = (y:Entity {structure: $structure})-[o:OWNS {begun: true}]->(c:Entity)
WHERE NOT coalesce(o.share_max <= 0, false) AND NOT coalesce(o.shares_held = 0, false)
MATCH link = (y)-[side:SIDE_OF]->(x:Entity)
WHERE (side.how IN ['self', 'family', 'owned'] OR side.how = 'owner' AND y:Person) AND coalesce(side.immediate, true)
MATCH referral = (x)-[r:REFERRAL]->(v:Entity)
OPTIONAL MATCH supply = (c)-[t:SUPPLIES {begun: true}]->(v)
// furnishers of care are no suppliers, unless their roles say so
WITH * WHERE (c = v OR t IS NOT NULL)
  AND (c:Supplier OR t IS NOT NULL
       AND NOT (c:Practice OR c:Laboratory OR c:Pharmacy OR c:Hospital OR c:Facility OR c:SurgeryCenter
                OR c:TreatmentFacility OR c:RecoveryHome))
WITH *,
     COLLECT { MATCH (x)-[:HAS_LICENSE]->(l:License {in_force: true})
               WHERE l.profession IN ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor']
               RETURN coalesce(l.status, '') } AS licenses
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // holding and supply at most 120 days from the referral; a referral without a day may have been at any time
     (o.valid_from IS NULL OR o.valid_from <= r.end + duration({days: 120}))
     AND (o.valid_to IS NULL OR r.start < o.valid_to + duration({days: 120}) OR r.end < o.valid_to)
     AND (t.valid_from IS NULL OR t.valid_from <= r.end + duration({days: 120}))
     AND (t.valid_to IS NULL OR r.start < t.valid_to + duration({days: 120}) OR r.end < t.valid_to) AS near,
     // a kinship or a share that is not recorded leaves the link open, and so does one in the supplier
     side.immediate AND CASE WHEN side.certain AND (o.share_min > 0 OR o.shares_held > 0) THEN true END AS linked,
     CASE WHEN NOT x:Person THEN CASE WHEN x:Practice THEN true END
          WHEN any(one IN licenses WHERE one = 'active') THEN true
          WHEN 'licenses' IN x.complete THEN CASE WHEN NOT '' IN licenses THEN false END END AS physician,
     NOT 'aks' IN coalesce(o.defended, []) AS stays
WITH x, v, y, c, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT holding)
                 + collect(DISTINCT supply) AS path,
     collect({found: referred AND near AND linked AND physician AND stays}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS owner, c.id AS supplier, any(o IN pairs WHERE o.found) AS found, path
