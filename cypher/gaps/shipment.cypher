// How many links are missing at what went out in a shipment, and at what was ever in that.
//
// @param shipment id of the shipment
// @returns gaps
// @cost what is below the shipment, then the runs of each unit
MATCH (:Shipment {shipment: $shipment})<-[:SHIPPED_IN]-(listed)
MATCH (inner:Unit|Lot)-[:MOUNTED_IN|PACKED_IN*0..]->(listed)
WITH DISTINCT inner
// @include gaps/missing
