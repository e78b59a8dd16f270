-- From when to when other lots count at a machine than did before this batch. `new_<table>` are its rows,
-- `all_<table>` those that hold, of every batch.
CREATE OR REPLACE TEMP TABLE reloaded AS
WITH said AS (
  SELECT machine, feeder, supplier, lot, loaded_at,
         max(unloaded_at) AS "now", max(unloaded_at) FILTER (_src < first_source()) AS before,
         bool_or(_src < first_source()) AS known
  FROM all_loads SEMI JOIN new_loads USING (machine, feeder, supplier, lot, loaded_at)
  GROUP BY ALL
)
SELECT machine,
       CASE WHEN known THEN least(coalesce(before, 9223372036854775807), coalesce("now", 9223372036854775807))
            ELSE loaded_at END AS since,
       CASE WHEN known THEN greatest(coalesce(before, 9223372036854775807), coalesce("now", 9223372036854775807))
            ELSE coalesce("now", 9223372036854775807) END AS until
FROM said WHERE NOT known OR before IS DISTINCT FROM "now";
