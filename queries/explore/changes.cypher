// What changed between two dates
// What it answers: relations and licenses that began or ended after $from and not after $to. A row stands from its
//   valid_from to the day before its valid_to; the day of a change is one of these two.
// Parameters: $structure (name of the structure; as platform)
//   $from (day after which; as 2024-03-01)
//   $to (last day; as 2026-11-24)
// Columns: day, change, relation, row, first, second, path
//   change: began or ended. first, second: ids of the ends (the state of a license, the name of a trade name). A row that
//   began and ended in between gives two.
// What it misses: rows without dates (no valid_from: always; no valid_to: still), values that changed within a row,
//   entities that came or went, and dates of events and documents, which are nodes.
CALL () {
  MATCH path = (x:Entity {structure: $structure})-[r]->(y)
  WHERE r.derived IS NULL AND (r.valid_from IS NOT NULL OR r.valid_to IS NOT NULL)
  RETURN path, type(r) AS relation, r.id AS row, r.valid_from AS valid_from, r.valid_to AS valid_to,
         x.id AS first, coalesce(y.id, y.name) AS second
  UNION ALL
  MATCH path = (x:Entity {structure: $structure})-[:HAS_LICENSE]->(r:License)-[:ISSUED_IN]->(y)
  RETURN path, 'LICENSED_IN' AS relation, r.id AS row, r.valid_from AS valid_from, r.valid_to AS valid_to,
         x.id AS first, y.id AS second
}
UNWIND [{day: valid_from, change: 'began'}, {day: valid_to, change: 'ended'}] AS one
WITH one, relation, row, first, second, path
WHERE $from < one.day <= $to
RETURN one.day AS day, one.change AS change, relation, row, first, second, path
ORDER BY day, change, relation, row
