-- What the graph should hold: one relation `want_<kind>` for each kind of node.
-- A node that no table of its own lists is known only by reference.

CREATE OR REPLACE TEMP TABLE want_supplier AS
SELECT k.supplier, max(s.name) AS name, max(s.country) AS country, nullif(count(s.supplier) = 0, false) AS reference
FROM (SELECT supplier FROM suppliers UNION SELECT vendor FROM lots WHERE vendor IS NOT NULL
      UNION SELECT supplier FROM lot_ref WHERE supplier <> ''
      UNION SELECT id FROM aliases WHERE kind = 'supplier') k
LEFT JOIN suppliers s USING (supplier) GROUP BY k.supplier;

CREATE OR REPLACE TEMP TABLE want_component AS
SELECT k.part, max(description) AS description, max(manufacturer) AS manufacturer, max(mpn) AS mpn,
       max(category) AS category, nullif(count(c.part) = 0, false) AS reference
FROM (SELECT part FROM components UNION SELECT part FROM lots WHERE part IS NOT NULL
      UNION SELECT part FROM programs WHERE part IS NOT NULL
      UNION SELECT id FROM aliases WHERE kind = 'component') k
LEFT JOIN components c USING (part) GROUP BY k.part;

CREATE OR REPLACE TEMP TABLE want_lot AS
SELECT r.supplier, r.lot, coalesce(o.part, p.value) AS part, o.mpn, o.manufacturer, o.quantity,
       coalesce(o.date_code, d.value) AS date_code, o.manufactured_at,
       coalesce(o.received_at, e.value::BIGINT) AS received_at, o.expires_at,
       nullif(concat_ws(' ', CASE WHEN p.value IS NOT NULL THEN 'part' END,
              CASE WHEN d.value IS NOT NULL THEN 'date_code' END,
              CASE WHEN e.value IS NOT NULL THEN 'received_at' END), '') AS inherited,
       c.remaining, nullif(o.lot IS NULL, false) AS reference,
       list_filter([CASE WHEN EXISTS (FROM pack p WHERE p.content_kind = 'lot' AND p.supplier = r.supplier
                                      AND p.content = r.lot AND (p.until IS NULL OR p.until > p."at"))
                      THEN 'Packed' END,
                    CASE WHEN EXISTS (FROM shipment_contents p WHERE p.content_kind = 'lot'
                                      AND p.supplier = r.supplier AND p.content = r.lot) THEN 'Listed' END,
                    CASE WHEN o.lot IS NULL THEN 'ByReference' END],
                   lambda label: label IS NOT NULL) AS labels
FROM lot_ref r
LEFT JOIN lot_row o USING (supplier, lot)
LEFT JOIN inherited('part') p USING (supplier, lot)
LEFT JOIN inherited('date_code') d USING (supplier, lot)
LEFT JOIN inherited('received_at') e USING (supplier, lot)
LEFT JOIN (SELECT supplier, lot, arg_max(remaining, "at") AS remaining FROM consumptions
           WHERE remaining IS NOT NULL GROUP BY supplier, lot) c USING (supplier, lot);

CREATE OR REPLACE TEMP TABLE want_machine AS
SELECT k.machine, max(name) AS name, max(kind) AS kind, max(line) AS line, max(site) AS site,
       nullif(count(m.machine) = 0, false) AS reference
FROM (SELECT machine FROM machines UNION SELECT machine FROM context WHERE machine IS NOT NULL
      UNION SELECT machine FROM loads UNION SELECT id FROM aliases WHERE kind = 'machine') k
LEFT JOIN machines m USING (machine) GROUP BY k.machine;

CREATE OR REPLACE TEMP TABLE want_operator AS
SELECT k.operator, max(role) AS role, nullif(count(o.operator) = 0, false) AS reference
FROM (SELECT operator FROM operators UNION SELECT operator FROM context WHERE operator IS NOT NULL
      UNION SELECT id FROM aliases WHERE kind = 'operator') k
LEFT JOIN operators o USING (operator) GROUP BY k.operator;

CREATE OR REPLACE TEMP TABLE unit_ref AS
SELECT unit FROM unit_row
UNION SELECT unit FROM scoped
UNION SELECT unit FROM about('tests')
UNION SELECT unit FROM about('processes')
UNION SELECT unit FROM service_row
UNION SELECT child FROM mount UNION SELECT parent FROM mount
UNION SELECT content FROM packing WHERE content_kind = 'unit'
UNION SELECT content FROM shipment_contents WHERE content_kind = 'unit'
UNION SELECT id FROM aliases WHERE kind = 'unit';

CREATE OR REPLACE TEMP TABLE want_unit AS
SELECT r.unit, u.kind, u.product, u.revision, u.work_order, u.panel, u.position,
       CASE WHEN u.skipped THEN true END AS skipped, u.created_at, s.scrapped_at,
       nullif(u.unit IS NULL, false) AS reference,
       -- labels: what a traversal need not look at the edges for
       list_filter([CASE u.kind WHEN 'board' THEN 'Board' WHEN 'product' THEN 'Product' END,
                    CASE WHEN s.unit IS NOT NULL THEN 'Scrapped' END,
                    CASE WHEN r.unit IN (SELECT child FROM current_mount) THEN 'Mounted' END,
                    CASE WHEN r.unit IN (SELECT unit FROM removal) THEN 'Reworked' END,
                    CASE WHEN r.unit IN (SELECT content FROM shipment_contents WHERE content_kind = 'unit')
                      THEN 'Listed' END], lambda label: label IS NOT NULL) AS labels
FROM unit_ref r
LEFT JOIN unit_row u USING (unit)
LEFT JOIN (SELECT unit, max("at") AS scrapped_at FROM service_row WHERE kind = 'scrap' GROUP BY unit) s
  USING (unit);

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
       max(carrier) AS carrier, nullif(count(s.shipment) = 0, false) AS reference
FROM (SELECT shipment FROM shipments UNION SELECT shipment FROM shipment_contents
      UNION SELECT id FROM aliases WHERE kind = 'shipment') k
LEFT JOIN shipments s USING (shipment) GROUP BY k.shipment;

CREATE OR REPLACE TEMP TABLE want_customer AS
SELECT k.customer, max(name) AS name, max(country) AS country, nullif(count(c.customer) = 0, false) AS reference
FROM (SELECT customer FROM customers UNION SELECT customer FROM shipments WHERE customer IS NOT NULL
      UNION SELECT id FROM aliases WHERE kind = 'customer') k
LEFT JOIN customers c USING (customer) GROUP BY k.customer;

CREATE OR REPLACE TEMP TABLE want_alias AS SELECT DISTINCT alias FROM aliases;

CREATE OR REPLACE TEMP TABLE event_run AS
SELECT context, run_hash(context, NULL, NULL) AS run
FROM (SELECT context_id(machine, program, operator, NULL) AS context FROM tests
      UNION SELECT context_id(machine, program, operator, NULL) FROM processes
      UNION SELECT context_id(NULL, NULL, operator, NULL) FROM service_row);

CREATE OR REPLACE TEMP TABLE want_run AS
SELECT DISTINCT r.run, c.program, c.work_order
FROM (SELECT run, context FROM scope_run UNION SELECT run, context FROM event_run) r
JOIN context c USING (context);

CREATE OR REPLACE TEMP TABLE run_gap AS
SELECT DISTINCT md5(concat_ws(chr(31), g.reason, coalesce(g.feeder, chr(30)), to_json(g.refdes)::VARCHAR,
                              coalesce(g.part, chr(30)))) AS gap, r.run, g.feeder, g.refdes, g.part, g.reason
FROM scope_part s JOIN content_gap g USING (content)
JOIN scope_run r ON r.scope = s.scope AND r.context = s.context;

CREATE OR REPLACE TEMP TABLE want_gap AS
SELECT DISTINCT gap, reason, feeder, refdes, part FROM run_gap;

-- A row that cannot be used and names a lot: a recall of that lot has a gap there.
CREATE OR REPLACE TEMP TABLE want_quarantined AS
SELECT md5(concat_ws(chr(31), file, line::VARCHAR, reason, to_json(lots)::VARCHAR)) AS quarantined,
       file, line, "column", reason, lots
FROM quarantine WHERE len(lots) > 0;
