// A Finding that nothing speaks of any more.
//
// @param rows finding
UNWIND $rows AS row
MATCH (n:Finding {finding: row.finding})
DETACH DELETE n
