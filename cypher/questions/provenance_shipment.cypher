// Every lot in what went out in a shipment, at any depth.
//
// Membership counts at the time of shipping; a lot that was removed since is past.
//
// @param shipment id of the shipment
// @returns supplier, lot, part, origins, units, class
// @cost what went out in the shipment, then the runs of each unit; 2400 db hits a row
// @example {"shipment": "DN-00010"}
MATCH (shipment:Shipment {shipment: $shipment})<-[:SHIPPED_IN]-(listed)
MATCH (held)-[links:MOUNTED_IN|PACKED_IN*0..]->(listed)
WITH held, links, shipment.shipped_at AS shipped_at
// @include exposure/lots_of_unit
WITH lot, unit, removed_at, sure AND all(link IN links WHERE coalesce(link.certain, true)) AS certain, shipped_at,
     coll.max([start IN [placed_at] + [link IN links | link.at] WHERE start IS NOT NULL]) AS since,
     coll.min([end IN [removed_at] + [link IN links | link.until] WHERE end IS NOT NULL]) AS until
WHERE CASE WHEN shipped_at IS NULL THEN coalesce(since < until, true)
           ELSE coalesce(since <= shipped_at, true) AND coalesce(shipped_at < until, true) END
WITH lot, count(DISTINCT unit) AS units,
     CASE WHEN max(certain AND removed_at IS NULL) THEN 'certain'
          WHEN max(removed_at IS NULL) THEN 'possible' ELSE 'past' END AS class
// @include exposure/origin_ids
RETURN lot.supplier AS supplier, lot.lot AS lot, lot.part AS part, origins, units, class
