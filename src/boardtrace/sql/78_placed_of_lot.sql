-- How many places of each lot are known to have been filled.

CREATE OR REPLACE TEMP TABLE placed_of_lot AS
SELECT f.supplier, f.lot, sum(len(f.refdes) * p.units) AS placed
FROM want_fed f JOIN (SELECT run, count(DISTINCT (unit, "at")) AS units FROM want_placed GROUP BY run) p USING (run)
WHERE f.certain GROUP BY f.supplier, f.lot;
