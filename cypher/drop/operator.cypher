// A Operator that nothing speaks of any more.
//
// @param rows operator
UNWIND $rows AS row
MATCH (n:Operator {operator: row.operator})
DETACH DELETE n
