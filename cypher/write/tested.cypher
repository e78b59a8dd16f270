// The test edge.
//
// @param rows run, unit, at, kind, result, defects, measurements, image; batch, file, line
UNWIND $rows AS row
WITH row.run AS run, collect(row) AS rows  // each run is looked up once
MATCH (a:Run {run: run})
UNWIND rows AS row
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:TESTED {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  kind: row.kind,
  result: row.result,
  defects: row.defects, measurements: row.measurements,
  image: row.image,
  batch: row.batch,
  file: row.file, line: row.line
}]->(b)
