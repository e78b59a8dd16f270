// The customers who hold exposed units, and those who held some formerly.
//
// @returns customer, name, certain, possible, past, former, tops
// @include exposure/exposed
WITH collect({unit: unit, kind: kind, class: class, top: top, shipment: shipment, customer: customer,
              state: state, former: CASE WHEN node:Unit THEN node.held_formerly END}) AS exposed
// @include exposure/summary
CALL (exposed) {
  UNWIND exposed AS row
  UNWIND CASE WHEN row.state = 'shipped' THEN [{id: row.customer, held: true}] ELSE [] END
         + [id IN coalesce(row.former, []) | {id: id, held: false}] AS link
  WITH row, link.id AS id, link.held AS held
  WITH id,
       count(DISTINCT CASE WHEN held AND row.class = 'certain' THEN row.unit END) AS certain,
       count(DISTINCT CASE WHEN held AND row.class = 'possible' THEN row.unit END) AS possible,
       count(DISTINCT CASE WHEN held AND row.class = 'past' THEN row.unit END) AS past,
       count(DISTINCT CASE WHEN NOT held THEN row.unit END) AS former,
       count(DISTINCT CASE WHEN held THEN row.top END) AS tops
  OPTIONAL MATCH (customer:Customer {customer: id})
  RETURN collect({customer: id, name: customer.name, certain: certain, possible: possible, past: past,
                  former: former, tops: tops}) AS found
}
RETURN summary, [row IN found | row.customer] AS customer, [row IN found | row.name] AS name,
       [row IN found | row.certain] AS certain, [row IN found | row.possible] AS possible,
       [row IN found | row.past] AS past, [row IN found | row.former] AS former,
       [row IN found | row.tops] AS tops
