// Which units were at a machine.
//
// A visit, placement, test or step counts if it meets the window; one that was exposed stays so.
//
// @param machine id of the machine
// @param since visits that ended then or later
// @param until visits that began before then
// @param program only what ran under this program
// @param only element ids of the runs to look at; null for all
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @cost the runs of the machine in the window, then their visits; 25 db hits a row
// @example {"machine": "SMT1-PM1", "until": "2024-03-05T08:00:00Z"}
// @include exposure/runs_between
MATCH (run:Run {machine: $machine, span: span})
WHERE earliest <= run.first_at < until AND run.last_at >= since AND ($program IS NULL OR run.program = $program)
  AND ($only IS NULL OR elementId(run) IN $only)
MATCH (run)-[visit:PLACED|PROCESSED|TESTED]->(unit:Unit)
// @include exposure/visited
