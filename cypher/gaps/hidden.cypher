// What could hide further units of a suspect, each once: links that should be there and are not.
//
// @param lots true if lots are suspected
// @param numbers map of the suspects' parts, upper case without blanks -> true
// @param any true if the part of some suspect is not known
// @param foreign true if a suspect is a supplier's lot: what came from nowhere may be of it
// @param by_part true if suspects were sought by part: a lot whose part is not known may be one
// @param of_supplier only this supplier's lots were sought; blank for all
// @param names map of what is suspected -> true: `lot supplier/lot`, `machine id`, `part number`...
// @param suspects list of {lot: element id, id: supplier/lot, certain}
// @returns unit, goods, buyer, machine, feeder, refdes, part, at, reason
CALL () {
  // a visit that lacked a reel which could have been the suspect's
  WITH 1 AS one WHERE $lots
  MATCH (gap:Gap)-[:MISSING_IN]->(run:Run)-[visit:PLACED|PROCESSED]->(unit:Unit)
  WHERE $any OR gap.number IS NULL OR $numbers[gap.number] IS NOT NULL
  RETURN unit, null AS goods, null AS buyer, run.machine AS machine, gap.feeder AS feeder, gap.refdes AS refdes, gap.part AS part,
         visit.at AS at, gap.reason AS reason
UNION
  // lots that may be a suspect's: the units that they were placed on, and those that went out as they are
  CALL () {
    // one of which nothing is known but that it is there, or, where a supplier is suspected, that its
    // reels are: who delivered it may be just what nobody said
    WITH 1 AS one WHERE $lots
    MATCH (root:ByReference&Lot)
    WHERE NOT EXISTS { (:Lot)-[:BECAME]->(root) }
    MATCH (root)-[:BECAME*0..]->(lot:Lot)
    WITH DISTINCT lot, lot = root AS itself
    WHERE itself OR ($of_supplier <> ''
      AND ($any OR lot.numbers IS NULL OR any(number IN lot.numbers WHERE $numbers[number] IS NOT NULL)))
    RETURN DISTINCT lot, lot.part AS part, 'known only by reference' AS reason
  UNION
    // a reel of the site's own that came from nowhere, though its part is a suspect's
    WITH 1 AS one WHERE $lots AND $foreign
    MATCH (:Orphan)-[:BECAME*0..]->(lot:Lot)
    WITH DISTINCT lot
    WHERE NOT lot:ByReference&Orphan AND ($any OR lot.numbers IS NULL OR any(number IN lot.numbers WHERE $numbers[number] IS NOT NULL))
    RETURN lot, lot.part AS part, 'from no known lot' AS reason
  UNION
    // one whose part is not known, where suspects were sought by part
    WITH 1 AS one WHERE $lots AND $by_part
    MATCH (lot:Partless)
    WHERE NOT (lot:ByReference AND NOT EXISTS { (:Lot)-[:BECAME]->(lot) })
      AND ($of_supplier = ''
           OR EXISTS { (:Supplier {supplier: $of_supplier})-[:SUPPLIED]->(:Lot)-[:BECAME*0..]->(lot) })
    RETURN lot, null AS part, 'part not known' AS reason
  }
  // @include gaps/unsuspected
  CALL (lot, id) {
    MATCH (lot)-[fed:FED]->(run:Run)-[visit:PLACED]->(unit:Unit)
    RETURN unit, null AS goods, null AS buyer, run.machine AS machine, fed.feeder AS feeder, fed.refdes AS refdes, visit.at AS at
  UNION ALL
    WITH lot, id, lot AS carried WHERE lot:Listed OR lot:Packed
    OPTIONAL CALL (carried) {
      // @include exposure/carried
      RETURN DISTINCT shipment AS trip
    }
    OPTIONAL MATCH (trip)-[:DELIVERED_TO]->(customer:Customer) WHERE trip.kind = 'sale'
    RETURN null AS unit, id AS goods, customer.customer AS buyer, null AS machine, null AS feeder, [] AS refdes, trip.shipped_at AS at
  }
  RETURN unit, goods, buyer, machine, feeder, refdes, part, at, reason
UNION
  // goods of which a part may have stayed in the container that they were packed in first, and left with it
  UNWIND $suspects AS suspect
  MATCH (node:Lot) WHERE elementId(node) = suspect.lot AND node:Repacked
  // @include exposure/left_behind
  OPTIONAL MATCH (trip)-[:DELIVERED_TO]->(customer:Customer) WHERE trip.kind = 'sale'
  RETURN null AS unit, suspect.id AS goods, customer.customer AS buyer, null AS machine, null AS feeder,
         [] AS refdes, node.part AS part, trip.shipped_at AS at,
         'packed again elsewhere: ' + box.container + ' went with ' + trip.shipment AS reason
UNION
  // a row in quarantine that names the suspect
  MATCH (row:Quarantined)
  WHERE any(name IN row.names WHERE $names[name] IS NOT NULL)
  WITH row, [name IN row.names WHERE name STARTS WITH 'unit ' | substring(name, 5)][0] AS named
  OPTIONAL MATCH (unit:Unit {unit: named})
  RETURN unit, named AS goods, null AS buyer, [name IN row.names WHERE name STARTS WITH 'machine ' | substring(name, 8)][0] AS machine,
         null AS feeder, [] AS refdes, null AS part, null AS at,
         'in quarantine: ' + row.file + ':' + row.line AS reason
}
WITH unit, goods, buyer, machine, feeder, part, at, reason, coll.flatten(collect(refdes)) AS refdes
