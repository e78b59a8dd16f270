// Where exposed units are: top, container, shipment, customer and state.
//
// A mounted unit is where its top is. Tops are looked at once, whatever is in them.
//
// @returns node, class, since, until, lots, refdes, top, container, shipment, customer, state
MATCH above = (node)-[:MOUNTED_IN*0.. {current: true}]->(top:Unit)
WHERE NOT top:Mounted
WITH top, collect({node: node, class: class, since: since, until: until, lots: lots, refdes: refdes,
                   scrapped: [member IN nodes(above) WHERE member:Scrapped]}) AS members
OPTIONAL MATCH (top)-[:PACKED_IN {current: true}]->(container:Container)
CALL (top) {
  WITH top AS carried
  // @include exposure/carried
  WITH shipment ORDER BY shipment.shipped_at IS NULL, shipment.shipped_at DESC, shipment.shipment DESC LIMIT 1
  RETURN collect(shipment)[0] AS ofTop
}
UNWIND members AS member
WITH member.node AS node, member, top, container, ofTop
CALL (node, top, ofTop) {
  WITH node AS carried, top, ofTop
  WHERE ofTop IS NULL AND node <> top
  // @include exposure/carried
  WITH shipment ORDER BY shipment.shipped_at IS NULL, shipment.shipped_at DESC, shipment.shipment DESC LIMIT 1
  RETURN collect(shipment)[0] AS ofNode
}
// Scrapped, unless the very one that was scrapped was sold later.
CALL (member) {
  UNWIND member.scrapped AS carried
  CALL (carried) {
    // @include exposure/carried
    WITH carried, shipment
    WHERE shipment.kind = 'sale' AND shipment.shipped_at > carried.scrapped_at
    RETURN count(*) AS sales
  }
  RETURN min(sales) = 0 AS scrapped
}
WITH node, member, top, container, coalesce(ofTop, ofNode) AS shipment, scrapped
OPTIONAL MATCH (shipment)-[:DELIVERED_TO]->(holder:Customer)
WITH node, member.class AS class, member.since AS since, member.until AS until, member.lots AS lots,
     member.refdes AS refdes, node.unit AS unit, node.product AS product, node.kind AS kind,
     top.unit AS top, container.container AS container, shipment, holder,
     CASE WHEN scrapped THEN 'scrapped'
          WHEN shipment.kind = 'sale' THEN 'shipped'
          WHEN shipment.kind = 'return' THEN 'returned'
          ELSE 'in_stock' END AS state
