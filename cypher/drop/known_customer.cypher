// The fact is withdrawn or says something else now: another name of a customer.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (:Customer {customer: row.id})-[e:KNOWN_AS]->(:Alias {alias: row.alias})
DELETE e
