// From suspected lots to the runs they were fed to.
//
// A run's lots went onto all of its units, so they are put together once for each run (`whole`).
//
// @param suspects list of {lot: element id, id: supplier/lot, certain}
// @param certain map of supplier/lot -> true for each certain suspect
// @returns run, feeds, whole
UNWIND $suspects AS suspect
MATCH (lot:Lot) WHERE elementId(lot) = suspect.lot
MATCH (lot)-[fed:FED]->(run:Run)
// Where several lots were possible and all of them are certain suspects, the place is certain.
WITH run, collect({id: suspect.id, lot: lot, fed: fed,
                   certain: (suspect.certain AND fed.certain) OR (fed.alternatives IS NOT NULL
                     AND all(other IN fed.alternatives WHERE $certain[other] IS NOT NULL))}) AS feeds
WITH run, {feeds: feeds, until: null, certain: any(feed IN feeds WHERE feed.certain),
           lots: [feed IN feeds | feed.id],
           refdes: coll.distinct(coll.flatten([feed IN feeds | feed.fed.refdes]))} AS whole
