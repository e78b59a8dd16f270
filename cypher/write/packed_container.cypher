// A container in a container. `until` is its removal or its next packing elsewhere.
//
// @param rows supplier, content, container, at, until, current; batch, file, line
UNWIND $rows AS row
MATCH (a:Container {container: row.content})
MATCH (b:Container {container: row.container})
CREATE (a)-[:PACKED_IN {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  until: CASE WHEN row.until IS NOT NULL THEN datetime.fromEpoch(row.until / 1000000, row.until % 1000000 * 1000) END,
  current: row.current,
  batch: row.batch, file: row.file,
  line: row.line
}]->(b)
