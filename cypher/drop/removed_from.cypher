// The fact is withdrawn or says something else now: what ended a placement: of a lot that was named, or of whatever was placed at these designators.
//
// @param rows supplier, lot, unit, refdes, at, named, reason
UNWIND $rows AS row
MATCH (:Lot {supplier: row.supplier, lot: row.lot})-[e:REMOVED_FROM]->(:Unit {unit: row.unit})
WITH e, {
  refdes: row.refdes,
  at: datetime.fromEpoch(row.at / 1000000, row.at % 1000000 * 1000),
  named: row.named,
  reason: row.reason
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
