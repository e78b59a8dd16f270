// The fact is withdrawn or says something else now: the run placed a unit that is in no cohort.
//
// @param rows run, unit
UNWIND $rows AS row
MATCH (:Run {run: row.run})-[e:SINGLED_OUT]->(:Unit {unit: row.unit})
DELETE e
