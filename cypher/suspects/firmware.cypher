// Which units have or had a firmware: each from the time it was given until the next one was.
//
// @param firmware name of the firmware
// @param since given then or later
// @param until given before then
// @param only element ids of the runs to look at; null for all
// @returns unit, since, until, certain, lots, refdes, run, link, feeds
// @cost the units that got it in the window, and the service of each; 375 db hits a row
// @example {"firmware": "gw-1.4.0", "class": "past"}
MATCH (run:Run)-[given:SERVICED]->(unit:Unit)
WHERE given.firmware = $firmware
  AND $since <= given.at < $until AND ($only IS NULL OR elementId(run) IN $only)
CALL (given, unit) {
  OPTIONAL MATCH (:Run)-[next:SERVICED]->(unit)
  WHERE next.firmware IS NOT NULL AND next.at > given.at
  RETURN min(next.at) AS until
}
WITH unit, given.at AS since, until, true AS certain, [] AS lots, [] AS refdes, run,
     given AS link, [] AS feeds
