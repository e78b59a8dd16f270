// By which other numbers parts may be called: their makers' numbers, and those that they have as these.
//
// @param numbers part numbers, upper case without blanks
// @param lots element ids of lots; their own maker's numbers count, too
// @returns numbers
// @cost the components of these numbers
CALL () {
  UNWIND $numbers AS number
  MATCH (:PartNumber {number: number})<-[:NUMBERED]-(:Component)-[:NUMBERED]->(other:PartNumber)
  RETURN other
UNION
  UNWIND $lots AS id
  MATCH (lot:Lot) WHERE elementId(lot) = id
  MATCH (lot)-[:NUMBERED]->(other:PartNumber)
  RETURN other
}
RETURN collect(other.number) AS numbers
