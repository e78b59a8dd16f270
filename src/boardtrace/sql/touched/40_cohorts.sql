-- Before cohorts are put together: the members of every cohort that a touched unit was in or comes into.

CREATE OR REPLACE TEMP TABLE reaching AS
FROM reaching SEMI JOIN touched ON id = unit;

CREATE OR REPLACE TEMP TABLE group_before AS
SELECT c.cohort, r.runs, {'p': product, 'k': kind, 's': state, 'w': went_with, 'a': went_at, 'h': held_by,
                          'f': held_formerly} AS said
FROM held_cohort c
JOIN (SELECT cohort, list_sort(list(run)) AS runs FROM held_reached GROUP BY cohort) r USING (cohort);

CREATE OR REPLACE TEMP TABLE touched_group AS
SELECT runs, said FROM group_before
SEMI JOIN (SELECT cohort FROM (SELECT cohort, unnest(units) AS id FROM held_cohort) SEMI JOIN touched USING (id))
  USING (cohort)
UNION
SELECT r.runs, {'p': product, 'k': kind, 's': state, 'w': went_with, 'a': went_at, 'h': held_by, 'f': held_formerly}
FROM (SELECT unit, list_sort(list(DISTINCT run)) AS runs FROM reaching GROUP BY unit) r JOIN want_unit USING (unit);

CREATE OR REPLACE TEMP TABLE touched_cohort AS
SELECT b.cohort FROM group_before b JOIN touched_group t ON t.runs = b.runs AND t.said IS NOT DISTINCT FROM b.said;

-- Their other members, as the graph has them.
CREATE OR REPLACE TEMP TABLE beside AS
SELECT cohort, units[place] AS unit, nullif(tops[place], units[place]) AS top, nullif(containers[place], '') AS now_in,
       place, product, kind, state, went_with, went_at, held_by, held_formerly
FROM (SELECT *, unnest(range(1, size + 1)) AS place FROM held_cohort SEMI JOIN touched_cohort USING (cohort))
ANTI JOIN touched ON id = units[place];

INSERT INTO reaching SELECT r.run, b.unit, r.since[b.place] FROM beside b JOIN held_reached r USING (cohort);

CREATE OR REPLACE TEMP VIEW cohort_unit AS
SELECT unit, product, kind, state, went_with, went_at, held_by, held_formerly, top, now_in
FROM want_unit SEMI JOIN touched ON id = unit
UNION ALL
SELECT unit, product, kind, state, went_with, went_at, held_by, held_formerly, top, now_in FROM beside;
