// Part numbers.
//
// @param rows part, description, manufacturer, mpn, category, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Component {part: row.part})
SET n += {
  description: row.description,
  manufacturer: row.manufacturer,
  mpn: row.mpn,
  category: row.category
}
REMOVE n:ByReference
SET n:$(row.labels)
