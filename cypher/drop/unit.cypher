// A Unit that nothing speaks of any more.
//
// @param rows unit
UNWIND $rows AS row
MATCH (n:Unit {unit: row.unit})
DETACH DELETE n
