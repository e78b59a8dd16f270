-- In place of 78_placed_of_lot.sql: of the lots that the touched runs were fed from, and of lots that the
-- batch describes, with all other runs that the graph holds.

CREATE OR REPLACE TEMP TABLE touched_lot AS
SELECT supplier, lot FROM want_fed
UNION SELECT supplier, lot FROM held_fed SEMI JOIN touched_run USING (run)
UNION SELECT supplier, lot FROM new_lots;

CREATE OR REPLACE TEMP TABLE placed_of_lot AS
WITH feeding AS (
  FROM (SELECT supplier, lot, run, refdes FROM want_fed WHERE certain
        UNION ALL SELECT supplier, lot, run, refdes FROM held_fed ANTI JOIN touched_run USING (run) WHERE certain)
  SEMI JOIN touched_lot USING (supplier, lot)
), filled AS (
  SELECT run, count(DISTINCT (unit, "at")) AS units
  FROM (SELECT run, unit, "at" FROM want_placed SEMI JOIN touched ON id = unit
        UNION ALL SELECT run, unit, "at" FROM held_placed ANTI JOIN touched ON id = unit)
  SEMI JOIN feeding USING (run) GROUP BY run
)
SELECT supplier, lot, sum(len(refdes) * units) AS placed FROM feeding JOIN filled USING (run) GROUP BY supplier, lot;
