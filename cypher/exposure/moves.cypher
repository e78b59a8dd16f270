// Moves between lots, with where each was read.
//
// @param moves list of {from, to}: element ids of lots
// @returns from, to, kind, batch, file, line
// @cost the moves asked for
UNWIND $moves AS move
MATCH (origin:Lot) WHERE elementId(origin) = move.from
MATCH (origin)-[became:BECAME]->(lot:Lot) WHERE elementId(lot) = move.to
RETURN move.from AS from, move.to AS to, became.kind AS kind, became.batch AS batch, became.file AS file,
       became.line AS line
