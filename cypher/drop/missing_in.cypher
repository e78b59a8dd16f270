// The fact is withdrawn or says something else now: a run that lacks a link it should have.
//
// @param rows gap, run
UNWIND $rows AS row
MATCH (:Gap {gap: row.gap})-[e:MISSING_IN]->(:Run {run: row.run})
DELETE e
