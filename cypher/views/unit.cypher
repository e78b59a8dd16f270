// Each exposed unit: its class, where it is and who has it.
//
// @returns unit, product, kind, class, since, until, lots, refdes, top, container, shipment, shipped_at, customer, state
// @include exposure/exposed
WITH collect({unit: unit, product: product, kind: kind, class: class, since: since, until: until, lots: lots,
              refdes: refdes, top: top, container: container, shipment: shipment, shipped_at: shipped_at,
              customer: customer, state: state}) AS exposed
// @include exposure/summary
RETURN summary, [row IN exposed | row.unit] AS unit, [row IN exposed | row.product] AS product,
       [row IN exposed | row.kind] AS kind, [row IN exposed | row.class] AS class,
       [row IN exposed | row.since.epochSeconds * 1000000 + row.since.microsecond] AS since,
       [row IN exposed | row.until.epochSeconds * 1000000 + row.until.microsecond] AS until,
       [row IN exposed | coll.flatten(row.lots)] AS lots, [row IN exposed | coll.flatten(row.refdes)] AS refdes,
       [row IN exposed | row.top] AS top, [row IN exposed | row.container] AS container,
       [row IN exposed | row.shipment] AS shipment,
       [row IN exposed | row.shipped_at.epochSeconds * 1000000 + row.shipped_at.microsecond] AS shipped_at,
       [row IN exposed | row.customer] AS customer, [row IN exposed | row.state] AS state
