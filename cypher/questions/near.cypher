// What is spelled almost like an identifier: two letters more, less or other, or longer. And components by
// their maker's number, which is an identifier to the maker only.
//
// @param words a query of the full-text index
// @param number part number, upper case without blanks
// @param kind unit, lot, supplier, component, machine, operator, container, shipment, customer, program or firmware
// @param most how many
// @returns kind, key, name, spelled
// @cost the full-text index
CALL () {
  UNWIND ['identifiers', 'names', 'supplier_names'] AS index
  CALL db.index.fulltext.queryNodes(index, $words, {limit: 200}) YIELD node, score
  OPTIONAL MATCH (node:Alias)<-[:KNOWN_AS]-(other)
  RETURN coalesce(other, node) AS n, score,
         coalesce(node.alias, node.unit, node.lot, node.part, node.machine, node.operator, node.container,
                  node.shipment, node.customer, node.program, node.firmware, node.supplier) AS spelled
UNION ALL
  MATCH (:PartNumber {number: $number})<-[:NUMBERED {as: 'mpn'}]-(n:Component)
  RETURN n, 1000.0 AS score, $number AS spelled
}
// @include exposure/named
WITH kind, key, name, spelled, score WHERE kind IS NOT NULL AND ($kind IS NULL OR kind = $kind)
WITH kind, key, name, spelled, max(score) AS score ORDER BY score DESC, kind, spelled LIMIT $most
RETURN kind, key, name, spelled
