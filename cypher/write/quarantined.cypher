// Rows that cannot be used and name a lot: what they would say of it is not known.
//
// @param rows quarantined, file, line, column, reason, lots (as supplier/lot)
UNWIND $rows AS row
MERGE (n:Quarantined {quarantined: row.quarantined})
SET
  n.file = row.file,
  n.line = row.line,
  n.column = row.column,
  n.reason = row.reason,
  n.lots = row.lots
