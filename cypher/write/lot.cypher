// Lots, receipts, reels and bins; `inherited` names what a lot has from the lot it came from.
//
// `numbers` are the parts it may hold, as part numbers are compared. Of two values said `other_...`
// are those that are not shown.
//
// @param rows supplier, lot, part, mpn, manufacturer, quantity, date_code, manufactured_at, received_at, expires_at, inherited, remaining, other_date_codes, other_received_at, numbers, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Lot {supplier: row.supplier, lot: row.lot})
SET n += {
  part: row.part,
  mpn: row.mpn,
  manufacturer: row.manufacturer,
  quantity: row.quantity,
  date_code: row.date_code,
  manufactured_at: CASE WHEN row.manufactured_at IS NOT NULL THEN datetime.fromEpoch(row.manufactured_at / 1000000, row.manufactured_at % 1000000 * 1000) END,
  received_at: CASE WHEN row.received_at IS NOT NULL THEN datetime.fromEpoch(row.received_at / 1000000, row.received_at % 1000000 * 1000) END,
  expires_at: CASE WHEN row.expires_at IS NOT NULL THEN datetime.fromEpoch(row.expires_at / 1000000, row.expires_at % 1000000 * 1000) END,
  inherited: row.inherited,
  remaining: row.remaining,
  other_date_codes: row.other_date_codes,
  other_received_at: [at IN row.other_received_at | datetime.fromEpoch(at / 1000000, at % 1000000 * 1000)],
  numbers: row.numbers
}
REMOVE n:Packed:Repacked:Listed:ByReference:Partless:Orphan
SET n:$(row.labels)
