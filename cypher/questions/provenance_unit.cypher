// Every lot that is or was in a unit, or in anything mounted in it.
//
// One row for each placement and interval: designators that ended at different times are separate
// rows. The class is by the row's own links and the mountings above it.
//
// @param unit serial of the unit
// @returns via, refdes, part, supplier, lot, origins, machine, program, operator, placed_at, removed_at, class
// @cost index seek on Unit.unit, then the mountings below it and the runs of each; 110 db hits a row
// @example {"unit": "GW1-003399"}
MATCH (asked:Unit {unit: $unit})
MATCH (via:Unit)-[mounts:MOUNTED_IN*0..]->(asked)
WITH via, all(mount IN mounts WHERE mount.certain) AS certain,
     coll.max([mount IN mounts | mount.at]) AS since,
     coll.min([mount IN mounts WHERE mount.until IS NOT NULL | mount.until]) AS until
WITH via, collect({certain: certain, since: since, until: until}) AS ways
MATCH (via)<-[placed:PLACED]-(run:Run)<-[fed:FED]-(lot:Lot)
WITH via, ways, placed.at AS at, run, fed, lot,
     [(lot)-[gone:REMOVED_FROM]->(via) WHERE gone.at > placed.at | gone] AS removals
// @include exposure/parts
WITH via, ways, at, run, lot, fed.feeder AS feeder, fed.certain AS certain, part.until AS until,
     size(part.refdes) AS places, part.refdes AS refdes
WITH via, ways, at, run, lot, feeder, certain, until, places = 0 AS nowhere,
     coll.flatten(collect(refdes)) AS refdes
// The time on the unit that was asked: what placement and mountings have in common.
WITH via, at, run, lot, until, refdes,
     [time IN [way IN ways | {
        certain: certain AND way.certain,
        since: CASE WHEN way.since > at THEN way.since ELSE at END,
        until: CASE WHEN until IS NULL OR way.until < until THEN way.until ELSE until END}]
      WHERE time.until IS NULL OR time.since < time.until] AS times
WHERE size(times) > 0
// @include exposure/origin_ids
OPTIONAL MATCH (machine:Machine)-[:RAN]->(run)
OPTIONAL MATCH (operator:Operator)-[:OPERATED]->(run)
RETURN DISTINCT via.unit AS via, refdes, lot.part AS part, lot.supplier AS supplier, lot.lot AS lot, origins,
       machine.machine AS machine, run.program AS program, operator.operator AS operator,
       at.epochSeconds * 1000000 + at.microsecond AS placed_at,
       until.epochSeconds * 1000000 + until.microsecond AS removed_at,
       CASE WHEN any(time IN times WHERE time.certain AND time.until IS NULL) THEN 'certain'
            WHEN any(time IN times WHERE time.until IS NULL) THEN 'possible' ELSE 'past' END AS class
