// A lot served these reference designators. `alternatives` are all the lots possible at that place.
//
// @param rows supplier, lot, run, feeder, refdes, certain, alternatives, quantity, measure; batch, file, line
UNWIND $rows AS row
WITH row.run AS run, collect(row) AS rows  // each run is looked up once
MATCH (b:Run {run: run})
UNWIND rows AS row
MATCH (a:Lot {supplier: row.supplier, lot: row.lot})
CREATE (a)-[:FED {
  feeder: row.feeder,
  refdes: row.refdes,
  certain: row.certain,
  alternatives: row.alternatives,
  quantity: row.quantity,
  measure: row.measure,
  batch: row.batch,
  file: row.file,
  line: row.line
}]->(b)
