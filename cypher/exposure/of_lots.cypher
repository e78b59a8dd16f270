// Everything that is exposed by lots, with its class and where it is.
//
// A row is a unit that is in no cohort, or a lot that went out as it is, without serials (`goods`): then
// `size` is 1. Or it is a cohort, which has so many units, of which `heads` are mounted nowhere, or `tops`
// lists where they are.
//
// @returns class, since, until, lots, refdes, unit, goods, product, kind, top, container, shipment, shipped_at, customer, former, state, cohort, ways, gone, size, heads, tops
// @include $reach
UNION ALL
// @include exposure/cohorts
RETURN class, null AS since, null AS until, lots, refdes, null AS unit, null AS goods,
       product, kind, null AS top, null AS container, shipment, shipped_at, customer, former, state,
       cohort, ways, gone, size, heads, tops
UNION ALL
// @include exposure/goods
RETURN class, since, until, lots, refdes, unit, unit AS goods,
       product, kind, top, container, shipment, shipped_at, customer, null AS former, state,
       null AS cohort, null AS ways, null AS gone, 1 AS size, 0 AS heads, null AS tops
