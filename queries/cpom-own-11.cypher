// Medical director in place of owner (CPOM-OWN-11)
// What it answers: which practices that unlicensed holders own beyond what the state allows have a physician as medical
//   director who owns nothing of them. See docs/rules/cpom-own-11.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, director, found, path, monthly_fee_usd, encounters_12m
//   found is true, false, or null where it is not decided on the facts given. A row without a director asks whether
//   there is one that is not listed. path: the director, and the holdings of the unlicensed.
// What it misses: nothing of the rule. The lay part of the practice, who is above it, which registers are open there,
//   and whether the practice is of a kind that lay persons may own are read from JUDGED_IN, which is worked out when a
//   structure is loaded.
MATCH (p:Practice {structure: $structure})-[j:JUDGED_IN]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.lay_max_pct_stated IS NOT NULL AND s.cpom_weight_stated >= 2
WITH p, j, s, s.lay_max_pct_stated / 100.0 AS limit, coalesce(s.lay_max_strict_stated, false) AS strict,
     ['hospital', 'hospital_affiliate', 'hmo', 'fqhc', 'cmhc', 'licensed_clinic', 'public', 'tribal', 'pace']
       AS facilities
WITH p, j, s,
     CASE WHEN j.lay_low > limit OR (strict AND j.lay_low = limit) THEN true
          WHEN j.lay_high < limit OR (NOT strict AND j.lay_high = limit) THEN false END
     AND NOT j.practice_exempt
     AND NOT (size(p.facility_licenses) > 0 OR any(x IN p.exempt_as WHERE x IN facilities))
     AND CASE WHEN s.lay_max_pct IS NOT NULL THEN true END AS lay_owned
MATCH path = (d:Entity)-[r:HOLDS_ROLE {in_force: true, role: 'medical_director'}]->(p)
WITH p, j, s, lay_owned, d, r, path,
     COLLECT { MATCH (d)-[:HAS_LICENSE]->(l:License {in_force: true, profession: 'physician', state: s.id}) RETURN l }
       AS licenses,
     CASE WHEN d.id IN j.sure_above THEN true
          WHEN d.id IN j.may_above OR size(j.unsure_registers) > 0 THEN null
          ELSE false END AS owns
WITH p, j, s, lay_owned, d, r, path, owns,
     any(l IN licenses WHERE l.status = 'active')
     OR CASE WHEN d.kind <> 'person' OR 'licenses' IN d.complete THEN false END AS physician
WHERE coalesce(physician, true)
RETURN p.id AS practice, s.id AS state, d.id AS director,
       lay_owned AND physician AND NOT owns AS found,
       [path] + COLLECT { MATCH one = (:Entity)-[o:OWNS {structure: $structure}]->(:Entity) WHERE o.id IN j.evidence_ids
                          RETURN one } AS path,
       r.monthly_fee_usd AS monthly_fee_usd, r.encounters_12m AS encounters_12m
UNION ALL
MATCH (p:Practice {structure: $structure})-[j:JUDGED_IN]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.lay_max_pct_stated IS NOT NULL AND s.cpom_weight_stated >= 2
WITH p, j, s, s.lay_max_pct_stated / 100.0 AS limit, coalesce(s.lay_max_strict_stated, false) AS strict,
     ['hospital', 'hospital_affiliate', 'hmo', 'fqhc', 'cmhc', 'licensed_clinic', 'public', 'tribal', 'pace']
       AS facilities
WITH p, j, s,
     CASE WHEN j.lay_low > limit OR (strict AND j.lay_low = limit) THEN true
          WHEN j.lay_high < limit OR (NOT strict AND j.lay_high = limit) THEN false END
     AND NOT j.practice_exempt
     AND NOT (size(p.facility_licenses) > 0 OR any(x IN p.exempt_as WHERE x IN facilities))
     AND CASE WHEN s.lay_max_pct IS NOT NULL THEN true END AS lay_owned
RETURN p.id AS practice, s.id AS state, null AS director,
       lay_owned AND CASE WHEN 'roles' IN p.complete THEN false END AS found, [] AS path,
       null AS monthly_fee_usd, null AS encounters_12m
