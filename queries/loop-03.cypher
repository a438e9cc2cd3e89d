// Directorship without work (LOOP-03)
// What it answers: who that receives federal business pays those who refer it, or their side, for a position as medical
//   director whose hours are not logged, beside another director of the service, or off the market, at most 120 days
//   from a referral. See docs/rules/loop-03.md.
// Parameters: $structure (name of the structure; as platform)
// Columns: referrer, receiver, director, found, path, rows
//   found is true, false, or null where it is not decided on the facts given. path: the referrals, the positions or
//   payments, and what puts the director on the side of the referrer. rows: ids of the positions, or of payments where
//   no position is on record.
// What it misses: nothing of the rule; severity and questions are in the audit. Referrals, sides and payments net of
//   refunds are read from REFERRAL, SIDE_OF and VALUE_FLOWS, and what a safe harbor covers from `defended`; all of it
//   is worked out when a structure is loaded.
MATCH referral = (x:Entity {structure: $structure})-[r:REFERRAL]->(v:Entity)
MATCH link = (y:Entity)-[side:SIDE_OF]->(x)
WHERE side.how IN ['self', 'family', 'owned', 'owner', 'employer'] AND coalesce(side.immediate, true) AND y <> v
WITH *, COLLECT { MATCH (v)-[p:PAYS {purpose: 'medical_director'}]->(y), (v)-[:VALUE_FLOWS {flow: p.id}]->(y)
                  RETURN p } AS ledger
CALL (v, y, ledger) {
  MATCH way = (y)-[d:HOLDS_ROLE {begun: true, role: 'medical_director'}]->(v)
  RETURN way, d, d.valid_from AS start, d.valid_to - duration({days: 1}) AS end, false AS undated, d.service AS service,
         // paid by what the position says, or by what the ledger has for it
         CASE WHEN d.monthly_fee_usd > 0 OR size(ledger) > 0 THEN true
              WHEN d.monthly_fee_usd = 0 THEN false END AS paid,
         d.time_logs AS worked,
         CASE WHEN NOT d.is_fmv OR any(p IN ledger WHERE NOT p.is_fmv) THEN true
              WHEN d.is_fmv THEN false END AS off_market
  UNION ALL
  MATCH way = (v)-[d:PAYS {purpose: 'medical_director'}]->(y), (v)-[f:VALUE_FLOWS {flow: d.id}]->(y)
  WHERE NOT EXISTS { (y)-[:HOLDS_ROLE {begun: true, role: 'medical_director'}]->(v) }
  RETURN way, d, f.start AS start, f.end AS end, f.undated AS undated, null AS service,
         CASE WHEN f.amount_usd IS NOT NULL OR NOT EXISTS { (y)-[b:PAYS]->(v) WHERE b.refund_of = d.id }
              THEN true END AS paid,
         d.work_product AS worked, NOT d.is_fmv AS off_market
}
WITH *,
     COLLECT { MATCH (other:Entity)-[e:HOLDS_ROLE {begun: true, role: 'medical_director'}]->(v)
               WHERE other <> y AND coalesce(e.valid_from <= end, true) AND coalesce(start < e.valid_to, true)
               RETURN coalesce(toLower(trim(e.service)), '') } AS others
WITH *,
     // federal business: counts of shared patients leave that open
     r.federal AND CASE WHEN NOT r.proxy THEN true END AS referred,
     // at most 120 days apart; what has no day may have been at any time
     CASE WHEN NOT undated
          THEN (start IS NULL OR start <= r.end + duration({days: 120}))
               AND (end IS NULL OR r.start <= end + duration({days: 120}) OR r.end <= end) END AS near,
     // a kinship or a share that is not recorded leaves the link open
     side.immediate AND CASE WHEN side.certain THEN true END AS linked,
     any(one IN others WHERE CASE one WHEN '' THEN null ELSE one = toLower(trim(service)) END)
     OR CASE WHEN 'roles' IN v.complete THEN false END AS second,
     // the safe harbor counts where the hours are logged, too
     NOT 'aks' IN coalesce(d.defended, []) OR NOT worked AS stays
WITH x, v, y, collect(DISTINCT referral) + collect(DISTINCT link) + collect(DISTINCT way) AS path,
     collect(DISTINCT d.id) AS rows,
     collect({found: referred AND near AND linked AND paid AND stays AND (NOT worked OR second OR off_market)}) AS pairs
RETURN x.id AS referrer, v.id AS receiver, y.id AS director, any(o IN pairs WHERE o.found) AS found, path, rows
