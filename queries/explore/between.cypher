// Shortest paths between two parties
// What it answers: how two parties are tied: all shortest chains of recorded rows between them, whatever their type and
//   direction. Rows in force; payments and referrals also where they are past.
// Parameters: $structure (name of the structure; as platform)
//   $from (id of the one; as dr_abbott)
//   $to (id of the other; as dr_baker)
//   $without (ids of hubs that no chain may pass, such as registered agents, payers or banks; as [k_stone])
// Columns: steps, relations, path
//   One row a chain; relations: the types of its rows, in order. No row: no chain, within what is left when $without is
//   taken out.
// What it misses: longer chains; parties that a row names beside its two ends (over, on behalf of, signed by); a
//   shared address (see shared-address). hubs lists what one may want to leave out.
MATCH (a:Entity {structure: $structure, id: $from}), (b:Entity {structure: $structure, id: $to})
MATCH path = ALL SHORTEST (a)
      ((:Entity)
       -[r:OWNS|MANAGES|PAYS|REFERS_TO|HOLDS_ROLE|EMPLOYS|RESTRICTS_TRANSFER|HOLDS_PROXY|APPOINTS_BOARD|ACTS_WITH
          |SIGNS_ON|HELD_BY|DEPOSITS_TO|LENDS_TO|LEASES_TO|FAMILY_OF|CONSOLIDATES|DISCLOSES|SUPPLIES
        WHERE r.in_force OR (r.begun AND type(r) IN ['PAYS', 'REFERS_TO'])]-
       (y:Entity WHERE y.id = $to OR NOT y.id IN $without))+
      (b)
RETURN length(path) AS steps, [one IN relationships(path) | type(one)] AS relations, path
ORDER BY reduce(said = '', one IN relationships(path) | said + '|' + one.id)
