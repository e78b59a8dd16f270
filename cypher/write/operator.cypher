// Operators.
//
// @param rows operator, role, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Operator {operator: row.operator})
SET n += {
  role: row.role
}
REMOVE n:ByReference
SET n:$(row.labels)
