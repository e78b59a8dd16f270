// Every lot that suspected lots became, each with the lots that it is from.
//
// Which of them are certain follows from these rows: a lot is a certain suspect if some lot that
// became it by reel, split, relabel or made is one, or if all the lots merged into it are.
//
// @param origins element ids of the suspected lots
// @returns lot, id, supplier, code, part, reference, goods, numbers, parents
// @cost the moves below the suspects, each once (breadth first), and one step up from each
UNWIND $origins AS id
MATCH (origin:Lot) WHERE elementId(origin) = id
MATCH (origin)-[:BECAME*0..]->(lot:Lot)
// @include exposure/lot_rows
