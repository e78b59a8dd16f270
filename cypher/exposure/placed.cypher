// From suspected lots to all units they were placed on, each with the time they were there.
//
// @param only element ids of the runs to look at
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @include exposure/fed
MATCH (run)-[link:PLACED]->(unit:Unit) WHERE elementId(run) IN $only
// @include exposure/spans
