// Owner not licensed in state (CPOM-OWN-03)
// What it answers: which owners of a practice are persons without the active health license that the state asks of
//   owners, and, where it asks for one local licensee, which practices have none. See docs/rules/cpom-own-03.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, owner, found, path
//   found is true, false, or null where it is not decided on the facts given. A row without an owner asks whether there
//   are owners that are not listed, or says that no owner has a license of the state where one must. path: the holding.
// What it misses: nothing of the rule. Whether the practice is of a kind that lay persons may own is read from
//   JUDGED_IN, which is worked out when a structure is loaded. What stands behind an organization among the owners is
//   looked at neither by the rule nor here.
MATCH (p:Practice {structure: $structure})-[j:JUDGED_IN]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.instate_license_stated IS NOT NULL
  AND (coalesce(s.cpom_weight_stated >= 2, false)
       OR coalesce(p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp',
                                                'professional_company', 'professional_association'], false))
WITH p, s, j.practice_exempt AS exempt, CASE WHEN s.instate_license IS NOT NULL THEN true END AS law
// owners: whether licensed here, and elsewhere, and whether they hold anything
CALL (p, s) {
  OPTIONAL MATCH (o:Entity)-[r:OWNS {in_force: true}]->(p)
  WHERE coalesce(r.instrument, 'equity') IN ['equity', 'profits']
  WITH p, s, o, r,
       COLLECT { MATCH (o)-[:HAS_LICENSE]->(l:License {in_force: true}) WHERE coalesce(l.status = 'active', true)
                 RETURN l } AS licenses,
       CASE WHEN 'licenses' IN o.complete THEN false END AS more
  RETURN collect(CASE WHEN o IS NOT NULL THEN {owner: o, row: r,
           here: CASE WHEN o.kind = 'person' THEN any(l IN licenses WHERE l.state = s.id AND l.status = 'active') OR more
                      END,
           elsewhere: any(l IN licenses WHERE l.state <> s.id AND l.status = 'active') OR more} END) AS owners
}
// what a register leaves when all others have their most, is somebody's for certain
WITH p, s, exempt, law, 'owners' IN p.complete
     OR reduce(t = 0.0, y IN COLLECT { MATCH (:Entity)-[x:OWNS {in_force: true}]->(p)
                                       WHERE coalesce(x.instrument, 'equity') = 'equity'
                                       RETURN coalesce(x.min_pct, 0.0) } | t + y) >= 100 AS whole,
     [x IN owners WHERE coalesce(x.row.max_pct > 0, true) |
      {owner: x.owner, row: x.row, here: x.here, elsewhere: x.elsewhere,
       holds: CASE WHEN x.row.min_pct > 0 OR x.row.shares_held > 0
                     OR 'owners' IN p.complete
                        AND reduce(t = 0.0, y IN owners | t + CASE WHEN y.row.id = x.row.id THEN 0.0
                                                                   ELSE coalesce(y.row.max_pct, 100.0) END) < 100
                   THEN true END}] AS owners
WITH p, s, exempt, law, whole, owners, s.instate_license_stated AS rule,
     any(x IN owners WHERE x.owner.kind = 'person' AND x.here AND x.holds) AS licensee
WITH p, s, exempt, law, whole, owners, rule,
     // a practice of another state, with a local licensee among its owners, may be qualified as a foreign one; New York
     // asks for its license of them, too
     s.id <> 'NY' AND p.state_formed <> s.id AND (licensee OR CASE WHEN whole THEN false END) AS foreign,
     // where nobody is listed, that is asked about
     CASE WHEN size(owners) > 0 THEN licensee OR any(x IN owners WHERE x.owner.kind <> 'person' AND x.here) END
       AS some_local
CALL (p, s, owners, rule, foreign, whole, some_local) {
  UNWIND owners AS x
  WITH p, s, x, rule, foreign,
       CASE WHEN x.owner.exempt_as IS NULL
              THEN CASE WHEN NOT 'estate' IN coalesce(s.lay_owner_exempt_stated, [])
                                          + coalesce(s.lay_owner_conditional_stated, []) THEN false END
            WHEN NOT 'estate' IN x.owner.exempt_as THEN false
            WHEN 'estate' IN s.lay_owner_exempt_stated THEN true
            WHEN 'estate' IN s.lay_owner_conditional_stated THEN null
            ELSE false END AS heir
  WHERE x.owner.kind = 'person'
  RETURN x.owner.id AS owner, COLLECT { MATCH one = (:Entity)-[r:OWNS]->(p) WHERE r = x.row RETURN one } AS path,
         x.holds AND NOT heir
         AND CASE rule
               WHEN 'yes' THEN NOT x.here
               WHEN 'partly' THEN NOT x.here AND CASE WHEN NOT x.elsewhere THEN true END
               ELSE NOT (x.here OR x.elsewhere) END
         AND CASE WHEN NOT foreign THEN true END AS gap
  UNION ALL
  WITH rule, whole, some_local
  RETURN null AS owner, [] AS path,
         CASE WHEN whole THEN CASE WHEN rule = 'one' THEN NOT some_local ELSE false END END AS gap
}
RETURN p.id AS practice, s.id AS state, owner, law AND gap AND NOT exempt AS found, path
