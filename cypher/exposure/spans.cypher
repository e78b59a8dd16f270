// The time that the lots of a run were on a unit.
//
// Only where something was removed from a unit each lot is looked at by itself.
//
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
UNWIND CASE WHEN unit:Reworked THEN COLLECT {
  UNWIND whole.feeds AS feed
  WITH feed, feed.fed AS fed, COLLECT {
    WITH feed.lot AS lot
    MATCH (lot)-[gone:REMOVED_FROM]->(unit) WHERE gone.at > link.at
    RETURN gone
  } AS removals
  // @include exposure/parts
  RETURN {feeds: [feed], until: part.until, certain: feed.certain, lots: [feed.id], refdes: part.refdes}
} ELSE [whole] END AS part
WITH unit, link.at AS since, part.until AS until, part.certain AS certain, part.lots AS lots,
     part.refdes AS refdes, run, link, part.feeds AS feeds
