// A Run that nothing speaks of any more.
//
// @param rows run
UNWIND $rows AS row
MATCH (n:Run {run: row.run})
DETACH DELETE n
