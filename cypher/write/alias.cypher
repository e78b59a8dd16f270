// Other names of things.
//
// @param rows alias
UNWIND $rows AS row
MERGE (:Alias {alias: row.alias})
