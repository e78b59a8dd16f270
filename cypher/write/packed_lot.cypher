// A lot in a container. `until` is its removal or its next packing elsewhere.
//
// @param rows supplier, content, container, at, until, removed_at, current; batch, file, line
UNWIND $rows AS row
MATCH (a:Lot {supplier: row.supplier, lot: row.content})
MATCH (b:Container {container: row.container})
CREATE (a)-[:PACKED_IN {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  until: CASE WHEN row.until IS NOT NULL THEN datetime.fromEpoch(row.until / 1000000, row.until % 1000000 * 1000) END,
  removed_at: CASE WHEN row.removed_at IS NOT NULL THEN datetime.fromEpoch(row.removed_at / 1000000, row.removed_at % 1000000 * 1000) END,
  current: row.current,
  batch: row.batch, file: row.file,
  line: row.line
}]->(b)
