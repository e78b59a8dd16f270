// The fact is withdrawn or says something else now: another name of a operator.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (:Operator {operator: row.id})-[e:KNOWN_AS]->(:Alias {alias: row.alias})
DELETE e
