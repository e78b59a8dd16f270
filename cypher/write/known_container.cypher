// Another name of a container.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Container {container: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
