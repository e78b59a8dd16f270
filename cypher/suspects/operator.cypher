// Which units an operator worked on: visits, placements, tests, steps, removals and service.
//
// @param operator id of the operator
// @param since work that ended then or later
// @param until work that began before then
// @param only element ids of the runs to look at; null for all
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @cost the runs of the operator in the window, then their visits; 42 db hits a row
// @example {"operator": "OP-13", "until": "2024-03-06T00:00:00Z"}
// @include exposure/runs_between
MATCH (run:Run {operator: $operator, span: span})
WHERE earliest <= run.first_at < until AND run.last_at >= since
  AND ($only IS NULL OR elementId(run) IN $only)
MATCH (run)-[visit:PLACED|PROCESSED|TESTED|SERVICED]->(unit:Unit)
// @include exposure/visited
