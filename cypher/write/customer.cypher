// Customers.
//
// @param rows customer, name, country, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Customer {customer: row.customer})
SET n += {
  name: row.name,
  country: row.country
}
REMOVE n:ByReference
SET n:$(row.labels)
