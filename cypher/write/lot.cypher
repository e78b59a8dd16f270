// Lots, receipts, reels and bins; `inherited` names what a lot has from the lot it came from.
//
// `numbers` are the parts it may hold, as part numbers are compared. Of two values said `other_...`
// are those that are not shown.
//
// @param rows supplier, lot, part, mpn, manufacturer, quantity, date_code, manufactured_at, received_at, expires_at, inherited, remaining, other_date_codes, other_received_at, numbers, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Lot {supplier: row.supplier, lot: row.lot})
SET
  n.part = row.part,
  n.mpn = row.mpn,
  n.manufacturer = row.manufacturer,
  n.quantity = row.quantity,
  n.date_code = row.date_code,
  n.manufactured_at = CASE WHEN row.manufactured_at IS NOT NULL THEN datetime({epochSeconds: row.manufactured_at / 1000000, microsecond: row.manufactured_at % 1000000}) END,
  n.received_at = CASE WHEN row.received_at IS NOT NULL THEN datetime({epochSeconds: row.received_at / 1000000, microsecond: row.received_at % 1000000}) END,
  n.expires_at = CASE WHEN row.expires_at IS NOT NULL THEN datetime({epochSeconds: row.expires_at / 1000000, microsecond: row.expires_at % 1000000}) END,
  n.inherited = row.inherited,
  n.remaining = row.remaining,
  n.other_date_codes = row.other_date_codes,
  n.other_received_at = [at IN row.other_received_at | datetime({epochSeconds: at / 1000000, microsecond: at % 1000000})],
  n.numbers = row.numbers
REMOVE n:Packed:Listed:ByReference:Partless:Orphan
SET n:$(row.labels)
