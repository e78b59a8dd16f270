// A Alias that nothing speaks of any more.
//
// @param rows alias
UNWIND $rows AS row
MATCH (n:Alias {alias: row.alias})
DETACH DELETE n
