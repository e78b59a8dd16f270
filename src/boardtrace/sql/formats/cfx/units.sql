-- IPC-CFX (IPC-2591): messages name positions of panels and carriers, transactions, reels and places.
-- What they come to is known once all of them are, whatever came first.

-- Which unit is meant ------------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE cfx_named AS
SELECT unit, position, transaction, "at" FROM cfx_works
UNION SELECT unit, position, transaction, "at" FROM cfx_names
UNION SELECT unit, position, transaction, "at" FROM cfx_placements
UNION SELECT unit, position, transaction, "at" FROM cfx_removals
UNION SELECT unit, position, transaction, "at" FROM cfx_processes
UNION SELECT unit, position, transaction, "at" FROM cfx_tests
UNION SELECT unit, position, transaction, "at" FROM cfx_service;

-- 0 is the default of a position, hence none, unless one message numbers positions of this holder from 0.
CREATE OR REPLACE TEMP MACRO cfx_from_zero(fact) AS TABLE
SELECT z.unit FROM query_table(fact) z JOIN query_table(fact) o
  ON o.unit = z.unit AND o."at" IS NOT DISTINCT FROM z."at" AND o.transaction IS NOT DISTINCT FROM z.transaction
WHERE z.position = '0' AND o.position <> '0';

CREATE OR REPLACE TEMP TABLE cfx_zero AS
FROM cfx_from_zero('cfx_works') UNION FROM cfx_from_zero('cfx_placements') UNION FROM cfx_from_zero('cfx_removals')
UNION FROM cfx_from_zero('cfx_processes') UNION FROM cfx_from_zero('cfx_tests') UNION FROM cfx_from_zero('cfx_names')
UNION FROM cfx_from_zero('cfx_service') UNION FROM cfx_from_zero('cfx_units')
UNION
SELECT z.panel FROM cfx_panels z JOIN cfx_panels o ON o.panel = z.panel AND o."at" = z."at"
WHERE z.position = '0' AND o.position <> '0'
UNION
SELECT z.panel FROM cfx_units z JOIN cfx_units o ON o.panel = z.panel AND o."at" IS NOT DISTINCT FROM z."at"
WHERE z.position = '0' AND o.position <> '0';

CREATE OR REPLACE TEMP MACRO cfx_number(holder, position) AS
CASE WHEN position = '0' AND holder NOT IN (SELECT unit FROM cfx_zero) THEN NULL ELSE position END;

CREATE OR REPLACE TEMP TABLE cfx_mentioned AS
SELECT holder, position FROM (
  SELECT DISTINCT unit AS holder, cfx_number(unit, position) AS position FROM cfx_named WHERE unit IS NOT NULL
  UNION SELECT unit, cfx_number(unit, position) FROM cfx_units
  UNION SELECT panel, cfx_number(panel, position) FROM cfx_units WHERE panel <> unit
  UNION SELECT panel, cfx_number(panel, position) FROM cfx_panels
) WHERE position IS NOT NULL;

-- Units that UnitsInitialized gave for the positions of a panel that it names, or of what the other
-- messages of its transaction name. A unit that stands for several positions is a panel itself.
CREATE OR REPLACE TEMP TABLE cfx_initialized AS
SELECT u.unit, cfx_number(coalesce(u.panel, u.unit), u.position) AS position, u.transaction, u.panel,
       coalesce(u."at", 0) AS "at"
FROM cfx_units u
WHERE cfx_number(coalesce(u.panel, u.unit), u.position) IS NOT NULL
  AND (SELECT count(DISTINCT o.position) FROM cfx_units o WHERE o.unit = u.unit
         AND o.transaction IS NOT DISTINCT FROM u.transaction AND o."at" IS NOT DISTINCT FROM u."at") = 1;

CREATE OR REPLACE TEMP TABLE cfx_given AS
WITH first_hand AS (
  SELECT panel AS holder, position, transaction, "at", unit FROM cfx_initialized WHERE panel <> unit
  UNION
  SELECT n.unit, i.position, i.transaction, i."at", i.unit
  FROM cfx_initialized i
  JOIN (SELECT DISTINCT unit, position, transaction FROM cfx_named WHERE transaction IS NOT NULL) n
    ON n.transaction = i.transaction AND n.position = i.position
  WHERE i.panel IS NULL AND n.unit <> i.unit AND n.unit NOT IN (SELECT unit FROM cfx_units)
)
SELECT *, false AS late FROM first_hand
UNION
-- WorkStarted, UnitsArrived and UnitsDeparted may name the panel and its units, too
SELECT panel, cfx_number(panel, position), transaction, "at", unit, false FROM cfx_panels
WHERE cfx_number(panel, position) IS NOT NULL
UNION
-- a serial that a unit got later is its name if nothing had one for that position before
SELECT n.unit, cfx_number(n.unit, n.position), n.transaction, coalesce(n."at", 0), n.value, true
FROM cfx_names n
WHERE n.serial AND cfx_number(n.unit, n.position) IS NOT NULL
  AND n.unit IN (SELECT holder FROM cfx_mentioned GROUP BY holder HAVING count(*) > 1)
  AND (n.unit, n.position) NOT IN (SELECT (holder, position) FROM first_hand)
  AND (n.unit, n.position) NOT IN (SELECT (panel, position) FROM cfx_panels);

CREATE OR REPLACE TEMP TABLE cfx_given_at AS
SELECT holder, position, "at", max(unit) AS unit, bool_or(late) AS late
FROM cfx_given GROUP BY holder, position, "at";

CREATE OR REPLACE TEMP TABLE cfx_given_in AS
SELECT holder, position, transaction, max(unit) AS unit FROM cfx_given
WHERE transaction IS NOT NULL GROUP BY holder, position, transaction;

-- Panels and carriers: several positions, or units given for them.
CREATE OR REPLACE TEMP TABLE cfx_holder AS
SELECT holder FROM cfx_mentioned GROUP BY holder HAVING count(*) > 1
UNION SELECT holder FROM cfx_given;

-- A position is skipped where every message that gives a status says so.
CREATE OR REPLACE TEMP TABLE cfx_skip AS
SELECT holder, position FROM (
  SELECT unit AS holder, cfx_number(unit, position) AS position, skipped FROM cfx_works
  UNION ALL SELECT panel, cfx_number(panel, position), skipped FROM cfx_panels
) WHERE position IS NOT NULL GROUP BY holder, position HAVING bool_and(skipped);

CREATE OR REPLACE TEMP MACRO cfx_ref(unit, position, transaction, us) AS
md5_number(concat_ws(chr(31), coalesce(unit, chr(30)), coalesce(position, chr(30)),
                     coalesce(transaction, chr(30)), coalesce(us, 0)::VARCHAR));

-- A message that names no unit has its transaction there, with the site before it.
CREATE OR REPLACE TEMP MACRO cfx_unnamed(unit, transaction) AS
unit IS NULL OR coalesce(unit = transaction OR ends_with(unit, ':' || transaction), false);

-- The units with which the work of a transaction began; if nobody said, those with which it ended.
CREATE OR REPLACE TEMP TABLE cfx_began AS
FROM cfx_works WHERE kind = 'started'
UNION ALL
FROM cfx_works c WHERE kind = 'completed'
 AND NOT EXISTS (FROM cfx_works s WHERE s.kind = 'started' AND s.transaction = c.transaction);

CREATE OR REPLACE TEMP TABLE cfx_refers AS
WITH asked AS (
  SELECT cfx_ref(unit, position, transaction, "at") AS ref, unit, cfx_number(unit, position) AS position,
         transaction, "at" FROM cfx_named
  UNION
  SELECT cfx_ref(unit, position, transaction, "at"), unit, cfx_number(unit, position), transaction, "at"
  FROM cfx_units
), of_transaction AS (
  SELECT ref, unit, position, transaction, "at" FROM asked
  WHERE unit IS NOT NULL AND NOT (cfx_unnamed(unit, transaction)
    AND transaction IN (SELECT transaction FROM cfx_began WHERE transaction IS NOT NULL))
  UNION
  -- a message that names no unit is about those that its transaction began with, known or not
  SELECT a.ref, w.unit, cfx_number(w.unit, w.position), a.transaction, a."at"
  FROM asked a JOIN cfx_began w ON w.transaction = a.transaction
  WHERE cfx_unnamed(a.unit, a.transaction) AND w.unit IS NOT NULL AND NOT coalesce(w.skipped, false)
), began AS (
  SELECT DISTINCT transaction, unit, cfx_number(unit, position) AS position FROM cfx_began
  WHERE cfx_number(unit, position) IS NOT NULL AND NOT coalesce(skipped, false)
  UNION
  SELECT transaction, panel, cfx_number(panel, position)
  FROM cfx_panels SEMI JOIN cfx_began USING (transaction, kind)
  WHERE cfx_number(panel, position) IS NOT NULL AND NOT coalesce(skipped, false)
), placed AS (
  SELECT ref, unit, position, transaction, "at" FROM of_transaction
  WHERE position IS NOT NULL OR unit NOT IN (SELECT holder FROM cfx_holder)
  UNION
  SELECT t.ref, t.unit, b.position, t.transaction, t."at"
  FROM of_transaction t JOIN cfx_holder h ON h.holder = t.unit
  JOIN began b ON b.transaction = t.transaction AND b.unit = t.unit
  WHERE t.position IS NULL
  UNION
  SELECT t.ref, t.unit, m.position, t.transaction, t."at"
  FROM of_transaction t JOIN cfx_holder h ON h.holder = t.unit JOIN cfx_mentioned m ON m.holder = t.unit
  WHERE t.position IS NULL AND (t.unit, m.position) NOT IN (SELECT (holder, position) FROM cfx_skip)
    AND NOT EXISTS (FROM began b WHERE b.transaction = t.transaction AND b.unit = t.unit)
), round AS (
  -- A carrier that comes again gets a serial in each of its rounds, first thing or last: a message before
  -- the first of them or after the last shows which. If neither or both do, it is not known.
  SELECT g.holder, g.position, coalesce(bool_or(p."at" < g.first), false) AS ends,
         coalesce(bool_or(p."at" > g.last), false) AS begins
  FROM (SELECT holder, position, min("at") AS first, max("at") AS last FROM cfx_given_at
        GROUP BY holder, position HAVING count(*) > 1 AND bool_or(late)) g
  LEFT JOIN placed p ON p.unit = g.holder AND p.position = g.position
    AND (p.unit, p.position, p.transaction) NOT IN (SELECT (holder, position, transaction) FROM cfx_given_in)
  GROUP BY g.holder, g.position
), meant AS (
  SELECT p.ref, p.unit AS holder, p.position,
         CASE WHEN t.unit IS NOT NULL THEN [t.unit]
              WHEN b."at" = p."at" THEN [b.unit]
              WHEN o.ends AND NOT o.begins AND a.unit IS NOT NULL THEN [a.unit]
              WHEN o.ends = o.begins AND a.unit <> b.unit THEN [b.unit, a.unit]
              ELSE [coalesce(b.unit, a.unit,
                             CASE WHEN h.holder IS NOT NULL AND p.position IS NOT NULL THEN p.unit || '#' || p.position
                                  ELSE p.unit END)] END AS units
  FROM placed p
  LEFT JOIN cfx_given_in t ON t.holder = p.unit AND t.position = p.position AND t.transaction = p.transaction
  ASOF LEFT JOIN cfx_given_at b ON b.holder = p.unit AND b.position = p.position AND b."at" <= p."at"
  ASOF LEFT JOIN cfx_given_at a ON a.holder = p.unit AND a.position = p.position AND a."at" > p."at"
  LEFT JOIN cfx_holder h ON h.holder = p.unit
  LEFT JOIN round o ON o.holder = p.unit AND o.position = p.position
)
SELECT DISTINCT ref, holder, position, unnest(units) AS unit, len(units) = 1 AS sure FROM meant;

CREATE OR REPLACE TEMP MACRO cfx_about(fact) AS TABLE
SELECT f.* REPLACE (r.unit AS unit), r.sure
FROM query_table(fact) f JOIN cfx_refers r ON r.ref = cfx_ref(f.unit, f.position, f.transaction, f."at");

-- Circumstances: program, operator and work order of a machine at a time ----------------------------

CREATE OR REPLACE TEMP TABLE cfx_work AS
SELECT machine, transaction, min("at") AS started_at, max(program) AS program, max(lane) AS lane,
       max(work_order) AS work_order
FROM cfx_works WHERE kind = 'started' AND transaction IS NOT NULL GROUP BY machine, transaction;

CREATE OR REPLACE TEMP TABLE cfx_when AS
WITH asked AS (
  SELECT machine, "at", transaction FROM cfx_placements WHERE machine IS NOT NULL
  UNION SELECT machine, "at", transaction FROM cfx_works WHERE machine IS NOT NULL
  UNION SELECT machine, "at", transaction FROM cfx_processes WHERE machine IS NOT NULL
  UNION SELECT machine, "at", transaction FROM cfx_tests WHERE machine IS NOT NULL
  UNION SELECT machine, "at", transaction FROM cfx_removals WHERE machine IS NOT NULL
), lanes AS (SELECT DISTINCT machine, lane FROM cfx_recipe), active AS (
  -- a machine with two lanes may run two recipes; which of them is meant must be known
  SELECT n.machine, n."at", n.transaction, max(r.program) AS program
  FROM (SELECT a.*, l.lane FROM asked a JOIN lanes l USING (machine)
        LEFT JOIN cfx_work w ON w.machine = a.machine AND w.transaction = a.transaction
        WHERE w.lane IS NULL OR l.lane IN ('', w.lane)) n
  ASOF JOIN cfx_recipe r ON r.machine = n.machine AND r.lane = n.lane AND r."at" <= n."at"
  GROUP BY n.machine, n."at", n.transaction HAVING count(DISTINCT r.program) = 1
)
SELECT a.machine, a."at", a.transaction, coalesce(w.program, p.program) AS program, w.work_order,
       coalesce(c.operators, []) AS operators
FROM asked a
LEFT JOIN cfx_work w ON w.machine = a.machine AND w.transaction = a.transaction
LEFT JOIN active p ON p.machine = a.machine AND p."at" = a."at" AND p.transaction IS NOT DISTINCT FROM a.transaction
ASOF LEFT JOIN cfx_crew c ON c.machine = a.machine AND c."at" <= a."at";

-- What was placed -----------------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE cfx_placement AS
SELECT p.* REPLACE (p.certain AND p.sure AS certain), w.program, w.work_order, list_last(w.operators) AS operator
FROM cfx_about('cfx_placements') p
LEFT JOIN cfx_when w ON w.machine = p.machine AND w."at" = p."at"
     AND w.transaction IS NOT DISTINCT FROM p.transaction;

-- A package without an id: one of those that were at that place then.
CREATE OR REPLACE TEMP TABLE cfx_supposed AS
SELECT DISTINCT p.* REPLACE (l.lot AS lot, false AS certain, NULL AS quantity)
FROM cfx_placement p
JOIN cfx_at_place l ON l.machine = p.machine AND l.loaded_at <= p."at"
 AND (l.unloaded_at IS NULL OR p."at" < l.unloaded_at)
 AND CASE WHEN l.location IS NOT NULL AND p.location IS NOT NULL
            THEN l.location = p.location AND coalesce(l.lane = p.lane, true)
          WHEN l.place IS NOT NULL AND p.place IS NOT NULL THEN l.place = p.place
          ELSE l.carrier = p.carrier AND coalesce(l.lane = p.lane, true) END
WHERE p.lot IS NULL;

CREATE OR REPLACE TEMP TABLE cfx_says_placements AS
SELECT unit, "at", '' AS supplier, lot, refdes, quantity, feeder, machine, program, operator, work_order,
       certain, _src
FROM (FROM cfx_placement WHERE lot IS NOT NULL UNION ALL FROM cfx_supposed);

CREATE OR REPLACE TEMP TABLE cfx_says_gaps AS
SELECT unit, machine, feeder, refdes, part, "at",
       CASE WHEN feeder IS NULL THEN 'no reel id and no feeder' ELSE 'no reel id at this feeder' END AS reason,
       _src
FROM cfx_placement p
WHERE lot IS NULL AND NOT EXISTS (
  FROM cfx_supposed s WHERE s.unit = p.unit AND s."at" = p."at" AND s._src = p._src
   AND s.refdes IS NOT DISTINCT FROM p.refdes AND s.feeder IS NOT DISTINCT FROM p.feeder);

CREATE OR REPLACE TEMP TABLE cfx_says_removals AS
SELECT r.unit, r."at", r.refdes, CASE WHEN r.lot IS NOT NULL THEN '' END AS supplier, r.lot, r.reason,
       coalesce(r.operator, list_last(w.operators)) AS operator, r._src
FROM cfx_about('cfx_removals') r
LEFT JOIN cfx_when w ON w.machine = r.machine AND w."at" = r."at"
     AND w.transaction IS NOT DISTINCT FROM r.transaction
WHERE r.sure;  -- taken from one unit that is not known it must not end the exposure of another

-- Visits: where the machine did not say what it placed, what was loaded counts --------------------------

CREATE OR REPLACE TEMP TABLE cfx_visit AS
SELECT v.unit, v.machine, v."at" AS started_at, e.ended_at, e.result, w.program, w.operators, w.work_order,
       v.transaction, v.sure, v._src,
       EXISTS (FROM cfx_placement p WHERE p.unit = v.unit AND p.machine = v.machine
               AND (p.transaction = v.transaction
                    OR (p."at" >= v."at" AND p."at" <= coalesce(e.ended_at, v."at")))) AS told
FROM cfx_about('cfx_began') v
LEFT JOIN cfx_when w ON w.machine = v.machine AND w."at" = v."at"
     AND w.transaction IS NOT DISTINCT FROM v.transaction
LEFT JOIN (SELECT transaction, max("at") AS ended_at, max(result) AS result FROM cfx_ends GROUP BY transaction) e
  ON e.transaction = v.transaction AND e.ended_at >= v."at"
WHERE v.machine IS NOT NULL AND NOT coalesce(v.skipped, false);

CREATE OR REPLACE TEMP TABLE cfx_says_findings AS
SELECT 'end without a beginning' AS kind, [e.machine, e.transaction] AS ids,
       CASE WHEN b.transaction IS NULL THEN 'what was worked on is not known'
            ELSE 'what was loaded at the end counts, earlier changes of reels are not known' END AS detail, max(e."at") AS "at"
FROM cfx_ends e ANTI JOIN (FROM cfx_works WHERE kind = 'started') USING (transaction)
LEFT JOIN (SELECT DISTINCT transaction FROM cfx_began) b USING (transaction)
GROUP BY e.machine, e.transaction, b.transaction;

CREATE OR REPLACE TEMP TABLE cfx_says_visits AS
SELECT unit, machine, started_at, ended_at, program, list_last(operators) AS operator, work_order, _src
FROM cfx_visit WHERE NOT told
UNION ALL
-- neither reel nor place is known: every feeder of the machine may be it
SELECT unit, machine, "at", NULL, program, operator, work_order, _src
FROM cfx_placement p WHERE lot IS NULL AND feeder IS NULL AND machine IS NOT NULL;

-- One of two units was there: what was loaded is possible on either.
CREATE OR REPLACE TEMP TABLE cfx_says_doubts AS
WITH visited AS (
  SELECT unit, machine, started_at, sure FROM cfx_visit WHERE NOT told
  UNION ALL
  SELECT unit, machine, "at", sure FROM cfx_placement
  WHERE lot IS NULL AND feeder IS NULL AND machine IS NOT NULL
)
SELECT unit, machine, started_at FROM visited GROUP BY unit, machine, started_at HAVING NOT bool_or(sure);

CREATE OR REPLACE TEMP TABLE cfx_says_processes AS
SELECT unit, started_at AS "at", 'visit' AS kind, machine, program, list_last(operators) AS operator, result,
       CASE WHEN ended_at IS NOT NULL THEN json_object('ended_at', shown_time(ended_at))::VARCHAR END AS parameters,
       _src
FROM cfx_visit WHERE told
UNION ALL
SELECT unit, ended_at, 'visit ended', machine, program, list_last(operators), result, NULL, _src
FROM cfx_visit WHERE NOT told AND lower(result) <> 'completed'
UNION ALL
-- several operators at once: a run has one, the others count for a recall all the same
SELECT DISTINCT unit, "at", 'visit', machine, program, unnest(operators[:-2]), NULL, NULL, _src
FROM (SELECT unit, started_at AS "at", machine, program, operators, _src FROM cfx_visit
      UNION ALL
      SELECT p.unit, p."at", p.machine, p.program, w.operators, p._src
      FROM cfx_placement p JOIN cfx_when w ON w.machine = p.machine AND w."at" = p."at"
       AND w.transaction IS NOT DISTINCT FROM p.transaction)
UNION ALL
SELECT unit, "at", kind, machine, NULL, NULL, NULL, NULL, _src
FROM cfx_about('cfx_works') WHERE kind IN ('arrived', 'departed')
UNION ALL
SELECT p.unit, p."at", p.kind, p.machine, coalesce(p.program, w.program), coalesce(p.operator, list_last(w.operators)),
       p.result, p.parameters, p._src
FROM cfx_about('cfx_processes') p
LEFT JOIN cfx_when w ON w.machine = p.machine AND w."at" = p."at"
     AND w.transaction IS NOT DISTINCT FROM p.transaction
UNION ALL
-- in one order: json_group_object takes the names as they happen to come
SELECT unit, "at", 'personalized', machine, NULL, NULL, NULL,
       '{' || string_agg(to_json(name)::VARCHAR || ':' || said, ',' ORDER BY name) || '}', min(_src)
FROM (SELECT unit, "at", machine, name, min(_src) AS _src,
             -- a board may have two addresses of one name
             CASE WHEN count(DISTINCT value) = 1 THEN to_json(min(value))::VARCHAR
                  ELSE to_json(list_sort(list(DISTINCT value)))::VARCHAR END AS said
      FROM cfx_about('cfx_names') WHERE name IS NOT NULL AND "at" IS NOT NULL GROUP BY unit, "at", machine, name)
GROUP BY unit, "at", machine;

-- Tests, repairs, units ------------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE cfx_says_tests AS
SELECT t.unit, t."at", t.kind, t.result, t.machine, coalesce(t.program, w.program) AS program,
       coalesce(t.operator, list_last(w.operators)) AS operator, t.defects, t.measurements, t._src
FROM cfx_about('cfx_tests') t
LEFT JOIN cfx_when w ON w.machine = t.machine AND w."at" = t."at"
     AND w.transaction IS NOT DISTINCT FROM t.transaction;

CREATE OR REPLACE TEMP TABLE cfx_says_service AS
SELECT unit, "at", kind, operator, detail, _src FROM cfx_about('cfx_service');

CREATE OR REPLACE TEMP TABLE cfx_says_units AS
WITH at_position AS (
  SELECT r.holder, r.position, r.unit FROM cfx_refers r
  WHERE r.unit <> r.holder AND r.position IS NOT NULL
  UNION SELECT holder, position, unit FROM cfx_given
), origin AS (
  SELECT unit, min(_src) AS _src FROM (
    SELECT unit, _src FROM cfx_about('cfx_works') UNION ALL SELECT unit, _src FROM cfx_about('cfx_placements')
    UNION ALL SELECT unit, _src FROM cfx_about('cfx_units') UNION ALL SELECT unit, _src FROM cfx_about('cfx_tests')
    UNION ALL SELECT unit, _src FROM cfx_about('cfx_names') UNION ALL SELECT unit, _src FROM cfx_about('cfx_removals')
    UNION ALL SELECT unit, _src FROM cfx_about('cfx_processes') UNION ALL SELECT unit, _src FROM cfx_about('cfx_service')
  ) GROUP BY unit
)
SELECT unit, work_order, "at" AS created_at, NULL AS panel, NULL AS position, NULL::BOOLEAN AS skipped, _src
FROM cfx_about('cfx_units')
UNION ALL
-- a carrier that comes again with other units is nobody's panel
SELECT p.unit, NULL, NULL,
       CASE WHEN count(*) OVER (PARTITION BY p.holder, p.position) = 1 THEN p.holder END,
       CASE WHEN count(*) OVER (PARTITION BY p.holder, p.position) = 1 THEN p.position END,
       CASE WHEN s.holder IS NOT NULL THEN true END, o._src
FROM at_position p
LEFT JOIN cfx_skip s ON s.holder = p.holder AND s.position = p.position
LEFT JOIN origin o ON o.unit = p.unit;

-- What else a unit is called: a serial that is not its name, and what else is unique to it.
CREATE OR REPLACE TEMP TABLE cfx_says_aliases AS
SELECT DISTINCT 'unit' AS kind, unit AS id, value AS alias, min(_src) AS _src
FROM cfx_about('cfx_names') WHERE serial IS NOT NULL AND sure AND value <> unit GROUP BY unit, value;
