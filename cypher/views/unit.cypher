// Each exposed unit: its class, where it is and who has it.
//
// Of most units all but three things are the same as of their neighbours', so they come in groups:
// `unit`, `since` and `top` are lists of a group, all else is said once.
//
// @returns unit, product, kind, class, since, until, lots, refdes, top, container, shipment, shipped_at, customer, state
// @include exposure/exposed
WITH class, state, shipment, customer, former, goods, product, kind, until, lots, refdes, container, shipped_at,
     count(*) AS units, collect(unit) AS unit, collect(top) AS tops,
     collect(since.epochSeconds * 1000000 + since.microsecond) AS since
WITH collect({class: class, state: state, shipment: shipment, customer: customer, goods: goods, units: units,
              tops: tops, unit: unit, since: since, product: product, kind: kind,
              until: until.epochSeconds * 1000000 + until.microsecond, lots: coll.flatten(lots),
              refdes: coll.flatten(refdes), container: container,
              shipped_at: shipped_at.epochSeconds * 1000000 + shipped_at.microsecond}) AS groups
// @include exposure/summary
RETURN summary, groups
