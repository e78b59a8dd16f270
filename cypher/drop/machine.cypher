// A Machine that nothing speaks of any more.
//
// @param rows machine
UNWIND $rows AS row
MATCH (n:Machine {machine: row.machine})
DETACH DELETE n
