// Signers on accounts of several parties
// What it answers: who signs on accounts that belong to more than one party, for whom, and on which accounts.
// Parameters: $structure (name of the structure; as platform)
//   $without (ids of signers that are left out, such as a bank's trustee; as [])
// Columns: signer, holders, accounts, on_behalf_of, sweeps, path
//   Ids, each once. sweeps: accounts that the signer's right empties. path: signer, account, holder.
// What it misses: accounts whose holder is not recorded, rows that are not in force, and what $without leaves out.
MATCH path = (s:Entity {structure: $structure})-[r:SIGNS_ON {in_force: true}]->(a:Account)
             -[:HELD_BY {in_force: true}]->(h:Entity)
WHERE NOT s.id IN $without
WITH s, r, a, h, path ORDER BY h.id, a.id, r.id
WITH s, collect(path) AS path, collect(DISTINCT h.id) AS holders, collect(DISTINCT a.id) AS accounts,
     collect(DISTINCT r.on_behalf_of) AS on_behalf_of, collect(DISTINCT CASE WHEN r.sweep THEN a.id END) AS sweeps
WHERE size(holders) > 1
RETURN s.id AS signer, holders, accounts, on_behalf_of, sweeps, path
ORDER BY signer
