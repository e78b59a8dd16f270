// From suspected lots to the units they were placed on, each with the time they were there.
//
// A run's lots went onto all of its units, so they are put together once for each run; only where
// something was removed from a unit each lot is looked at by itself.
//
// @param suspects list of {lot: element id, id: supplier/lot, certain}
// @param certain map of supplier/lot -> true for each certain suspect
// @param only element ids of the runs to look at; null for all
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
UNWIND $suspects AS suspect
MATCH (lot:Lot) WHERE elementId(lot) = suspect.lot
MATCH (lot)-[fed:FED]->(run:Run)
WHERE $only IS NULL OR elementId(run) IN $only
// Where several lots were possible and all of them are certain suspects, the place is certain.
WITH run, collect({id: suspect.id, lot: lot, fed: fed,
                   certain: (suspect.certain AND fed.certain) OR (fed.alternatives IS NOT NULL
                     AND all(other IN fed.alternatives WHERE $certain[other] IS NOT NULL))}) AS feeds
WITH run, {feeds: feeds, until: null, certain: any(feed IN feeds WHERE feed.certain),
           lots: [feed IN feeds | feed.id],
           refdes: coll.distinct(coll.flatten([feed IN feeds | feed.fed.refdes]))} AS whole
MATCH (run)-[link:PLACED]->(unit:Unit)
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
