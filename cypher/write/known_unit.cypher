// Another name of a unit.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Unit {unit: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
