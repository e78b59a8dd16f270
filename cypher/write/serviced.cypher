// Repair, firmware, warranty, inspection, scrap; and each removal, with who did it.
//
// @param rows run, unit, at, kind, site, firmware, detail, refdes, lot; batch, file, line
UNWIND $rows AS row
WITH row.run AS run, collect(row) AS rows  // each run is looked up once
MATCH (a:Run {run: run})
UNWIND rows AS row
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:SERVICED {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  kind: row.kind,
  site: row.site,
  firmware: row.firmware, detail: row.detail,
  refdes: row.refdes,
  lot: row.lot,
  batch: row.batch, file: row.file,
  line: row.line
}]->(b)
