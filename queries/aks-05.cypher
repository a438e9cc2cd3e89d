// Lease misses safe harbor (AKS-05)
// What it answers: which leases between a receiver of federal business and the one who refers it, immediate family, a
//   company that they own, an owner or the employer, have no complete safe harbor. See docs/rules/aks-05.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, lessor, lessee, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the lease, the referral, and what
//   ties the party of the lease to the referrer.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, who stands on the side of a
//   referrer from SIDE_OF, and of which rows a safe harbor is complete from defended, which are worked out when a
//   structure is loaded.
MATCH lease = (one:Entity {structure: $structure})-[r:LEASES_TO {begun: true}]->(other:Entity)
UNWIND CASE WHEN one = other THEN [] ELSE [{party: one, receiver: other}, {party: other, receiver: one}] END AS ends
WITH lease, r, one, other, ends.party AS party, ends.receiver AS receiver
MATCH tie = (party)-[w:SIDE_OF]->(a:Entity)-[f:REFERRAL]->(receiver)
WHERE w.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(w.immediate, true)
  AND a <> receiver
WITH *,
     // at most 120 days between them; what is not dated lies near, or does not
     CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL
          THEN coalesce(r.valid_from <= f.end + duration({days: 120}), true)
               AND coalesce(r.valid_to > f.start - duration({days: 120}), true) END AS near
RETURN a.id AS referrer, receiver.id AS receiver, one.id AS lessor, other.id AS lessee,
       near AND f.federal AND CASE WHEN NOT f.proxy THEN true END AND w.immediate AND CASE WHEN w.certain THEN true END
       AND NOT 'aks' IN coalesce(r.defended, []) AS found, [lease, tie] AS path
