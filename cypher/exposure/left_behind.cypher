// Shipments of a container in which a part of a lot may have stayed when the lot was packed elsewhere.
//
// A packing elsewhere ends the first one. Of one thing that is sure, of a lot it is not, unless the record
// says when it was taken out. A shipment that carried the lot all the same has a row of its own.
//
// @returns node, box, trip
CALL (node) {
  WITH node AS carried
  // @include exposure/carried
  RETURN collect(DISTINCT shipment) AS sure
}
MATCH (node)-[pack:PACKED_IN]->(box:Container)
WHERE pack.until IS NOT NULL AND (pack.removed_at IS NULL OR pack.until < pack.removed_at)
CALL (box, pack, sure) {
  WITH box AS carried, pack, sure
  // @include exposure/carried
  WITH DISTINCT shipment AS trip, pack, sure
  WHERE NOT trip IN sure
    AND (trip.shipped_at IS NULL OR (pack.until <= trip.shipped_at
         AND (pack.removed_at IS NULL OR trip.shipped_at < pack.removed_at)))
  RETURN trip
}
