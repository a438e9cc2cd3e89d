// Signer or sweep of manager (CTRL-10)
// What it answers: who, on the manager's side or without a license, alone signs on an account of the practice or sweeps
//   it, where the practice may not revoke that. See docs/rules/ctrl-10.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: practice, state, signer, account, found, path, party
//   found is true, false, or null where it is not decided on the facts given. A row without signer and account asks
//   whether there are accounts or signers that are not listed. path: the signature, in whose name the account is, and
//   what ties the signer to the manager. party: for whom the signer acts.
// What it misses: nothing of the rule; severity (government payers, strength of the doctrine) and questions are in the
//   audit. Who controls whom is read from CONTROLS, whether licensees control a company from CLASSED_IN.
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s
MATCH (x:Entity)-[r:SIGNS_ON {in_force: true}]->(a:Entity)-[b:HELD_BY {in_force: true}]->(p)
OPTIONAL MATCH (y:Entity {structure: $structure, id: r.on_behalf_of})
// signer and the party for whom it signs: on the manager's side? licensed in the state?
CALL (p, s, x, y) {
  UNWIND [{k: 'signer', h: x}, {k: 'party', h: y}] AS one
  WITH p, s, one.k AS k, one.h AS h
  WHERE h IS NOT NULL
  OPTIONAL MATCH (m:Entity)-[:MANAGES {in_force: true}]->(p)
  WITH DISTINCT p, s, k, h, m
  WITH p, s, k, h, m,
       CASE WHEN h = m
              OR EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS {certain: true}]->(h) }
              OR EXISTS { (h)<-[:CONTROLS {certain: true}]-()-[:CONTROLS {certain: true}]->(m) } THEN true
            WHEN EXISTS { (h)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(m) }
              OR EXISTS { (m)-[:IN_GROUP*0..1]->()-[:CONTROLS]->(h) }
              OR EXISTS { (h)<-[:CONTROLS]-()-[:CONTROLS]->(m) } THEN null
            WHEN h.control_closed AND m.control_closed THEN false END AS tied
  WITH p, s, k, h, collect({m: m, tied: tied}) AS ties
  WITH p, s, k, h,
       CASE WHEN any(t IN ties WHERE t.m IS NOT NULL AND t.tied) THEN true
            WHEN NOT 'agreements' IN p.complete THEN null
            ELSE any(t IN ties WHERE CASE WHEN t.m IS NULL THEN false ELSE t.tied END) END AS side,
       CASE WHEN h:Person THEN
              CASE WHEN EXISTS { (h)-[:HAS_LICENSE]->(:License {in_force: true, status: 'active'})-[:ISSUED_IN]->(s) }
                     THEN true
                   WHEN EXISTS { MATCH (h)-[:HAS_LICENSE]->(l:License {in_force: true})-[:ISSUED_IN]->(s)
                                 WHERE l.status IS NULL } THEN null
                   WHEN 'licenses' IN h.complete THEN false END
            ELSE head(COLLECT { MATCH (h)-[c:CLASSED_IN]->(s) RETURN c.licensed }) END AS licensed
  WITH collect({k: k, side: side, licensed: licensed}) AS both
  RETURN head([o IN both WHERE o.k = 'signer']) AS signer, head([o IN both WHERE o.k = 'party']) AS party
}
WITH p, s, a, b, r, x, y,
     // the practice itself, and whoever is licensed and signs for it, are no outsiders
     CASE WHEN x = p THEN false
          WHEN y = p THEN NOT signer.licensed
          ELSE signer.side OR NOT signer.licensed OR party.side OR NOT party.licensed END AS outsider,
     // Illinois; nobody is in sole control of an account on which another alone signs for good
     CASE WHEN s.id <> 'IL' THEN false
          WHEN b.provider_sole_control IS NULL AND r.sole AND NOT r.revocable_by_practice THEN false
          ELSE b.provider_sole_control END AS sole_control
RETURN p.id AS practice, s.id AS state, x.id AS signer, a.id AS account,
       (r.sole OR r.sweep) AND NOT r.revocable_by_practice AND outsider AND NOT sole_control AS found,
       COLLECT { MATCH one = (x)-[q:SIGNS_ON]->(a) WHERE q = r RETURN one }
       + COLLECT { MATCH one = (a)-[q:HELD_BY]->(p) WHERE q = b RETURN one }
       + COLLECT { MATCH one = (:Entity)-[:MANAGES {in_force: true}]->(p) RETURN one }
       + COLLECT { MATCH one = (h:Entity)-[:CONTROLS]-(:Entity)-[:MANAGES {in_force: true}]->(p)
                   WHERE h IN [x, y] RETURN one } AS path,
       r.on_behalf_of AS party
UNION ALL
MATCH (p:Practice {structure: $structure})-[:OPERATES_IN {in_force: true}]->(s:State)
WHERE coalesce(p.offers_patient_care, true)
WITH DISTINCT p, s
RETURN p.id AS practice, s.id AS state, null AS signer, null AS account,
       CASE WHEN 'accounts' IN p.complete AND 'signers' IN p.complete THEN false END AS found,
       [] AS path, null AS party
