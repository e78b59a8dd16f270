// Rows that cannot be used: what they would say of what they name is not known.
//
// @param rows quarantined, in_batch, in_file, at_line, column, reason, names
UNWIND $rows AS row
MERGE (n:Quarantined {quarantined: row.quarantined})
SET n += {
  batch: row.in_batch,
  file: row.in_file,
  line: row.at_line,
  column: row.column,
  reason: row.reason,
  names: row.names
}
