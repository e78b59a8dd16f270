// Every exposed unit and lot with its class and where it is, as `states` and `classes` select.
//
// @param states only units in one of these: in_stock, shipped, returned, scrapped
// @param classes only units of one of these: certain, possible, past
// @param left_out serial of a unit that is not to be in the answer
// @returns node, class, since, until, lots, refdes, unit, product, kind, top, container, shipment, shipped_at, customer, state
CALL () {
  // @include $reach
  // @include exposure/units
  WITH * WHERE node.unit <> $left_out
  // @include exposure/place
  RETURN node, class, since, until, lots, refdes, unit, product, kind, top, container, shipment, shipped_at,
         customer, state
UNION ALL
  // @include exposure/goods
  RETURN node, class, since, until, lots, refdes, unit, product, kind, top, container, shipment, shipped_at,
         customer, state
}
WITH * WHERE state IN $states AND class IN $classes
