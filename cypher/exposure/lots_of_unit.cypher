// What a thing that is held brings along: a lot itself, or every lot placed on a unit.
//
// @returns lot, unit, placed_at, removed_at, sure, said
CALL (held) {
  WITH held AS lot WHERE lot:Lot
  RETURN lot, null AS unit, null AS placed_at, null AS removed_at, true AS sure, null AS said
UNION ALL
  WITH held AS unit WHERE unit:Unit
  MATCH (unit)<-[placed:PLACED]-(run:Run)<-[fed:FED]-(lot:Lot)
  WITH unit, placed.at AS placed_at, placed AS said, fed, lot,
       [(lot)-[gone:REMOVED_FROM]->(unit:Reworked) WHERE gone.at > placed.at | gone] AS removals
  // @include exposure/parts
  RETURN lot, unit, placed_at, part.until AS removed_at, fed.certain AS sure, said
}
