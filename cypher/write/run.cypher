// Runs: one machine, program, operator and set of lots, under the hash of that.
//
// @param rows run, program, work_order; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Run {run: row.run})
SET
  n.program = row.program,
  n.work_order = row.work_order
