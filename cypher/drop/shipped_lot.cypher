// The fact is withdrawn or says something else now: a lot on a delivery note.
//
// @param rows supplier, content, shipment
UNWIND $rows AS row
MATCH (:Lot {supplier: row.supplier, lot: row.content})-[e:SHIPPED_IN]->(:Shipment {shipment: row.shipment})
DELETE e
