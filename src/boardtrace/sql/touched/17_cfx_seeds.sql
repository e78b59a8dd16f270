-- What was at a machine when something turned out otherwise there, and what CFX messages of the batch name.

INSERT INTO touched
WITH happened AS (
  SELECT unit, transaction, machine, "at", "at" AS until FROM fact_cfx_placements
  UNION ALL SELECT unit, transaction, machine, "at", "at" FROM fact_cfx_removals
  UNION ALL SELECT unit, transaction, machine, "at", "at" FROM fact_cfx_processes
  UNION ALL SELECT unit, transaction, machine, "at", "at" FROM fact_cfx_tests
  UNION ALL
  SELECT w.unit, w.transaction, w.machine, w."at", greatest(w."at", e."at")
  FROM fact_cfx_works w
  LEFT JOIN (SELECT transaction, max("at") AS "at" FROM fact_cfx_ends GROUP BY transaction) e USING (transaction)
), found AS (
  SELECT h.unit, h.transaction
  FROM happened h JOIN reloaded r ON r.machine = h.machine AND h."at" < r.until AND h.until >= r.since
)
SELECT unit FROM found UNION SELECT cfx_mark(transaction) FROM found
UNION SELECT cfx_mark(transaction) FROM fact_cfx_ends WHERE _src >= first_source();

DELETE FROM touched WHERE id IS NULL;
