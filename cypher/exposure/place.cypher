// Where exposed units are: a mounted unit is where its top is.
//
// Kept with each unit, since it does not depend on the suspect; read all at once.
//
// @returns unit, product, kind, top, container, shipment, shipped_at, customer, former, state
WITH *, properties(node) AS kept
WITH *, kept.unit AS unit, kept.product AS product, kept.kind AS kind, coalesce(kept.top, kept.unit) AS top,
     kept.now_in AS container, kept.went_with AS shipment, kept.went_at AS shipped_at,
     kept.held_by AS customer, kept.held_formerly AS former, kept.state AS state
