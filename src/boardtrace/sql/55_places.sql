-- Where each unit is now: at the end of its mountings, in which container, gone with which shipment, who
-- has it and who had it. It depends on the unit alone, so it is worked out once here and not in each recall.

CREATE OR REPLACE TEMP TABLE unit_ref AS
SELECT unit FROM unit_row
UNION SELECT unit FROM scoped
UNION SELECT unit FROM about('tests')
UNION SELECT unit FROM about('processes')
UNION SELECT unit FROM service_row
UNION SELECT child FROM mount UNION SELECT parent FROM mount
UNION SELECT content FROM packing_row WHERE content_kind = 'unit'
UNION SELECT content FROM listed_row WHERE content_kind = 'unit'
UNION SELECT id FROM aliases WHERE kind = 'unit';

-- The shipments, also those that are known only by what they carried.
CREATE OR REPLACE TEMP TABLE sent AS
SELECT shipment, max(shipped_at) AS shipped_at, coalesce(max(kind), 'sale') AS kind, max(customer) AS customer
FROM (SELECT DISTINCT shipment FROM shipment_contents) LEFT JOIN shipments USING (shipment)
GROUP BY shipment;

-- What is in what. Small numbers stand for units and containers: the recursion keeps all of its rows in
-- memory. A lot holds nothing.
CREATE OR REPLACE TEMP TABLE membership AS
SELECT 'unit' AS kind, child AS id, 'unit' AS holder_kind, parent AS holder, "at", until FROM mount
UNION ALL
SELECT content_kind, content, 'container', container, "at", until FROM pack WHERE content_kind <> 'lot';

CREATE OR REPLACE TEMP TABLE thing AS
SELECT row_number() OVER ()::INTEGER AS number, kind, id
FROM (SELECT kind, id FROM membership UNION SELECT holder_kind, holder FROM membership
      UNION SELECT content_kind, content FROM listed_row);

CREATE OR REPLACE TEMP TABLE inside AS
SELECT t.number AS thing, h.number AS holder, m."at", m.until
FROM membership m JOIN thing t ON t.kind = m.kind AND t.id = m.id
JOIN thing h ON h.kind = m.holder_kind AND h.id = m.holder;

-- What each carried: what it lists, and what was in that at the time of shipping. If the time is not
-- known, what was ever in it, all at one time.
CREATE OR REPLACE TEMP TABLE carried AS
WITH RECURSIVE trip AS MATERIALIZED (
  SELECT row_number() OVER ()::INTEGER AS trip, * FROM sent
), went AS (
  SELECT DISTINCT s.trip, s.shipped_at, t.number AS thing, NULL::BIGINT AS since, NULL::BIGINT AS until
  FROM listed_row c JOIN trip s USING (shipment)
  JOIN thing t ON t.kind = c.content_kind AND t.id = c.content
  UNION
  SELECT w.trip, w.shipped_at, m.thing,
         CASE WHEN w.shipped_at IS NULL THEN greatest(w.since, m."at") END,
         CASE WHEN w.shipped_at IS NULL THEN least(w.until, m.until) END
  FROM went w JOIN inside m ON m.holder = w.thing
  WHERE CASE WHEN w.shipped_at IS NULL
        THEN coalesce(greatest(w.since, m."at") < least(w.until, m.until), true)
        ELSE m."at" <= w.shipped_at AND coalesce(w.shipped_at < m.until, true) END
)
SELECT t.id AS unit, s.* EXCLUDE (trip)
FROM (SELECT DISTINCT trip, thing FROM went) w
JOIN thing t ON t.number = w.thing AND t.kind = 'unit' JOIN trip s USING (trip);

-- A shipment of unknown time went before every dated one; of equal times the greater id is later.
CREATE OR REPLACE TEMP TABLE last_trip AS
SELECT * FROM carried
QUALIFY row_number() OVER (PARTITION BY unit ORDER BY shipped_at DESC NULLS LAST, shipment DESC) = 1;

CREATE OR REPLACE TEMP TABLE above AS
WITH RECURSIVE up AS (
  SELECT child AS unit, parent AS holder, 1 AS steps FROM current_mount
  UNION ALL
  SELECT u.unit, m.parent, u.steps + 1 FROM up u JOIN current_mount m ON m.child = u.holder
)
FROM up;

CREATE OR REPLACE TEMP TABLE scrapped AS
SELECT unit, max("at") AS scrapped_at FROM service_row WHERE kind = 'scrap' GROUP BY unit;

-- Scrapped, unless the very one that was scrapped was sold later; with all that is in it.
CREATE OR REPLACE TEMP TABLE is_scrapped AS
WITH one AS (
  SELECT unit FROM scrapped s
  WHERE NOT EXISTS (FROM carried c WHERE c.unit = s.unit AND c.kind = 'sale' AND c.shipped_at > s.scrapped_at)
)
SELECT unit FROM one UNION SELECT a.unit FROM above a JOIN one ON one.unit = a.holder;

CREATE OR REPLACE TEMP TABLE place AS
WITH located AS (
  SELECT r.unit, t.top, p.container AS now_in, coalesce(l.shipment, o.shipment) AS went_with,
         CASE WHEN l.shipment IS NOT NULL THEN l.shipped_at ELSE o.shipped_at END AS went_at,
         CASE WHEN l.shipment IS NOT NULL THEN l.customer ELSE o.customer END AS customer,
         CASE WHEN r.unit IN (SELECT unit FROM is_scrapped) THEN 'scrapped'
              ELSE CASE coalesce(l.kind, o.kind) WHEN 'sale' THEN 'shipped' WHEN 'return' THEN 'returned'
                   ELSE 'in_stock' END END AS state
  FROM unit_ref r
  LEFT JOIN (SELECT unit, max_by(holder, steps) AS top FROM above GROUP BY unit) t USING (unit)
  LEFT JOIN current_pack p ON p.content_kind = 'unit' AND p.content = coalesce(t.top, r.unit)
  LEFT JOIN last_trip l ON l.unit = coalesce(t.top, r.unit)
  LEFT JOIN last_trip o ON o.unit = r.unit
)
SELECT l.unit, l.top, l.now_in, l.went_with, l.went_at, l.state,
       CASE WHEN l.state = 'shipped' THEN l.customer END AS held_by, f.held_formerly
FROM located l
LEFT JOIN (
  SELECT c.unit, list_sort(list(DISTINCT c.customer)) AS held_formerly
  FROM carried c JOIN located l USING (unit)
  WHERE c.kind = 'sale' AND c.customer IS NOT NULL
    AND (l.state <> 'shipped' OR c.customer IS DISTINCT FROM l.customer)
  GROUP BY c.unit) f USING (unit);
