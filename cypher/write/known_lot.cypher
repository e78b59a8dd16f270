// Another name of a lot.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Lot {supplier: row.supplier, lot: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
