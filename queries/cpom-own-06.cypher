// Unqualified director or officer (CPOM-OWN-06)
// What it answers: which directors and officers of practices lack the license that the state asks for, and which boards
//   have fewer licensed directors than it asks for. See docs/rules/cpom-own-06.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, person, office, found, path
//   found is true, false, or null where it is not decided on the facts given. A row without a person is about all
//   directors, or all officers, together; one without an office, too, asks whether there are more. path: the offices.
// What it misses: nothing of the rule. Whether the practice is of a kind that lay persons may own is read from
//   JUDGED_IN, which is worked out when a structure is loaded.
MATCH (p:Practice {structure: $structure})-[j:JUDGED_IN]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
  AND (coalesce(s.cpom_weight_stated >= 2, false)
       OR coalesce(p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp',
                                                'professional_company', 'professional_association'], false))
WITH p, s, j.practice_exempt AS exempt, 'roles' IN p.complete AS listed,
     'owners' IN p.complete
     OR reduce(t = 0.0, y IN COLLECT { MATCH (:Entity)-[x:OWNS {in_force: true}]->(p)
                                       WHERE coalesce(x.instrument, 'equity') = 'equity'
                                       RETURN coalesce(x.min_pct, 0.0) } | t + y) >= 100 AS whole,
     // has the practice a single owner
     COLLECT { MATCH (o:Entity)-[r:OWNS {in_force: true}]->(p)
               WHERE coalesce(r.instrument, 'equity') IN ['equity', 'profits'] AND coalesce(r.max_pct > 0, true)
               RETURN DISTINCT o.id } AS owners,
     // those who certainly hold something: by themselves, or for want of others in a complete register
     COLLECT { MATCH (o:Entity)-[r:OWNS {in_force: true}]->(p)
               WHERE coalesce(r.instrument, 'equity') IN ['equity', 'profits']
                 AND (r.min_pct > 0 OR r.shares_held > 0
                      OR ('owners' IN p.complete
                          AND reduce(t = 0.0, y IN COLLECT { MATCH (:Entity)-[x:OWNS {in_force: true}]->(p)
                                                             WHERE coalesce(x.instrument, 'equity') IN ['equity', 'profits']
                                                               AND x <> r
                                                             RETURN coalesce(x.max_pct, 100.0) } | t + y) < 100))
               RETURN DISTINCT o.id } AS holders,
     ['officer', 'president', 'vice_president', 'secretary', 'treasurer', 'assistant_officer'] AS offices,
     // without a form a professional entity may be one, or a company
     CASE WHEN p.form IS NULL AND coalesce(p.professional, true) THEN null
          ELSE coalesce(p.form IN ['PC', 'PA', 'PSC', 'medical_corp', 'professional_company', 'professional_association'],
                        false) END AS corporation
WITH p, s, exempt, listed, offices, corporation,
     CASE WHEN size(holders) > 1 THEN false WHEN whole AND size(owners) = 1 THEN true
          WHEN whole AND size(owners) = 0 THEN false END AS sole,
     coalesce(s.allied_professions_conditional_stated, []) + coalesce(s.allied_professions_unverified_stated, [])
       AS unsettled,
     CASE s.instate_license_stated WHEN 'yes' THEN false WHEN 'no' THEN true WHEN 'one' THEN true END AS anywhere
// directors and officers, and whether each has a license that counts
CALL (p, s, offices, unsettled, anywhere) {
  OPTIONAL MATCH (h:Entity)-[r:HOLDS_ROLE {in_force: true}]->(p)
  WHERE r.role = 'director' OR r.role IN offices
  WITH s, h, r, unsettled,
       [l IN COLLECT { MATCH (h)-[:HAS_LICENSE]->(l:License {in_force: true})
                       WHERE coalesce(l.status = 'active', true) RETURN l } |
        {active: l.status = 'active', profession: l.profession, here: l.state = s.id OR anywhere}] AS held,
       CASE WHEN h.kind <> 'person' OR 'licenses' IN h.complete THEN false END AS more
  WITH s, h, r, unsettled, more, [x IN held WHERE coalesce(x.here AND x.active, true)] AS held
  WITH s, h, r,
       any(x IN held WHERE x.profession = 'physician' AND x.here AND x.active) OR more AS physician,
       any(x IN held WHERE x.here AND x.active) OR more AS licensed,
       CASE WHEN s.id IN ['OR', 'TX'] THEN false
            WHEN s.allied_rule_stated = 'any_health_professional' THEN true
            WHEN any(x IN held WHERE x.here AND x.active AND x.profession IN s.allied_professions_stated
                                     AND NOT x.profession IN unsettled) THEN true END AS allied
  RETURN collect(CASE WHEN h IS NOT NULL THEN {person: h, row: r, role: r.role,
           qualified: CASE WHEN physician THEN true WHEN NOT licensed THEN false
                           // a physician or not, that is enough
                           WHEN licensed AND allied THEN true
                           WHEN NOT physician AND licensed THEN allied END} END) AS seats
}
CALL (s, listed, offices, corporation, sole, seats) {
  // each director, where all must be licensed, or a lay one may not decide clinical matters
  UNWIND seats AS x
  WITH s, x WHERE x.role = 'director' AND (s.director_rule_stated IN ['all', 'not_read'] OR s.id = 'CO')
  RETURN x.person.id AS person, 'director' AS office, [x.row] AS rows,
         NOT x.qualified AND CASE WHEN s.id = 'CO' THEN x.row.clinical_authority ELSE true END
         AND CASE WHEN s.director_rule IS NOT NULL THEN true END AS lacks
  UNION ALL
  // all directors together
  WITH s, listed, corporation, [x IN seats WHERE x.role = 'director'] AS directors
  WHERE s.director_rule_stated IN ['majority', 'half', 'at_least_one']
  UNWIND CASE WHEN size(directors) = 0 THEN [null] ELSE directors END AS x
  WITH s, listed, corporation, directors, x.person.id AS one, collect(x.qualified) AS known
  WITH s, listed, corporation, directors, count(one) AS n, sum(CASE WHEN true IN known THEN 1 ELSE 0 END) AS low,
       sum(CASE WHEN size(known) = 0 OR true IN known THEN 1 ELSE 0 END) AS high
  RETURN null AS person, 'director' AS office, [x IN directors | x.row] AS rows,
         CASE WHEN s.director_rule_stated = 'at_least_one' AND low > 0 THEN false
              // a corporation has a board, a company need not have one
              WHEN listed AND n = 0 THEN s.director_rule_stated = 'at_least_one' AND corporation
              WHEN listed THEN CASE s.director_rule_stated
                WHEN 'majority' THEN CASE WHEN 2 * high <= n THEN true WHEN 2 * low > n THEN false END
                WHEN 'half' THEN CASE WHEN 2 * high < n THEN true WHEN 2 * low >= n THEN false END
                ELSE CASE WHEN high = 0 THEN true END END END
         AND CASE WHEN s.director_rule IS NOT NULL THEN true END AS lacks
  UNION ALL
  // each officer
  UNWIND seats AS x
  WITH s, x, sole, offices
  WHERE x.role IN offices
    AND s.officer_rule_stated IN ['all', 'all_but_exempt', 'president', 'not_read']
  WITH s, x, sole, s.officer_exempt_stated AS always, s.officer_exempt_sole_owner_stated AS of_one
  RETURN x.person.id AS person, x.role AS office, [x.row] AS rows,
         NOT x.qualified
         // an officer without a recorded office may hold any
         AND CASE WHEN x.role = 'officer' AND (s.officer_rule_stated = 'president' OR size(always) > 0) THEN null
                  WHEN s.officer_rule_stated = 'president' THEN x.role = 'president'
                  ELSE NOT x.role IN always END
         AND NOT (sole AND (x.role IN of_one OR CASE WHEN x.role = 'officer' AND size(of_one) > 0 THEN null
                                                     ELSE false END))
         AND CASE WHEN s.officer_rule IS NOT NULL THEN true END AS lacks
  UNION ALL
  // all officers together
  WITH s, listed, corporation, [x IN seats WHERE x.role IN offices] AS officers
  WHERE s.officer_rule_stated = 'at_least_one'
  RETURN null AS person, 'officer' AS office, [x IN officers | x.row] AS rows,
         CASE WHEN any(x IN officers WHERE x.qualified) THEN false
              WHEN listed AND size(officers) = 0 THEN corporation
              WHEN listed AND NOT any(x IN officers WHERE x.qualified) THEN true END
         AND CASE WHEN s.officer_rule IS NOT NULL THEN true END AS lacks
  UNION ALL
  WITH s, listed
  WHERE NOT listed
    AND (s.director_rule_stated IN ['all', 'not_read']
         OR s.officer_rule_stated IN ['all', 'all_but_exempt', 'president', 'not_read'])
  RETURN null AS person, null AS office, [] AS rows, null AS lacks
}
RETURN p.id AS practice, s.id AS state, person, office, lacks AND NOT exempt AS found,
       COLLECT { MATCH one = (:Entity)-[r:HOLDS_ROLE]->(p) WHERE r IN rows RETURN one } AS path
