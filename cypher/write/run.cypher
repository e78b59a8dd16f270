// Runs: one machine, program, operator and set of lots, under the hash of that.
//
// First and last visit, and the days (`span`) that it is not longer than, find runs by time.
//
// @param rows run, program, work_order, machine, operator, first_at, last_at, span; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Run {run: row.run})
SET
  n.program = row.program,
  n.work_order = row.work_order,
  n.machine = row.machine,
  n.operator = row.operator,
  n.first_at = datetime({epochSeconds: row.first_at / 1000000, microsecond: row.first_at % 1000000}),
  n.last_at = datetime({epochSeconds: row.last_at / 1000000, microsecond: row.last_at % 1000000}),
  n.span = row.span
