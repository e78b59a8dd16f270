// Kinds of missing link: a feeder that the program needed and that nothing was loaded at.
//
// @param rows gap, reason, feeder, refdes, part, number; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Gap {gap: row.gap})
SET n += {
  reason: row.reason,
  feeder: row.feeder,
  refdes: row.refdes,
  part: row.part,
  number: row.number
}
