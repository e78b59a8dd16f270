// A PartNumber that nothing speaks of any more.
//
// @param rows number
UNWIND $rows AS row
MATCH (n:PartNumber {number: row.number})
DETACH DELETE n
