// Visits that meet a window: each exposes its unit from its beginning on, for good.
//
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
WHERE visit.at < until AND coalesce(visit.ended_at, visit.at) >= since
WITH unit, visit.at AS since, null AS until, true AS certain, [] AS lots, [] AS refdes, run,
     visit AS link, [] AS feeds
