// The life of one unit, in order of time.
//
// @param unit serial of the unit
// @returns at, kind, machine, program, operator, result, detail
// @cost the edges of one unit; 34 db hits a row
// @example {"unit": "GW1-003399"}
MATCH (unit:Unit {unit: $unit})
CALL (unit) {
  MATCH (unit) WHERE unit.created_at IS NOT NULL
  RETURN unit.created_at AS at, 'created' AS kind, null AS machine, null AS program, null AS operator,
         null AS result, unit.product AS detail
UNION ALL
  MATCH (run:Run)-[event:PLACED]->(unit)
  OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
  OPTIONAL MATCH (operator:Operator)-[:OPERATED]->(run)
  CALL (run) { MATCH (lot:Lot)-[:FED]->(run) RETURN count(DISTINCT lot) AS lots }
  RETURN event.at AS at, 'placement' AS kind, machine.machine AS machine, run.program AS program,
         operator.operator AS operator, null AS result, lots + CASE lots WHEN 1 THEN ' lot' ELSE ' lots' END AS detail
UNION ALL
  MATCH (run:Run)-[event:PROCESSED]->(unit)
  OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
  OPTIONAL MATCH (operator:Operator)-[:OPERATED]->(run)
  RETURN event.at AS at, event.kind AS kind, machine.machine AS machine, run.program AS program,
         operator.operator AS operator, event.result AS result, event.parameters AS detail
UNION ALL
  MATCH (run:Run)-[event:TESTED]->(unit)
  OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
  OPTIONAL MATCH (operator:Operator)-[:OPERATED]->(run)
  RETURN event.at AS at, event.kind AS kind, machine.machine AS machine, run.program AS program,
         operator.operator AS operator, event.result AS result,
         reduce(text = null, defect IN event.defects | coalesce(text + ' ', '') + defect) AS detail
UNION ALL
  MATCH (run:Run)-[event:SERVICED]->(unit)
  OPTIONAL MATCH (operator:Operator)-[:OPERATED]->(run)
  WITH event, operator, [word IN [event.lot, event.firmware, event.site, event.detail]
                         + coalesce(event.refdes, []) WHERE word IS NOT NULL] AS words
  RETURN event.at AS at, event.kind AS kind, null AS machine, null AS program, operator.operator AS operator,
         null AS result, reduce(text = null, word IN words | coalesce(text + ' ', '') + word) AS detail
UNION ALL
  MATCH (unit)-[mount:MOUNTED_IN]->(parent:Unit)
  UNWIND [{at: mount.at, kind: 'mounted'}, {at: mount.until, kind: 'dismounted'}] AS event
  WITH event, mount, parent WHERE event.at IS NOT NULL
  RETURN event.at AS at, event.kind AS kind, null AS machine, null AS program, null AS operator, null AS result,
         parent.unit + coalesce(' ' + mount.position, '') AS detail
UNION ALL
  MATCH (child:Unit)-[mount:MOUNTED_IN]->(unit)
  UNWIND [{at: mount.at, kind: 'took in'}, {at: mount.until, kind: 'gave out'}] AS event
  WITH event, mount, child WHERE event.at IS NOT NULL
  RETURN event.at AS at, event.kind AS kind, null AS machine, null AS program, null AS operator, null AS result,
         child.unit + coalesce(' ' + mount.position, '') AS detail
UNION ALL
  MATCH (unit)-[pack:PACKED_IN]->(container:Container)
  UNWIND [{at: pack.at, kind: 'packed'}, {at: pack.until, kind: 'unpacked'}] AS event
  WITH event, container WHERE event.at IS NOT NULL
  RETURN event.at AS at, event.kind AS kind, null AS machine, null AS program, null AS operator, null AS result,
         container.container AS detail
UNION ALL
  WITH unit AS carried
  // @include exposure/carried
  WITH DISTINCT shipment
  OPTIONAL MATCH (shipment)-[:DELIVERED_TO]->(customer:Customer)
  RETURN shipment.shipped_at AS at, shipment.kind AS kind, null AS machine, null AS program, null AS operator,
         null AS result, shipment.shipment + coalesce(' ' + customer.customer, '') AS detail
}
RETURN at.epochSeconds * 1000000 + at.microsecond AS at, kind, machine, program, operator, result, detail
