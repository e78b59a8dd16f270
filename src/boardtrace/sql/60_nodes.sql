-- What the graph should hold: one relation `want_<kind>` for each kind of node.
-- A node that no table of its own lists is known only by reference.

CREATE OR REPLACE TEMP MACRO by_reference(unlisted) AS CASE WHEN unlisted THEN ['ByReference'] ELSE [] END;

CREATE OR REPLACE TEMP TABLE want_supplier AS
SELECT k.supplier, max(s.name) AS name, max(s.country) AS country, by_reference(count(s.supplier) = 0) AS labels
FROM (SELECT supplier FROM suppliers UNION SELECT vendor FROM lots WHERE vendor IS NOT NULL
      UNION SELECT supplier FROM lot_ref WHERE supplier <> ''
      UNION SELECT id FROM aliases WHERE kind = 'supplier') k
LEFT JOIN suppliers s USING (supplier) GROUP BY k.supplier;

CREATE OR REPLACE TEMP TABLE want_component AS
SELECT k.part, max(description) AS description, max(manufacturer) AS manufacturer, max(mpn) AS mpn,
       max(category) AS category, by_reference(count(c.part) = 0) AS labels
FROM (SELECT part FROM components UNION SELECT part FROM lots WHERE part IS NOT NULL
      UNION SELECT part FROM programs WHERE part IS NOT NULL
      UNION SELECT id FROM aliases WHERE kind = 'component') k
LEFT JOIN components c USING (part) GROUP BY k.part;

-- The parts that a lot may hold, as part numbers are compared; none: not known.
CREATE OR REPLACE TEMP TABLE lot_number AS
SELECT supplier, lot, list_sort(list(DISTINCT part_number(part))) AS numbers
FROM (SELECT supplier, lot, part FROM lots WHERE part IS NOT NULL
      UNION ALL SELECT supplier, lot, value FROM inherited('part') WHERE value IS NOT NULL)
GROUP BY supplier, lot;

CREATE OR REPLACE TEMP TABLE want_lot AS
SELECT r.supplier, r.lot, coalesce(o.part, p.value) AS part, o.mpn, o.manufacturer, o.quantity,
       coalesce(o.date_code, d.value) AS date_code, o.manufactured_at,
       coalesce(o.received_at, e.value::BIGINT) AS received_at, o.expires_at,
       nullif(concat_ws(' ', CASE WHEN p.value IS NOT NULL THEN 'part' END,
              CASE WHEN d.value IS NOT NULL THEN 'date_code' END,
              CASE WHEN e.value IS NOT NULL THEN 'received_at' END), '') AS inherited,
       c.remaining, a.other_date_codes, a.other_received_at, n.numbers,
       list_sort(list_filter([CASE WHEN EXISTS (FROM pack p WHERE p.content_kind = 'lot' AND p.supplier = r.supplier
                                      AND p.content = r.lot AND (p.until IS NULL OR p.until > p."at"))
                      THEN 'Packed' END,
                    CASE WHEN EXISTS (FROM shipment_contents p WHERE p.content_kind = 'lot'
                                      AND p.supplier = r.supplier AND p.content = r.lot) THEN 'Listed' END,
                    CASE WHEN o.lot IS NULL THEN 'ByReference' END,
                    CASE WHEN EXISTS (FROM pack p WHERE p.content_kind = 'lot' AND p.supplier = r.supplier
                                      AND p.content = r.lot AND p.until IS NOT NULL AND p.removed_at IS DISTINCT FROM p.until)
                      THEN 'Repacked' END,
                    CASE WHEN n.numbers IS NULL THEN 'Partless' END,
                    CASE WHEN r.supplier = '' AND (r.supplier, r.lot) NOT IN (SELECT (to_supplier, to_lot) FROM lot_moves)
                      THEN 'Orphan' END],
                   lambda label: label IS NOT NULL)) AS labels
FROM lot_ref r
LEFT JOIN lot_row o USING (supplier, lot)
LEFT JOIN lot_also a USING (supplier, lot)
LEFT JOIN lot_number n USING (supplier, lot)
LEFT JOIN inherited('part') p USING (supplier, lot)
LEFT JOIN inherited('date_code') d USING (supplier, lot)
LEFT JOIN inherited('received_at') e USING (supplier, lot)
LEFT JOIN (SELECT supplier, lot, arg_max(remaining, ("at", remaining)) AS remaining FROM consumptions
           WHERE remaining IS NOT NULL GROUP BY supplier, lot) c USING (supplier, lot);

CREATE OR REPLACE TEMP TABLE want_machine AS
SELECT k.machine, max(name) AS name, max(kind) AS kind, max(line) AS line, max(site) AS site,
       by_reference(count(m.machine) = 0) AS labels
FROM (SELECT machine FROM machines UNION SELECT machine FROM context WHERE machine IS NOT NULL
      UNION SELECT machine FROM loads UNION SELECT id FROM aliases WHERE kind = 'machine') k
LEFT JOIN machines m USING (machine) GROUP BY k.machine;

CREATE OR REPLACE TEMP TABLE want_operator AS
SELECT k.operator, max(role) AS role, by_reference(count(o.operator) = 0) AS labels
FROM (SELECT operator FROM operators UNION SELECT operator FROM context WHERE operator IS NOT NULL
      UNION SELECT id FROM aliases WHERE kind = 'operator') k
LEFT JOIN operators o USING (operator) GROUP BY k.operator;

CREATE OR REPLACE TEMP TABLE want_unit AS
SELECT r.unit, u.kind, u.product, u.revision, u.work_order, u.panel, u.position,
       CASE WHEN u.skipped THEN true END AS skipped, u.created_at, s.scrapped_at,
       -- where it is: what a recall need not look for (55_places.sql)
       p.top, p.now_in, p.went_with, p.went_at, coalesce(p.state, 'in_stock') AS state, p.held_by, p.held_formerly,
       -- labels: what a traversal need not look at the edges for
       list_sort(list_filter([CASE u.kind WHEN 'board' THEN 'Board' WHEN 'product' THEN 'Product' END,
                    CASE WHEN s.unit IS NOT NULL THEN 'Scrapped' END,
                    CASE WHEN r.unit IN (SELECT child FROM current_mount) THEN 'Mounted' END,
                    CASE WHEN r.unit IN (SELECT unit FROM removal) THEN 'Reworked' END,
                    CASE WHEN r.unit IN (SELECT content FROM listed_row WHERE content_kind = 'unit')
                      THEN 'Listed' END,
                    CASE WHEN u.unit IS NULL THEN 'ByReference' END], lambda label: label IS NOT NULL)) AS labels
FROM unit_ref r
LEFT JOIN unit_row u USING (unit)
LEFT JOIN scrapped s USING (unit)
LEFT JOIN place p USING (unit);

CREATE OR REPLACE TEMP TABLE want_container AS
SELECT DISTINCT container, NULL::VARCHAR AS kind,
       CASE WHEN container IN (SELECT content FROM shipment_contents WHERE content_kind = 'container')
         THEN ['Listed'] ELSE [] END AS labels
FROM (SELECT container FROM packing
      UNION SELECT content FROM packing WHERE content_kind = 'container'
      UNION SELECT content FROM shipment_contents WHERE content_kind = 'container'
      UNION SELECT id FROM aliases WHERE kind = 'container');

CREATE OR REPLACE TEMP TABLE want_shipment AS
SELECT k.shipment, coalesce(max(s.kind), 'sale') AS kind, max(shipped_at) AS shipped_at,
       max(carrier) AS carrier, by_reference(count(s.shipment) = 0) AS labels
FROM (SELECT shipment FROM shipments UNION SELECT shipment FROM shipment_contents
      UNION SELECT id FROM aliases WHERE kind = 'shipment') k
LEFT JOIN shipments s USING (shipment) GROUP BY k.shipment;

CREATE OR REPLACE TEMP TABLE want_customer AS
SELECT k.customer, max(name) AS name, max(country) AS country, by_reference(count(c.customer) = 0) AS labels
FROM (SELECT customer FROM customers UNION SELECT customer FROM shipments WHERE customer IS NOT NULL
      UNION SELECT id FROM aliases WHERE kind = 'customer') k
LEFT JOIN customers c USING (customer) GROUP BY k.customer;

CREATE OR REPLACE TEMP TABLE want_alias AS SELECT DISTINCT alias FROM aliases;

-- Part numbers, with what is numbered so: components by their own, components and lots by the maker's.
CREATE OR REPLACE TEMP TABLE want_numbered_component AS
SELECT part_number(part) AS number, part, 'part' AS "as" FROM want_component
UNION
SELECT part_number(mpn), part, 'mpn' FROM components WHERE mpn IS NOT NULL;

CREATE OR REPLACE TEMP TABLE want_numbered_lot AS
SELECT part_number(mpn) AS number, supplier, lot, 'mpn' AS "as", min(_src) AS _src
FROM lots WHERE mpn IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE want_part_number AS
SELECT number FROM want_numbered_component UNION SELECT number FROM want_numbered_lot;

CREATE OR REPLACE TEMP TABLE want_program AS
SELECT DISTINCT program FROM (SELECT program FROM programs UNION SELECT program FROM context)
WHERE program IS NOT NULL;

CREATE OR REPLACE TEMP TABLE want_firmware AS
SELECT DISTINCT firmware FROM service_row WHERE firmware IS NOT NULL;

CREATE OR REPLACE TEMP TABLE event_run AS
SELECT context, run_hash(context, NULL, NULL) AS run
FROM (SELECT context_id(machine, program, operator, work_order) AS context FROM test_row
      UNION SELECT context_id(machine, program, operator, work_order) FROM process_row
      UNION SELECT context_id(NULL, NULL, operator, work_order) FROM service_row);

CREATE OR REPLACE TEMP TABLE run_gap AS
SELECT DISTINCT md5(concat_ws(chr(31), g.reason, coalesce(g.feeder, chr(30)), to_json(g.refdes)::VARCHAR,
                              coalesce(g.part, chr(30)))) AS gap, r.run, g.feeder, g.refdes, g.part, g.reason
FROM scope_part s JOIN content_gap g USING (content)
JOIN scope_run r ON r.scope = s.scope AND r.context = s.context;

CREATE OR REPLACE TEMP TABLE want_gap AS
SELECT DISTINCT gap, reason, feeder, refdes, part, part_number(part) AS number FROM run_gap;

-- A row that cannot be used: a recall of what it names has a gap there.
CREATE OR REPLACE TEMP TABLE want_quarantined AS
SELECT quarantine_id(file, line, reason, names) AS quarantined,
       min(batch) AS in_batch, file AS in_file, line AS at_line, any_value("column") AS "column", reason, names
FROM quarantine
WHERE quarantine_id(file, line, reason, names) NOT IN (SELECT id FROM repaired)
GROUP BY file, line, reason, names;
