// What the rows add up to. A lot that went out in two shipments is one.
//
// @returns summary
CALL (exposed) {
  UNWIND exposed AS row
  WITH CASE WHEN row.kind = 'lot' THEN 'lot ' ELSE 'unit ' END + row.unit AS unit,
       row.class AS class, row.state AS state, row.top AS top, row.shipment.shipment AS shipment,
       CASE WHEN row.state = 'shipped' THEN row.holder.customer END AS customer
  RETURN {
    units: count(DISTINCT unit), tops: count(DISTINCT top),
    certain: count(DISTINCT CASE class WHEN 'certain' THEN unit END),
    possible: count(DISTINCT CASE class WHEN 'possible' THEN unit END),
    past: count(DISTINCT CASE class WHEN 'past' THEN unit END),
    in_stock: count(DISTINCT CASE state WHEN 'in_stock' THEN unit END),
    shipped: count(DISTINCT CASE state WHEN 'shipped' THEN unit END),
    returned: count(DISTINCT CASE state WHEN 'returned' THEN unit END),
    scrapped: count(DISTINCT CASE state WHEN 'scrapped' THEN unit END),
    shipments: count(DISTINCT shipment), customers: count(DISTINCT customer)
  } AS summary
}
