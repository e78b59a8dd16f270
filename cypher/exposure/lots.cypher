// Every lot that suspected lots became, each with the lots that it is from.
//
// Which of them are certain follows from these rows: a lot is a certain suspect if some lot that
// became it by reel, split, relabel or made is one, or if all the lots merged into it are.
//
// @param origins element ids of the suspected lots
// @returns lot, id, supplier, code, part, reference, numbers, parents
// @cost the moves below the suspects, each once (breadth first), and one step up from each
UNWIND $origins AS id
MATCH (origin:Lot) WHERE elementId(origin) = id
MATCH (origin)-[:BECAME*0..]->(lot:Lot)
WITH DISTINCT lot
RETURN elementId(lot) AS lot, lot.supplier AS supplier, lot.lot AS code, lot.part AS part,
       lot:ByReference AS reference, lot.numbers AS numbers,
       replace(replace(lot.supplier, '%', '%25'), '/', '%2F') + '/' + lot.lot AS id,
       [(parent:Lot)-[move:BECAME]->(lot) |
         {lot: elementId(parent), kind: move.kind, certain: move.certain}] AS parents
