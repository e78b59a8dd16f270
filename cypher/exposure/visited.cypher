// Visits that meet a window: each exposes its unit from its beginning on, for good. One that is said to
// end before it began meets the window that it began in.
//
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
WHERE visit.at < until AND (visit.at >= since OR coalesce(visit.ended_at >= since, false))
WITH unit, visit.at AS since, null AS until, true AS certain, [] AS lots, [] AS refdes, run,
     visit AS link, [] AS feeds
