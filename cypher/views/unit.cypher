// Each exposed unit: its class, where it is and who has it.
//
// Of most units all but four things are the same as of their neighbours', so they come in groups:
// `unit`, `top` (null: the units themselves), `container` (blank: none) and `since` are lists of a group,
// all else is said once. A record has up to a hundred groups, so that one is read while the next is made; a
// group is a list in the order of @returns.
//
// @returns unit, product, kind, class, since, until, lots, refdes, top, container, shipment, shipped_at, customer, state
// @include exposure/exposed
WITH class, state, shipment, customer, former, goods, product, kind, until, lots, refdes, shipped_at, cohort,
     sum(size) AS units, sum(heads) AS heads, collect(top) + coll.flatten(collect(tops)) AS tops,
     head(collect(ways)) AS ways, head(collect(gone)) AS gone, collect(unit) AS unit, collect(top) AS top,
     collect(coalesce(container, '')) AS container,
     collect(since.epochSeconds * 1000000 + since.microsecond) AS since
WITH collect({class: class, state: state, shipment: shipment, customer: customer, goods: goods, units: units,
              heads: heads, tops: tops, product: product, kind: kind, until: until, lots: lots, refdes: refdes,
              shipped_at: shipped_at, cohort: cohort, ways: ways, gone: gone,
              unit: unit, top: top, container: container, since: since}) AS groups
// @include exposure/summary
UNWIND range(0, size(groups), 100) AS first  // one record at least, for the summary
CALL (groups, first) {
  UNWIND groups[first..first + 100] AS row
  WITH row, row.cohort AS cohort, row.ways AS ways, row.gone AS gone
  WITH row, gone,
       CASE WHEN cohort IS NULL THEN {unit: row.unit, top: row.top, container: row.container, since: row.since}
       ELSE {unit: cohort.units, top: CASE WHEN cohort.heads < cohort.size THEN cohort.tops END,
             container: cohort.containers,
             since: CASE WHEN size(ways) = 1 THEN ways[0].reached.since
                    ELSE [place IN range(0, cohort.size - 1) |
                          coll.min([way IN ways | way.reached.since[place]])] END} END AS own
  WITH row, CASE WHEN gone >= 0 THEN {unit: coll.remove(own.unit, gone), top: coll.remove(own.top, gone),
                                      container: coll.remove(own.container, gone),
                                      since: coll.remove(own.since, gone)} ELSE own END AS left
  RETURN collect([left.unit, row.product, row.kind, row.class, left.since,
                  row.until.epochSeconds * 1000000 + row.until.microsecond, row.lots, row.refdes,
                  left.top, left.container, row.shipment,
                  row.shipped_at.epochSeconds * 1000000 + row.shipped_at.microsecond,
                  row.customer, row.state]) AS part
}
RETURN summary, part
