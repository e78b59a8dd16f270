// The machine of a run.
//
// @param rows machine, run
UNWIND $rows AS row
MATCH (a:Machine {machine: row.machine})
MATCH (b:Run {run: row.run})
CREATE (a)-[:RAN]->(b)
