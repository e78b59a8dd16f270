-- The same of what CFX messages say: from when to when other packages were at a machine, other operators or
-- another recipe. `before_<relation>` is what was known of machines without this batch.

INSERT INTO reloaded
WITH package AS (
  SELECT machine, loaded_at, bool_or(known) AS known, bool_or(holds) AS holds,
         max(unloaded_at) FILTER (known) AS before, max(unloaded_at) FILTER (holds) AS "now"
  FROM (SELECT machine, feeder, location, place, carrier, lane, lot, loaded_at, unloaded_at, false AS known, true AS holds
        FROM cfx_load
        UNION ALL
        SELECT machine, feeder, location, place, carrier, lane, lot, loaded_at, unloaded_at, true, false FROM before_load)
  GROUP BY machine, feeder, location, place, carrier, lane, lot, loaded_at
  UNION ALL
  -- a load that a table tells of, too: it ends when the later of both says
  SELECT machine, loaded_at, bool_or(known), bool_or(holds), max(unloaded_at) FILTER (known), max(unloaded_at) FILTER (holds)
  FROM (SELECT machine, feeder, lot, loaded_at, unloaded_at, false AS known, true AS holds FROM cfx_says_loads
        UNION ALL SELECT machine, feeder, lot, loaded_at, unloaded_at, true, false FROM before_says_loads
        UNION ALL SELECT machine, feeder, lot, loaded_at, unloaded_at, _src < first_source(), true FROM all_loads
        WHERE supplier = '')
  GROUP BY machine, feeder, lot, loaded_at
), said AS (
  SELECT machine, 'crew' AS what, "at", coalesce(operators, []) AS said FROM cfx_crew
  UNION ALL SELECT machine, 'crew', "at", coalesce(operators, []) FROM before_crew
  UNION ALL SELECT machine, 'recipe of ' || lane, "at", [program] FROM cfx_recipe
  UNION ALL SELECT machine, 'recipe of ' || lane, "at", [program] FROM before_recipe
), turn AS (
  -- it holds until something else is said
  SELECT machine, "at", count(*) = 1 OR count(DISTINCT said) > 1 AS other,
         lead("at", 1, 9223372036854775807) OVER (PARTITION BY machine, what ORDER BY "at") AS until
  FROM said GROUP BY machine, what, "at"
)
SELECT machine,
       CASE WHEN known AND holds THEN least(coalesce(before, 9223372036854775807), coalesce("now", 9223372036854775807))
            ELSE loaded_at END,
       CASE WHEN known AND holds THEN greatest(coalesce(before, 9223372036854775807), coalesce("now", 9223372036854775807))
            ELSE coalesce(before, "now", 9223372036854775807) END
FROM package WHERE known <> holds OR before IS DISTINCT FROM "now"
UNION
SELECT machine, "at", until FROM turn WHERE other;
