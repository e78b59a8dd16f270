// Which units are exposed to a lot that is or was in this unit: what else may have what it has.
//
// Every lot of its provenance counts, whatever its class there. The unit itself is left out.
//
// @param unit serial of the unit
// @returns lot, certain, link
// @cost the unit's own edges; 45 db hits a row
// @example {"unit": "GW1-003399", "class": "certain"}
MATCH (asked:Unit {unit: $unit})
MATCH (held:Unit)-[mounts:MOUNTED_IN*0..]->(asked)
WITH held, coll.max([mount IN mounts | mount.at]) AS since,
     coll.min([mount IN mounts WHERE mount.until IS NOT NULL | mount.until]) AS until
WHERE coalesce(since < until, true)
// @include exposure/lots_of_unit
WITH lot, unit, said WHERE coalesce(placed_at < until, true) AND coalesce(since < removed_at, true)
  AND coalesce(placed_at < removed_at, true)
RETURN elementId(lot) AS lot, true AS certain,
       head(collect({from: unit.unit, edge: 'PLACED', batch: said.batch, file: said.file, line: said.line})) AS link
