// Part numbers without case and blanks: all spellings of one are one node.
//
// @param rows number
UNWIND $rows AS row
MERGE (n:PartNumber {number: row.number})
