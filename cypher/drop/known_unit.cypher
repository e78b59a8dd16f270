// The fact is withdrawn or says something else now: another name of a unit.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (:Unit {unit: row.id})-[e:KNOWN_AS]->(:Alias {alias: row.alias})
DELETE e
