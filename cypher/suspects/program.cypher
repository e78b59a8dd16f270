// Which units were made, tested or treated under a program.
//
// @param program name of the program
// @param machine only at this machine
// @param since visits that ended then or later
// @param until visits that began before then
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @cost the runs of the program in the window, then their visits
// @example {"program": "CB100-PM1", "machine": "SMT1-PM1", "since": "2024-03-07T00:00:00Z", "by": "shipment"}
// @include exposure/runs_between
MATCH (run:Run {program: $program, span: span})
WHERE earliest <= run.first_at < until AND run.last_at >= since AND ($machine IS NULL OR run.machine = $machine)
MATCH (run)-[visit:PLACED|PROCESSED|TESTED]->(unit:Unit)
WHERE visit.at < until AND coalesce(visit.ended_at, visit.at) >= since
WITH unit, visit.at AS since, null AS until, true AS certain, [] AS lots, [] AS refdes, run,
     visit AS link, [] AS feeds
