// Cohorts: units that had the same runs and are in the same place; of `units`, `tops` and `containers` what
// stands at one place is of one unit. A unit in no container has a blank there.
//
// @param rows cohort, product, kind, state, went_with, went_at, held_by, held_formerly, size, heads, units, tops, containers; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Cohort {cohort: row.cohort})
SET n += {
  product: row.product,
  kind: row.kind,
  state: row.state,
  went_with: row.went_with,
  went_at: CASE WHEN row.went_at IS NOT NULL THEN datetime.fromEpoch(row.went_at / 1000000, row.went_at % 1000000 * 1000) END,
  held_by: row.held_by,
  held_formerly: row.held_formerly,
  size: row.size,
  heads: row.heads,
  units: row.units,
  tops: row.tops,
  containers: row.containers
}
