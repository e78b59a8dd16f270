// The fact is withdrawn or says something else now: the test edge.
//
// @param rows run, unit, at, kind, result, defects, measurements, image
UNWIND $rows AS row
MATCH (:Run {run: row.run})-[e:TESTED]->(:Unit {unit: row.unit})
WITH e, {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  kind: row.kind,
  result: row.result,
  defects: row.defects,
  measurements: row.measurements,
  image: row.image
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
