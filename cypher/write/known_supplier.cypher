// Another name of a supplier.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Supplier {supplier: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
