// The fact is withdrawn or says something else now: a lot in a container. `until` is its removal or its next packing elsewhere.
//
// @param rows supplier, content, container, at, until, removed_at, current
UNWIND $rows AS row
MATCH (:Lot {supplier: row.supplier, lot: row.content})-[e:PACKED_IN]->(:Container {container: row.container})
WITH e, {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  until: CASE WHEN row.until IS NOT NULL THEN datetime.fromEpoch(row.until / 1000000, row.until % 1000000 * 1000) END,
  removed_at: CASE WHEN row.removed_at IS NOT NULL THEN datetime.fromEpoch(row.removed_at / 1000000, row.removed_at % 1000000 * 1000) END,
  current: row.current
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
