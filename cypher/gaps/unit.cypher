// How many links are missing at a unit and what is or was mounted in it.
//
// @param unit serial of the unit
// @returns gaps
// @cost the mountings below the unit, then the runs of each
MATCH (asked:Unit {unit: $unit})
MATCH (inner:Unit)-[:MOUNTED_IN*0..]->(asked)
WITH DISTINCT inner
// @include gaps/missing
