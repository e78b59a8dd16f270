// Each exposed unit: its class, where it is and who has it.
//
// Of most units all but four things are the same as of their neighbours', so they come in groups:
// `unit`, `top`, `container` (blank: none) and `since` are lists of a group, all else is said once.
//
// @returns unit, product, kind, class, since, until, lots, refdes, top, container, shipment, shipped_at, customer, state
// @include exposure/exposed
WITH class, state, shipment, customer, former, goods, product, kind, until, lots, refdes, shipped_at, cohort,
     sum(size) AS units, sum(heads) AS heads, collect(top) + coll.flatten(collect(tops)) AS tops,
     head(collect(ways)) AS ways, head(collect(gone)) AS gone, collect(unit) AS unit, collect(top) AS top,
     collect(coalesce(container, '')) AS container,
     collect(since.epochSeconds * 1000000 + since.microsecond) AS since
WITH *, CASE WHEN cohort IS NULL THEN {unit: unit, top: top, container: container, since: since}
        ELSE {unit: cohort.units, top: cohort.tops, container: cohort.containers,
              since: CASE WHEN size(ways) = 1 THEN ways[0].reached.since
                     ELSE [place IN range(0, cohort.size - 1) |
                           coll.min([way IN ways | way.reached.since[place]])] END} END AS own
WITH *, CASE WHEN gone >= 0 THEN {unit: coll.remove(own.unit, gone), top: coll.remove(own.top, gone),
                                 container: coll.remove(own.container, gone),
                                 since: coll.remove(own.since, gone)} ELSE own END AS left
WITH collect({class: class, state: state, shipment: shipment, customer: customer, goods: goods, units: units,
              heads: heads, tops: tops, unit: left.unit, top: left.top, container: left.container,
              since: left.since, product: product, kind: kind,
              until: until.epochSeconds * 1000000 + until.microsecond, lots: lots, refdes: refdes,
              shipped_at: shipped_at.epochSeconds * 1000000 + shipped_at.microsecond}) AS groups
// @include exposure/summary
RETURN summary, groups
