// Suppliers.
//
// @param rows supplier, name, country, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Supplier {supplier: row.supplier})
SET n += {
  name: row.name,
  country: row.country
}
REMOVE n:ByReference
SET n:$(row.labels)
