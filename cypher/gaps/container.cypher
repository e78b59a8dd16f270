// How many links are missing at what is or was in a container.
//
// @param container id of the container
// @returns gaps
// @cost what is below the container, then the runs of each unit
MATCH (asked:Container {container: $container})
MATCH (inner:Unit|Lot)-[:MOUNTED_IN|PACKED_IN*1..]->(asked)
WITH DISTINCT inner
// @include gaps/missing
