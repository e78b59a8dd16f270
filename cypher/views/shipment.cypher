// The shipments that exposed units went out or came back with.
//
// @returns shipment, customer, shipped_at, certain, possible, past, tops
// @include exposure/exposed
// @include exposure/groups
// @include exposure/summary
CALL (groups) {
  UNWIND groups AS row
  WITH row.shipment AS id, row WHERE id IS NOT NULL
  WITH id, sum(CASE row.class WHEN 'certain' THEN row.units ELSE 0 END) AS certain,
       sum(CASE row.class WHEN 'possible' THEN row.units ELSE 0 END) AS possible,
       sum(CASE row.class WHEN 'past' THEN row.units ELSE 0 END) AS past,
       sum(row.heads) + size(coll.distinct(coll.flatten(collect(CASE WHEN row.goods IS NULL THEN row.tops ELSE [[row.goods]] END)))) AS tops
  MATCH (shipment:Shipment {shipment: id})
  OPTIONAL MATCH (shipment)-[:DELIVERED_TO]->(customer:Customer)
  RETURN collect({shipment: id, customer: customer.customer,
                  shipped_at: shipment.shipped_at.epochSeconds * 1000000 + shipment.shipped_at.microsecond,
                  certain: certain, possible: possible, past: past, tops: tops}) AS found
}
RETURN summary, [row IN found | row.shipment] AS shipment, [row IN found | row.customer] AS customer,
       [row IN found | row.shipped_at] AS shipped_at, [row IN found | row.certain] AS certain,
       [row IN found | row.possible] AS possible, [row IN found | row.past] AS past,
       [row IN found | row.tops] AS tops
