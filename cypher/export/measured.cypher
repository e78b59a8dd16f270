// What was measured on a unit, as its tests and processes say it.
//
// @param unit serial of the unit
// @param kind of the test or process, null for all
// @returns at (microseconds), kind, machine, said: JSON, or where the values lie; a row without an event if there is none
// @cost the edges of one unit
MATCH (unit:Unit {unit: $unit})
OPTIONAL MATCH (run:Run)-[event:TESTED|PROCESSED]->(unit)
WHERE $kind IS NULL OR event.kind = $kind
OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
RETURN event.at.epochSeconds * 1000000 + event.at.microsecond AS at, event.kind AS kind, machine.machine AS machine,
       coalesce(event.measurements, event.parameters) AS said
ORDER BY at, kind, machine, said
