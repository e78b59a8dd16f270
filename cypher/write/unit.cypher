// Boards and products; `scrapped_at` is the last time that one was scrapped.
//
// @param rows unit, kind, product, revision, work_order, panel, position, skipped, created_at, scrapped_at, top, now_in, went_with, went_at, state, held_by, held_formerly, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Unit {unit: row.unit})
SET
  n.kind = row.kind,
  n.product = row.product,
  n.revision = row.revision,
  n.work_order = row.work_order,
  n.panel = row.panel,
  n.position = row.position,
  n.skipped = row.skipped,
  n.created_at = CASE WHEN row.created_at IS NOT NULL THEN datetime({epochSeconds: row.created_at / 1000000, microsecond: row.created_at % 1000000}) END,
  n.scrapped_at = CASE WHEN row.scrapped_at IS NOT NULL THEN datetime({epochSeconds: row.scrapped_at / 1000000, microsecond: row.scrapped_at % 1000000}) END,
  n.top = row.top,
  n.now_in = row.now_in,
  n.went_with = row.went_with,
  n.went_at = CASE WHEN row.went_at IS NOT NULL THEN datetime({epochSeconds: row.went_at / 1000000, microsecond: row.went_at % 1000000}) END,
  n.state = row.state,
  n.held_by = row.held_by,
  n.held_formerly = row.held_formerly
REMOVE n:Board:Product:Scrapped:Mounted:Reworked:Listed:ByReference
SET n:$(row.labels)
