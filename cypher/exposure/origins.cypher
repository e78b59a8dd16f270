// Every lot that a lot came from, each with the lots that it is from itself.
//
// @param origins element ids of the lots
// @returns lot, id, supplier, code, part, reference, numbers, parents
// @cost the moves above the lots, each once (breadth first)
UNWIND $origins AS id
MATCH (end:Lot) WHERE elementId(end) = id
MATCH (lot:Lot)-[:BECAME*0..]->(end)
WITH DISTINCT lot
RETURN elementId(lot) AS lot, lot.supplier AS supplier, lot.lot AS code, lot.part AS part,
       lot:ByReference AS reference, lot.numbers AS numbers,
       replace(replace(lot.supplier, '%', '%25'), '/', '%2F') + '/' + lot.lot AS id,
       [(parent:Lot)-[move:BECAME]->(lot) |
         {lot: elementId(parent), kind: move.kind, certain: move.certain}] AS parents
