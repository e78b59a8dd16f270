// Whether a lot is of a part: by its part, by a component with that maker's number, by one of its own.
//
// @param part part number or maker's part number, upper case without blanks; null for any
// @returns ofPart
CALL (lot) {
  OPTIONAL MATCH (asked:PartNumber {number: $part})
  RETURN coalesce(
    $part IN lot.numbers
    OR EXISTS { (lot)-[:NUMBERED]->(asked) }
    OR EXISTS { (asked)<-[:NUMBERED {as: 'mpn'}]-(:Component)-[:NUMBERED {as: 'part'}]->(own:PartNumber)
                WHERE own.number IN lot.numbers }, false) AS ofPart
}
WITH *
