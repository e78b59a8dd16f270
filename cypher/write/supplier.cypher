// Suppliers.
//
// @param rows supplier, name, country, reference; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Supplier {supplier: row.supplier})
SET
  n.name = row.name,
  n.country = row.country,
  n.reference = row.reference
