// A lot on a delivery note.
//
// @param rows supplier, content, shipment; batch, file, line
UNWIND $rows AS row
MATCH (a:Lot {supplier: row.supplier, lot: row.content})
MATCH (b:Shipment {shipment: row.shipment})
CREATE (a)-[:SHIPPED_IN {batch: row.batch, file: row.file, line: row.line}]->(b)
