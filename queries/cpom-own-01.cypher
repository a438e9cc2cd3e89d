// Lay ownership (CPOM-OWN-01)
// What it answers: which practices are ultimately held by unlicensed persons, investors and what stands behind them
//   beyond what the state allows. See docs/rules/cpom-own-01.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, found, path, lay_min_pct, lay_max_pct, limit_pct
//   found is true, false, or null where it is not decided on the facts given. path: the holdings that lead from the
//   lay holders to the practice.
// What it misses: nothing of the rule. The lay part of the practice, an interval, is read from JUDGED_IN, which is
//   worked out when a structure is loaded: shares multiply along chains and rings, and open registers leave room.
MATCH (p:Practice {structure: $structure})-[j:JUDGED_IN]->(s:State)
WITH p, j, s,
     p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp', 'professional_company',
                                  'professional_association'] AS professional,
     // kinds that only a holder of shares can be
     ['estate', 'qualified_trust', 'esop', 'qualified_entity', 'professional_entity', 'own_employees'] AS holders
WHERE coalesce(p.offers_patient_care, true) AND s.lay_max_pct_stated IS NOT NULL
  AND (coalesce(s.cpom_weight_stated >= 2, false) OR coalesce(professional, false))
WITH p, j, s, professional, [x IN p.exempt_as WHERE NOT x IN holders] AS kinds,
     [x IN coalesce(s.lay_owner_exempt_stated, []) WHERE NOT x IN holders] AS owner,
     [x IN coalesce(s.lay_owner_conditional_stated, []) WHERE NOT x IN holders] AS owner_on_terms,
     [x IN coalesce(s.lay_may_employ_exempt_stated, []) WHERE NOT x IN holders] AS employer,
     [x IN coalesce(s.lay_may_employ_conditional_stated, []) WHERE NOT x IN holders] AS employer_on_terms
// is the practice itself of a kind that lay persons may own? A professional entity only by the list of owners
WITH p, j, s, professional,
     CASE WHEN kinds IS NULL THEN CASE WHEN size(owner + owner_on_terms) = 0 THEN false END
          WHEN any(x IN kinds WHERE x IN owner) THEN true
          WHEN any(x IN kinds WHERE x IN owner_on_terms) THEN null
          ELSE false END AS as_owner,
     CASE WHEN kinds IS NULL THEN
            CASE WHEN size(owner + owner_on_terms + employer + employer_on_terms) = 0 THEN false END
          WHEN any(x IN kinds WHERE x IN owner + employer) THEN true
          WHEN any(x IN kinds WHERE x IN owner_on_terms + employer_on_terms) THEN null
          ELSE false END AS as_either
WITH p, j, s,
     CASE WHEN professional THEN as_owner
          WHEN NOT professional THEN as_either
          WHEN as_owner = as_either THEN as_owner END AS exempt,
     s.lay_max_pct_stated / 100.0 AS limit, coalesce(s.lay_max_strict_stated, false) AS strict
WITH p, j, s, exempt,
     CASE WHEN j.lay_low > limit OR (strict AND j.lay_low = limit) THEN true
          WHEN j.lay_high < limit OR (NOT strict AND j.lay_high = limit) THEN false END AS over
RETURN p.id AS practice, s.id AS state,
       over AND NOT exempt AND CASE WHEN s.lay_max_pct IS NOT NULL THEN true END AS found,
       COLLECT { MATCH one = (:Entity)-[o:OWNS {structure: $structure}]->(:Entity) WHERE o.id IN j.evidence_ids
                 RETURN one } AS path,
       round(j.lay_low * 100, 4) AS lay_min_pct, round(j.lay_high * 100, 4) AS lay_max_pct,
       s.lay_max_pct_stated AS limit_pct
