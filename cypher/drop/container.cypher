// A Container that nothing speaks of any more.
//
// @param rows container
UNWIND $rows AS row
MATCH (n:Container {container: row.container})
DETACH DELETE n
