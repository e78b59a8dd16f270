// Exposed units in groups of which the same is to be said.
//
// @returns groups
WITH class, state, shipment, customer, former, goods, sum(size) AS units, sum(heads) AS heads,
     collect(top) + coll.flatten(collect(tops)) AS tops
WITH collect({class: class, state: state, shipment: shipment, customer: customer, former: former,
              goods: goods, units: units, heads: heads, tops: tops}) AS groups
