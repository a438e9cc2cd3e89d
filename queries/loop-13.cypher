// Pass through billing (LOOP-13)
// What it answers: which hospitals bill tests that an outside laboratory performs, mostly for people who are not their
//   patients, at an extreme volume or with a share passed on. See docs/rules/loop-13.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: hospital, laboratory, found, path, share, federal
//   found is true, false, or null where it is not decided on the facts given. path: the supplies, and the payments that
//   pass on a share, or may. share: whether the hospital passes one on. federal: whether federal programs pay for what
//   it bills.
// What it misses: nothing of the rule; severity and questions are in the audit. Payments net of refunds are read from
//   VALUE_FLOWS, and what counts as a referral from REFERRAL; both are worked out when a structure is loaded.
MATCH supply = (l:Entity {structure: $structure})-[t:SUPPLIES {begun: true}]->(v:Hospital)
WHERE l:Laboratory OR any(one IN l.dhs WHERE toUpper(one) = 'LAB')
WITH v, l, collect(supply) AS supplies, collect(t) AS tests
CALL (v) {
  OPTIONAL MATCH (:Entity)-[r:REFERRAL]->(v)
  WITH v, collect(r) AS referrals
  // counts of shared patients are no referrals: they leave it open
  RETURN v.bills_federal_programs
         OR any(r IN referrals WHERE r.federal AND CASE WHEN NOT r.proxy THEN true END) AS federal
}
CALL (v, l) {
  OPTIONAL MATCH payment = (v)-[p:PAYS]->(y), (v)-[:VALUE_FLOWS {flow: p.id}]->(y)
  WITH v, payment,
       // a percentage, or, to those who bring orders, pay by the test: a price by the test is what a laboratory asks
       CASE WHEN payment IS NULL THEN false
            WHEN y = l THEN p.basis IN ['pct_revenue', 'pct_collections', 'pct_net']
            ELSE (y:Recruiter OR p.purpose IN ['commission', 'marketing'])
                 AND CASE WHEN p.basis IN ['pct_revenue', 'pct_collections', 'pct_net', 'per_test', 'per_order',
                                           'per_specimen', 'per_referral', 'per_head'] THEN true
                          WHEN p.basis IN ['fixed', 'hourly'] THEN false
                          // another unit, or at discretion; without a basis only what is said to vary is known
                          WHEN p.basis IS NOT NULL OR p.varies_with_referrals THEN p.varies_with_referrals END
       END AS passes
  WITH v, collect({path: payment, passes: passes}) AS paid
  RETURN any(one IN paid WHERE one.passes) OR CASE WHEN 'payments' IN v.complete THEN false END AS share,
         [one IN paid WHERE coalesce(one.passes, true) | one.path] AS shares
}
RETURN v.id AS hospital, l.id AS laboratory,
       any(t IN tests WHERE t.customer_bills AND t.for_nonpatients_pct > 50 AND federal
                            AND (t.times_peers > 10 OR share)) AS found,
       supplies + shares AS path, share, federal
