// Exposed units that are looked at one by one: a row for each, with its class and where it is.
//
// @param left_out serial of a unit that is not to be in the answer
// @returns class, since, until, lots, refdes, unit, goods, product, kind, top, container, shipment, shipped_at, customer, former, state, cohort, ways, gone, size, heads, tops
// @include $reach
// @include exposure/units
WITH * WHERE node.unit <> $left_out
// @include exposure/place
RETURN class, since, until, coll.flatten(lots) AS lots, coll.flatten(refdes) AS refdes, unit, null AS goods,
       product, kind, top, container, shipment, shipped_at, customer, former, state,
       null AS cohort, null AS ways, null AS gone, 1 AS size, 0 AS heads, null AS tops
