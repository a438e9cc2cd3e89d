// Form not allowed (CPOM-OWN-05)
// What it answers: which practices have a legal form in which medicine may not be practiced in the state.
//   See docs/rules/cpom-own-05.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, found, path, form, forms_allowed
//   found is true, false, or null where it is not decided on the facts given. path: the practice and its state.
// What it misses: nothing of the rule. A practice of another state is asked for the same forms, by the rule and here:
//   whether it is qualified as a foreign entity of a like form is not recorded.
MATCH path = (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true) AND s.cpom_weight_stated >= 2 AND s.forms_allowed_stated IS NOT NULL
WITH p, s, collect(path)[0] AS path,
     ['hospital', 'hospital_affiliate', 'hmo', 'fqhc', 'cmhc', 'licensed_clinic', 'public', 'tribal', 'pace']
       AS facilities
WITH p, s, path, s.forms_allowed_stated AS listed,
     size(p.facility_licenses) > 0 OR any(x IN p.exempt_as WHERE x IN facilities) AS facility,
     // words for one form
     {professional_association: 'PA', partnership: 'GP', RLLP: 'LLP', PSC: 'PC', medical_corp: 'PC'} AS same
WITH p, s, path, listed, facility, coalesce(same[p.form], p.form) AS form,
     [x IN listed | coalesce(same[x], x)] AS allowed
WITH p, s, path, listed, facility,
     CASE WHEN form IN allowed OR form = 'sole_proprietor' THEN true
          // the professional form of one on the list
          WHEN form = 'PLLC' AND 'LLC' IN allowed THEN true
          WHEN form = 'PLLP' AND 'LLP' IN allowed THEN true
          WHEN form = 'PC' AND 'corp' IN allowed THEN true
          // a company, corporation or partnership under a professional entity act is the professional form of it
          WHEN form = 'LLC' AND 'PLLC' IN allowed THEN p.professional
          WHEN form = 'LLP' AND 'PLLP' IN allowed THEN p.professional
          WHEN form = 'corp' AND 'PC' IN allowed THEN p.professional
          // lists of forms seldom speak about these
          WHEN form IS NULL OR form IN ['GP', 'estate', 'other'] THEN null
          ELSE false END AS open
RETURN p.id AS practice, s.id AS state,
       NOT open AND NOT facility AND CASE WHEN s.forms_allowed IS NOT NULL THEN true END AS found, [path] AS path,
       p.form AS form, listed AS forms_allowed
