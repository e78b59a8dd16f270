// Everything that is exposed, as `states` and `classes` select.
//
// @param states only units in one of these: in_stock, shipped, returned, scrapped
// @param classes only units of one of these: certain, possible, past
// @returns class, since, until, lots, refdes, unit, goods, product, kind, top, container, shipment, shipped_at, customer, former, state, cohort, ways, gone, size, heads, tops
CALL () {
  // @include $reach
}
WITH * WHERE state IN $states AND class IN $classes
