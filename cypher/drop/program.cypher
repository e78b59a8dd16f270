// A Program that nothing speaks of any more.
//
// @param rows program
UNWIND $rows AS row
MATCH (n:Program {program: row.program})
DETACH DELETE n
