// What the rows add up to. A lot that went out in two shipments is one.
//
// @returns summary
CALL (exposed) {
  UNWIND exposed AS row
  WITH row.class AS class, row.state AS state, row.shipment AS shipment, row.customer AS customer,
       CASE row.kind WHEN 'lot' THEN row.unit END AS lot, count(CASE row.kind WHEN 'lot' THEN null ELSE 1 END) AS units
  RETURN {
    units: sum(units) + count(DISTINCT lot),
    certain: sum(CASE class WHEN 'certain' THEN units END) + count(DISTINCT CASE class WHEN 'certain' THEN lot END),
    possible: sum(CASE class WHEN 'possible' THEN units END) + count(DISTINCT CASE class WHEN 'possible' THEN lot END),
    past: sum(CASE class WHEN 'past' THEN units END),
    in_stock: sum(CASE state WHEN 'in_stock' THEN units END) + count(DISTINCT CASE state WHEN 'in_stock' THEN lot END),
    shipped: sum(CASE state WHEN 'shipped' THEN units END) + count(DISTINCT CASE state WHEN 'shipped' THEN lot END),
    returned: sum(CASE state WHEN 'returned' THEN units END) + count(DISTINCT CASE state WHEN 'returned' THEN lot END),
    scrapped: sum(CASE state WHEN 'scrapped' THEN units END),
    shipments: count(DISTINCT shipment), customers: count(DISTINCT customer)
  } AS counted
}
WITH *, counted {.*, tops: size(coll.distinct(
  [row IN exposed | CASE row.kind WHEN 'lot' THEN [row.top] ELSE row.top END]))} AS summary
