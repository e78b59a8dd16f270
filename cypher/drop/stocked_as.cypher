// The fact is withdrawn or says something else now: what a lot holds.
//
// @param rows part, supplier, lot
UNWIND $rows AS row
MATCH (:Component {part: row.part})-[e:STOCKED_AS]->(:Lot {supplier: row.supplier, lot: row.lot})
DELETE e
