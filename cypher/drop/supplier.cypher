// A Supplier that nothing speaks of any more.
//
// @param rows supplier
UNWIND $rows AS row
MATCH (n:Supplier {supplier: row.supplier})
DETACH DELETE n
