// Boards and products; `scrapped_at` is the last time that one was scrapped.
//
// @param rows unit, kind, product, revision, work_order, panel, position, skipped, created_at, scrapped_at, top, now_in, went_with, went_at, state, held_by, held_formerly, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Unit {unit: row.unit})
SET n += {
  kind: row.kind,
  product: row.product,
  revision: row.revision,
  work_order: row.work_order,
  panel: row.panel,
  position: row.position,
  skipped: row.skipped,
  created_at: CASE WHEN row.created_at IS NOT NULL THEN datetime.fromEpoch(row.created_at / 1000000, row.created_at % 1000000 * 1000) END,
  scrapped_at: CASE WHEN row.scrapped_at IS NOT NULL THEN datetime.fromEpoch(row.scrapped_at / 1000000, row.scrapped_at % 1000000 * 1000) END,
  top: row.top,
  now_in: row.now_in,
  went_with: row.went_with,
  went_at: CASE WHEN row.went_at IS NOT NULL THEN datetime.fromEpoch(row.went_at / 1000000, row.went_at % 1000000 * 1000) END,
  state: row.state,
  held_by: row.held_by,
  held_formerly: row.held_formerly
}
REMOVE n:Board:Product:Scrapped:Mounted:Reworked:Listed:ByReference
SET n:$(row.labels)
