// The fact is withdrawn or says something else now: reflow and other steps, and visits that fed nothing.
//
// @param rows run, unit, at, ended_at, kind, result, parameters
UNWIND $rows AS row
MATCH (:Run {run: row.run})-[e:PROCESSED]->(:Unit {unit: row.unit})
WITH e, {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  ended_at: CASE WHEN row.ended_at IS NOT NULL THEN datetime.fromEpoch(row.ended_at / 1000000, row.ended_at % 1000000 * 1000) END,
  kind: row.kind,
  result: row.result,
  parameters: row.parameters
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
