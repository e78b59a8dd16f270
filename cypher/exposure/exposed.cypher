// Every exposed unit and lot with its class and where it is, as `states` and `classes` select.
//
// `goods` is the lot where it is a lot that went out as it is, without serials.
//
// @param states only units in one of these: in_stock, shipped, returned, scrapped
// @param classes only units of one of these: certain, possible, past
// @param left_out serial of a unit that is not to be in the answer
// @returns class, since, until, lots, refdes, unit, goods, product, kind, top, container, shipment, shipped_at, customer, former, state
CALL () {
  // @include $reach
  // @include exposure/units
  WITH * WHERE node.unit <> $left_out
  // @include exposure/place
  RETURN class, since, until, lots, refdes, unit, null AS goods, product, kind, top, container, shipment,
         shipped_at, customer, former, state
UNION ALL
  // @include exposure/goods
  RETURN class, since, until, lots, refdes, unit, unit AS goods, product, kind, top, container, shipment,
         shipped_at, customer, null AS former, state
}
WITH * WHERE state IN $states AND class IN $classes
