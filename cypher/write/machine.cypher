// Machines.
//
// @param rows machine, name, kind, line, site, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Machine {machine: row.machine})
SET n += {
  name: row.name,
  kind: row.kind,
  line: row.line,
  site: row.site
}
REMOVE n:ByReference
SET n:$(row.labels)
