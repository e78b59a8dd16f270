// The fact is withdrawn or says something else now: who made a lot, who delivered it.
//
// @param rows maker, supplier, lot, role
UNWIND $rows AS row
MATCH (:Supplier {supplier: row.maker})-[e:SUPPLIED]->(:Lot {supplier: row.supplier, lot: row.lot})
WITH e, {
  role: row.role
} AS said
WHERE all(name IN keys(said) WHERE e[name] = said[name] OR (e[name] IS NULL AND said[name] IS NULL))
DELETE e
