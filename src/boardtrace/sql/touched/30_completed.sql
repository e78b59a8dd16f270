-- What is said of the touched runs, with the units of theirs that were not derived again.

CREATE OR REPLACE TEMP TABLE edge_after AS
SELECT run, unit, "at", ended_at FROM edge_now
UNION ALL
SELECT run, unit, "at", ended_at FROM edges('held') SEMI JOIN touched_run USING (run) ANTI JOIN touched ON id = unit;

CREATE OR REPLACE TEMP TABLE living_run AS
SELECT run, min("at") AS first_at, max(greatest("at", ended_at)) AS last_at FROM edge_after GROUP BY run;

-- A run's name is a hash of what it is: who knows it need not derive it again.
CREATE OR REPLACE TEMP TABLE want_run AS
SELECT r.run, r.program, r.work_order, r.machine, r.operator, t.first_at, t.last_at,
       span_of(t.first_at, t.last_at) AS span
FROM (SELECT run, program, work_order, machine, operator FROM want_run
      UNION SELECT run, program, work_order, machine, operator FROM held_run) r
JOIN living_run t USING (run);

CREATE OR REPLACE TEMP TABLE want_ran AS
SELECT machine, run FROM (FROM want_ran UNION SELECT machine, run FROM held_ran) SEMI JOIN living_run USING (run);

CREATE OR REPLACE TEMP TABLE want_operated AS
SELECT operator, run FROM (FROM want_operated UNION SELECT operator, run FROM held_operated)
SEMI JOIN living_run USING (run);

CREATE OR REPLACE TEMP TABLE want_missing_in AS
SELECT gap, run FROM (FROM want_missing_in UNION SELECT gap, run FROM held_missing_in) SEMI JOIN living_run USING (run);

-- Of a run that was derived whole it is known where its lots were read first; of another that stays.
CREATE OR REPLACE TEMP TABLE want_fed AS
WITH whole AS (
  SELECT run FROM living_run WHERE run NOT IN (SELECT run FROM held_run) OR run IN (SELECT run FROM unsettled)
)
FROM want_fed SEMI JOIN whole USING (run)
UNION ALL BY NAME
SELECT * EXCLUDE (_h) FROM held_fed SEMI JOIN living_run USING (run) ANTI JOIN whole USING (run);

CREATE OR REPLACE TEMP TABLE touched_gap AS
SELECT gap FROM want_gap UNION SELECT gap FROM held_missing_in SEMI JOIN touched_run USING (run);

CREATE OR REPLACE TEMP TABLE want_gap AS
SELECT * FROM (FROM want_gap UNION SELECT * EXCLUDE (_src, _h) FROM held_gap)
SEMI JOIN (SELECT gap FROM want_missing_in
           UNION SELECT gap FROM held_missing_in ANTI JOIN touched_run USING (run)) USING (gap);
