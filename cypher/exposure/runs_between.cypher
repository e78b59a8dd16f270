// The part of a window that finds runs by an index: those not longer than a day, a week, a month...
//
// A run that meets the window begins before its end, and not earlier than its start by more than
// the run's own span.
//
// @param since visits that ended then or later
// @param until visits that began before then
// @returns since, until, span, earliest
WITH $since AS since, $until AS until
UNWIND [1, 7, 31, 366, 36600] AS span
WITH since, until, span, since - duration({days: span}) AS earliest
