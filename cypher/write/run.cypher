// Runs: one machine, program, operator and set of lots, under the hash of that.
//
// First and last visit, and the days (`span`) that it is not longer than, find runs by time.
//
// @param rows run, program, work_order, machine, operator, first_at, last_at, span; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Run {run: row.run})
SET n += {
  program: row.program,
  work_order: row.work_order,
  machine: row.machine,
  operator: row.operator,
  first_at: datetime.fromEpoch(row.first_at / 1000000, row.first_at % 1000000 * 1000),
  last_at: datetime.fromEpoch(row.last_at / 1000000, row.last_at % 1000000 * 1000),
  span: row.span
}
