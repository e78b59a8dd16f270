// Who got a shipment; of a return, who sent it.
//
// @param rows shipment, customer; batch, file, line
UNWIND $rows AS row
MATCH (a:Shipment {shipment: row.shipment})
MATCH (b:Customer {customer: row.customer})
CREATE (a)-[:DELIVERED_TO {batch: row.batch, file: row.file, line: row.line}]->(b)
