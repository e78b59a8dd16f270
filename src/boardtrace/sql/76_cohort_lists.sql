-- Cohorts: their members, in lists.

-- Small numbers, of units in the order of their serials: lists of them are sorted and compared in a fraction
-- of the time and the memory of long names.
CREATE OR REPLACE TEMP TABLE reaching_run AS
SELECT row_number() OVER ()::INTEGER AS number, run FROM (SELECT DISTINCT run FROM reaching);

CREATE OR REPLACE TEMP TABLE reached_unit AS
SELECT row_number() OVER (ORDER BY unit)::INTEGER AS number, unit FROM (SELECT DISTINCT unit FROM reaching);

CREATE OR REPLACE TEMP TABLE reached_by AS
SELECT u.number AS unit, r.number AS run, since
FROM reaching JOIN reached_unit u USING (unit) JOIN reaching_run r USING (run);
DROP TABLE reaching;

CREATE OR REPLACE TEMP TABLE unit_runs AS
SELECT unit, list_sort(list(run)) AS runs FROM reached_by GROUP BY unit;

CREATE OR REPLACE TEMP TABLE run_set AS
SELECT row_number() OVER ()::INTEGER AS number, runs FROM (SELECT DISTINCT runs FROM unit_runs);

-- Of one place in lists is said one thing; a thousand units at most, so that a change rewrites little.
CREATE OR REPLACE TEMP TABLE cohort_row AS
SELECT row_number() OVER ()::INTEGER AS number, * EXCLUDE (units), units[part * 1000 + 1:part * 1000 + 1000] AS units
FROM (SELECT *, unnest(range((len(units) + 999) // 1000)) AS part
      FROM (SELECT s.number AS run_set, u.product, u.kind, u.state, u.went_with, u.went_at, u.held_by,
                   u.held_formerly, list_sort(list(n.number)) AS units
            FROM unit_runs r JOIN run_set s USING (runs) JOIN reached_unit n ON n.number = r.unit
            JOIN cohort_unit u ON u.unit = n.unit GROUP BY ALL));
DROP TABLE unit_runs;

CREATE OR REPLACE TEMP TABLE cohort_member AS
SELECT number AS cohort, unnest(units) AS unit FROM cohort_row;

CREATE OR REPLACE TEMP TABLE cohort_key AS
SELECT c.number, md5(to_json({'r': s.runs, 'p': product, 'k': kind, 's': state, 'w': went_with, 'a': went_at,
                              'h': held_by, 'f': held_formerly, 'n': part})::VARCHAR) AS cohort
FROM cohort_row c
JOIN (SELECT s.number, list_sort(list(r.run)) AS runs
      FROM (SELECT number, unnest(runs) AS run FROM run_set) s JOIN reaching_run r ON r.number = s.run
      GROUP BY s.number) s ON s.number = c.run_set;

CREATE OR REPLACE TEMP TABLE want_cohort AS
SELECT k.cohort, product, kind, state, went_with, went_at, held_by, held_formerly, len(m.units) AS size, heads,
       list_transform(m.units, lambda one: one.unit) AS units, list_transform(m.units, lambda one: one.top) AS tops,
       list_transform(m.units, lambda one: one.container) AS containers
FROM (SELECT m.cohort AS number, count(*) FILTER (u.top IS NULL) AS heads,
             list_sort(list({'unit': u.unit, 'top': coalesce(u.top, u.unit),
                             'container': coalesce(u.now_in, '')})) AS units
      FROM cohort_member m JOIN reached_unit n ON n.number = m.unit JOIN cohort_unit u ON u.unit = n.unit
      GROUP BY m.cohort) m
JOIN cohort_row USING (number) JOIN cohort_key k USING (number);

CREATE OR REPLACE TEMP TABLE want_reached AS
SELECT r.run, k.cohort, list_transform(b.since, lambda one: one.since) AS since
FROM (SELECT m.cohort AS number, b.run, list_sort(list({'unit': unit, 'since': b.since})) AS since
      FROM reached_by b JOIN cohort_member m USING (unit) GROUP BY m.cohort, b.run) b
JOIN reaching_run r ON r.number = b.run JOIN cohort_key k ON k.number = b.number;
DROP TABLE reached_by;
