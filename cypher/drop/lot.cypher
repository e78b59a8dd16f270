// A Lot that nothing speaks of any more.
//
// @param rows supplier, lot
UNWIND $rows AS row
MATCH (n:Lot {supplier: row.supplier, lot: row.lot})
DETACH DELETE n
