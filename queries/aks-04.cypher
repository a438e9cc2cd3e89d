// Services miss safe harbor (AKS-04)
// What it answers: which management agreements, paid positions, contractors' engagements and payments for services
//   between a receiver of federal business and the one who refers it, immediate family, a company that they own, an
//   owner or the employer, have no complete safe harbor. See docs/rules/aks-04.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, payer, payee, found, path
//   found is true, false, or null where it is not decided on the facts given. path: the arrangement, the referral, and
//   what ties the party of the arrangement to the referrer.
// What it misses: nothing of the rule. What counts as a referral is read from REFERRAL, who stands on the side of a
//   referrer from SIDE_OF, what is left of payments and their days from VALUE_FLOWS, and of which rows a safe harbor
//   is complete from defended, which are worked out when a structure is loaded.
MATCH deal = (one:Entity {structure: $structure})-[r:MANAGES|HOLDS_ROLE|EMPLOYS|PAYS {begun: true}]->(other:Entity)
// is it pay for services?
WITH deal, r, one, other,
     CASE type(r) WHEN 'MANAGES' THEN true
          WHEN 'HOLDS_ROLE' THEN r.monthly_fee_usd > 0
          WHEN 'EMPLOYS' THEN r.status = 'contractor'
          WHEN 'PAYS' THEN
            CASE WHEN r.purpose IN ['management_fee', 'medical_director', 'supervision', 'consulting', 'speaker',
                                    'specimen', 'commission', 'marketing', 'research'] THEN true
                 WHEN r.purpose <> 'other' THEN false END END AS services,
     COLLECT { MATCH (one)-[v:VALUE_FLOWS {flow: r.id}]->(other) WHERE type(r) = 'PAYS' RETURN v }[0] AS value
WHERE coalesce(services, true)
  // what is paid under an agreement on record is looked at with it
  AND (type(r) <> 'PAYS' OR value IS NOT NULL
       AND (r.agreement IS NULL OR NOT EXISTS { MATCH (:Entity {structure: $structure})-[b]->(:Entity)
                                                WHERE b.id = r.agreement }))
UNWIND CASE WHEN one = other THEN [] ELSE [{party: one, receiver: other}, {party: other, receiver: one}] END AS ends
WITH deal, r, one, other, services, value, ends.party AS party, ends.receiver AS receiver
MATCH tie = (party)-[w:SIDE_OF]->(a:Entity)-[f:REFERRAL]->(receiver)
WHERE w.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(w.immediate, true)
  AND a <> receiver
WITH *,
     CASE WHEN f.start IS NOT NULL AND f.end IS NOT NULL AND NOT coalesce(value.undated, false) THEN
       CASE WHEN value IS NOT NULL THEN coalesce(value.start <= f.end + duration({days: 120}), true)
                                        AND coalesce(value.end >= f.start - duration({days: 120}), true)
            ELSE coalesce(r.valid_from <= f.end + duration({days: 120}), true)
                 AND coalesce(r.valid_to > f.start - duration({days: 120}), true) END END AS near
RETURN a.id AS referrer, receiver.id AS receiver,
       CASE WHEN type(r) IN ['EMPLOYS', 'PAYS'] THEN one.id ELSE other.id END AS payer,
       CASE WHEN type(r) IN ['EMPLOYS', 'PAYS'] THEN other.id ELSE one.id END AS payee,
       services AND near AND f.federal AND CASE WHEN NOT f.proxy THEN true END
       AND w.immediate AND CASE WHEN w.certain THEN true END
       AND NOT 'aks' IN coalesce(r.defended, []) AS found, [deal, tie] AS path
