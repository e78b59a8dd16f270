// Reflow and other steps, and visits that fed nothing.
//
// @param rows run, unit, at, ended_at, kind, result, parameters; batch, file, line
UNWIND $rows AS row
WITH row.run AS run, collect(row) AS rows  // each run is looked up once
MATCH (a:Run {run: run})
UNWIND rows AS row
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:PROCESSED {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  ended_at: CASE WHEN row.ended_at IS NOT NULL THEN datetime.fromEpoch(row.ended_at / 1000000, row.ended_at % 1000000 * 1000) END,
  kind: row.kind,
  result: row.result, parameters: row.parameters,
  batch: row.batch,
  file: row.file,
  line: row.line
}]->(b)
