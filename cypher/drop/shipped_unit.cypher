// The fact is withdrawn or says something else now: a unit on a delivery note.
//
// @param rows supplier, content, shipment
UNWIND $rows AS row
MATCH (:Unit {unit: row.content})-[e:SHIPPED_IN]->(:Shipment {shipment: row.shipment})
DELETE e
