// What to contain in the warehouse and at the machines: every suspected lot, and where it is loaded now.
//
// @param suspects list of {lot: element id, id: supplier/lot, certain}
// @returns supplier, lot, part, certain, quantity, machine, feeder, units
// @include exposure/exposed
WITH class, state, shipment, customer, former, goods, lots, sum(size) AS units, sum(heads) AS heads,
     collect(top) + coll.flatten(collect(tops)) AS tops
WITH collect({class: class, state: state, shipment: shipment, customer: customer, goods: goods, units: units,
              heads: heads, tops: tops, lots: lots}) AS groups
// @include exposure/summary
CALL (groups) {
  CALL (groups) {
    UNWIND groups AS row
    UNWIND coll.distinct(row.lots) AS id
    RETURN id, sum(row.units) AS units, null AS suspect
  UNION ALL
    UNWIND $suspects AS suspect
    RETURN suspect.id AS id, 0 AS units, suspect
  }
  WITH id, sum(units) AS units, head(collect(suspect)) AS suspect
  MATCH (lot:Lot) WHERE elementId(lot) = suspect.lot
  OPTIONAL MATCH (lot)-[load:LOADED_AT]->(machine:Machine)
  RETURN collect({supplier: lot.supplier, lot: lot.lot, part: lot.part, certain: suspect.certain,
                  quantity: lot.quantity, machine: machine.machine, feeder: load.feeder, units: units}) AS found
}
RETURN summary, [row IN found | row.supplier] AS supplier, [row IN found | row.lot] AS lot,
       [row IN found | row.part] AS part, [row IN found | row.certain] AS certain,
       [row IN found | row.quantity] AS quantity, [row IN found | row.machine] AS machine,
       [row IN found | row.feeder] AS feeder, [row IN found | row.units] AS units
