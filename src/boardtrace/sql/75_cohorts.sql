-- Cohorts: units of which the same is to be said whichever lot is suspected, put together. What a recall
-- asks of each of ten thousand units it asks of some hundred cohorts instead.

-- Units that must be looked at one by one: something was removed from one, it was mounted somewhere for a
-- time or perhaps, or it is not where its top is. And all that is or was mounted together with them, so
-- that no unit is reached both ways.
CREATE OR REPLACE TEMP TABLE apart AS
WITH RECURSIVE found AS (
  SELECT unit FROM (
    SELECT unit FROM removal
    UNION SELECT child FROM mount WHERE until IS NOT NULL OR NOT certain
    UNION SELECT child FROM mount GROUP BY child HAVING count(*) > 1
    UNION SELECT child FROM mount_cycle
    UNION SELECT p.unit FROM place p JOIN place t ON t.unit = p.top
      WHERE p.state <> t.state OR p.went_with IS DISTINCT FROM t.went_with
         OR p.held_by IS DISTINCT FROM t.held_by OR p.held_formerly IS DISTINCT FROM t.held_formerly)
  UNION
  SELECT n.other FROM found f
  JOIN (SELECT child AS unit, parent AS other FROM mount
        UNION ALL SELECT parent, child FROM mount) n USING (unit)
)
FROM found;

-- The runs that a unit has lots from, by itself or by what is mounted in it, and since when.
CREATE OR REPLACE TEMP TABLE reaching AS
WITH RECURSIVE up AS (
  SELECT run, unit, "at" FROM want_placed ANTI JOIN apart USING (unit)
  UNION ALL
  SELECT u.run, m.parent, greatest(u."at", m."at") FROM up u JOIN current_mount m ON m.child = u.unit
)
SELECT run, unit, min("at") AS since FROM up GROUP BY run, unit;

CREATE OR REPLACE TEMP TABLE want_singled_out AS
SELECT DISTINCT run, unit FROM want_placed SEMI JOIN apart USING (unit);

-- What else is the same for all units of a cohort, and what is each one's own.
CREATE OR REPLACE TEMP VIEW cohort_unit AS
SELECT unit, product, kind, state, went_with, went_at, held_by, held_formerly, top, now_in FROM want_unit;
