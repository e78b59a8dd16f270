// Suspected lots that were themselves packed or shipped: one row for each shipment that carried one.
//
// @param suspects list of {lot: element id, id: supplier/lot, certain}
// @returns node, class, lots, refdes, unit, kind, top, container, shipment, shipped_at, customer, state
UNWIND $suspects AS suspect
MATCH (node:Lot) WHERE elementId(node) = suspect.lot AND (node:Listed OR node:Packed)
CALL (node) {
  WITH node AS carried
  // @include exposure/carried
  RETURN collect(DISTINCT shipment) AS shipments
}
OPTIONAL MATCH (node)-[:PACKED_IN {current: true}]->(holder:Container)
UNWIND CASE WHEN size(shipments) = 0 THEN [null] ELSE shipments END AS trip
OPTIONAL MATCH (trip)-[:DELIVERED_TO]->(buyer:Customer)
WITH node, CASE WHEN suspect.certain THEN 'certain' ELSE 'possible' END AS class,
     null AS since, null AS until, [] AS lots, [] AS refdes,
     suspect.id AS unit, null AS product, 'lot' AS kind, suspect.id AS top, holder.container AS container,
     trip.shipment AS shipment, trip.shipped_at AS shipped_at,
     CASE WHEN trip.kind = 'sale' THEN buyer.customer END AS customer,
     CASE WHEN trip.kind = 'sale' THEN 'shipped'
          WHEN trip.kind = 'return' THEN 'returned'
          ELSE 'in_stock' END AS state
