// A unit on a delivery note.
//
// @param rows supplier, content, shipment; batch, file, line
UNWIND $rows AS row
WITH row.shipment AS shipment, collect(row) AS rows  // each shipment is looked up once
MATCH (b:Shipment {shipment: shipment})
UNWIND rows AS row
MATCH (a:Unit {unit: row.content})
CREATE (a)-[:SHIPPED_IN {batch: row.batch, file: row.file, line: row.line}]->(b)
