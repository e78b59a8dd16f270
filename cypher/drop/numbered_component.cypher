// The fact is withdrawn or says something else now: what number a component has.
//
// @param rows part, number, as
UNWIND $rows AS row
MATCH (:Component {part: row.part})-[e:NUMBERED {as: row.as}]->(:PartNumber {number: row.number})
DELETE e
