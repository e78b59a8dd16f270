// Cohorts: units that had the same runs and are in the same place; of `units`, `tops` and `containers` what
// stands at one place is of one unit. A unit in no container has a blank there.
//
// @param rows cohort, product, kind, state, went_with, went_at, held_by, held_formerly, size, heads, units, tops, containers; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Cohort {cohort: row.cohort})
SET
  n.product = row.product,
  n.kind = row.kind,
  n.state = row.state,
  n.went_with = row.went_with,
  n.went_at = CASE WHEN row.went_at IS NOT NULL THEN datetime({epochSeconds: row.went_at / 1000000, microsecond: row.went_at % 1000000}) END,
  n.held_by = row.held_by,
  n.held_formerly = row.held_formerly,
  n.size = row.size,
  n.heads = row.heads,
  n.units = row.units,
  n.tops = row.tops,
  n.containers = row.containers
