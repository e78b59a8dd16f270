// What happened to a unit, as EPCIS tells it: made, fed, mounted, packed, worked on, sent.
//
// @param unit serial of the unit
// @returns what, at, until, kind, supplier, thing, other, step, result, place
// @cost the unit's own edges, and those of what it was in
// @example {"unit": "GW1-003399"}
MATCH (unit:Unit {unit: $unit})
CALL (unit) {
  MATCH (unit) WHERE unit.created_at IS NOT NULL
  RETURN 'made' AS what, unit.created_at AS at, null AS until, unit AS thing, null AS other, null AS step, null AS result,
         null AS place
UNION
  MATCH (lot:Lot)-[:FED]->(run:Run)-[placed:PLACED]->(unit)
  OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
  RETURN 'mounted' AS what, placed.at AS at, null AS until, lot AS thing, unit.unit AS other, null AS step, null AS result,
         machine.machine AS place
UNION
  MATCH (lot:Lot)-[gone:REMOVED_FROM]->(unit) WHERE gone.named
  RETURN 'removed' AS what, gone.at AS at, null AS until, lot AS thing, unit.unit AS other, null AS step, null AS result,
         null AS place
UNION
  MATCH (child:Unit)-[mount:MOUNTED_IN]->(unit)
  RETURN 'mounted' AS what, mount.at AS at, mount.until AS until, child AS thing, unit.unit AS other, null AS step,
         null AS result, null AS place
UNION
  MATCH (unit)-[:MOUNTED_IN|PACKED_IN*0..]->(inner)-[link:MOUNTED_IN|PACKED_IN]->(outer)
  RETURN CASE WHEN outer:Container THEN 'packed' ELSE 'mounted' END AS what, link.at AS at, link.until AS until, inner AS thing,
         coalesce(outer.unit, outer.container) AS other, null AS step, null AS result, null AS place
UNION
  MATCH (run:Run)-[event:PROCESSED|TESTED]->(unit)
  OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
  RETURN 'step' AS what, event.at AS at, null AS until, unit AS thing, null AS other, event.kind AS step,
         event.result AS result, machine.machine AS place
UNION
  MATCH (:Run)-[event:SERVICED]->(unit) WHERE NOT event.kind IN ['removal', 'scrap']
  RETURN 'step' AS what, event.at AS at, null AS until, unit AS thing, null AS other,
         CASE event.kind WHEN 'repair' THEN 'repairing' WHEN 'inspection' THEN 'inspecting' ELSE event.kind END AS step,
         event.firmware AS result, null AS place
UNION
  MATCH (:Run)-[event:SERVICED]->(unit) WHERE event.kind = 'scrap'
  RETURN 'scrap' AS what, event.at AS at, null AS until, unit AS thing, null AS other, 'destroying' AS step,
         event.detail AS result, event.site AS place
UNION
  MATCH path = (unit)-[:MOUNTED_IN|PACKED_IN*0..]->(listed:Listed)-[:SHIPPED_IN]->(shipment:Shipment)
  WHERE all(link IN relationships(path) WHERE type(link) = 'SHIPPED_IN' OR shipment.shipped_at IS NULL
            OR (link.at <= shipment.shipped_at AND (link.until IS NULL OR shipment.shipped_at < link.until)))
  OPTIONAL MATCH (shipment)-[:DELIVERED_TO]->(customer:Customer)
  RETURN 'sent' AS what, shipment.shipped_at AS at, null AS until, listed AS thing, shipment.shipment AS other,
         shipment.kind AS step, null AS result, customer.customer AS place
}
RETURN what, at.epochSeconds * 1000000 + at.microsecond AS at, until.epochSeconds * 1000000 + until.microsecond AS until,
       CASE WHEN thing:Unit THEN 'unit' WHEN thing:Lot THEN 'lot' ELSE 'container' END AS kind, thing.supplier AS supplier,
       coalesce(thing.unit, thing.lot, thing.container) AS thing, other, step, result, place
