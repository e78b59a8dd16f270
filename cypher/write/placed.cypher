// The placement edge: all lots fed to the run went into the unit at that time.
//
// @param rows run, unit, at, ended_at; batch, file, line
UNWIND $rows AS row
WITH row.run AS run, collect(row) AS rows  // each run is looked up once
MATCH (a:Run {run: run})
UNWIND rows AS row
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:PLACED {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  ended_at: CASE WHEN row.ended_at IS NOT NULL THEN datetime.fromEpoch(row.ended_at / 1000000, row.ended_at % 1000000 * 1000) END,
  batch: row.batch,
  file: row.file, line: row.line
}]->(b)
