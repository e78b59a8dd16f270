// Every value that tests and processes measured on a unit, in order of time.
//
// `path` is where the value stands in what the machine sent, as `checks[0].height`; a value is a `number`
// or a `text`. Long measurements are read from Parquet files beside the ledger: where these are not, the
// answer is not complete.
//
// @param unit serial of the unit
// @param kind of the test or process
// @returns at, kind, machine, said
// @cost the edges of one unit, and the count of its gaps; 83 db hits a row
// @example {"unit": "GW1-003399"}
MATCH (unit:Unit {unit: $unit})<-[event:TESTED|PROCESSED]-(run:Run)
WHERE $kind IS NULL OR event.kind = $kind
OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
WITH event, machine, coalesce(event.measurements, event.parameters) AS said WHERE said IS NOT NULL
RETURN event.at.epochSeconds * 1000000 + event.at.microsecond AS at, event.kind AS kind,
       machine.machine AS machine, said
