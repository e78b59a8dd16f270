// From exposed units up to what they were mounted in, with the class of each.
//
// A path is open while all its links are; its time is what they have in common.
//
// @returns node, class, since, until, lots, refdes
MATCH (unit)-[mounts:MOUNTED_IN*0..]->(node:Unit)
WITH node, lots, refdes,
     certain AND all(mount IN mounts WHERE mount.certain) AS certain,
     reduce(latest = since, mount IN mounts |
       CASE WHEN mount.at > latest THEN mount.at ELSE latest END) AS since,
     reduce(first = until, mount IN mounts |
       CASE WHEN first IS NULL OR mount.until < first THEN mount.until ELSE first END) AS until
WHERE until IS NULL OR since < until
WITH node,
     CASE WHEN max(certain AND until IS NULL) THEN 'certain'
          WHEN max(until IS NULL) THEN 'possible' ELSE 'past' END AS class,
     min(since) AS since,
     CASE WHEN max(until IS NULL) THEN null ELSE max(until) END AS until,
     collect(DISTINCT lots) AS lots, collect(DISTINCT refdes) AS refdes
