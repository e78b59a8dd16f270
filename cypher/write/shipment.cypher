// Shipments; one that is known only by reference has no time.
//
// @param rows shipment, kind, shipped_at, carrier, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Shipment {shipment: row.shipment})
SET n += {
  kind: row.kind,
  shipped_at: CASE WHEN row.shipped_at IS NOT NULL THEN datetime.fromEpoch(row.shipped_at / 1000000, row.shipped_at % 1000000 * 1000) END,
  carrier: row.carrier
}
REMOVE n:ByReference
SET n:$(row.labels)
