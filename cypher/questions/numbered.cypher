// Whether a part or a maker's part has this number.
//
// @param number part number, upper case without blanks
// @returns number
// @cost one index seek
MATCH (n:PartNumber {number: $number})
RETURN n.number AS number
