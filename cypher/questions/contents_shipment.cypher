// What went out in a shipment, at any depth, as things were at the time of shipping.
//
// @param shipment id of the shipment
// @returns kind, id, container, product, top
// @cost what went out in the shipment; 75 db hits a row
// @example {"shipment": "DN-00010"}
MATCH (shipment:Shipment {shipment: $shipment})<-[:SHIPPED_IN]-(listed)
MATCH path = (inner)-[:MOUNTED_IN|PACKED_IN*0..]->(listed)
WITH shipment, inner, nodes(path) AS members, relationships(path) AS links
WHERE size(coll.distinct(members)) = size(members)
  AND CASE WHEN shipment.shipped_at IS NULL
        THEN coalesce(coll.max([link IN links | link.at])
               < coll.min([link IN links WHERE link.until IS NOT NULL | link.until]), true)
        ELSE all(link IN links WHERE link.at <= shipment.shipped_at
               AND (link.until IS NULL OR shipment.shipped_at < link.until)) END
// The innermost container around it; a board in a product is where the product is.
WITH DISTINCT inner, [member IN tail(members) WHERE member:Container | member.container][0] AS container
OPTIONAL MATCH (inner:Unit)-[:MOUNTED_IN*0.. {current: true}]->(top:Unit)
WHERE NOT top:Mounted
RETURN CASE WHEN inner:Unit THEN 'unit' WHEN inner:Lot THEN 'lot' ELSE 'container' END AS kind,
       CASE WHEN inner:Lot THEN replace(replace(inner.supplier, '%', '%25'), '/', '%2F') + '/' + inner.lot
            ELSE coalesce(inner.unit, inner.container) END AS id,
       container, CASE WHEN inner:Unit THEN inner.product END AS product, top.unit AS top
