// The fact is withdrawn or says something else now: a lot served these reference designators. `alternatives` are all the lots possible at that place.
//
// @param rows supplier, lot, run, feeder, refdes, certain, alternatives, quantity, measure
UNWIND $rows AS row
MATCH (:Lot {supplier: row.supplier, lot: row.lot})-[e:FED]->(:Run {run: row.run})
WITH e, {
  feeder: row.feeder,
  refdes: row.refdes,
  certain: row.certain,
  alternatives: row.alternatives,
  quantity: row.quantity,
  measure: row.measure
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
