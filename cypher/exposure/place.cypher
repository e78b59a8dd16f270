// Where exposed units are: a mounted unit is where its top is.
//
// Kept with each unit, since it does not depend on the suspect.
//
// @returns unit, product, kind, top, container, shipment, shipped_at, customer, state
WITH *, node.unit AS unit, node.product AS product, node.kind AS kind, coalesce(node.top, node.unit) AS top,
     node.now_in AS container, node.went_with AS shipment, node.went_at AS shipped_at,
     node.held_by AS customer, node.state AS state
