// The fact is withdrawn or says something else now: a board in a product. `current` is the one open mounting that says where it is.
//
// @param rows child, parent, position, at, until, certain, current
UNWIND $rows AS row
MATCH (:Unit {unit: row.child})-[e:MOUNTED_IN]->(:Unit {unit: row.parent})
WITH e, {
  position: row.position,
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  until: CASE WHEN row.until IS NOT NULL THEN datetime.fromEpoch(row.until / 1000000, row.until % 1000000 * 1000) END,
  certain: row.certain,
  current: row.current
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
