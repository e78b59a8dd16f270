// The shipments that exposed units went out or came back with.
//
// @returns shipment, customer, shipped_at, certain, possible, past, tops
// @include exposure/exposed
WITH collect({unit: unit, kind: kind, class: class, top: top, shipment: shipment, holder: holder,
              state: state}) AS exposed
// @include exposure/summary
CALL (exposed) {
  UNWIND exposed AS row
  WITH row WHERE row.shipment IS NOT NULL
  WITH row.shipment AS shipment, row.holder AS holder,
       count(DISTINCT CASE row.class WHEN 'certain' THEN row.unit END) AS certain,
       count(DISTINCT CASE row.class WHEN 'possible' THEN row.unit END) AS possible,
       count(DISTINCT CASE row.class WHEN 'past' THEN row.unit END) AS past,
       count(DISTINCT row.top) AS tops
  RETURN collect(shipment.shipment) AS shipment,
         collect({customer: holder.customer}) AS customer,
         collect({at: shipment.shipped_at.epochSeconds * 1000000 + shipment.shipped_at.microsecond}) AS shipped_at,
         collect(certain) AS certain, collect(possible) AS possible, collect(past) AS past, collect(tops) AS tops
}
RETURN summary, shipment, [row IN customer | row.customer] AS customer,
       [row IN shipped_at | row.at] AS shipped_at, certain, possible, past, tops
