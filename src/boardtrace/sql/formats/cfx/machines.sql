-- IPC-CFX (IPC-2591): what went on at machines, whichever units were there. Of five tables of few rows:
-- what follows for units (units.sql) may be derived of a part of these, but of all machines.

-- Who worked there, and by which recipe ---------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE cfx_shift AS
SELECT a.machine, a.operator, a."at", min(d."at") AS until
FROM cfx_operators a
LEFT JOIN cfx_operators d ON d.machine = a.machine AND d.operator = a.operator AND NOT d.active AND d."at" > a."at"
WHERE a.active GROUP BY a.machine, a.operator, a."at";

CREATE OR REPLACE TEMP TABLE cfx_crew AS
SELECT c.machine, c."at", list_sort(list(DISTINCT s.operator) FILTER (s.operator IS NOT NULL)) AS operators
FROM (SELECT DISTINCT machine, "at" FROM cfx_operators) c
LEFT JOIN cfx_shift s ON s.machine = c.machine AND s."at" <= c."at" AND (s.until IS NULL OR s.until > c."at")
GROUP BY c.machine, c."at";

CREATE OR REPLACE TEMP TABLE cfx_recipe AS
SELECT machine, coalesce(lane, '') AS lane, "at", max(program) AS program FROM cfx_recipes GROUP BY ALL;

-- Packages at places --------------------------------------------------------------------------------

-- A tape goes by the label of its last package, and its end by this label is the end of all before it.
CREATE OR REPLACE TEMP TABLE cfx_tape AS
WITH RECURSIVE tape AS (
  SELECT machine, lot, label, "at", _src FROM cfx_chains
  UNION
  SELECT t.machine, t.lot, c.label, c."at", c._src FROM tape t
  JOIN cfx_chains c ON c.machine = t.machine AND c.lot = t.label AND c."at" >= t."at"
) FROM tape WHERE lot <> label;

CREATE OR REPLACE TEMP TABLE cfx_end AS
WITH ends AS (
  SELECT machine, lot, "at" FROM cfx_unloads
  -- one package is at one place
  UNION SELECT NULL, lot, "at" FROM cfx_loads
)
FROM ends
UNION
SELECT t.machine, t.lot, e."at" FROM cfx_tape t
JOIN ends e ON e.lot = t.label AND e."at" > t."at" AND (e.machine IS NULL OR e.machine = t.machine);

CREATE OR REPLACE TEMP MACRO cfx_until(loads) AS TABLE
SELECT l.machine, l.feeder, l.location, l.place, l.carrier, l.lane, l.lot, l."at" AS loaded_at,
       min(e."at") AS unloaded_at, min(l._src) AS _src
FROM query_table(loads) l
LEFT JOIN cfx_end e ON e.lot = l.lot AND e."at" > l."at" AND (e.machine IS NULL OR e.machine = l.machine)
GROUP BY l.machine, l.feeder, l.location, l.place, l.carrier, l.lane, l.lot, l."at";

-- What was joined to a package at the machine where it is loaded is at that place, too.
CREATE OR REPLACE TEMP TABLE cfx_joined_there AS
SELECT l.machine, l.feeder, l.location, l.place, l.carrier, l.lane, t.label AS lot, t."at", t._src
FROM cfx_tape t
JOIN cfx_until('cfx_loads') l ON l.machine = t.machine AND l.lot = t.lot AND l.loaded_at <= t."at"
 AND (l.unloaded_at IS NULL OR t."at" < l.unloaded_at);

CREATE OR REPLACE TEMP TABLE cfx_load AS
FROM cfx_until('cfx_loads') UNION ALL FROM cfx_until('cfx_joined_there')
WHERE (machine, lot, loaded_at) NOT IN (SELECT (machine, lot, "at") FROM cfx_loads);

CREATE OR REPLACE TEMP TABLE cfx_says_loads AS
SELECT machine, feeder, '' AS supplier, lot, loaded_at, unloaded_at, _src FROM cfx_load
WHERE feeder IS NOT NULL;

CREATE OR REPLACE TEMP TABLE cfx_at_place AS
SELECT machine, feeder, location, place, carrier, lane, lot, loaded_at, unloaded_at FROM cfx_load
UNION ALL
SELECT machine, feeder, feeder, feeder, feeder, NULL, lot, loaded_at, max(unloaded_at) FROM loads
WHERE supplier = '' GROUP BY machine, feeder, lot, loaded_at;
