// Every unit that is or was mounted in a unit, at any depth while the times along the path overlap.
//
// @param unit serial of the unit
// @returns unit, parent, product, position, depth, at, removed_at
// @cost the mountings below the unit; 150 db hits a row
// @example {"unit": "GW1-003399"}
MATCH (asked:Unit {unit: $unit})
MATCH path = (inner:Unit)-[:MOUNTED_IN*1..]->(asked)
WITH inner, nodes(path) AS members, relationships(path) AS links
WHERE size(coll.distinct(members)) = size(members)
  AND coalesce(coll.max([link IN links | link.at])
               < coll.min([link IN links WHERE link.until IS NOT NULL | link.until]), true)
WITH inner, members[1] AS parent, links[0] AS link, size(links) AS depth
RETURN DISTINCT inner.unit AS unit, parent.unit AS parent, inner.product AS product, link.position AS position, depth,
       link.at.epochSeconds * 1000000 + link.at.microsecond AS at,
       link.until.epochSeconds * 1000000 + link.until.microsecond AS removed_at
