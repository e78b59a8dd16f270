// Rows that cannot be used: what they would say of what they name is not known.
//
// @param rows quarantined, in_batch, in_file, at_line, column, reason, names
UNWIND $rows AS row
MERGE (n:Quarantined {quarantined: row.quarantined})
SET
  n.batch = row.in_batch,
  n.file = row.in_file,
  n.line = row.at_line,
  n.column = row.column,
  n.reason = row.reason,
  n.names = row.names
