// The fact is withdrawn or says something else now: another name of a shipment.
//
// @param rows supplier, id, alias
UNWIND $rows AS row
MATCH (:Shipment {shipment: row.id})-[e:KNOWN_AS]->(:Alias {alias: row.alias})
DELETE e
