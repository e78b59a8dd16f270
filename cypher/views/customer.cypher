// The customers who hold exposed units, and those who held some formerly.
//
// @returns customer, name, certain, possible, past, former, tops
// @include exposure/exposed
// Sales that carried the unit to somebody else than who has it now.
CALL (node, state, kind, holder) {
  WITH node AS carried, CASE WHEN state = 'shipped' THEN holder END AS now
  WHERE carried:Unit
  // @include exposure/carried
  MATCH (shipment)-[:DELIVERED_TO]->(buyer:Customer)
  WHERE shipment.kind = 'sale' AND (now IS NULL OR buyer <> now)
  RETURN collect(DISTINCT buyer) AS former
}
WITH collect({unit: unit, kind: kind, class: class, top: top, shipment: shipment, holder: holder,
              state: state, former: former}) AS exposed
// @include exposure/summary
CALL (exposed) {
  UNWIND exposed AS row
  UNWIND CASE WHEN row.state = 'shipped' THEN [{buyer: row.holder, held: true}] ELSE [] END
         + [buyer IN row.former | {buyer: buyer, held: false}] AS link
  WITH row, link.buyer AS buyer, link.held AS held
  WITH buyer,
       count(DISTINCT CASE WHEN held AND row.class = 'certain' THEN row.unit END) AS certain,
       count(DISTINCT CASE WHEN held AND row.class = 'possible' THEN row.unit END) AS possible,
       count(DISTINCT CASE WHEN held AND row.class = 'past' THEN row.unit END) AS past,
       count(DISTINCT CASE WHEN NOT held THEN row.unit END) AS former,
       count(DISTINCT CASE WHEN held THEN row.top END) AS tops
  RETURN collect({buyer: buyer}) AS buyers, collect(certain) AS certain, collect(possible) AS possible,
         collect(past) AS past, collect(former) AS former, collect(tops) AS tops
}
RETURN summary, [row IN buyers | row.buyer.customer] AS customer, [row IN buyers | row.buyer.name] AS name,
       certain, possible, past, former, tops
