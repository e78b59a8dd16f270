// Operators.
//
// @param rows operator, role, reference; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Operator {operator: row.operator})
SET
  n.role = row.role,
  n.reference = row.reference
