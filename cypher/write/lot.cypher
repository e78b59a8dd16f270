// Lots, receipts, reels and bins; `inherited` names what a lot has from the lot it came from.
//
// @param rows supplier, lot, part, mpn, manufacturer, quantity, date_code, manufactured_at, received_at, expires_at, inherited, remaining, reference, labels; times in microseconds since 1970
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
  n.reference = row.reference
REMOVE n:Packed:Listed:ByReference
SET n:$(row.labels)
