// What number a component has: its own part number, or its maker's.
//
// @param rows part, number, as (part or mpn)
UNWIND $rows AS row
MATCH (a:Component {part: row.part})
MATCH (b:PartNumber {number: row.number})
CREATE (a)-[:NUMBERED {as: row.as}]->(b)
