// Which units were made, tested or treated under a program.
//
// @param program name of the program
// @param machine only at this machine
// @param since visits that ended then or later
// @param until visits that began before then
// @param only element ids of the runs to look at; null for all
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @cost the runs of the program in the window, then their visits; 25 db hits a row
// @example {"program": "CB100-PM1", "until": "2024-03-05T12:00:00Z"}
// @include exposure/runs_between
MATCH (run:Run {program: $program, span: span})
WHERE earliest <= run.first_at < until AND run.last_at >= since AND ($machine IS NULL OR run.machine = $machine)
  AND ($only IS NULL OR elementId(run) IN $only)
MATCH (run)-[visit:PLACED|PROCESSED|TESTED]->(unit:Unit)
// @include exposure/visited
