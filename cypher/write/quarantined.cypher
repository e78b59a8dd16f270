// Rows that cannot be used: what they would say of what they name is not known.
//
// @param rows quarantined, in_file, at_line, column, reason, names (`lot supplier/lot`, `unit id`, `machine id`...)
UNWIND $rows AS row
MERGE (n:Quarantined {quarantined: row.quarantined})
SET
  n.file = row.in_file,
  n.line = row.at_line,
  n.column = row.column,
  n.reason = row.reason,
  n.names = row.names
