// Customers.
//
// @param rows customer, name, country, reference; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Customer {customer: row.customer})
SET
  n.name = row.name,
  n.country = row.country,
  n.reference = row.reference
