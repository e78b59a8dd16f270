// The fact is withdrawn or says something else now: a lot is at a feeder.
//
// @param rows supplier, lot, machine, feeder, at
UNWIND $rows AS row
MATCH (:Lot {supplier: row.supplier, lot: row.lot})-[e:LOADED_AT {feeder: row.feeder}]->(:Machine {machine: row.machine})
DELETE e
