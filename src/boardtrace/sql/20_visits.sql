-- visits + loads + programs: which lots a visit may have placed.
--
-- Loads cut a machine's time into epochs of unchanged reels. A visit touches the epochs from its
-- start to its end; thousands of visits touch the same ones, so lots are looked up once for each
-- distinct (machine, program, first epoch, last epoch): a `setup`.

CREATE OR REPLACE TEMP TABLE visit AS
SELECT unit, machine, started_at, max(ended_at) AS ended_at, max(program) AS program,
       max(operator) AS operator, max(work_order) AS work_order, min(_src) AS _src
FROM visits GROUP BY unit, machine, started_at;

-- What else was said of a visit: its program and operator count for a recall, though others are shown.
CREATE OR REPLACE TEMP TABLE visit_also AS
SELECT DISTINCT v.unit, v.machine, v.started_at, w.ended_at, v.program, v.operator, v.work_order, v._src
FROM visits v JOIN visit w USING (unit, machine, started_at)
WHERE v.program <> w.program OR v.operator <> w.operator;

-- Two programs said of one visit: the feeders of both count, the greater is shown.
CREATE OR REPLACE TEMP TABLE visit_program AS
SELECT DISTINCT unit, machine, started_at, program FROM visits v
WHERE program IS NOT NULL
   OR NOT EXISTS (FROM visit o WHERE o.unit = v.unit AND o.machine = v.machine
                  AND o.started_at = v.started_at AND o.program IS NOT NULL);

CREATE OR REPLACE TEMP TABLE program_feeder AS
SELECT program, feeder,
       list_sort(list_distinct(flatten(list(string_split(refdes, ' '))))) AS refdes,
       list_sort(list(DISTINCT part) FILTER (part IS NOT NULL)) AS parts
FROM programs GROUP BY program, feeder;

CREATE OR REPLACE TEMP TABLE load_interval AS
SELECT machine, feeder, supplier, lot, loaded_at, max(unloaded_at) AS unloaded_at, min(_src) AS _src
FROM loads GROUP BY machine, feeder, supplier, lot, loaded_at
HAVING max(unloaded_at) IS NULL OR max(unloaded_at) > loaded_at;

CREATE OR REPLACE TEMP TABLE change AS
SELECT machine, "at", row_number() OVER (PARTITION BY machine ORDER BY "at") AS epoch
FROM (SELECT machine, loaded_at AS "at" FROM load_interval
      UNION SELECT machine, unloaded_at FROM load_interval WHERE unloaded_at IS NOT NULL);

CREATE OR REPLACE TEMP TABLE load_epoch AS
SELECT l.*, a.epoch AS first, coalesce(b.epoch - 1, 9223372036854775807) AS last
FROM load_interval l
JOIN change a ON a.machine = l.machine AND a."at" = l.loaded_at
LEFT JOIN change b ON b.machine = l.machine AND b."at" = l.unloaded_at;

CREATE OR REPLACE TEMP TABLE visit_epoch AS
SELECT v.*, p.program AS listed, p.program IS NOT NULL AS known, coalesce(s.epoch, 0) AS first,
       coalesce(e.epoch, 0) AS last,
       (v.unit, v.machine, v.started_at) NOT IN (SELECT (unit, machine, started_at) FROM said_doubts) AS sure
FROM (SELECT *, greatest(started_at, coalesce(ended_at, started_at)) AS until FROM visit) v
JOIN visit_program w ON w.unit = v.unit AND w.machine = v.machine AND w.started_at = v.started_at
LEFT JOIN (SELECT DISTINCT program FROM program_feeder) p ON p.program = w.program
ASOF LEFT JOIN change s ON s.machine = v.machine AND s."at" <= v.started_at
ASOF LEFT JOIN change e ON e.machine = v.machine AND e."at" <= v.until;

CREATE OR REPLACE TEMP TABLE setup AS
SELECT row_number() OVER () AS setup, *
FROM (SELECT DISTINCT machine, listed AS program, known, sure, first, last FROM visit_epoch);

CREATE OR REPLACE TEMP TABLE setup_feed AS
SELECT *, told AND count(*) OVER (PARTITION BY setup, feeder) = 1 AS certain
FROM (
  -- a lot of which the unit is not known stands at no place: it is no alternative to another
  SELECT s.setup, s.known AND s.sure AS told, l.supplier, l.lot, l.feeder,
         CASE WHEN s.known AND s.sure THEN coalesce(f.refdes, []) ELSE [] END AS refdes, min(l._src) AS _src
  FROM setup s
  JOIN load_epoch l ON l.machine = s.machine AND l.first <= s.last AND l.last >= s.first
  LEFT JOIN program_feeder f ON f.program = s.program AND f.feeder = l.feeder
  -- without a program every feeder may have fed; with one, its own and those that none lists (paste)
  WHERE NOT s.known OR f.feeder IS NOT NULL OR l.feeder NOT IN (SELECT feeder FROM program_feeder)
  GROUP BY ALL);

CREATE OR REPLACE TEMP TABLE setup_gap AS
SELECT s.setup, f.feeder, f.refdes, part, 'nothing was loaded at this feeder' AS reason
FROM setup s
JOIN program_feeder f ON f.program = s.program
CROSS JOIN LATERAL (SELECT unnest(CASE WHEN coalesce(len(f.parts), 0) = 0 THEN [NULL] ELSE f.parts END) AS part)
WHERE NOT EXISTS (FROM load_epoch l WHERE l.machine = s.machine AND l.feeder = f.feeder
                  AND l.first <= s.last AND l.last >= s.first);
