// The fact is withdrawn or says something else now: the units of the cohort have lots of the run.
//
// @param rows run, cohort, since
UNWIND $rows AS row
MATCH (:Run {run: row.run})-[e:REACHED]->(:Cohort {cohort: row.cohort})
DELETE e
