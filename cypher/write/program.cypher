// Programs of machines, by name; what ran under one are the runs that name it.
//
// @param rows program
UNWIND $rows AS row
MERGE (n:Program {program: row.program})
