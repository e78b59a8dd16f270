// What went out in a shipment, as EPCIS tells it: what it lists, and what was in that when it left.
//
// @param shipment id of the shipment
// @returns what, at, until, kind, supplier, thing, other, step, result, place
// @cost what went out in the shipment
// @example {"shipment": "DN-00010"}
MATCH (shipment:Shipment {shipment: $shipment})
OPTIONAL MATCH (shipment)-[:DELIVERED_TO]->(customer:Customer)
CALL (shipment, customer) {
  MATCH (shipment)<-[:SHIPPED_IN]-(listed)
  RETURN 'sent' AS what, shipment.shipped_at AS at, null AS until, listed AS thing, shipment.shipment AS other,
         shipment.kind AS step, customer.customer AS place
UNION ALL
  MATCH (shipment)<-[:SHIPPED_IN]-(listed)
  MATCH path = (inner)-[:MOUNTED_IN|PACKED_IN*0..]->(listed)
  WITH shipment, inner, nodes(path) AS members, relationships(path) AS links
  WHERE size(coll.distinct(members)) = size(members)
    AND all(link IN links WHERE shipment.shipped_at IS NULL OR (link.at <= shipment.shipped_at
            AND (link.until IS NULL OR shipment.shipped_at < link.until)))
  WITH DISTINCT inner, head(links) AS link
  UNWIND CASE WHEN link IS NULL THEN [] ELSE [link] END + CASE WHEN inner.created_at IS NULL THEN [] ELSE [null] END AS said
  RETURN DISTINCT CASE WHEN said IS NULL THEN 'made' WHEN type(said) = 'PACKED_IN' THEN 'packed' ELSE 'mounted' END AS what,
         coalesce(said.at, inner.created_at) AS at, said.until AS until, inner AS thing,
         coalesce(endNode(said).unit, endNode(said).container) AS other, null AS step, null AS place
}
RETURN what, at.epochSeconds * 1000000 + at.microsecond AS at, until.epochSeconds * 1000000 + until.microsecond AS until,
       CASE WHEN thing:Unit THEN 'unit' WHEN thing:Lot THEN 'lot' ELSE 'container' END AS kind, thing.supplier AS supplier,
       coalesce(thing.unit, thing.lot, thing.container) AS thing, other, step, null AS result, place
