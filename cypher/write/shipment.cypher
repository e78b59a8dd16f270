// Shipments; one that is known only by reference has no time.
//
// @param rows shipment, kind, shipped_at, carrier, labels; times in microseconds since 1970
UNWIND $rows AS row
MERGE (n:Shipment {shipment: row.shipment})
SET
  n.kind = row.kind,
  n.shipped_at = CASE WHEN row.shipped_at IS NOT NULL THEN datetime({epochSeconds: row.shipped_at / 1000000, microsecond: row.shipped_at % 1000000}) END,
  n.carrier = row.carrier
REMOVE n:ByReference
SET n:$(row.labels)
