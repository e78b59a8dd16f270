// A board in a product. `current` is the one open mounting that says where it is.
//
// @param rows child, parent, position, at, until, certain, current; batch, file, line
UNWIND $rows AS row
MATCH (a:Unit {unit: row.child})
MATCH (b:Unit {unit: row.parent})
CREATE (a)-[:MOUNTED_IN {
  position: row.position,
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  until: CASE WHEN row.until IS NOT NULL THEN datetime.fromEpoch(row.until / 1000000, row.until % 1000000 * 1000) END,
  certain: row.certain, current: row.current,
  batch: row.batch,
  file: row.file,
  line: row.line
}]->(b)
