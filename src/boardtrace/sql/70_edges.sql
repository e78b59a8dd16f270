-- One relation `want_<kind>` for each kind of edge. `_src` is where it was read first.

CREATE OR REPLACE TEMP TABLE want_supplied AS
SELECT r.supplier AS maker, r.supplier, r.lot, 'maker' AS role, min(l._src) AS _src
FROM lot_ref r LEFT JOIN lots l USING (supplier, lot) WHERE r.supplier <> '' GROUP BY r.supplier, r.lot
UNION ALL
SELECT vendor, supplier, lot, 'vendor', min(_src) FROM lots WHERE vendor IS NOT NULL
GROUP BY vendor, supplier, lot;

CREATE OR REPLACE TEMP TABLE want_stocked_as AS
SELECT part, supplier, lot, min(_src) AS _src
FROM (SELECT part, supplier, lot, _src FROM lots WHERE part IS NOT NULL
      UNION ALL SELECT part, supplier, lot, NULL FROM want_lot WHERE inherited LIKE '%part%')
GROUP BY part, supplier, lot;

CREATE OR REPLACE TEMP TABLE want_became AS
SELECT l.from_supplier, l.from_lot, l.to_supplier, l.to_lot, l.kind, l.quantity, m.measure, l."at",
       l.kind <> 'merge' AS certain, min(l._src) AS _src
FROM lot_moves l
LEFT JOIN (SELECT from_supplier, from_lot, to_supplier, to_lot, quantity, min(measure) AS measure
           FROM said_measures GROUP BY ALL HAVING count(DISTINCT measure) = 1) m
  USING (from_supplier, from_lot, to_supplier, to_lot, quantity)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE want_ran AS
SELECT DISTINCT c.machine, r.run
FROM (SELECT run, context FROM scope_run UNION SELECT run, context FROM event_run) r
JOIN context c USING (context) WHERE c.machine IS NOT NULL;

CREATE OR REPLACE TEMP TABLE want_operated AS
SELECT DISTINCT c.operator, r.run
FROM (SELECT run, context FROM scope_run UNION SELECT run, context FROM event_run) r
JOIN context c USING (context) WHERE c.operator IS NOT NULL;

-- How much of a lot went onto each unit of a run, where no designators tell and it was the same for all.
CREATE OR REPLACE TEMP TABLE fed_quantity AS
SELECT r.run, q.supplier, q.lot, min(q.quantity) AS quantity, min(q.measure) AS measure
FROM said_quantities q
JOIN scoped s ON s.unit = q.unit AND s."at" = q."at" AND s.machine IS NULL
JOIN scope_run r ON r.scope = s.scope AND r.context = context_id(NULL, NULL, NULL, NULL)
GROUP BY r.run, q.supplier, q.lot HAVING count(DISTINCT {'q': q.quantity, 'm': q.measure}) = 1;

CREATE OR REPLACE TEMP TABLE want_fed AS
SELECT f.supplier, f.lot, r.run, f.feeder, f.refdes, f.certain, f.alternatives, q.quantity, q.measure,
       min(s._src) AS _src
FROM scope_fed f
JOIN scope_run r ON r.scope = f.scope AND r.context = f.context
JOIN (SELECT scope, context, supplier, lot, feeder, min(_src) AS _src FROM fed_source GROUP BY ALL) s
  ON s.scope = f.scope AND s.context = f.context AND s.supplier = f.supplier AND s.lot = f.lot
 AND s.feeder IS NOT DISTINCT FROM f.feeder
LEFT JOIN fed_quantity q ON q.run = r.run AND q.supplier = f.supplier AND q.lot = f.lot AND len(f.refdes) = 0
GROUP BY ALL;

-- Lots at the feeders now.
CREATE OR REPLACE TEMP TABLE want_loaded_at AS
SELECT supplier, lot, machine, feeder, max(loaded_at) AS "at", max_by(_src, loaded_at) AS _src
FROM load_interval WHERE unloaded_at IS NULL GROUP BY supplier, lot, machine, feeder;

-- Nearly all are in one context at one time: these need not be put together.
CREATE OR REPLACE TEMP TABLE visit_to AS
SELECT s.unit, s."at", r.run, r.feeds, s.ended_at, s._src
FROM scoped s JOIN part p ON p.part = s.parts[1] JOIN scope_run r ON r.scope = s.scope AND r.context = p.context
WHERE len(s.parts) = 1
UNION ALL
SELECT p.unit, p."at", r.run, r.feeds, max(p.ended_at), min(p._src)
FROM presence p
JOIN (FROM scoped WHERE len(parts) > 1) s
  ON s.unit = p.unit AND s."at" = p."at" AND s.machine IS NOT DISTINCT FROM p.machine
JOIN scope_run r ON r.scope = s.scope AND r.context = p.context
GROUP BY p.unit, p."at", r.run, r.feeds;

CREATE OR REPLACE TEMP TABLE want_placed AS
SELECT run, unit, "at", ended_at, _src FROM visit_to WHERE feeds;

CREATE OR REPLACE TEMP TABLE want_processed AS
SELECT r.run, p.unit, p."at", p.ended_at, p.kind, p.result, kept_json(p.parameters) AS parameters, min(p._src) AS _src
FROM process_row p
JOIN event_run r ON r.context = context_id(p.machine, p.program, p.operator, p.work_order)
GROUP BY ALL
UNION ALL
-- visits that fed nothing
SELECT run, unit, "at", ended_at, 'visit', NULL, NULL, _src FROM visit_to WHERE NOT feeds;

CREATE OR REPLACE TEMP TABLE want_tested AS
SELECT r.run, t.unit, t."at", t.kind, t.result,
       CASE WHEN t.defects IS NOT NULL THEN string_split(t.defects, ' ') END AS defects,
       kept_json(t.measurements) AS measurements, t.image, min(t._src) AS _src
FROM test_row t
JOIN event_run r ON r.context = context_id(t.machine, t.program, t.operator, t.work_order)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE want_serviced AS
SELECT r.run, s.unit, s."at", s.kind, s.site, s.firmware, s.detail,
       CASE WHEN s.refdes IS NOT NULL THEN string_split(s.refdes, ' ') END AS refdes, s.lot,
       min(s._src) AS _src
FROM service_row s
JOIN event_run r ON r.context = context_id(NULL, NULL, s.operator, s.work_order)
GROUP BY ALL;

-- A removal of a named lot is an edge from that lot; one by refdes alone is an edge from every lot
-- that had been placed there before. `named` tells them apart: only the former ends a placement
-- of unknown refdes.
CREATE OR REPLACE TEMP TABLE want_removed_from AS
SELECT supplier, lot, unit, "at", refdes, true AS named, reason, min(_src) AS _src
FROM removal WHERE lot IS NOT NULL GROUP BY ALL
UNION ALL
SELECT supplier, lot, unit, "at", list_sort(list(DISTINCT place)), false, reason, min(_src)
FROM (SELECT f.supplier, f.lot, m.unit, m."at", m.place, m.reason, m._src
      FROM (SELECT unit, "at", reason, _src, unnest(refdes) AS place FROM removal WHERE lot IS NULL) m
      JOIN want_placed p ON p.unit = m.unit AND p."at" < m."at"
      JOIN want_fed f ON f.run = p.run AND list_contains(f.refdes, m.place))
GROUP BY supplier, lot, unit, "at", reason;

CREATE OR REPLACE TEMP TABLE want_mounted_in AS
SELECT m.child, m.parent, m.position, m."at", m.until, m.certain, c.child IS NOT NULL AS current, m._src
FROM mount m LEFT JOIN current_mount c USING (child, parent, "at");

CREATE OR REPLACE TEMP TABLE packed AS
SELECT p.content_kind, p.supplier, p.content, p.container, p."at", p.until, p.removed_at, c.content IS NOT NULL AS current,
       p._src
FROM pack p
LEFT JOIN current_pack c ON c.content_kind = p.content_kind AND c.supplier IS NOT DISTINCT FROM p.supplier
     AND c.content = p.content AND c.container = p.container AND c."at" = p."at";

CREATE OR REPLACE TEMP TABLE want_packed_unit AS
SELECT supplier, content, container, "at", until, current, _src FROM packed WHERE content_kind = 'unit';

-- A lot is not one thing: what was packed elsewhere may be a part of it.
CREATE OR REPLACE TEMP TABLE want_packed_lot AS
SELECT supplier, content, container, "at", until, removed_at, current, _src FROM packed WHERE content_kind = 'lot';

CREATE OR REPLACE TEMP TABLE want_packed_container AS
SELECT supplier, content, container, "at", until, current, _src FROM packed WHERE content_kind = 'container';

CREATE OR REPLACE TEMP TABLE want_shipped_unit AS
SELECT supplier, content, shipment, min(_src) AS _src FROM listed_row
WHERE content_kind = 'unit' GROUP BY supplier, content, shipment;

CREATE OR REPLACE TEMP TABLE want_shipped_lot AS
SELECT supplier, content, shipment, min(_src) AS _src FROM shipment_contents
WHERE content_kind = 'lot' GROUP BY supplier, content, shipment;

CREATE OR REPLACE TEMP TABLE want_shipped_container AS
SELECT supplier, content, shipment, min(_src) AS _src FROM shipment_contents
WHERE content_kind = 'container' GROUP BY supplier, content, shipment;

CREATE OR REPLACE TEMP TABLE want_delivered_to AS
SELECT shipment, max(customer) AS customer, min(_src) AS _src FROM shipments
WHERE customer IS NOT NULL GROUP BY shipment;

CREATE OR REPLACE TEMP MACRO known(what) AS TABLE
SELECT DISTINCT CASE WHEN kind = 'lot' THEN alias_supplier(id) END AS supplier,
       CASE WHEN kind = 'lot' THEN alias_lot(id) ELSE id END AS id, alias
FROM aliases WHERE kind = what;
CREATE OR REPLACE TEMP TABLE want_known_unit AS FROM known('unit');
CREATE OR REPLACE TEMP TABLE want_known_lot AS FROM known('lot');
CREATE OR REPLACE TEMP TABLE want_known_supplier AS FROM known('supplier');
CREATE OR REPLACE TEMP TABLE want_known_component AS FROM known('component');
CREATE OR REPLACE TEMP TABLE want_known_machine AS FROM known('machine');
CREATE OR REPLACE TEMP TABLE want_known_operator AS FROM known('operator');
CREATE OR REPLACE TEMP TABLE want_known_container AS FROM known('container');
CREATE OR REPLACE TEMP TABLE want_known_shipment AS FROM known('shipment');
CREATE OR REPLACE TEMP TABLE want_known_customer AS FROM known('customer');

CREATE OR REPLACE TEMP TABLE want_missing_in AS SELECT DISTINCT gap, run FROM run_gap;

-- Days that a run is not longer than.
CREATE OR REPLACE TEMP MACRO span_of(first_at, last_at) AS
CASE WHEN last_at - first_at <= 86400000000 THEN 1
     WHEN last_at - first_at <= 7 * 86400000000 THEN 7
     WHEN last_at - first_at <= 31 * 86400000000 THEN 31
     WHEN last_at - first_at <= 366 * 86400000000 THEN 366 ELSE 36600 END;

-- Runs, with when they were: a window of time finds its runs by machine, operator or program, span and
-- beginning, however long the history is.
CREATE OR REPLACE TEMP TABLE want_run AS
SELECT r.run, c.program, c.work_order, c.machine, c.operator, t.first_at, t.last_at,
       span_of(t.first_at, t.last_at) AS span
FROM (SELECT run, any_value(context) AS context
      FROM (SELECT run, context FROM scope_run UNION ALL SELECT run, context FROM event_run) GROUP BY run) r
JOIN context c USING (context)
JOIN (SELECT run, min("at") AS first_at, max(greatest("at", ended_at)) AS last_at
      FROM (SELECT run, "at", ended_at FROM visit_to
            UNION ALL SELECT run, "at", ended_at FROM want_processed
            UNION ALL SELECT run, "at", NULL FROM want_tested
            UNION ALL SELECT run, "at", NULL FROM want_serviced) GROUP BY run) t USING (run);
