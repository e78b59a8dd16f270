// What ended a placement: of a lot that was named, or of whatever was placed at these designators.
//
// @param rows supplier, lot, unit, refdes, at, named, reason; batch, file, line
UNWIND $rows AS row
MATCH (a:Lot {supplier: row.supplier, lot: row.lot})
MATCH (b:Unit {unit: row.unit})
CREATE (a)-[:REMOVED_FROM {
  refdes: row.refdes,
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  named: row.named,
  reason: row.reason, batch: row.batch,
  file: row.file,
  line: row.line
}]->(b)
