// The fact is withdrawn or says something else now: who got a shipment; of a return, who sent it.
//
// @param rows shipment, customer
UNWIND $rows AS row
MATCH (:Shipment {shipment: row.shipment})-[e:DELIVERED_TO]->(:Customer {customer: row.customer})
DELETE e
