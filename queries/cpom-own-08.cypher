// Vote given away (CPOM-OWN-08)
// What it answers: which proxies, powers of attorney, voting agreements and voting trusts over shares of a practice
//   are held by somebody who may not hold the shares, or by the manager's side. See docs/rules/cpom-own-08.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, grantee, grantor, found, path
//   found is true, false, or null where it is not decided on the facts given. A row without grantee and grantor asks
//   whether there are instruments that are not listed. path: the instrument, and what ties the grantee to the manager.
// What it misses: nothing of the rule. Who controls whom is read from CONTROLS, and whether somebody not listed may
//   control from control_closed, whether the practice is itself of a kind that lay persons may own from JUDGED_IN,
//   which are worked out when a structure is loaded. What stands behind an entity that may be a qualified one is looked
//   at neither by the rule nor here.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
  AND (s.cpom_weight_stated >= 2
       // the bans stand in acts on professional entities
       OR s.proxy_ban_stated
          AND (p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp', 'professional_company',
                                            'professional_association']))
WITH DISTINCT p, s,
     // the ban, or elsewhere a doctrine of moderate strength or more, with verified text
     CASE WHEN s.proxy_ban_stated THEN CASE WHEN s.proxy_ban IS NOT NULL THEN true END
          WHEN s.cpom_weight IS NOT NULL THEN true END AS law
MATCH (grantor:Entity {structure: $structure})<-[r:HOLDS_PROXY {in_force: true}]-(h:Entity)
WHERE coalesce(r.over, grantor.id) = p.id
// is the grantee the manager, or does one control the other, or somebody both?
CALL (p, h) {
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH DISTINCT p, h, m
  WITH p, h, m,
       CASE WHEN h = m
              OR EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(h) }
              OR EXISTS { (h)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(m) } THEN true
            WHEN EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(h) }
              OR EXISTS { (h)<-[:CONTROLS]-()-[:CONTROLS]->(m) } THEN null
            WHEN h.control_closed AND m.control_closed THEN false END AS tied
  WITH p, h, collect(m) AS managers, collect({m: m, tied: tied}) AS ties
  RETURN managers,
         CASE WHEN h = p THEN false
              WHEN any(t IN ties WHERE t.m IS NOT NULL AND t.tied) THEN true
              WHEN NOT 'agreements' IN p.complete THEN null
              ELSE any(t IN ties WHERE CASE WHEN t.m IS NULL THEN false ELSE t.tied END) END AS side
}
// may the grantee hold the shares: a physician, or a licensee of a profession that the state lists
WITH p, s, law, grantor, r, h, managers, side,
     COLLECT { MATCH (h)-[:HAS_LICENSE]->(l:License {in_force: true}) WHERE coalesce(l.status = 'active', true)
               RETURN l } AS licenses,
     coalesce(s.allied_professions_conditional_stated, []) + coalesce(s.allied_professions_unverified_stated, [])
       AS unsettled
WITH p, s, law, grantor, r, h, managers, side, licenses, unsettled,
     // what a license of another state is worth: yes none, no and one the same, else not settled
     CASE s.instate_license_stated WHEN 'yes' THEN false WHEN 'no' THEN true WHEN 'one' THEN true END AS anywhere
WITH p, s, law, grantor, r, h, managers, side, anywhere, unsettled,
     [l IN licenses | {active: l.status = 'active', profession: l.profession, here: l.state = s.id OR anywhere}] AS held
WITH p, s, law, grantor, r, h, managers, side, unsettled,
     // some of its licenses may not be listed
     CASE WHEN h.kind <> 'person' OR 'licenses' IN h.complete THEN false END AS more,
     [x IN held WHERE coalesce(x.here AND x.active, true)] AS held
WITH p, s, law, grantor, r, h, managers, side,
     any(x IN held WHERE x.profession = 'physician' AND x.here AND x.active) OR more AS physician,
     any(x IN held WHERE x.here AND x.active) OR more AS licensed,
     CASE WHEN s.id IN ['OR', 'TX'] THEN false
          WHEN s.allied_rule_stated = 'any_health_professional' THEN true
          WHEN any(x IN held WHERE x.here AND x.active AND x.profession IN s.allied_professions_stated
                                   AND NOT x.profession IN unsettled) THEN true END AS allied
WITH p, s, law, grantor, r, h, managers, side, r.instrument IN ['voting_trust', 'voting_agreement'] AS trust,
     CASE WHEN physician THEN true WHEN NOT licensed THEN false
          // a physician or not, that is enough
          WHEN licensed AND allied THEN true
          WHEN NOT physician AND licensed THEN allied END AS eligible,
     // a voting trust, or a nominee's agreement, moves the vote by its nature
     r.instrument IN ['voting_trust', 'nominee_agreement']
     OR any(x IN r.scope WHERE x IN ['vote_shares', 'general']) AS moves_vote
WITH p, s, law, grantor, r, h, managers, side, moves_vote,
     // an entity may be a qualified one, where the state lets such an entity own
     CASE WHEN h.kind = 'person' THEN eligible
          WHEN 'qualified_entity' IN s.lay_owner_exempt_stated AND coalesce(h.professional, true) THEN null
          ELSE false END AS eligible,
     // statutes that are wider: no proxy at all, no voting trust at all, proxies to fellow owners only
     CASE WHEN s.id = 'PA' OR (s.id IN ['FL', 'OR', 'DE'] AND coalesce(trust, true))
            OR (s.id IN ['GA', 'OR'] AND NOT EXISTS { (h)-[o:OWNS {in_force: true}]->(p)
                                                      WHERE coalesce(o.instrument, 'equity') IN ['equity', 'profits'] })
          THEN null ELSE true END AS narrow,
     CASE WHEN s.id <> 'OR' OR h.kind <> 'person' OR coalesce(r.instrument = 'voting_trust', false) THEN false
          WHEN 'counsel' IN h.roles THEN true
          WHEN size(h.roles) > 0 THEN false END AS attorney,
     COLLECT { MATCH (p)-[j:JUDGED_IN]->(s) RETURN j }[0].practice_exempt AS exempt
RETURN p.id AS practice, s.id AS state, h.id AS grantee, grantor.id AS grantor,
       law AND moves_vote AND (side OR NOT (eligible AND narrow OR attorney)) AND NOT exempt AS found,
       COLLECT { MATCH one = (h)-[x:HOLDS_PROXY]->(grantor) WHERE x = r RETURN one }
       + COLLECT { MATCH one = (m)-[:MANAGES {in_force: true}]->(p) WHERE m IN managers RETURN one }
       + COLLECT { MATCH one = (h)-[:CONTROLS]-(m:Entity) WHERE m IN managers RETURN one } AS path
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
  AND (s.cpom_weight_stated >= 2
       // the bans stand in acts on professional entities
       OR s.proxy_ban_stated
          AND (p.professional OR p.form IN ['PC', 'PA', 'PSC', 'PLLC', 'PLLP', 'medical_corp', 'professional_company',
                                            'professional_association']))
WITH DISTINCT p, s,
     CASE WHEN s.proxy_ban_stated THEN CASE WHEN s.proxy_ban IS NOT NULL THEN true END
          WHEN s.cpom_weight IS NOT NULL THEN true END AS law
MATCH (p)-[j:JUDGED_IN]->(s)
RETURN p.id AS practice, s.id AS state, null AS grantee, null AS grantor,
       law AND NOT j.practice_exempt AND CASE WHEN 'proxies' IN p.complete THEN false END AS found, [] AS path
