// The customers who hold exposed units, and those who held some formerly.
//
// @returns customer, name, certain, possible, past, former, tops
// @include exposure/exposed
// @include exposure/groups
// @include exposure/summary
CALL (groups) {
  UNWIND groups AS row
  UNWIND CASE WHEN row.state = 'shipped' THEN [{id: row.customer, held: true}] ELSE [] END
         + [id IN coalesce(row.former, []) | {id: id, held: false}] AS link
  WITH link.id AS id, link.held AS held, row.class AS class, row.goods AS lot, row.heads AS heads, row.tops AS tops,
       CASE WHEN row.goods IS NULL THEN row.units ELSE 0 END AS units
  WITH id,
       sum(CASE WHEN held AND class = 'certain' THEN units ELSE 0 END)
         + count(DISTINCT CASE WHEN class = 'certain' THEN lot END) AS certain,
       sum(CASE WHEN held AND class = 'possible' THEN units ELSE 0 END)
         + count(DISTINCT CASE WHEN class = 'possible' THEN lot END) AS possible,
       sum(CASE WHEN held AND class = 'past' THEN units ELSE 0 END) AS past,
       sum(CASE WHEN held THEN 0 ELSE units END) AS former,
       sum(CASE WHEN held THEN heads ELSE 0 END)
         + size(coll.distinct(coll.flatten(collect(CASE WHEN held AND lot IS NULL THEN tops END))))
         + count(DISTINCT lot) AS tops
  OPTIONAL MATCH (customer:Customer {customer: id})
  RETURN collect({customer: id, name: customer.name, certain: certain, possible: possible, past: past,
                  former: former, tops: tops}) AS found
}
RETURN summary, [row IN found | row.customer] AS customer, [row IN found | row.name] AS name,
       [row IN found | row.certain] AS certain, [row IN found | row.possible] AS possible,
       [row IN found | row.past] AS past, [row IN found | row.former] AS former,
       [row IN found | row.tops] AS tops
