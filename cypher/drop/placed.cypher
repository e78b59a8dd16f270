// The fact is withdrawn or says something else now: the placement edge: all lots fed to the run went into the unit at that time.
//
// @param rows run, unit, at, ended_at
UNWIND $rows AS row
MATCH (:Run {run: row.run})-[e:PLACED]->(:Unit {unit: row.unit})
WITH e, {
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  ended_at: CASE WHEN row.ended_at IS NOT NULL THEN datetime.fromEpoch(row.ended_at / 1000000, row.ended_at % 1000000 * 1000) END
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
