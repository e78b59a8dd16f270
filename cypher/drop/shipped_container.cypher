// The fact is withdrawn or says something else now: a container on a delivery note.
//
// @param rows supplier, content, shipment
UNWIND $rows AS row
MATCH (:Container {container: row.content})-[e:SHIPPED_IN]->(:Shipment {shipment: row.shipment})
DELETE e
