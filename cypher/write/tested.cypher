// The test edge.
//
// @param rows run, unit, at, kind, result, defects, measurements, image; batch, file, line
UNWIND $rows AS row
MATCH (a:Run {run: row.run})
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:TESTED {
  at: datetime({epochSeconds: row.at / 1000000, microsecond: row.at % 1000000}),
  kind: row.kind,
  result: row.result,
  defects: row.defects, measurements: row.measurements,
  image: row.image,
  batch: row.batch,
  file: row.file, line: row.line
}]->(b)
