// From suspected lots to the units they were placed on, each with the time they were there.
//
// @param suspects list of {lot: element id, id: supplier/lot, certain}
// @param certain map of supplier/lot -> true for each certain suspect
// @returns unit, since, until, certain, lot, refdes, run, fed, link
UNWIND $suspects AS suspect
MATCH (lot:Lot) WHERE elementId(lot) = suspect.lot
MATCH (lot)-[fed:FED]->(run:Run)
// Where several lots were possible and all of them are certain suspects, the place is certain.
WITH lot, run, fed, suspect.id AS id,
     (suspect.certain AND fed.certain) OR (fed.alternatives IS NOT NULL
       AND all(other IN fed.alternatives WHERE $certain[other] IS NOT NULL)) AS certain
MATCH (run)-[placed:PLACED]->(unit:Unit)
WITH unit, placed.at AS since, certain, id, run, fed, placed AS link,
     [(lot)-[gone:REMOVED_FROM]->(unit:Reworked) WHERE gone.at > placed.at | gone] AS removals
// @include exposure/parts
WITH unit, since, part.until AS until, certain, id AS lot, part.refdes AS refdes, run, fed, link
