// Contradictions in the record: each is read in one way, and somebody should look.
//
// @param kind which contradiction
// @returns kind, ids, detail, at
// @cost the findings, and the shipments of what was scrapped; 2200 db hits a row
// @example {}
// @example {"kind": "removal of nothing"}
CALL () {
  MATCH (found:Finding)
  RETURN found.kind AS kind, found.ids AS ids, found.detail AS detail, found.at AS at
UNION ALL
  MATCH (carried:Scrapped)
  CALL (carried) {
    // @include exposure/carried
    WITH carried, shipment WHERE shipment.kind = 'sale' AND shipment.shipped_at > carried.scrapped_at
    RETURN DISTINCT shipment
  }
  RETURN 'sold after scrapping' AS kind, [carried.unit, shipment.shipment] AS ids,
         'counts as sold, not as scrapped' AS detail, shipment.shipped_at AS at
}
WITH * WHERE $kind IS NULL OR kind = $kind
RETURN kind, ids, detail, at.epochSeconds * 1000000 + at.microsecond AS at
