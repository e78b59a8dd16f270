// Every lot in anything that is or was in a container, at any depth, or that is itself in it.
//
// @param container id of the container
// @returns supplier, lot, part, origins, units, class
// @cost what is in the container, then the runs of each unit; 125 db hits a row
// @example {"container": "CTN-000340"}
MATCH (asked:Container {container: $container})
MATCH (held)-[links:MOUNTED_IN|PACKED_IN*1..]->(asked)
WITH held, all(link IN links WHERE coalesce(link.certain, true)) AS certain,
     coll.max([link IN links | link.at]) AS since,
     coll.min([link IN links WHERE link.until IS NOT NULL | link.until]) AS until
WHERE until IS NULL OR since < until
// @include exposure/lots_of_unit
WITH lot, unit, certain AND sure AS certain,
     CASE WHEN placed_at > since THEN placed_at ELSE since END AS since,
     CASE WHEN until IS NULL OR removed_at < until THEN removed_at ELSE until END AS until
WHERE until IS NULL OR since < until
WITH lot, count(DISTINCT unit) AS units,
     CASE WHEN max(certain AND until IS NULL) THEN 'certain'
          WHEN max(until IS NULL) THEN 'possible' ELSE 'past' END AS class
// @include exposure/origin_ids
RETURN lot.supplier AS supplier, lot.lot AS lot, lot.part AS part, origins, units, class
