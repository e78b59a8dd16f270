// Every lot that a lot came from, each with the lots that it is from itself.
//
// @param origins element ids of the lots
// @returns lot, id, supplier, code, part, reference, goods, numbers, parents
// @cost the moves above the lots, each once (breadth first)
UNWIND $origins AS id
MATCH (end:Lot) WHERE elementId(end) = id
MATCH (lot:Lot)-[:BECAME*0..]->(end)
// @include exposure/lot_rows
