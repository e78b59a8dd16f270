// What a lot holds.
//
// @param rows part, supplier, lot; batch, file, line
UNWIND $rows AS row
MATCH (a:Component {part: row.part})
MATCH (b:Lot {supplier: row.supplier, lot: row.lot})
CREATE (a)-[:STOCKED_AS {batch: row.batch, file: row.file, line: row.line}]->(b)
