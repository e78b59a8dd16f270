// A Shipment that nothing speaks of any more.
//
// @param rows shipment
UNWIND $rows AS row
MATCH (n:Shipment {shipment: row.shipment})
DETACH DELETE n
