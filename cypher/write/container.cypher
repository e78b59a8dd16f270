// Cartons, pallets and whatever else holds things.
//
// @param rows container, kind, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Container {container: row.container})
SET n += {
  kind: row.kind
}
REMOVE n:Listed
SET n:$(row.labels)
