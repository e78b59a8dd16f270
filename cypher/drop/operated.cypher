// The fact is withdrawn or says something else now: the operator of a run.
//
// @param rows operator, run
UNWIND $rows AS row
MATCH (:Operator {operator: row.operator})-[e:OPERATED]->(:Run {run: row.run})
DELETE e
