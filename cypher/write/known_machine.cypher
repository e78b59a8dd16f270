// Another name of a machine.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Machine {machine: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
