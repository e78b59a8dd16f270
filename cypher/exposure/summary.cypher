// What groups of exposed units add up to. A lot that went out in two shipments is one.
//
// @returns summary
CALL (groups) {
  UNWIND groups AS row
  WITH row.class AS class, row.state AS state, row.shipment AS shipment, row.customer AS customer,
       row.goods AS lot, CASE WHEN row.goods IS NULL THEN row.units ELSE 0 END AS units, row.tops AS tops
  RETURN {
    units: sum(units) + count(DISTINCT lot),
    certain: sum(CASE class WHEN 'certain' THEN units ELSE 0 END) + count(DISTINCT CASE class WHEN 'certain' THEN lot END),
    possible: sum(CASE class WHEN 'possible' THEN units ELSE 0 END) + count(DISTINCT CASE class WHEN 'possible' THEN lot END),
    past: sum(CASE class WHEN 'past' THEN units ELSE 0 END),
    in_stock: sum(CASE state WHEN 'in_stock' THEN units ELSE 0 END) + count(DISTINCT CASE state WHEN 'in_stock' THEN lot END),
    shipped: sum(CASE state WHEN 'shipped' THEN units ELSE 0 END) + count(DISTINCT CASE state WHEN 'shipped' THEN lot END),
    returned: sum(CASE state WHEN 'returned' THEN units ELSE 0 END) + count(DISTINCT CASE state WHEN 'returned' THEN lot END),
    scrapped: sum(CASE state WHEN 'scrapped' THEN units ELSE 0 END),
    shipments: count(DISTINCT shipment), customers: count(DISTINCT customer)
  } AS counted
}
WITH *, counted {.*,
  tops: reduce(heads = 0, row IN groups | heads + row.heads)
        + size(coll.distinct(coll.flatten([row IN groups WHERE row.goods IS NULL | row.tops])))
        + size(coll.distinct([row IN groups WHERE row.goods IS NOT NULL | row.goods]))} AS summary
