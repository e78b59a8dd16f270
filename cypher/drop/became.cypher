// The fact is withdrawn or says something else now: reel, split, merge, relabel, made. A part of a merged lot may be from any parent: not certain.
//
// @param rows from_supplier, from_lot, to_supplier, to_lot, kind, quantity, measure, at, certain
UNWIND $rows AS row
MATCH (:Lot {supplier: row.from_supplier, lot: row.from_lot})-[e:BECAME]->(:Lot {supplier: row.to_supplier, lot: row.to_lot})
WITH e, {
  kind: row.kind,
  quantity: row.quantity,
  measure: row.measure,
  at: CASE WHEN row.at IS NOT NULL THEN datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000) END,
  certain: row.certain
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
