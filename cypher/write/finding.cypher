// Contradictions in what was said.
//
// @param rows finding, kind, ids, detail, at; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Finding {finding: row.finding})
SET n += {
  kind: row.kind,
  ids: row.ids,
  detail: row.detail,
  at: CASE WHEN row.at IS NOT NULL THEN datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000) END
}
