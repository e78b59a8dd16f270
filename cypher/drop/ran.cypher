// The fact is withdrawn or says something else now: the machine of a run.
//
// @param rows machine, run
UNWIND $rows AS row
MATCH (:Machine {machine: row.machine})-[e:RAN]->(:Run {run: row.run})
DELETE e
