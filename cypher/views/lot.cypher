// What to contain in the warehouse and at the machines: every suspected lot, and where it is loaded now.
//
// @param suspects list of {lot: element id, id: supplier/lot, certain}
// @returns supplier, lot, part, certain, quantity, machine, feeder, units
// @include exposure/exposed
WITH collect({unit: unit, kind: kind, class: class, top: top, shipment: shipment, customer: customer,
              state: state, lots: lots}) AS exposed
// @include exposure/summary
CALL (exposed) {
  CALL (exposed) {
    UNWIND exposed AS row
    UNWIND coll.flatten(row.lots) AS id
    RETURN id, count(DISTINCT row.unit) AS units, null AS suspect
  UNION ALL
    UNWIND $suspects AS suspect
    RETURN suspect.id AS id, 0 AS units, suspect
  }
  WITH id, sum(units) AS units, head(collect(suspect)) AS suspect
  MATCH (lot:Lot) WHERE elementId(lot) = suspect.lot
  OPTIONAL MATCH (lot)-[load:LOADED_AT]->(machine:Machine)
  RETURN collect(lot.supplier) AS supplier, collect(lot.lot) AS lot, collect({part: lot.part}) AS parts,
         collect(suspect.certain) AS certain, collect({quantity: lot.quantity}) AS quantities,
         collect({machine: machine.machine}) AS machines, collect({feeder: load.feeder}) AS feeders,
         collect(units) AS units
}
RETURN summary, supplier, lot, [row IN parts | row.part] AS part, certain,
       [row IN quantities | row.quantity] AS quantity, [row IN machines | row.machine] AS machine,
       [row IN feeders | row.feeder] AS feeder, units
