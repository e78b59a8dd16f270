-- EPCIS events -> rows of the input tables (docs/formats/epcis.md). The reader wrote down each event as it
-- is; here is what needs all of them: names, what was declared wrong, who is in what, what was shipped.

CREATE OR REPLACE TEMP TABLE epcis_things AS
SELECT thing[4] AS thing
FROM (SELECT DISTINCT unnest(from_json(things, '[["VARCHAR"]]')) AS thing FROM epcis_events);

-- Names ---------------------------------------------------------------------------------------------

-- A Digital Link is the URN whose company prefix its digits begin with, once some URN has shown that
-- prefix. Prefixes do not begin with one another; if they do all the same, a URN that occurred wins.
CREATE OR REPLACE TEMP TABLE epcis_named AS
SELECT name, urn, prefix
FROM (SELECT l.name, p.prefix, start || p.prefix || '.' || coalesce(head, '')
             || substr(digits, length(p.prefix) + 1) || coalesce(tail, '') AS urn
      FROM (SELECT DISTINCT name, start, head, digits, tail, unnest(range(6, 13)) AS size FROM epcis_links) l
      JOIN (SELECT DISTINCT prefix FROM epcis_prefixes) p ON p.prefix = substr(l.digits, 1, l.size))
QUALIFY row_number() OVER (PARTITION BY name ORDER BY urn IN (SELECT thing FROM epcis_things) DESC,
                           length(prefix) DESC) = 1;

CREATE OR REPLACE TEMP TABLE epcis_place AS
SELECT coalesce(n.urn, m.place) AS place, max(m.name) AS name, max(m.country) AS country
FROM epcis_masters m LEFT JOIN epcis_named n ON n.name = m.place GROUP BY ALL;

-- What a thing is an instance or lot of: the pattern of its class.
CREATE OR REPLACE TEMP MACRO epcis_product(name) AS
CASE WHEN starts_with(name, 'urn:boardtrace:gs1:01/') THEN regexp_extract(name, '^urn:boardtrace:gs1:01/\d+')
     WHEN regexp_matches(name, '^urn:epc:(id:sgtin|id:upui|class:lgtin):[^.]+\.[^.]+\.')
       THEN 'urn:epc:idpat:sgtin:' || regexp_extract(name, ':(?:sgtin|upui|lgtin):([^.]+\.[^.]+\.)', 1) || '*'
     WHEN regexp_matches(name, '^urn:epc:id:(cpi|grai):[^.]+\.[^.]+\.')
       THEN regexp_replace(name, '^urn:epc:id:(cpi|grai):([^.]+\.[^.]+\.).*$', 'urn:epc:idpat:\1:\2*')
     WHEN regexp_matches(name, '^urn:epc:id:itip:([^.]+\.){4}')
       THEN regexp_replace(name, '^urn:epc:id:itip:((?:[^.]+\.){4}).*$', 'urn:epc:idpat:itip:\1*')
END;

-- The 14 digits of the pattern of a trade item, with its check digit.
CREATE OR REPLACE TEMP MACRO epcis_digits(pattern) AS
regexp_replace(regexp_extract(pattern, '^urn:epc:idpat:sgtin:(\d+\.\d+)\.\*$', 1), '^(\d+)\.(\d)(\d*)$', '\2\1\3');
CREATE OR REPLACE TEMP MACRO epcis_gtin(digits) AS
CASE WHEN length(digits) = 13 THEN digits || (
  (10 - list_sum(list_transform(range(13), lambda i: substr(digits, i + 1, 1)::INTEGER
                                * CASE WHEN i % 2 = 0 THEN 3 ELSE 1 END)) % 10) % 10)::INTEGER::VARCHAR END;

-- Events that count ---------------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE epcis_declared AS
SELECT DISTINCT event, event_id FROM epcis_events WHERE declared;

CREATE OR REPLACE TEMP TABLE epcis_wrong AS
-- the same event, by its content; another id is another event
SELECT DISTINCT e.event, e.event_id FROM epcis_events e JOIN epcis_declared d USING (event)
WHERE e.declared IS NOT TRUE AND (d.event_id IS NULL OR e.event_id IS NULL OR d.event_id = e.event_id)
UNION
-- by its id alone, if no event of this id says what the declaration repeats
SELECT DISTINCT e.event, e.event_id FROM epcis_events e JOIN epcis_declared d USING (event_id)
WHERE e.declared IS NOT TRUE
  AND NOT EXISTS (FROM epcis_events o WHERE o.event_id = d.event_id AND o.event = d.event AND o.declared IS NOT TRUE);

CREATE OR REPLACE TEMP TABLE epcis_event AS
SELECT e.event, e.event_id, e.type, e.verb, e."at", e.step, e.disposition, e.transformation, e.returned, e.transfer, e.quiet,
       e.manufactured_at, e.expires_at, e.date_code, e.mpn, e.work_order, e.parameters, e.things,
       coalesce(r.urn, e.read_point) AS read_point, coalesce(s.urn, e.source) AS source,
       coalesce(d.urn, e.destination) AS destination, coalesce(p.urn, e.shipment) AS shipment,
       coalesce(e.transformation, e.event) AS making, min(e._src) OVER (PARTITION BY e.event) AS _src
FROM epcis_events e
LEFT JOIN epcis_named r ON r.name = e.read_point
LEFT JOIN epcis_named s ON s.name = e.source
LEFT JOIN epcis_named d ON d.name = e.destination
LEFT JOIN epcis_named p ON p.name = e.shipment
WHERE e.declared IS NOT TRUE
  AND NOT EXISTS (FROM epcis_wrong w WHERE w.event = e.event AND w.event_id IS NOT DISTINCT FROM e.event_id)
QUALIFY row_number() OVER (PARTITION BY e.event ORDER BY e.event_id NULLS LAST, e.json) = 1;

-- As one of its spellings lists them: a lot that stands there twice is there twice.
CREATE OR REPLACE TEMP TABLE epcis_listed AS
SELECT t.event, t.thing[1] AS role, t.thing[2] AS kind, coalesce(n.urn, t.thing[4]) AS thing,
       try_cast(t.thing[5] AS DOUBLE) AS quantity, t.thing[6] AS uom,
       CASE WHEN t.thing[2] = 'lot' THEN coalesce(n.prefix, t.thing[3], '') END AS supplier
FROM (SELECT event, unnest(from_json(things, '[["VARCHAR"]]')) AS thing FROM epcis_event) t
LEFT JOIN epcis_named n ON n.name = t.thing[4];

-- What holds a container is a container, whatever its identifier.
CREATE OR REPLACE TEMP TABLE epcis_holder AS
SELECT DISTINCT p.thing FROM epcis_listed p JOIN epcis_listed c USING (event)
WHERE p.role = 'parent' AND p.kind = 'unit' AND c.role = 'child' AND c.kind = 'container';

-- Quantities are added up in an order of their own: sums of fractions depend on it. Those of two units of
-- measure have no sum, nor has what is listed with and without one.
CREATE OR REPLACE TEMP TABLE epcis_thing AS
SELECT l.event, l.role, CASE WHEN h.thing IS NOT NULL THEN 'container' ELSE l.kind END AS kind, l.supplier, l.thing,
       CASE WHEN count(DISTINCT coalesce(l.uom, '')) = 1 AND count(l.quantity) = count(*)
         THEN list_sum(list_sort(list(l.quantity))) END AS quantity,
       coalesce(min(l.uom), '') AS uom, count(l.quantity) = 0 AS untold
FROM epcis_listed l LEFT JOIN epcis_holder h USING (thing)
GROUP BY l.event, l.role, l.kind, l.supplier, l.thing, h.thing;

-- Things --------------------------------------------------------------------------------------------

-- What came into being: added, or put out by a transformation that it did not go into.
CREATE OR REPLACE TEMP TABLE epcis_made AS
SELECT t.kind, t.supplier, t.thing, t.quantity, e.*
FROM epcis_thing t JOIN epcis_event e USING (event)
WHERE (e.type = 'ObjectEvent' AND e.verb = 'ADD')
   OR (t.role = 'output' AND NOT EXISTS (
         FROM epcis_thing i JOIN epcis_event o USING (event)
         WHERE i.role = 'input' AND i.thing = t.thing AND o.making = e.making));

CREATE OR REPLACE TEMP TABLE epcis_says_units AS
SELECT t.thing AS unit, epcis_product(t.thing) AS product, any_value(m.created_at) AS created_at,
       any_value(m.work_order) AS work_order, min(e._src) AS _src
FROM epcis_thing t JOIN epcis_event e USING (event)
LEFT JOIN (SELECT thing, min("at") AS created_at, max(work_order) AS work_order FROM epcis_made
           WHERE kind = 'unit' GROUP BY thing) m USING (thing)
WHERE t.kind = 'unit' GROUP BY t.thing;

CREATE OR REPLACE TEMP TABLE epcis_says_lots AS
SELECT t.supplier, t.thing AS lot, epcis_product(t.thing) AS part, any_value(m.quantity) AS quantity,
       any_value(m.manufactured_at) AS manufactured_at, NULL::BIGINT AS expires_at, NULL::VARCHAR AS date_code,
       NULL::VARCHAR AS mpn, min(e."at") FILTER (e.step IN ('receiving', 'accepting')) AS received_at, min(e._src) AS _src
FROM epcis_thing t JOIN epcis_event e USING (event)
LEFT JOIN (SELECT supplier, thing, list_sum(list_sort(list(quantity))) AS quantity,
                  CASE WHEN count(manufactured_at) = 0 THEN min("at") END AS manufactured_at
           FROM epcis_made WHERE kind = 'lot' GROUP BY supplier, thing) m
  ON m.supplier = t.supplier AND m.thing = t.thing
WHERE t.kind = 'lot' GROUP BY t.supplier, t.thing
UNION ALL
-- what its master data says: two events that differ are to be seen
SELECT supplier, thing, NULL, NULL, manufactured_at, expires_at, date_code, mpn, NULL, min(_src)
FROM epcis_made
WHERE kind = 'lot' AND coalesce(manufactured_at, expires_at) IS NOT NULL OR (kind = 'lot' AND coalesce(date_code, mpn) IS NOT NULL)
GROUP BY supplier, thing, manufactured_at, expires_at, date_code, mpn;

CREATE OR REPLACE TEMP TABLE epcis_says_suppliers AS
SELECT supplier, min(_src) AS _src FROM epcis_says_lots WHERE supplier <> '' GROUP BY supplier;

CREATE OR REPLACE TEMP TABLE epcis_says_components AS
SELECT part, min(_src) AS _src
FROM (SELECT part, _src FROM epcis_says_lots UNION ALL SELECT product, _src FROM epcis_says_units)
WHERE part IS NOT NULL GROUP BY part;

-- Who is in what ------------------------------------------------------------------------------------

-- Inputs and outputs of a transformation, which may be told by several events of one transformationID.
-- What is on both sides stays what it is: the device that is repaired.
CREATE OR REPLACE TEMP TABLE epcis_side AS
SELECT e.making, t.role, t.kind, t.supplier, t.thing, t.quantity, t.uom, e."at", e.read_point, e._src,
       EXISTS (FROM epcis_thing o JOIN epcis_event f USING (event)
               WHERE f.making = e.making AND o.thing = t.thing AND o.role IN ('input', 'output') AND o.role <> t.role) AS stays
FROM epcis_thing t JOIN epcis_event e USING (event)
WHERE t.role IN ('input', 'output');

CREATE OR REPLACE TEMP TABLE epcis_making AS
SELECT making, count(DISTINCT thing) FILTER (stays AND kind = 'unit') AS staying,
       coalesce(bool_or(role = 'input' AND NOT stays AND kind = 'unit'), false) AS takes,
       coalesce(bool_or(role = 'output' AND NOT stays AND kind = 'unit'), false) AS gives,
       count(DISTINCT (supplier, thing)) FILTER (role = 'output' AND kind IN ('unit', 'lot', 'container')) AS outputs,
       coalesce(bool_or(role = 'output' AND kind = 'class'), false) AS unnamed, min("at") AS "at"
FROM epcis_side GROUP BY making;

-- (content, holder, at): in it, or out of it, from then on.
CREATE OR REPLACE TEMP TABLE epcis_told AS
SELECT c.kind, c.supplier, c.thing AS content, p.kind AS holder_kind, p.thing AS holder, e."at", e.verb <> 'DELETE' AS inside,
       e.verb, true AS named, true AS certain, c.quantity, c.uom, c.untold, e.read_point, e._src
FROM epcis_event e
JOIN epcis_thing p ON p.event = e.event AND p.role = 'parent'
JOIN epcis_thing c ON c.event = e.event AND c.role = 'child'
WHERE c.kind <> 'class' AND p.kind IN ('unit', 'container')
UNION ALL
-- units into units: into what they became part of, or out of what stays and gives them out
SELECT i.kind, i.supplier, i.thing, o.kind, o.thing, o."at",
       CASE WHEN m.staying = 0 THEN true ELSE (i.role = 'input') <> (m.takes AND m.gives) END,
       CASE WHEN m.staying = 0 OR ((i.role = 'input') <> (m.takes AND m.gives)) THEN 'ADD' ELSE 'DELETE' END,
       true, m.staying <= 1, NULL, '', true, o.read_point, o._src
FROM epcis_side i JOIN epcis_making m USING (making)
JOIN epcis_side o ON o.making = i.making AND o.role = 'output' AND o.kind = 'unit' AND o.stays = (m.staying > 0)
WHERE i.kind = 'unit' AND NOT i.stays AND (i.role = 'input' OR m.staying > 0)
UNION ALL
-- whatever goes into a container that comes out is packed in it
SELECT i.kind, i.supplier, i.thing, o.kind, o.thing, o."at", true, 'ADD', true, true,
       CASE WHEN m.outputs = 1 THEN i.quantity END, i.uom, true, o.read_point, o._src
FROM epcis_side i JOIN epcis_making m USING (making)
JOIN epcis_side o ON o.making = i.making AND o.role = 'output' AND o.kind = 'container'
WHERE i.role = 'input' AND i.kind <> 'class' AND NOT i.stays;

-- A DELETE that names no children takes out all that were in it.
INSERT INTO epcis_told
SELECT DISTINCT t.kind, t.supplier, t.content, t.holder_kind, t.holder, e."at", false, 'DELETE', false, true, NULL, '', true, e.read_point, e._src
FROM epcis_event e
JOIN epcis_thing p ON p.event = e.event AND p.role = 'parent'
JOIN epcis_told t ON t.holder = p.thing AND t.inside AND t."at" < e."at"
WHERE e.verb = 'DELETE' AND e.type IN ('AggregationEvent', 'AssociationEvent')
  AND NOT EXISTS (FROM epcis_thing c WHERE c.event = e.event AND c.role = 'child');

-- It begins where it was not known to be inside; at one time, out comes before in. Of a lot some may be
-- taken out: it is inside until as much has come out as went in, or all of it.
CREATE OR REPLACE TEMP TABLE epcis_member AS
WITH told AS (
  SELECT kind, supplier, content, holder_kind, holder, "at", inside, bool_or(verb = 'ADD') AS added, bool_or(named) AS named,
         bool_and(certain) AS certain, max(quantity) AS quantity, min(read_point) AS read_point, min(_src) AS _src,
         bool_or(quantity IS NULL) FILTER (verb <> 'OBSERVE') AS uncounted, bool_or(untold) FILTER (verb = 'DELETE') AS emptied,
         list_sum(list_sort(list(quantity) FILTER (verb <> 'OBSERVE'))) AS moved,
         min(uom) FILTER (verb <> 'OBSERVE') AS least_uom, max(uom) FILTER (verb <> 'OBSERVE') AS greatest_uom
  FROM epcis_told WHERE content <> holder
  GROUP BY kind, supplier, content, holder_kind, holder, "at", inside
), stay AS (
  -- what had all come out is counted anew
  SELECT *, count(*) FILTER (emptied) OVER (PARTITION BY kind, supplier, content, holder ORDER BY "at", inside
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stay
  FROM told
), counted AS (
  SELECT *, sum(CASE WHEN inside THEN moved ELSE -moved END) OVER so_far AS balance,
         bool_or(inside AND uncounted) OVER so_far
         OR (bool_or(inside) OVER so_far AND NOT bool_or(inside AND added) OVER so_far)  -- seen in it
         OR min(least_uom) OVER so_far <> max(greatest_uom) OVER so_far AS uncountable
  FROM stay
  WINDOW so_far AS (PARTITION BY kind, supplier, content, holder, stay ORDER BY "at", inside ROWS UNBOUNDED PRECEDING)
), left_over AS (
  -- more than was in it cannot have come out: that is not owed by what goes in later
  SELECT *, balance - least(0, min(balance) OVER so_far) > 1e-9 OR uncountable AS some_left
  FROM counted
  WINDOW so_far AS (PARTITION BY kind, supplier, content, holder, stay ORDER BY "at", inside ROWS UNBOUNDED PRECEDING)
), whole AS (
  SELECT * EXCLUDE (moved, least_uom, greatest_uom, stay, balance, uncountable, some_left) FROM left_over
  WHERE inside OR kind <> 'lot' OR emptied OR some_left IS NOT TRUE
), paired AS (
  SELECT *, lag(inside) OVER pair AS was,
         min("at") FILTER (NOT inside) OVER (pair ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS until
  FROM whole WINDOW pair AS (PARTITION BY kind, supplier, content, holder ORDER BY "at", inside)
), placed AS (
  SELECT *, lag(holder) OVER (PARTITION BY kind, supplier, content, inside ORDER BY "at", holder) AS last_holder FROM paired
)
SELECT *, inside AND (was IS NOT TRUE OR last_holder <> holder) AS begins FROM placed;

CREATE OR REPLACE TEMP TABLE epcis_says_packing AS
SELECT content, kind AS content_kind, supplier, holder AS container, "at", until AS removed_at, _src
FROM epcis_member WHERE holder_kind = 'container' AND begins;

CREATE OR REPLACE TEMP TABLE epcis_says_mounts AS
SELECT content AS child, holder AS parent, "at", until AS removed_at, NULL::VARCHAR AS position, certain, _src
FROM epcis_member WHERE holder_kind = 'unit' AND kind = 'unit' AND begins;

CREATE OR REPLACE TEMP TABLE epcis_says_placements AS
SELECT holder AS unit, "at", supplier, content AS lot, quantity, read_point AS machine, _src
FROM epcis_member WHERE holder_kind = 'unit' AND kind = 'lot' AND (begins OR (inside AND added))
UNION ALL
-- lots into the units of a transformation: those that it made, and those that it worked on
SELECT o.thing, o."at", i.supplier, i.thing, CASE WHEN m.outputs = 1 THEN i.quantity END, o.read_point, o._src
FROM epcis_side i JOIN epcis_making m USING (making)
JOIN epcis_side o ON o.making = i.making AND o.role = 'output' AND o.kind = 'unit'
WHERE i.role = 'input' AND i.kind = 'lot';

CREATE OR REPLACE TEMP TABLE epcis_says_removals AS
SELECT holder AS unit, "at", supplier, content AS lot, _src
FROM epcis_member WHERE holder_kind = 'unit' AND kind = 'lot' AND NOT inside AND was;

CREATE OR REPLACE TEMP TABLE epcis_says_lot_moves AS
SELECT 'made' AS kind, i.supplier AS from_supplier, i.thing AS from_lot, o.supplier AS to_supplier, o.thing AS to_lot,
       CASE WHEN m.outputs = 1 THEN i.quantity END AS quantity, o."at", min(o._src) AS _src
FROM epcis_side i JOIN epcis_making m USING (making)
JOIN epcis_side o ON o.making = i.making AND o.role = 'output' AND o.kind = 'lot'
WHERE i.role = 'input' AND i.kind = 'lot' AND (i.supplier, i.thing) <> (o.supplier, o.thing)
GROUP BY ALL
UNION ALL
-- into what nobody named: a lot that is known by the transformation only
SELECT 'made', i.supplier, i.thing, '',
       CASE WHEN contains(i.making, ':') THEN i.making ELSE 'urn:boardtrace:event:' || i.making END,
       CASE WHEN m.outputs = 0 THEN i.quantity END, m."at", min(i._src)
FROM epcis_side i JOIN epcis_making m USING (making)
WHERE i.role = 'input' AND i.kind = 'lot' AND NOT i.stays AND (m.outputs = 0 OR m.unnamed)
GROUP BY ALL;

-- What happened to units ----------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE epcis_says_processes AS
SELECT DISTINCT t.thing AS unit, e."at", coalesce(e.step, e.type) AS kind, e.read_point AS machine,
       e.disposition AS result, e.parameters, e._src
FROM epcis_thing t JOIN epcis_event e USING (event)
WHERE t.kind = 'unit' AND e.quiet IS NOT TRUE;  -- what our own export says of them elsewhere

CREATE OR REPLACE TEMP TABLE epcis_says_machines AS
SELECT r.machine, 'read point' AS kind, max(m.name) AS name, min(r._src) AS _src
FROM (SELECT machine, _src FROM epcis_says_processes UNION ALL SELECT machine, _src FROM epcis_says_placements) r
LEFT JOIN epcis_place m ON m.place = r.machine
WHERE r.machine IS NOT NULL GROUP BY r.machine;

CREATE OR REPLACE TEMP TABLE epcis_says_service AS
SELECT DISTINCT t.thing AS unit, e."at", 'scrap' AS kind, e.read_point AS site, e.disposition AS detail, e._src
FROM epcis_thing t JOIN epcis_event e USING (event)
WHERE t.kind = 'unit' AND (e.step = 'destroying' OR e.disposition IN ('destroyed', 'disposed')) AND e.quiet IS NOT FALSE
  AND (t.role IN ('object', 'parent') OR (t.role = 'input' AND NOT EXISTS (
         FROM epcis_side s WHERE s.making = e.making AND s.thing = t.thing AND s.stays)));

-- Links that should be there and are not.
CREATE OR REPLACE TEMP TABLE epcis_says_gaps AS
SELECT o.thing AS unit, o.read_point AS machine, o."at", NULL::VARCHAR AS part,
       CASE WHEN i.thing IS NULL THEN 'nobody said what it was made of'
            ELSE 'made of what was in a container' END AS reason, o._src
FROM epcis_side o LEFT JOIN epcis_side i ON i.making = o.making AND i.role = 'input'
WHERE o.role = 'output' AND o.kind = 'unit' AND (i.thing IS NULL OR i.kind = 'container' AND NOT i.stays)
UNION
SELECT i.thing, i.read_point, i."at", epcis_product(i.thing), 'went into what nobody named', i._src
FROM epcis_side i JOIN epcis_making m USING (making)
WHERE i.role = 'input' AND i.kind = 'unit' AND NOT i.stays AND (m.outputs = 0 OR m.unnamed)
  AND NOT EXISTS (FROM epcis_says_service s WHERE s.unit = i.thing AND s."at" <= i."at")
UNION
SELECT o.thing AS unit, o.read_point AS machine, o."at", i.thing AS part, 'made of a product whose lot was not named' AS reason, o._src
FROM epcis_side i JOIN epcis_side o ON o.making = i.making AND o.role = 'output' AND o.kind = 'unit'
WHERE i.role = 'input' AND i.kind = 'class'
UNION
SELECT p.thing, e.read_point, e."at", c.thing, 'made of a product whose lot was not named', e._src
FROM epcis_event e JOIN epcis_thing p ON p.event = e.event AND p.role = 'parent' AND p.kind = 'unit'
JOIN epcis_thing c ON c.event = e.event AND c.role = 'child' AND c.kind = 'class'
WHERE e.verb <> 'DELETE'
UNION
SELECT i.thing, o.read_point, o."at", epcis_product(o.thing), 'became a lot, in which units are not followed', o._src
FROM epcis_side i JOIN epcis_side o ON o.making = i.making AND o.role = 'output' AND o.kind = 'lot'
WHERE i.role = 'input' AND i.kind = 'unit' AND NOT i.stays
  AND NOT EXISTS (FROM epcis_says_service s WHERE s.unit = i.thing AND s."at" <= o."at");  -- scrap that is recycled

-- Shipments -----------------------------------------------------------------------------------------

-- What an event sends or receives: its objects; of an aggregation the whole.
CREATE OR REPLACE TEMP TABLE epcis_moved AS
SELECT DISTINCT e.event, e."at", e.step, t.kind, t.supplier, t.thing, e.shipment,
       e.source IS NOT NULL OR e.destination IS NOT NULL AS told, coalesce(e.returned, false) AS returned,
       e.destination
FROM epcis_event e JOIN epcis_thing t USING (event)
WHERE e.step IN ('shipping', 'consigning', 'departing', 'retail_selling', 'void_shipping',
                 'receiving', 'accepting', 'arriving')
  AND e.quiet IS NOT FALSE  -- a step of our own export, which tells of shipments in other events
  AND t.kind IN ('unit', 'container', 'lot') AND t.role IN ('object', 'parent', 'child')
  AND (t.role <> 'child' OR NOT EXISTS (FROM epcis_thing p WHERE p.event = e.event AND p.role = 'parent'));

-- A business tells of a sending in one step, or by the departure of what it loaded (CBV 2.0, section 7.1):
-- the departure counts where nothing else tells of it on the same way, up to the next receipt.
CREATE OR REPLACE TEMP TABLE epcis_left AS
FROM epcis_moved WHERE step IN ('shipping', 'consigning', 'retail_selling')
UNION ALL
FROM epcis_moved m
WHERE step = 'departing' AND told AND NOT EXISTS (
  FROM epcis_moved s WHERE s.step IN ('shipping', 'consigning', 'retail_selling') AND s.kind = m.kind AND s.thing = m.thing
    AND s.supplier IS NOT DISTINCT FROM m.supplier
    AND NOT EXISTS (FROM epcis_moved o WHERE o.kind = m.kind AND o.thing = m.thing
                    AND o.supplier IS NOT DISTINCT FROM m.supplier AND o.step IN ('receiving', 'accepting')
                    AND o."at" > least(s."at", m."at") AND o."at" < greatest(s."at", m."at")));

-- Whether what was sent to one was received by another; a party and a place may be the same.
CREATE OR REPLACE TEMP MACRO epcis_another(sent_to, received_by) AS
coalesce(sent_to <> received_by
         AND regexp_extract(sent_to, '^\w+:\w+:\w+:\w+') = regexp_extract(received_by, '^\w+:\w+:\w+:\w+'), false);

CREATE OR REPLACE TEMP TABLE epcis_carried AS
WITH sent AS (
  SELECT * FROM epcis_left m
  WHERE
    -- the last sending before it was declared void
    NOT EXISTS (
      FROM epcis_moved v WHERE v.step = 'void_shipping' AND v.kind = m.kind AND v.thing = m.thing
        AND v.supplier IS NOT DISTINCT FROM m.supplier AND v."at" >= m."at" AND coalesce(v.shipment = m.shipment, true)
        AND NOT EXISTS (FROM epcis_left o WHERE o.kind = m.kind
                        AND o.thing = m.thing AND o.supplier IS NOT DISTINCT FROM m.supplier
                        AND o."at" > m."at" AND o."at" <= v."at"))
)
FROM sent
UNION ALL
-- received, or back, and nobody told of its sending
FROM epcis_moved m
WHERE (step IN ('receiving', 'accepting') AND told OR (step IN ('receiving', 'accepting', 'arriving') AND returned))
  AND NOT EXISTS (FROM sent s WHERE s.shipment = m.shipment AND s.returned = m.returned
                  AND NOT epcis_another(s.destination, m.destination))
  AND NOT EXISTS (FROM sent s WHERE s.kind = m.kind AND s.thing = m.thing AND s.supplier IS NOT DISTINCT FROM m.supplier
                  AND s."at" <= m."at" AND s.returned = m.returned
                  -- it went on to another, or of a lot another has some
                  AND (m.returned OR NOT CASE WHEN m.kind = 'lot' THEN coalesce(s.destination <> m.destination, false)
                                         ELSE epcis_another(s.destination, m.destination) END)
                  -- a sale of old does not say how a thing came back or where it went next
                  AND NOT EXISTS (FROM epcis_moved o WHERE o.kind = m.kind AND o.thing = m.thing
                                  AND o.supplier IS NOT DISTINCT FROM m.supplier
                                  AND o.step IN ('receiving', 'accepting')
                                  AND o."at" > s."at" AND o."at" < m."at"));

CREATE OR REPLACE TEMP TABLE epcis_sent AS
SELECT DISTINCT c.event, coalesce(c.shipment, e.event_id) AS said, c.kind, c.supplier, c.thing, e."at", e._src,
       CASE WHEN e.returned THEN 'return' WHEN e.transfer THEN 'transfer' ELSE 'sale' END AS of_kind,
       CASE WHEN e.returned THEN e.source ELSE e.destination END AS customer
FROM epcis_carried c JOIN epcis_event e USING (event);

-- One name for goods of several customers, as two senders may count alike: each event is a shipment. So is
-- a return that names the papers with which the goods once left.
CREATE OR REPLACE TEMP TABLE epcis_torn AS
WITH ways AS (
  SELECT said, of_kind = 'return' AS back, count(DISTINCT customer) > 1 OR count(DISTINCT of_kind) > 1 AS many, min("at") AS "at"
  FROM epcis_sent WHERE said IS NOT NULL GROUP BY said, back
)
SELECT said, back, many, "at" FROM ways w
WHERE many OR (back AND EXISTS (FROM ways o WHERE o.said = w.said AND NOT o.back));

CREATE OR REPLACE TEMP TABLE epcis_shipped AS
SELECT s.*, t.said IS NOT NULL AS torn,
       CASE WHEN s.said IS NULL OR t.said IS NOT NULL THEN 'urn:boardtrace:event:' || s.event ELSE s.said END AS shipment
FROM epcis_sent s LEFT JOIN epcis_torn t ON t.said = s.said AND t.back = (s.of_kind = 'return');

-- Who received it, where nobody said to whom it was sent: what was in it, before that was sent again.
CREATE OR REPLACE TEMP TABLE epcis_received AS
SELECT s.shipment, min(m.destination) AS customer
FROM epcis_shipped s
JOIN epcis_moved m ON m.kind = s.kind AND m.thing = s.thing AND m.supplier IS NOT DISTINCT FROM s.supplier
 AND m.step IN ('receiving', 'accepting') AND NOT m.returned AND m."at" >= s."at"
WHERE s.customer IS NULL AND s.of_kind <> 'return' AND m.destination IS NOT NULL
  AND NOT EXISTS (FROM epcis_shipped o WHERE o.kind = s.kind AND o.thing = s.thing
                  AND o.supplier IS NOT DISTINCT FROM s.supplier AND o."at" > s."at" AND o."at" <= m."at")
GROUP BY s.shipment;

-- Several events may tell of one shipment; it has left when the last of it has.
CREATE OR REPLACE TEMP TABLE epcis_says_shipments AS
SELECT s.shipment, w."at" AS shipped_at, s.of_kind AS kind,
       coalesce(s.customer, r.customer, CASE WHEN NOT w.told THEN g.customer END) AS customer, min(s._src) AS _src
FROM epcis_shipped s
JOIN (SELECT shipment, max("at") AS "at", count(customer) > 0 AS told FROM epcis_shipped GROUP BY shipment) w USING (shipment)
LEFT JOIN (SELECT shipment, min(destination) AS customer FROM epcis_event
           WHERE step IN ('receiving', 'accepting') AND returned IS NOT TRUE AND shipment IS NOT NULL GROUP BY shipment) r
  ON r.shipment = s.shipment AND NOT w.told AND s.of_kind <> 'return'
LEFT JOIN epcis_received g ON g.shipment = s.shipment
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE epcis_says_shipment_contents AS
SELECT shipment, thing AS content, kind AS content_kind, supplier, min(_src) AS _src FROM epcis_shipped GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE epcis_says_customers AS
SELECT s.customer, m.name, m.country, min(s._src) AS _src
FROM epcis_says_shipments s
LEFT JOIN epcis_place m ON m.place = s.customer
WHERE s.customer IS NOT NULL GROUP BY ALL;

-- Other names, and contradictions -------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE epcis_says_aliases AS
WITH spelled AS (
  SELECT l.name, l.given, n.urn, l.kind, n.prefix, l._src
  FROM epcis_links l LEFT JOIN epcis_named n USING (name)
), other AS (
  SELECT coalesce(urn, name) AS id, given AS alias, coalesce(prefix, '') AS supplier, _src FROM spelled
  UNION ALL SELECT coalesce(urn, name), 'https://id.gs1.org/' || substr(name, 20), coalesce(prefix, ''), _src FROM spelled
  UNION ALL SELECT urn, name, prefix, _src FROM spelled WHERE urn IS NOT NULL
), there AS (
  SELECT DISTINCT kind, supplier, thing AS id FROM epcis_thing WHERE kind <> 'class'
  UNION ALL SELECT 'component', NULL, part FROM epcis_says_components
  UNION ALL SELECT 'customer', NULL, customer FROM epcis_says_customers
  UNION ALL SELECT 'machine', NULL, machine FROM epcis_says_machines
)
SELECT t.kind, CASE WHEN t.kind = 'lot' THEN lot_id(t.supplier, t.id) ELSE t.id END AS id, o.alias, min(o._src) AS _src
FROM other o JOIN there t USING (id) GROUP BY ALL
UNION ALL
SELECT 'component', part, unnest([g.gtin, 'https://id.gs1.org/01/' || g.gtin]), _src
FROM (SELECT part, epcis_gtin(epcis_digits(part)) AS gtin, _src FROM epcis_says_components) g WHERE g.gtin IS NOT NULL
UNION ALL
SELECT 'component', part, substr(part, 23), _src FROM epcis_says_components WHERE starts_with(part, 'urn:boardtrace:gs1:01/')
UNION ALL
SELECT 'shipment', shipment, said, min(_src) FROM epcis_shipped WHERE torn GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE epcis_says_findings AS
SELECT 'different events of one id' AS kind, [event_id] AS ids,
       count(DISTINCT event) || ' events of this id say different things; each counts' AS detail, max("at") AS "at"
FROM epcis_events WHERE event_id IS NOT NULL GROUP BY event_id HAVING count(DISTINCT event) > 1
UNION ALL
SELECT 'removal of nothing', [CASE WHEN kind = 'lot' THEN lot_id(supplier, content) ELSE content END, holder],
       'taken out of it, in which it was not known to be', "at"
FROM epcis_member WHERE NOT inside AND named AND was IS NOT TRUE
UNION ALL
-- a sale that nobody told of, or the wrong receiver
SELECT DISTINCT 'values disagree', [m.thing], 'sent to ' || s.customer || ', received by ' || m.destination, m."at"
FROM epcis_moved m JOIN epcis_sent s ON s.kind = m.kind AND s.thing = m.thing AND s."at" <= m."at"
WHERE m.step IN ('receiving', 'accepting') AND m.kind <> 'lot' AND NOT m.returned AND s.of_kind <> 'return' AND s.customer <> m.destination
  AND NOT EXISTS (FROM epcis_moved o WHERE o.kind = m.kind AND o.thing = m.thing AND o."at" > s."at" AND o."at" < m."at")
  AND NOT EXISTS (FROM epcis_sent o WHERE o.kind = m.kind AND o.thing = m.thing AND o."at" > s."at" AND o."at" <= m."at"
                  AND o.event <> m.event)
UNION ALL
SELECT 'values disagree', [said], 'goods of several customers under this name: each event is a shipment', min("at")
FROM epcis_torn WHERE many GROUP BY said
UNION ALL
SELECT 'correction of nothing', [coalesce(event_id, 'urn:boardtrace:event:' || event)],
       'declared wrong, and no such event is known', min("at")
FROM epcis_events d
WHERE declared AND NOT EXISTS (FROM epcis_events e WHERE e.declared IS NOT TRUE
  AND (e.event = d.event AND coalesce(e.event_id = d.event_id, true) OR e.event_id = d.event_id))
GROUP BY event, event_id;
