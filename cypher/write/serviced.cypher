// Repair, firmware, warranty, inspection, scrap; and each removal, with who did it.
//
// @param rows run, unit, at, kind, site, firmware, detail, refdes, lot; batch, file, line
UNWIND $rows AS row
MATCH (a:Run {run: row.run})
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:SERVICED {
  at: datetime({epochSeconds: row.at / 1000000, microsecond: row.at % 1000000}),
  kind: row.kind,
  site: row.site,
  firmware: row.firmware, detail: row.detail,
  refdes: row.refdes,
  lot: row.lot,
  batch: row.batch, file: row.file,
  line: row.line
}]->(b)
