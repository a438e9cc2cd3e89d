// Physician owned hospital (STARK-07)
// What it answers: which hospitals that physicians, or their immediate family, own in part are outside of what was
//   grandfathered in 2010. See docs/rules/stark-07.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: hospital, found, path, physician_min_pct, physician_max_pct
//   found is true, false, or null where it is not decided on the facts given. path: the holdings that lead from
//   physicians and their family to the hospital.
// What it misses: holdings more than six levels above the hospital are not drawn, and a defense of theirs is not looked
//   at; of several baselines of one hospital one is taken. What each person ultimately owns is read from
//   ULTIMATELY_OWNS, and of which rows an exception is complete from defended, which are worked out when a structure is
//   loaded.
MATCH (h:Entity {structure: $structure})
WHERE 'hospital' IN h.roles
WITH h, COLLECT { MATCH (b:HospitalBaseline {structure: $structure})-[:ABOUT {field: 'hospital'}]->(h) RETURN b }[0] AS base
// the persons who own a part, and whether each is a physician somewhere, or immediate family of one
CALL (h) {
  OPTIONAL MATCH (q:Entity {kind: 'person'})-[u:ULTIMATELY_OWNS]->(h)
  WITH h, q, u,
       COLLECT { MATCH (q)-[k:FAMILY_OF {in_force: true}]-(other:Entity)
                 OPTIONAL MATCH (t:Kinship {code: k.kinship})
                 RETURN {who: other, near: CASE WHEN k.kinship IN ['cousin', 'domestic_partner'] THEN false
                                                WHEN k.kinship <> 'other' THEN true END} } AS family
  WITH h, q, u, CASE WHEN q IS NULL THEN [] ELSE [{who: q, near: true}] + family END AS may, size(family) AS relatives
  WITH h, q, u,
       any(x IN may WHERE x.near AND
         CASE WHEN EXISTS { WITH x MATCH (y:Entity)-[:HAS_LICENSE]->(l:License {in_force: true})
                            WHERE y = x.who AND l.status = 'active' AND l.profession IN
                              ['physician', 'dentist', 'podiatrist', 'optometrist', 'chiropractor'] } THEN true
              WHEN 'licenses' IN x.who.complete THEN false END)
       OR CASE WHEN 'family' IN q.complete THEN false END AS physician
  RETURN collect({q: q, low: u.min_pct, high: u.max_pct, physician: physician}) AS people
}
WITH h, base, [x IN people WHERE x.q IS NOT NULL] AS people,
     // are all owners at every level listed?
     NOT EXISTS { MATCH (o:Entity)-[:ULTIMATELY_OWNS]->(h) WHERE o.kind <> 'person' AND NOT 'owners' IN o.complete }
     AND 'owners' IN h.complete AS listed
WITH h, base, people,
     reduce(t = 0.0, x IN people | t + CASE WHEN x.physician THEN x.low ELSE 0 END) AS low,
     CASE WHEN listed THEN reduce(t = 0.0, x IN people | t + CASE WHEN NOT x.physician THEN 0 ELSE x.high END)
          ELSE 100 - reduce(t = 0.0, x IN people | t + CASE WHEN NOT x.physician THEN x.low ELSE 0 END) END AS high,
     any(x IN people WHERE coalesce(x.physician, false)) AS some
WHERE base IS NOT NULL OR some
WITH h, base, people, round(low, 6) AS low, round(CASE WHEN high > 100 THEN 100.0 ELSE high END, 6) AS high,
     // holdings of physicians and family, up to the hospital
     COLLECT { MATCH one = (q:Entity)-[:OWNS*1..6 {in_force: true}]->(h)
               WHERE any(x IN people WHERE x.q = q AND coalesce(x.physician, false)) RETURN one } AS chains
WITH h, base, low, high, chains,
     CASE WHEN low > 0 THEN true WHEN high <= 0 THEN false END AS owned,
     CASE WHEN low > base.physician_pct_2010 THEN true WHEN high <= base.physician_pct_2010 THEN false END AS grown,
     CASE WHEN h.beds <= base.beds_2010 THEN false
          WHEN h.beds > 2 * base.beds_2010 THEN true
          WHEN h.beds > base.beds_2010 AND NOT base.expansion_approved THEN true
          WHEN h.beds > base.beds_2010 AND base.expansion_approved THEN h.beds > base.approved_beds END AS expanded
RETURN h.id AS hospital,
       owned AND (NOT base.physician_owned_2010 OR NOT base.medicare_agreement_2010 OR grown OR expanded)
       AND NOT (size(chains) > 0 AND all(c IN chains WHERE any(r IN relationships(c)
                                                               WHERE 'stark' IN coalesce(r.defended, [])))) AS found,
       chains AS path, low AS physician_min_pct, high AS physician_max_pct
