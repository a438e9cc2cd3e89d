// Lay entity employs physicians (CPOM-OWN-07)
// What it answers: which entities that physicians do not own employ or engage physicians for patient care, where the
//   state bars that or limits it to other kinds of entity. See docs/rules/cpom-own-07.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: employer, state, employee, found, path, lay_min_pct, lay_max_pct
//   found is true, false, or null where it is not decided on the facts given. A row without an employee asks whether the
//   employer, a practice or a manager, has physicians who are not listed. path: the employment, and the holdings that
//   lead from the lay holders to the employer.
// What it misses: nothing of the rule. The lay part of the employer is read from LAY_PART_IN, which is worked out when a
//   structure is loaded: shares multiply along chains and rings, and open registers leave room. Whether the employer
//   works in states that are not recorded is asked neither by the rule nor here.
MATCH (e:Entity {structure: $structure})-[j:LAY_PART_IN]->(s:State)
WHERE s.cpom_weight_stated >= 2 AND s.lay_may_employ_stated IN ['no', 'limited', 'conditional'] AND e.kind <> 'account'
  // professional entities are for the rules on owners
  AND NOT coalesce(e.professional, false)
  AND NOT coalesce(e.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp', 'professional_company',
                              'professional_association'], false)
WITH e, s, j, s.lay_max_pct_stated / 100.0 AS limit, coalesce(s.lay_max_strict_stated, false) AS strict,
     // a hospital and a government body are of their kind by what they are
     [x IN ['hospital'] WHERE x IN e.roles] + [x IN ['public'] WHERE e.kind = 'government'] AS implied,
     coalesce(s.lay_may_employ_exempt_stated, []) AS exempt, coalesce(s.lay_may_employ_conditional_stated, []) AS on_terms
WITH e, s, j, exempt, on_terms,
     CASE WHEN e.exempt_as IS NULL AND size(implied) = 0 THEN null ELSE coalesce(e.exempt_as, []) + implied END AS kinds,
     // wholly lay, whatever the limit; else beyond the limit, where that is verified
     CASE WHEN e.investor OR j.lay_low >= 1 THEN true
          ELSE CASE WHEN s.lay_max_pct IS NOT NULL THEN true END
               AND CASE WHEN j.lay_low > limit OR (strict AND j.lay_low = limit) THEN true
                        WHEN j.lay_high < limit OR (NOT strict AND j.lay_high = limit) THEN false END END AS lay,
     // its own state, or else one of a practice that it manages
     CASE WHEN EXISTS { (e)-[:OPERATES_IN {in_force: true}]->() } THEN EXISTS { (e)-[:OPERATES_IN {in_force: true}]->(s) }
          WHEN EXISTS { (e)-[:MANAGES {in_force: true}]->()-[:OPERATES_IN {in_force: true}]->() }
          THEN CASE WHEN EXISTS { (e)-[:MANAGES {in_force: true}]->()-[:OPERATES_IN {in_force: true}]->(s) } THEN null
                    ELSE false END END AS here,
     EXISTS { (e)-[:OPERATES_IN {in_force: true}]->(s) }
     OR (NOT EXISTS { (e)-[:OPERATES_IN {in_force: true}]->() }
         AND EXISTS { (e)-[:MANAGES {in_force: true}]->()-[:OPERATES_IN {in_force: true}]->(s) }) AS workplace
WITH e, s, j, here, workplace,
     lay AND NOT CASE WHEN e.kind = 'person' OR (e.investor AND e.kind = 'organization') THEN false
                      WHEN kinds IS NULL THEN CASE WHEN size(exempt + on_terms) = 0 THEN false END
                      WHEN any(x IN kinds WHERE x IN exempt) THEN true
                      WHEN any(x IN kinds WHERE x IN on_terms) THEN null
                      WHEN s.lay_may_employ_exempt_stated IS NULL AND size(kinds) > 0 THEN null
                      ELSE false END
     AND CASE WHEN s.lay_may_employ IS NOT NULL THEN true END AS lay_entity
CALL (e, s, here, workplace, lay_entity) {
  MATCH path = (e)-[r:EMPLOYS {in_force: true}]->(d:Entity)
  WHERE coalesce(here, true)
  WITH s, d, r, path, here, workplace, lay_entity,
       COLLECT { MATCH (d)-[:HAS_LICENSE]->(l:License {in_force: true, profession: 'physician'})
                 WHERE coalesce(l.status = 'active', true) RETURN l } AS licenses,
       CASE WHEN d.kind <> 'person' OR 'licenses' IN d.complete THEN false END AS more
  WITH s, d, r, path, here, workplace, lay_entity, licenses,
       any(l IN licenses WHERE l.state = s.id AND l.status = 'active') OR more AS physician
  WHERE coalesce(physician, true)
    AND (workplace OR EXISTS { (d)-[:HAS_LICENSE]->(:License {in_force: true, state: s.id}) })
  WITH s, d, r, path, here, workplace, lay_entity, physician,
       COLLECT { MATCH (e)-[:OPERATES_IN {in_force: true}]->(t:State)
                 WHERE t <> s
                   AND (NOT 'licenses' IN d.complete
                        OR EXISTS { MATCH (d)-[:HAS_LICENSE]->(l:License {in_force: true, profession: 'physician'})
                                    WHERE l.state = t.id AND coalesce(l.status = 'active', true) })
                 RETURN t } AS others
  RETURN d.id AS employee, [path] AS path,
         physician AND r.clinical AND lay_entity
         // in which of several states the work is done is not recorded
         AND CASE WHEN here AND size(others) = 0 THEN true END
         AND NOT (s.lay_may_employ_stated = 'conditional' AND r.judgment_reserved
                  AND (s.id <> 'SD' OR (NOT r.profit_markup AND r.term_years <= 3))) AS found
  UNION ALL
  WITH e, workplace, lay_entity
  WHERE workplace AND (e:Practice OR EXISTS { (e)-[:MANAGES {in_force: true}]->() })
  RETURN null AS employee, [] AS path, lay_entity AND CASE WHEN 'employment' IN e.complete THEN false END AS found
}
RETURN e.id AS employer, s.id AS state, employee, found,
       path + COLLECT { MATCH one = (:Entity)-[o:OWNS {structure: $structure}]->(:Entity) WHERE o.id IN j.evidence_ids
                        RETURN one } AS path,
       round(j.lay_low * 100, 4) AS lay_min_pct, round(j.lay_high * 100, 4) AS lay_max_pct
