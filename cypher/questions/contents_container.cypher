// Every unit, lot or container that is or was in a container, at any depth.
//
// @param container id of the container
// @returns kind, id, container, depth, at, removed_at
// @cost the packings below the container; 120 db hits a row
// @example {"container": "CTN-000340"}
MATCH (asked:Container {container: $container})
MATCH path = (inner)-[:PACKED_IN*1..]->(asked)
WITH inner, nodes(path) AS members, relationships(path) AS links
WHERE size(coll.distinct(members)) = size(members)
  AND coalesce(coll.max([link IN links | link.at])
               < coll.min([link IN links WHERE link.until IS NOT NULL | link.until]), true)
WITH DISTINCT inner, members[1] AS holder, links[0] AS link, size(links) AS depth
RETURN CASE WHEN inner:Unit THEN 'unit' WHEN inner:Lot THEN 'lot' ELSE 'container' END AS kind,
       CASE WHEN inner:Lot THEN replace(replace(inner.supplier, '%', '%25'), '/', '%2F') + '/' + inner.lot
            ELSE coalesce(inner.unit, inner.container) END AS id,
       holder.container AS container, depth,
       link.at.epochSeconds * 1000000 + link.at.microsecond AS at,
       link.until.epochSeconds * 1000000 + link.until.microsecond AS removed_at
