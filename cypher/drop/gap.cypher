// A Gap that nothing speaks of any more.
//
// @param rows gap
UNWIND $rows AS row
MATCH (n:Gap {gap: row.gap})
DETACH DELETE n
