-- Of the touched units: what CFX messages say of them otherwise than without this batch, or from another
-- record. `before_<table>` is what they said.

CREATE OR REPLACE TEMP MACRO unlike(one, other) AS TABLE FROM query_table(one) EXCEPT FROM query_table(other);

INSERT INTO named
SELECT unit, "at" FROM unlike('cfx_says_placements', 'before_placements')
UNION SELECT unit, "at" FROM unlike('before_placements', 'cfx_says_placements')
UNION SELECT unit, started_at FROM unlike('cfx_says_visits', 'before_visits')
-- the same lots, but another load of them
UNION
SELECT v.unit, v.started_at
FROM visits v JOIN reloaded r ON r.machine = v.machine AND v.started_at < r.until
 AND greatest(v.started_at, coalesce(v.ended_at, v.started_at)) >= r.since;
