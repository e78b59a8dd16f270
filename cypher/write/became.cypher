// Reel, split, merge, relabel, made. A part of a merged lot may be from any parent: not certain.
//
// @param rows from_supplier, from_lot, to_supplier, to_lot, kind, quantity, measure, at, certain; batch, file, line
UNWIND $rows AS row
MATCH (a:Lot {supplier: row.from_supplier, lot: row.from_lot})
MATCH (b:Lot {supplier: row.to_supplier, lot: row.to_lot})
CREATE (a)-[:BECAME {
  kind: row.kind,
  quantity: row.quantity,
  measure: row.measure,
  at: CASE WHEN row.at IS NOT NULL THEN datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000) END,
  certain: row.certain, batch: row.batch,
  file: row.file,
  line: row.line
}]->(b)
