// The run placed a unit that is in no cohort: a recall looks at it by itself.
//
// @param rows run, unit
UNWIND $rows AS row
WITH row.run AS run, collect(row) AS rows  // each run is looked up once
MATCH (a:Run {run: run})
UNWIND rows AS row
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:SINGLED_OUT]->(b)
