// The operator of a run.
//
// @param rows operator, run
UNWIND $rows AS row
MATCH (a:Operator {operator: row.operator})
MATCH (b:Run {run: row.run})
CREATE (a)-[:OPERATED]->(b)
