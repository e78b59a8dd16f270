-- Of the touched units: what CFX messages say of them otherwise than without this batch, or from another
-- record. `before_<table>` is what they said.

CREATE OR REPLACE TEMP MACRO unlike(one, other) AS TABLE FROM query_table(one) EXCEPT FROM query_table(other);

INSERT INTO named
SELECT unit, "at" FROM unlike('cfx_says_placements', 'before_placements')
UNION SELECT unit, "at" FROM unlike('before_placements', 'cfx_says_placements')
UNION SELECT unit, "at" FROM unlike('cfx_says_gaps', 'before_gaps')
UNION SELECT unit, "at" FROM unlike('before_gaps', 'cfx_says_gaps')
UNION SELECT unit, started_at FROM unlike('cfx_says_visits', 'before_visits')
UNION SELECT unit, started_at FROM unlike('before_visits', 'cfx_says_visits')
-- the same lots, but another load of them
UNION
SELECT v.unit, v.started_at
FROM visits v JOIN reloaded r ON r.machine = v.machine AND v.started_at < r.until
 AND greatest(v.started_at, coalesce(v.ended_at, v.started_at)) >= r.since;

-- What was referred to by what is said no longer.
CREATE OR REPLACE TEMP TABLE let_go AS
WITH gone AS (
  SELECT lot, machine, program, operator FROM unlike('before_placements', 'cfx_says_placements')
  UNION SELECT NULL, machine, program, operator FROM unlike('before_visits', 'cfx_says_visits')
  UNION SELECT NULL, machine, program, operator FROM unlike('before_processes', 'cfx_says_processes')
  UNION SELECT NULL, machine, program, operator FROM unlike('before_tests', 'cfx_says_tests')
  UNION SELECT NULL, machine, NULL, NULL FROM unlike('before_gaps', 'cfx_says_gaps')
  UNION SELECT NULL, NULL, NULL, operator FROM unlike('before_service', 'cfx_says_service')
  UNION SELECT lot, NULL, NULL, operator FROM unlike('before_removals', 'cfx_says_removals')
)
SELECT 'lot' AS kind, lot AS id FROM gone UNION SELECT 'machine', machine FROM gone
UNION SELECT 'program', program FROM gone UNION SELECT 'operator', operator FROM gone;
