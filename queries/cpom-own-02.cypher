// Physician share below minimum (CPOM-OWN-02)
// What it answers: in which practices licensed physicians together hold fewer votes than the state asks for; in Oregon,
//   in which class of shares that may vote. See docs/rules/cpom-own-02.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, share_class, found, path, physicians_min_pct, physicians_max_pct, minimum_pct
//   found is true, false, or null where it is not decided on the facts given. share_class is null where classes are
//   not told apart. path: the holdings that carry votes.
// What it misses: nothing of the rule. Whether the listed owners have all votes is read from owners_whole, and whether
//   the practice is itself of a kind that lay persons may own from JUDGED_IN, which are worked out when a structure is
//   loaded. What stands behind an organization among the owners is looked at neither by the rule nor here.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.physician_test_stated <> 'none'
WITH DISTINCT p, s,
     p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp', 'professional_company',
                                  'professional_association'] AS professional
WHERE coalesce(s.cpom_weight_stated >= 2, false) OR coalesce(professional, false)
// owners with votes: for each whether it is a physician, and between which bounds its votes are
CALL (p, s) {
  OPTIONAL MATCH (o:Entity)-[r:OWNS {in_force: true}]->(p)
  WHERE coalesce(r.instrument, 'equity') = 'equity'
  WITH p, s, o, r,
       COLLECT { MATCH (o)-[:HAS_LICENSE]->(l:License {in_force: true}) WHERE coalesce(l.status = 'active', true)
                 RETURN l } AS licenses,
       CASE WHEN r.votes_min IS NULL AND r.votes_max IS NULL
            THEN [coalesce(r.min_pct, 0.0), coalesce(r.max_pct, 100.0)]
            ELSE [coalesce(r.votes_min / 10000.0, 0.0), coalesce(r.votes_max / 10000.0, 100.0)] END AS votes,
       s.counts_out_of_state_physicians_stated AS anywhere
  WITH o, r, votes,
       CASE WHEN o IS NULL THEN null
            WHEN o.kind = 'person' THEN
              any(l IN licenses WHERE l.profession = 'physician' AND (l.state = s.id OR anywhere) AND l.status = 'active')
              OR CASE WHEN any(l IN licenses WHERE l.profession IN s.physician_test_undecided_with_stated
                                               AND (l.state = s.id OR coalesce(s.instate_license_stated <> 'yes', true)))
                        THEN null
                      WHEN 'licenses' IN o.complete THEN false END
            // an organization may be physicians' own only where the state lets such an entity, or a trust, own
            WHEN o.investor
              OR NOT any(x IN s.lay_owner_exempt_stated WHERE x IN ['qualified_entity', 'qualified_trust', 'esop'])
              OR (o.kind <> 'trust' AND NOT o.professional) THEN false END AS physician
  RETURN collect(CASE WHEN o IS NOT NULL THEN {row: r, votes: votes, physician: physician,
           votes_of_class: [coalesce(r.class_share_min / 10000.0, 0.0), coalesce(r.class_share_max / 10000.0, 100.0)]
         } END) AS rows
}
// one test of all votes, or one of each class; the only class that is recorded, for every holding, is all there is
WITH p, s, rows, coalesce(s.physician_per_class_stated, false) AS per_class,
     [x IN rows WHERE x.row.share_class IS NOT NULL | x.row.share_class] AS named
WITH p, s, rows, per_class, named,
     per_class AND size(named) > 0
     AND (size(named) < size(rows) OR any(x IN named WHERE x <> named[0])) AS several
UNWIND CASE WHEN per_class AND size(named) > 0 THEN named ELSE [''] END AS class
WITH DISTINCT p, s, rows, several, nullIf(class, '') AS share_class
// a class without votes is not tested
WHERE NOT several OR NOT all(x IN rows WHERE coalesce(x.row.share_class <> share_class, true) OR x.votes[1] = 0)
WITH p, s, share_class,
     CASE WHEN NOT several THEN rows
          // a holding whose class is not recorded may be of any
          ELSE [x IN rows WHERE coalesce(x.row.share_class = share_class, true) |
                {row: x.row, physician: x.physician,
                 votes: CASE WHEN x.row.share_class IS NULL THEN [0.0, 100.0] ELSE x.votes_of_class END}] END AS rows,
     CASE WHEN several THEN 'owners' IN p.complete ELSE p.owners_whole END AS whole
WITH p, s, share_class, rows,
     reduce(t = 0.0, x IN [y IN rows WHERE y.physician] | t + x.votes[0]) AS sure,
     reduce(t = 0.0, x IN [y IN rows WHERE NOT coalesce(y.physician, false)] | t + x.votes[1]) AS others_most,
     reduce(t = 0.0, x IN [y IN rows WHERE NOT y.physician] | t + x.votes[0]) AS others_least,
     reduce(t = 0.0, x IN [y IN rows WHERE coalesce(y.physician, true)] | t + x.votes[1]) AS most, whole
WITH p, s, share_class, rows,
     round(CASE WHEN whole AND most > 0 AND 100 - others_most > sure THEN 100 - others_most ELSE sure END, 6) AS low,
     round(CASE WHEN whole AND most < 100 - others_least THEN most ELSE 100 - others_least END, 6) AS high,
     s.min_physician_pct_stated AS minimum, s.physician_test_stated AS test,
     COLLECT { MATCH (p)-[j:JUDGED_IN]->(s) RETURN j }[0].practice_exempt AS exempt
WITH p, s, share_class, rows, low, high, minimum, exempt,
     CASE test
       WHEN 'at_least' THEN CASE WHEN high < minimum THEN true WHEN low >= minimum THEN false END
       WHEN 'more_than' THEN CASE WHEN high <= minimum THEN true WHEN low > minimum THEN false END
       WHEN 'some' THEN CASE WHEN high <= 0 THEN true WHEN low > 0 THEN false END END AS below
RETURN p.id AS practice, s.id AS state, share_class,
       below AND NOT exempt AND CASE WHEN s.physician_test IS NOT NULL AND s.min_physician_pct IS NOT NULL THEN true END AS found,
       COLLECT { MATCH one = (:Entity)-[r:OWNS]->(p) WHERE r IN [x IN rows | x.row] RETURN one } AS path,
       low AS physicians_min_pct, high AS physicians_max_pct, minimum AS minimum_pct
UNION ALL
// where classes are tested, an open register may lack one
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.physician_test_stated <> 'none' AND s.physician_per_class_stated
  AND NOT 'owners' IN p.complete
WITH DISTINCT p, s,
     p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp', 'professional_company',
                                  'professional_association'] AS professional
MATCH (p)-[j:JUDGED_IN]->(s)
WHERE coalesce(s.cpom_weight_stated >= 2, false) OR coalesce(professional, false)
RETURN p.id AS practice, s.id AS state, null AS share_class, null AND NOT j.practice_exempt AS found, [] AS path,
       null AS physicians_min_pct, null AS physicians_max_pct, s.min_physician_pct_stated AS minimum_pct
