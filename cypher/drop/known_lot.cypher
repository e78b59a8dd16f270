// The fact is withdrawn or says something else now: another name of a lot.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (:Lot {supplier: row.supplier, lot: row.id})-[e:KNOWN_AS]->(:Alias {alias: row.alias})
DELETE e
