// Another name of a customer.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (a:Customer {customer: row.id})
MATCH (b:Alias {alias: row.alias})
CREATE (a)-[:KNOWN_AS]->(b)
