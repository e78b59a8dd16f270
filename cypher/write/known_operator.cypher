// Another name of a operator.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Operator {operator: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
