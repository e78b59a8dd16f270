-- Which runs a batch touches: those that the touched units have edges from, now or before it.
-- `held_<kind>` is what the graph holds.

-- Every edge between a run and a unit, as it should be ('want') or as it is ('held').
CREATE OR REPLACE TEMP MACRO edges(which) AS TABLE
SELECT run, unit, "at", ended_at, _src FROM query_table(which || '_placed')
UNION ALL SELECT run, unit, "at", ended_at, _src FROM query_table(which || '_processed')
UNION ALL SELECT run, unit, "at", NULL, _src FROM query_table(which || '_tested')
UNION ALL SELECT run, unit, "at", NULL, _src FROM query_table(which || '_serviced');

CREATE OR REPLACE TEMP TABLE edge_now AS FROM edges('want') SEMI JOIN touched ON id = unit;

CREATE OR REPLACE TEMP TABLE edge_before AS FROM edges('held') SEMI JOIN touched ON id = unit;

CREATE OR REPLACE TEMP TABLE touched_run AS SELECT run FROM edge_now UNION SELECT run FROM edge_before;

-- Runs that other units are in, too, and of which the evidence, or how much was fed to each, may be another
-- now: a unit left one, came into it by what was said earlier, or more was said of its being there.
CREATE OR REPLACE TEMP TABLE unsettled AS
SELECT run
FROM (
  SELECT run FROM edge_before ANTI JOIN edge_now USING (run, unit, "at")
  UNION SELECT run FROM edge_now ANTI JOIN edge_before USING (run, unit, "at")
        WHERE _src < first_source() OR (unit, "at") IN (SELECT (unit, "at") FROM said_quantities)
  UNION
  SELECT n.run FROM edge_now n JOIN edge_before b USING (run, unit, "at")
  WHERE (n.unit, n."at") IN (SELECT (id, "at") FROM named)
     OR (n.unit, n."at") IN (SELECT (s.unit, o."at") FROM named o JOIN stands_for s ON s.id = o.id))
SEMI JOIN held_fed USING (run);
