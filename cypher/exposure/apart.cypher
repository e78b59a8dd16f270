// From suspected lots to the units in no cohort that they were placed on, each with the time they were there.
//
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @include exposure/fed
MATCH (run)-[:SINGLED_OUT]->(unit:Unit)
MATCH (run)-[link:PLACED]->(unit)
// @include exposure/spans
