// Contradictions in what was said.
//
// @param rows finding, kind, ids, detail, at; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Finding {finding: row.finding})
SET
  n.kind = row.kind,
  n.ids = row.ids,
  n.detail = row.detail,
  n.at = CASE WHEN row.at IS NOT NULL THEN datetime({epochSeconds: row.at / 1000000, microsecond: row.at % 1000000}) END
