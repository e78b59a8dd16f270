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

-- Small numbers: lists of them are sorted and compared in a fraction of the time of long ones.
CREATE OR REPLACE TEMP TABLE reaching_run AS
SELECT row_number() OVER () AS number, run FROM (SELECT DISTINCT run FROM reaching);

-- Of one place in lists is said one thing; a thousand units at most, so that a change rewrites little.
CREATE OR REPLACE TEMP TABLE cohort_unit AS
SELECT u.unit, u.product, u.kind, u.state, u.went_with, u.went_at, u.held_by, u.held_formerly, u.now_in,
       u.top, r.runs, r.since,
       (row_number() OVER (PARTITION BY r.runs, u.product, u.kind, u.state, u.went_with, u.went_at, u.held_by,
                                        u.held_formerly ORDER BY u.unit) - 1) // 1000 AS part
FROM (SELECT unit, list(number ORDER BY number) AS runs, list(since ORDER BY number) AS since
      FROM reaching JOIN reaching_run USING (run) GROUP BY unit) r
JOIN want_unit u USING (unit);

CREATE OR REPLACE TEMP TABLE cohort_row AS
SELECT row_number() OVER () AS number, *
FROM (SELECT runs, product, kind, state, went_with, went_at, held_by, held_formerly, part,
             list(unit ORDER BY unit) AS units, list(coalesce(top, unit) ORDER BY unit) AS tops,
             list(coalesce(now_in, '') ORDER BY unit) AS containers,
             count(*) AS size, count(*) FILTER (WHERE top IS NULL) AS heads, list(since ORDER BY unit) AS since
      FROM cohort_unit
      GROUP BY runs, product, kind, state, went_with, went_at, held_by, held_formerly, part);

CREATE OR REPLACE TEMP TABLE cohort_run AS
SELECT c.number, r.run, list_transform(c.since, lambda each: each[c.place]) AS since
FROM (SELECT number, since, unnest(runs) AS run, generate_subscripts(runs, 1) AS place FROM cohort_row) c
JOIN reaching_run r ON r.number = c.run;

CREATE OR REPLACE TEMP TABLE cohort_key AS
SELECT number, md5(to_json({'r': (SELECT list_sort(list(r.run)) FROM cohort_run r WHERE r.number = c.number),
                            'p': product, 'k': kind, 's': state, 'w': went_with, 'a': went_at, 'h': held_by,
                            'f': held_formerly, 'n': part})::VARCHAR) AS cohort
FROM cohort_row c;

CREATE OR REPLACE TEMP TABLE want_cohort AS
SELECT cohort, product, kind, state, went_with, went_at, held_by, held_formerly, size, heads, units, tops, containers
FROM cohort_row JOIN cohort_key USING (number);

CREATE OR REPLACE TEMP TABLE want_reached AS
SELECT run, cohort, since FROM cohort_run JOIN cohort_key USING (number);

CREATE OR REPLACE TEMP TABLE want_singled_out AS
SELECT DISTINCT run, unit FROM want_placed SEMI JOIN apart USING (unit);
