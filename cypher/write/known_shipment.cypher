// Another name of a shipment.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Shipment {shipment: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
