// A Component that nothing speaks of any more.
//
// @param rows part
UNWIND $rows AS row
MATCH (n:Component {part: row.part})
DETACH DELETE n
