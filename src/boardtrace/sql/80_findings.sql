-- Contradictions: what cannot all be true. Each is read in one way all the same (docs/exposure.md).

-- What leads back to itself by steps (of, into); only what has steps on both sides can do so.
CREATE OR REPLACE TEMP MACRO circles(steps) AS TABLE
WITH RECURSIVE inner_step AS (
  FROM query_table(steps)
  WHERE "of" IN (SELECT "into" FROM query_table(steps)) AND "into" IN (SELECT "of" FROM query_table(steps))
), ahead AS (
  SELECT "of", "into" FROM inner_step
  UNION
  SELECT a."of", s."into" FROM ahead a JOIN inner_step s ON s."of" = a."into"
)
SELECT DISTINCT list_sort(list(a."into")) AS ring
FROM ahead a JOIN ahead b ON b."of" = a."into" AND b."into" = a."of" GROUP BY a."of";

CREATE OR REPLACE TEMP TABLE lot_step AS
SELECT DISTINCT lot_id(from_supplier, from_lot) AS "of", lot_id(to_supplier, to_lot) AS "into" FROM lot_moves;
CREATE OR REPLACE TEMP TABLE pack_step AS
SELECT content AS "of", container AS "into" FROM current_pack WHERE content_kind = 'container';

-- Every number that a lot may be called by: its parts', its own maker's, and those of its parts' makers.
CREATE OR REPLACE TEMP TABLE lot_called AS
SELECT supplier, lot, unnest(numbers) AS number FROM lot_number
UNION SELECT supplier, lot, number FROM want_numbered_lot
UNION SELECT l.supplier, l.lot, m.number
FROM (SELECT supplier, lot, unnest(numbers) AS number FROM lot_number) l
JOIN want_numbered_component c ON c."as" = 'part' AND c.number = l.number
JOIN want_numbered_component m ON m."as" = 'mpn' AND m.part = c.part;

-- Who was at a machine when, of units that were anywhere before they had left.
CREATE OR REPLACE TEMP TABLE at_machine AS
WITH stay AS (
  SELECT DISTINCT unit, machine, "at" AS started_at, greatest("at", coalesce(ended_at, "at")) AS ended_at FROM visited
  UNION
  SELECT unit, machine, "at", "at" FROM placed_group WHERE machine IS NOT NULL
)
FROM stay SEMI JOIN (
  SELECT unit FROM stay
  QUALIFY started_at <= max(ended_at) OVER (PARTITION BY unit ORDER BY started_at
                                            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) USING (unit);

CREATE OR REPLACE TEMP TABLE finding AS
SELECT 'values disagree' AS kind, ids, table_name || '.' || column_name || ': ' || array_to_string(said, ', ') AS detail,
       NULL::BIGINT AS "at"
FROM disagreement
UNION ALL
-- a removal without designators takes off its lot wherever it is; one with them what is there
SELECT 'removal of nothing', [m.unit],
       concat_ws(' ', 'removed', CASE WHEN m.lot IS NOT NULL THEN lot_id(m.supplier, m.lot) END,
                 array_to_string(m.refdes, ' '), 'which was not there'), m."at"
FROM removal m
WHERE NOT EXISTS (
  FROM want_placed p JOIN want_fed f USING (run)
  WHERE p.unit = m.unit AND p."at" < m."at"
    AND CASE WHEN m.lot IS NULL THEN list_has_any(f.refdes, m.refdes)
        ELSE f.supplier = m.supplier AND f.lot = m.lot
             AND (m.refdes IS NULL OR len(f.refdes) = 0 OR list_has_any(f.refdes, m.refdes)) END)
UNION ALL
SELECT 'several mountings', list_prepend(child, list_sort(list(DISTINCT parent))),
       'mounted in all of these now; the latest counts', max("at")
FROM mount WHERE until IS NULL GROUP BY child HAVING count(DISTINCT parent) > 1
UNION ALL
SELECT DISTINCT 'in two parents at once', [m.child, least(m.parent, o.parent), greatest(m.parent, o.parent)],
       'mounted in both', greatest(m."at", o."at")
FROM mount m JOIN mount o ON o.child = m.child AND o.parent > m.parent
 AND m."at" < coalesce(o.until, 9223372036854775807) AND o."at" < coalesce(m.until, 9223372036854775807)
WHERE m.until IS NOT NULL OR o.until IS NOT NULL
UNION ALL
-- cloned serials look like this
SELECT DISTINCT 'at two machines at once', [v.unit, least(v.machine, o.machine), greatest(v.machine, o.machine)],
       'one serial, two places', greatest(v.started_at, o.started_at)
FROM at_machine v JOIN at_machine o ON o.unit = v.unit AND o.machine > v.machine
 AND (v.started_at = o.started_at OR (v.started_at < o.ended_at AND o.started_at < v.ended_at))
UNION ALL
SELECT DISTINCT 'in two shipments at once', [c.unit, c.shipment, o.shipment], 'both left with it', c.shipped_at
FROM carried c JOIN carried o ON o.unit = c.unit AND o.shipped_at = c.shipped_at AND o.shipment > c.shipment
UNION ALL
SELECT 'fed more than it held', [lot_id(f.supplier, f.lot)],
       'placed ' || f.placed::BIGINT || ', held ' || l.quantity::BIGINT, NULL
FROM placed_of_lot f JOIN lot_row l USING (supplier, lot) WHERE f.placed > l.quantity
UNION ALL
SELECT 'mounted in a circle', ring, 'each is mounted in the next; the earliest mounting does not count', max("at")
FROM mount_cycle GROUP BY ring
UNION ALL
SELECT 'packed in a circle', ring, 'each is packed in the next', NULL FROM circles('pack_step')
UNION ALL
SELECT 'lots in a circle', ring, 'each became the next: which was first is not known', NULL FROM circles('lot_step')
UNION ALL
SELECT 'never there', [child, parent], 'mounted until ' || shown_time(until), "at"
FROM mount WHERE until <= "at"
UNION ALL
SELECT 'packed again elsewhere', [lot_id(supplier, content), container],
       'nothing says that all of the lot had left this container', until
FROM pack WHERE content_kind = 'lot' AND removed_at IS DISTINCT FROM until
UNION ALL
SELECT 'never there', [content, container], 'packed until ' || shown_time(max(removed_at)), "at"
FROM packing_row GROUP BY content_kind, supplier, content, container, "at" HAVING max(removed_at) <= "at"
UNION ALL
SELECT 'never there', [lot_id(supplier, lot), machine], 'at feeder ' || feeder || ' until ' || shown_time(max(unloaded_at)), loaded_at
FROM loads GROUP BY machine, feeder, supplier, lot, loaded_at HAVING max(unloaded_at) <= loaded_at
UNION ALL
SELECT 'ends before it starts', [unit, machine], 'the visit ended ' || shown_time(ended_at), started_at
FROM visit WHERE ended_at < started_at
UNION ALL
SELECT 'another part than the program wants', list_prepend(lot_id(supplier, lot), list_sort(list(DISTINCT machine))),
       'feeder ' || feeder || ' of ' || program || ' wants ' || array_to_string(any_value(parts), ' or ')
         || ', the lot holds ' || any_value(part), NULL
FROM (SELECT DISTINCT s.machine, s.program, f.feeder, f.supplier, f.lot, w.parts, l.part
      FROM setup_feed f JOIN setup s USING (setup)
      JOIN program_feeder w ON w.program = s.program AND w.feeder = f.feeder
      JOIN want_lot l ON l.supplier = f.supplier AND l.lot = f.lot
      WHERE s.known AND len(w.parts) > 0 AND l.numbers IS NOT NULL
        AND NOT EXISTS (FROM lot_called c WHERE c.supplier = f.supplier AND c.lot = f.lot
                        AND list_contains(list_transform(w.parts, lambda part: part_number(part)), c.number)))
GROUP BY program, feeder, supplier, lot
UNION ALL
SELECT 'one name of several', list_prepend(alias, list_sort(list(DISTINCT id))), 'alias of several: ' || kind, NULL
FROM aliases GROUP BY kind, alias HAVING count(DISTINCT id) > 1
UNION ALL
FROM said_findings;
