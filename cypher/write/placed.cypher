// The placement edge: all lots fed to the run went into the unit at that time.
//
// @param rows run, unit, at, ended_at; batch, file, line
UNWIND $rows AS row
MATCH (a:Run {run: row.run})
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:PLACED {
  at: datetime({epochSeconds: row.at / 1000000, microsecond: row.at % 1000000}),
  ended_at: CASE WHEN row.ended_at IS NOT NULL THEN datetime({epochSeconds: row.ended_at / 1000000, microsecond: row.ended_at % 1000000}) END,
  batch: row.batch,
  file: row.file, line: row.line
}]->(b)
