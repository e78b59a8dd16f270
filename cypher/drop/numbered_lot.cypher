// The fact is withdrawn or says something else now: what number the maker gave to what a lot holds.
//
// @param rows supplier, lot, number
UNWIND $rows AS row
MATCH (:Lot {supplier: row.supplier, lot: row.lot})-[e:NUMBERED]->(:PartNumber {number: row.number})
DELETE e
