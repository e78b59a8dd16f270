// What is missing in the record, and what would close it.
//
// Rows without a time or machine are left out where a window or a machine is asked for.
//
// @param reason what is missing
// @param machine only visits to this machine
// @param since then or later
// @param until before then
// @returns reason, kind, id, detail, at, closes_with
// @cost what is missing; 100 db hits a row
// @example {"machine": "SMT2-PM1"}
// @example {"reason": "known only by reference"}
CALL () {
  MATCH (gap:Gap)-[:MISSING_IN]->(run:Run)-[visit:PLACED|PROCESSED]->(unit:Unit)
  RETURN gap.reason AS reason, 'unit' AS kind, unit.unit AS id, visit.at AS at, run.machine AS at_machine,
         reduce(text = coalesce(run.machine, ''), word IN [gap.feeder, gap.part] + gap.refdes |
           text + coalesce(' ' + word, '')) AS detail, 'loads, or placements with the reel' AS closes_with
UNION ALL
  MATCH (n:ByReference)
  // @include exposure/named
  RETURN 'known only by reference' AS reason, kind,
         CASE WHEN n:Lot THEN replace(replace(n.supplier, '%', '%25'), '/', '%2F') + '/' + n.lot
              ELSE key[keys(key)[0]] END AS id,
         null AS at, null AS at_machine, null AS detail, 'a row of ' + kind + 's' AS closes_with
UNION ALL
  MATCH (n:Orphan)
  RETURN 'from no known lot' AS reason, 'lot' AS kind, '/' + n.lot AS id, null AS at, null AS at_machine,
         n.part AS detail, 'lot_moves' AS closes_with
UNION ALL
  MATCH (n:Partless)
  RETURN 'part not known' AS reason, 'lot' AS kind,
         replace(replace(n.supplier, '%', '%25'), '/', '%2F') + '/' + n.lot AS id, null AS at,
         null AS at_machine, null AS detail, 'part in lots' AS closes_with
UNION ALL
  MATCH (node:Repacked)
  // @include exposure/left_behind
  WITH DISTINCT node, box, trip
  RETURN 'packed again elsewhere' AS reason, 'lot' AS kind,
         replace(replace(node.supplier, '%', '%25'), '/', '%2F') + '/' + node.lot AS id, trip.shipped_at AS at,
         null AS at_machine, box.container + ' ' + trip.shipment AS detail,
         'removed_at of the packing, or shipment_contents' AS closes_with
UNION ALL
  MATCH (n:Quarantined)
  RETURN 'in quarantine' AS reason, 'row' AS kind, n.file + ':' + n.line AS id, null AS at,
         [name IN n.names WHERE name STARTS WITH 'machine ' | substring(name, 8)][0] AS at_machine,
         coalesce(n.column + ' ', '') + n.reason AS detail, 'the row, put right' AS closes_with
}
WITH * WHERE ($reason IS NULL OR reason = $reason) AND ($machine IS NULL OR at_machine = $machine)
  AND ($since IS NULL OR at >= $since) AND ($until IS NULL OR at < $until)
RETURN reason, kind, id, detail, at.epochSeconds * 1000000 + at.microsecond AS at, closes_with
