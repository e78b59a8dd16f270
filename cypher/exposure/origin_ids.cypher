// All lots that a lot came from, as supplier/lot.
//
// @returns origins
CALL (lot) {
  MATCH (origin:Lot)-[:BECAME*1..]->(lot)
  WITH DISTINCT origin, lot WHERE origin <> lot
  RETURN collect(replace(replace(origin.supplier, '%', '%25'), '/', '%2F') + '/' + origin.lot) AS origins
}
