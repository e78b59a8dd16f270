// A lot is at a feeder now.
//
// @param rows supplier, lot, machine, feeder, at; batch, file, line
UNWIND $rows AS row
MATCH (a:Lot {supplier: row.supplier, lot: row.lot})
MATCH (b:Machine {machine: row.machine})
CREATE (a)-[:LOADED_AT {
  feeder: row.feeder,
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  batch: row.batch,
  file: row.file,
  line: row.line
}]->(b)
