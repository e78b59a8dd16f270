// Which units an operator worked on: visits, placements, tests, steps, removals and service.
//
// @param operator id of the operator
// @param since work that ended then or later
// @param until work that began before then
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @cost the runs of the operator in the window, then their visits
// @example {"operator": "OP-13", "since": "2024-03-07T00:00:00Z", "until": "2024-03-08T00:00:00Z"}
// @include exposure/runs_between
MATCH (run:Run {operator: $operator, span: span})
WHERE earliest <= run.first_at < until AND run.last_at >= since
MATCH (run)-[visit:PLACED|PROCESSED|TESTED|SERVICED]->(unit:Unit)
WHERE visit.at < until AND coalesce(visit.ended_at, visit.at) >= since
WITH unit, visit.at AS since, null AS until, true AS certain, [] AS lots, [] AS refdes, run,
     visit AS link, [] AS feeds
