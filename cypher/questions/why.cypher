// Why a unit is exposed to a suspect: the evidence, link by link.
//
// A path leads from the suspect to the unit. The class is that of the recall: certain if all links
// of some path are certain and open, else possible if all links of some path are open, else past.
//
// @param unit serial of the unit; of goods without serials, the lot as supplier/lot
// @returns path, step, from, edge, to, since, until, certain, batch, file, line
// @cost the recall's way from the suspect to units, then the mountings of this unit; 8000 db hits a row
// @example {"unit": "GW1-003399", "supplier": "KAIYO", "lot": "L2407-03"}
// @example {"unit": "GW1-003399", "supplier": "KAIYO"}
// @example {"unit": "GW1-003399", "part": "C-0007"}
// @example {"unit": "GW1-003399", "machine": "SMT1-PM1"}
// @example {"unit": "GW1-003399", "operator": "OP-13"}
// @example {"unit": "GW1-003399", "program": "CB100-PM1"}
// @example {"unit": "GW1-003399", "firmware": "gw-1.4.0"}
// @example {"unit": "GW1-003399", "suspect": "GW1-003400"}
MATCH (:Unit {unit: $unit})<-[:MOUNTED_IN*0..]-(below:Unit)
WITH collect(DISTINCT below) AS inside
CALL (inside) {
  // @include $reach
  WITH * WHERE unit IN inside
  UNWIND CASE WHEN size(feeds) = 0 THEN [null] ELSE feeds END AS feed
  RETURN unit, since, until, coalesce(feed.certain, certain) AS certain, feed.id AS lot, run, feed.fed AS fed, link
}
MATCH path = (unit)-[:MOUNTED_IN*0..]->(:Unit {unit: $unit})
WITH unit, since, until, certain, lot, run, fed, link, relationships(path) AS mounts
WHERE coalesce(coll.max([mount IN mounts | mount.at] + [since])
               < coll.min([end IN [mount IN mounts | mount.until] + [until] WHERE end IS NOT NULL]), true)
RETURN DISTINCT lot, run.run AS run, certain,
  {certain: fed.certain, batch: fed.batch, file: fed.file, line: fed.line} AS fed,
  [{edge: type(link), from: run.run, to: unit.unit, certain: true,
    since: since.epochSeconds * 1000000 + since.microsecond,
    until: until.epochSeconds * 1000000 + until.microsecond,
    batch: link.batch, file: link.file, line: link.line}]
  + [mount IN mounts | {edge: type(mount), from: startNode(mount).unit, to: endNode(mount).unit,
    certain: mount.certain,
    since: mount.at.epochSeconds * 1000000 + mount.at.microsecond,
    until: mount.until.epochSeconds * 1000000 + mount.until.microsecond,
    batch: mount.batch, file: mount.file, line: mount.line}] AS links
