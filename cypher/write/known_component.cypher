// Another name of a component.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Component {part: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
