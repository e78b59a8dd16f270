// Machines.
//
// @param rows machine, name, kind, line, site, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Machine {machine: row.machine})
SET
  n.name = row.name,
  n.kind = row.kind,
  n.line = row.line,
  n.site = row.site
REMOVE n:ByReference
SET n:$(row.labels)
