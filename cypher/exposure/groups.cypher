// Exposed units in groups of which the same is to be said.
//
// @returns groups
WITH class, state, shipment, customer, former, goods, count(*) AS units, collect(top) AS tops
WITH collect({class: class, state: state, shipment: shipment, customer: customer, former: former,
              goods: goods, units: units, tops: tops}) AS groups
