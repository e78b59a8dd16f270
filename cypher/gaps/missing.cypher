// How many links are missing at things: visits that lacked a lot, lots and units known only by reference.
//
// @returns gaps
CALL (inner) {
  MATCH (:Gap)-[:MISSING_IN]->(:Run)-[visit:PLACED|PROCESSED]->(inner)
  RETURN count(visit) AS found
UNION ALL
  MATCH (:ByReference&Lot)-[:FED]->(:Run)-[visit:PLACED]->(inner)
  RETURN count(visit) AS found
UNION ALL
  WITH inner WHERE inner:ByReference
  RETURN count(inner) AS found
}
RETURN sum(found) AS gaps
