// The run placed a unit that is in no cohort: a recall looks at it by itself.
//
// @param rows run, unit
UNWIND $rows AS row
MATCH (a:Run {run: row.run})
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:SINGLED_OUT]->(b)
