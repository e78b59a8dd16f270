// What number the maker gave to what a lot holds, where the lot says it itself.
//
// @param rows number, supplier, lot, as; batch, file, line
UNWIND $rows AS row
MATCH (a:Lot {supplier: row.supplier, lot: row.lot})
MATCH (b:PartNumber {number: row.number})
CREATE (a)-[:NUMBERED {as: row.as, batch: row.batch, file: row.file, line: row.line}]->(b)
