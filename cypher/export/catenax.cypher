// A unit as a partner is to know it: what is mounted in it and placed on that now, at any depth.
//
// Lots come with all that they came from. A lot that has the id of a unit is that unit, as a part of
// a batch: such units are in the answer, too.
//
// @param unit serial of the unit
// @returns units, lots
// @cost the open mountings below the unit, the runs of each, and the moves above their lots, each once
MATCH (asked:Unit {unit: $unit})
CALL (asked) {
  MATCH (unit:Unit) (()-[mount:MOUNTED_IN WHERE mount.until IS NULL]->()){0,} (asked)
  RETURN collect(DISTINCT unit) AS inner
}
CALL (inner) {
  UNWIND inner AS unit
  MATCH (unit)<-[placed:PLACED]-(:Run)<-[fed:FED]-(lot:Lot)
  WITH unit, placed.at AS at, fed, lot,
       [(lot)-[gone:REMOVED_FROM]->(unit) WHERE gone.at > placed.at | gone] AS removals
  // @include exposure/parts
  WITH DISTINCT lot, part WHERE part.until IS NULL
  MATCH (origin:Lot)-[:BECAME*0..]->(lot)
  RETURN collect(DISTINCT origin) AS held
}
CALL (held) {
  UNWIND held AS lot
  WITH lot WHERE lot.lot =~ '(?i)(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  MATCH (unit:Unit {unit: lot.lot})
  RETURN collect({unit: unit, supplier: lot.supplier}) AS beside
}
CALL (inner, beside) {
  UNWIND coll.distinct(inner + [other IN beside | other.unit]) AS unit
  OPTIONAL MATCH (component:Component {part: unit.product})
  CALL (unit) {
    MATCH (child:Unit)-[mount:MOUNTED_IN WHERE mount.until IS NULL]->(unit)
    OPTIONAL MATCH (component:Component {part: child.product})
    RETURN collect({
      unit: child.unit, maker: component.manufacturer, certain: mount.certain,
      at: mount.at.epochSeconds * 1000000 + mount.at.microsecond}) AS children
  }
  CALL (unit) {
    MATCH (unit)<-[placed:PLACED]-(:Run)<-[fed:FED]-(lot:Lot)
    WITH unit, placed.at AS at, fed, lot,
         [(lot)-[gone:REMOVED_FROM]->(unit) WHERE gone.at > placed.at | gone] AS removals
    // @include exposure/parts
    WITH lot, at, fed, part WHERE part.until IS NULL
    WITH lot, at, fed.certain AS certain, sum(size(part.refdes)) AS places,
         max(fed.quantity) AS quantity, max(fed.measure) AS measure
    RETURN collect({
      supplier: lot.supplier, lot: lot.lot, certain: certain, places: places,
      quantity: quantity, measure: measure,
      at: at.epochSeconds * 1000000 + at.microsecond}) AS placed
  }
  RETURN collect({
    unit: unit.unit, part: unit.product, description: component.description, maker: component.manufacturer,
    made: unit.created_at.epochSeconds * 1000000 + unit.created_at.microsecond,
    supplier: head([other IN beside WHERE other.unit = unit | other.supplier]),
    reference: unit:ByReference, names: [(unit)-[:KNOWN_AS]->(name:Alias) | name.alias],
    children: children, placed: placed}) AS units
}
CALL (held) {
  UNWIND held AS lot
  OPTIONAL MATCH (component:Component {part: lot.part})
  CALL (lot) {
    MATCH (origin:Lot)-[move:BECAME]->(lot)
    RETURN collect({
      supplier: origin.supplier, lot: origin.lot, kind: move.kind, quantity: move.quantity, measure: move.measure,
      at: move.at.epochSeconds * 1000000 + move.at.microsecond}) AS origins
  }
  RETURN collect({
    supplier: lot.supplier, lot: lot.lot, part: lot.part, description: component.description,
    maker: component.manufacturer,
    made: lot.manufactured_at.epochSeconds * 1000000 + lot.manufactured_at.microsecond,
    reference: lot:ByReference, names: [(lot)-[:KNOWN_AS]->(name:Alias) | name.alias],
    origins: origins}) AS lots
}
RETURN units, lots
