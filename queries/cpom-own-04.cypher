// Allied owner limit (CPOM-OWN-04)
// What it answers: in which practices licensed owners who are no physicians hold more than the state lets them, are more
//   than the physicians, hold as much as one of them, or are of a profession that the state does not list.
//   See docs/rules/cpom-own-04.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, limit_on, owner, found, path
//   found is true, false, or null where it is not decided on the facts given. limit_on: share_of_allied_owners,
//   number_of_allied_owners, share_of_one_owner or profession_of_the_owner; a row without it asks whether there are
//   owners that are not listed. path: the holdings of those it is about.
// What it misses: nothing of the rule. Whether the practice is of a kind that lay persons may own is read from
//   JUDGED_IN, which is worked out when a structure is loaded. An assistant in Texas is held against each physician by
//   itself: that of several physicians whose shares are open one must be reached is seen neither by the rule nor here.
MATCH (p:Practice {structure: $structure})-[j:JUDGED_IN]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.allied_rule_stated IN ['capped', 'listed']
  AND (coalesce(s.cpom_weight_stated >= 2, false)
       OR coalesce(p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp',
                                                'professional_company', 'professional_association'], false))
WITH p, s, j.practice_exempt AS exempt, CASE WHEN s.allied_rule IS NOT NULL THEN true END AS law,
     'owners' IN p.complete
     OR reduce(t = 0.0, y IN COLLECT { MATCH (:Entity)-[x:OWNS {in_force: true}]->(p)
                                       WHERE coalesce(x.instrument, 'equity') = 'equity'
                                       RETURN coalesce(x.min_pct, 0.0) } | t + y) >= 100 AS whole,
     coalesce(s.allied_professions_stated, []) AS on_list,
     coalesce(s.allied_professions_conditional_stated, []) + coalesce(s.allied_professions_unverified_stated, [])
       AS unsettled,
     CASE s.instate_license_stated WHEN 'yes' THEN false WHEN 'no' THEN true WHEN 'one' THEN true END AS anywhere
// owners: whether each is a physician, and whether licensed in another profession
CALL (p, s, anywhere, on_list, unsettled) {
  OPTIONAL MATCH (h:Entity)-[r:OWNS {in_force: true}]->(p)
  WHERE coalesce(r.instrument, 'equity') IN ['equity', 'profits'] AND coalesce(r.max_pct > 0, true)
  WITH p, s, on_list, unsettled, h, r, CASE WHEN h.kind <> 'person' OR 'licenses' IN h.complete THEN false END AS more,
       [l IN COLLECT { MATCH (h)-[:HAS_LICENSE]->(l:License {in_force: true})
                       WHERE coalesce(l.status = 'active', true) RETURN l } |
        {profession: l.profession, yes: l.status = 'active' AND (l.state = s.id OR anywhere)}] AS held
  WITH p, s, on_list, unsettled, h, r, more, [x IN held WHERE coalesce(x.yes, true)] AS held
  WITH on_list, unsettled, h, r, held, more,
       any(x IN held WHERE x.profession = 'physician' AND x.yes) OR more AS physician,
       any(x IN held WHERE x.profession <> 'physician' AND x.yes) OR more AS other,
       any(x IN held WHERE x.profession IN s.allied_capped_stated AND x.yes)
       OR CASE WHEN size(s.allied_capped_stated) = 0 THEN false ELSE more END AS capped,
       // what a complete register leaves when all others have their most, is somebody's for certain
       reduce(t = 0.0, y IN COLLECT { MATCH (:Entity)-[o:OWNS {in_force: true}]->(p)
                                      WHERE coalesce(o.instrument, 'equity') IN ['equity', 'profits'] AND o <> r
                                      RETURN coalesce(o.max_pct, 100.0) } | t + y) AS others_most, p
  RETURN collect(CASE WHEN h IS NOT NULL THEN {person: h, row: r, physician: physician,
           other: other AND NOT physician, capped: capped AND NOT physician,
           low: coalesce(r.min_pct, 0.0), high: coalesce(r.max_pct, 100.0),
           holds: CASE WHEN r.min_pct > 0 OR r.shares_held > 0 OR ('owners' IN p.complete AND others_most < 100)
                       THEN true END,
           // one profession on the list is enough; one that is on it on terms only, or has no name here, may be
           missing: CASE WHEN size(on_list) = 0 THEN null
                         WHEN any(x IN held WHERE coalesce(x.yes, false) AND x.profession IN on_list
                                                  AND NOT x.profession IN unsettled) THEN false
                         // whichever of its licenses stand, they are of professions on the list
                         WHEN NOT more AND all(x IN held WHERE x.profession = 'physician' OR
                                               (x.profession IN on_list AND NOT x.profession IN unsettled)) THEN false
                         WHEN any(x IN held WHERE x.profession IN on_list OR x.profession = 'other_licensed') THEN null
                         ELSE true END} END) AS owners
}
CALL (p, s, whole, owners, on_list) {
  // their share together
  WITH p, s, whole, owners, s.allied_max_pct_stated AS cap, s.allied_max_strict_stated AS strict
  WHERE cap IS NOT NULL
  WITH s, whole, owners, cap, strict,
       reduce(t = 0.0, x IN [y IN owners WHERE y.capped] | t + x.low) AS sure,
       reduce(t = 0.0, x IN [y IN owners WHERE NOT coalesce(y.capped, false)] | t + x.high) AS others_most,
       reduce(t = 0.0, x IN [y IN owners WHERE NOT y.capped] | t + x.low) AS others_least,
       reduce(t = 0.0, x IN [y IN owners WHERE coalesce(y.capped, true)] | t + x.high) AS most
  WITH s, owners, cap, strict,
       CASE WHEN size(owners) = 0 THEN 0.0
            ELSE round(CASE WHEN whole AND most > 0 AND 100 - others_most > sure THEN 100 - others_most
                            ELSE sure END, 6) END AS low,
       CASE WHEN size(owners) = 0 AND whole THEN 0.0
            ELSE round(CASE WHEN whole AND most < 100 - others_least THEN most
                            ELSE 100 - others_least END, 6) END AS high
  RETURN 'share_of_allied_owners' AS limit_on, null AS owner,
         [x IN owners WHERE coalesce(x.capped, true) | x.row] AS rows,
         CASE WHEN low > cap OR (strict AND low = cap) THEN true
              WHEN high < cap OR (NOT strict AND high = cap) THEN false END
         AND CASE WHEN s.allied_max_pct IS NOT NULL THEN true END AS over
  UNION ALL
  // their number
  WITH whole, owners, s
  WHERE s.allied_count_rule_stated = 'not_more_than_physicians'
  UNWIND CASE WHEN size(owners) = 0 THEN [null] ELSE owners END AS x
  WITH whole, owners, x.person.id AS one, x.physician AS physician, x.other AS other,
       any(y IN collect(coalesce(x.holds, false)) WHERE y) AS holds
  WITH whole, owners,
       sum(CASE WHEN physician AND holds THEN 1 ELSE 0 END) AS doctors_low,
       sum(CASE WHEN one IS NOT NULL AND coalesce(physician, true) THEN 1 ELSE 0 END) AS doctors_high,
       sum(CASE WHEN other AND holds THEN 1 ELSE 0 END) AS allied_low,
       sum(CASE WHEN one IS NOT NULL AND coalesce(other, true) THEN 1 ELSE 0 END) AS allied_high
  RETURN 'number_of_allied_owners' AS limit_on, null AS owner,
         [x IN owners WHERE coalesce(x.other, true) | x.row] AS rows,
         CASE WHEN whole AND allied_low > doctors_high THEN true
              WHEN whole AND allied_high <= doctors_low THEN false END AS over
  UNION ALL
  // the share of each of them, in all, against that of each physician, as far as the shares of the others leave room
  WITH whole, owners, s
  WHERE s.allied_count_rule_stated = 'each_less_than_each_physician'
  UNWIND owners AS x
  WITH whole, x.person AS person, collect(x) AS mine
  WITH whole, {person: person, rows: [y IN mine | y.row], physician: mine[0].physician, capped: mine[0].capped,
               low: reduce(t = 0.0, y IN mine | t + y.low), holds: any(y IN mine WHERE coalesce(y.holds, false)),
               high: CASE WHEN reduce(t = 0.0, y IN mine | t + y.high) < 100
                          THEN reduce(t = 0.0, y IN mine | t + y.high) ELSE 100.0 END} AS one
  WITH whole, collect(one) AS people
  WITH whole, people, reduce(t = 0.0, y IN people | t + y.low) AS lows,
       reduce(t = 0.0, y IN people | t + y.high) AS highs
  WITH [x IN people | {of: x, low: CASE WHEN whole AND 100 - (highs - x.high) > x.low
                                        THEN round(100 - (highs - x.high), 6) ELSE x.low END,
                       high: CASE WHEN 100 - (lows - x.low) < x.high THEN round(100 - (lows - x.low), 6)
                                  ELSE x.high END}] AS people, whole
  UNWIND people AS x
  WITH people, whole, x WHERE coalesce(x.of.capped, true)
  RETURN 'share_of_one_owner' AS limit_on, x.of.person.id AS owner, x.of.rows AS rows,
         x.of.capped
         AND (any(y IN people WHERE y.of.person <> x.of.person AND y.of.physician
                  AND CASE WHEN (x.of.holds OR x.low > 0) AND (y.of.holds OR y.low > 0) AND x.low >= y.high THEN true
                           WHEN x.high < y.low THEN false END)
              OR CASE WHEN whole THEN false END) AS over
  UNION ALL
  // the profession of each
  UNWIND owners AS x
  WITH s, x, on_list
  WHERE (size(on_list) > 0 OR s.allied_rule_stated = 'listed') AND coalesce(x.other, true)
  RETURN 'profession_of_the_owner' AS limit_on, x.person.id AS owner, [x.row] AS rows,
         x.other AND x.holds AND x.missing AS over
  UNION ALL
  // each owner counts by itself, and may not be listed
  WITH s, whole, on_list
  WHERE NOT whole AND (size(on_list) > 0 OR s.allied_rule_stated = 'listed'
                       OR s.allied_count_rule_stated = 'each_less_than_each_physician')
  RETURN null AS limit_on, null AS owner, [] AS rows, null AS over
}
RETURN p.id AS practice, s.id AS state, limit_on, owner, law AND over AND NOT exempt AS found,
       COLLECT { MATCH one = (:Entity)-[r:OWNS]->(p) WHERE r IN rows RETURN one } AS path
