// Who made a lot, who delivered it.
//
// @param rows maker, supplier, lot, role; batch, file, line
UNWIND $rows AS row
MATCH (a:Supplier {supplier: row.maker})
MATCH (b:Lot {supplier: row.supplier, lot: row.lot})
CREATE (a)-[:SUPPLIED {role: row.role, batch: row.batch, file: row.file, line: row.line}]->(b)
