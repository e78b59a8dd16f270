-- Mountings and packings, with their effective ends and the one that counts now.

-- A panel is mounted with every unit of it; what is mounted in a panel of several is in one of them. That a
-- unit is in its own panel, `units` says already.
CREATE OR REPLACE TEMP TABLE mount_row AS
SELECT coalesce(c.unit, m.child) AS child, coalesce(p.unit, m.parent) AS parent, m."at", m.removed_at, m.position,
       CASE WHEN m.parent IN (SELECT id FROM stands_for GROUP BY id HAVING count(*) > 1) THEN false
       ELSE m.certain END AS certain, m._src
FROM mounts m
LEFT JOIN stands_for c ON c.id = m.child
LEFT JOIN stands_for p ON p.id = m.parent
WHERE (c.unit IS NOT NULL OR m.child NOT IN (SELECT id FROM panel))
  AND (p.unit IS NOT NULL OR m.parent NOT IN (SELECT id FROM panel))
  AND (m.parent, coalesce(c.unit, m.child)) NOT IN (SELECT (id, unit) FROM panel_unit)
  AND (m.child, coalesce(p.unit, m.parent)) NOT IN (SELECT (id, unit) FROM panel_unit);

CREATE OR REPLACE TEMP TABLE mount AS
SELECT child, parent, "at", max(removed_at) AS until, max(position) AS position,
       coalesce(bool_or(certain), true) AS certain, min(_src) AS _src
FROM mount_row GROUP BY child, parent, "at";

-- Of several open mountings the latest counts, then the greater parent.
CREATE OR REPLACE TEMP TABLE latest_mount AS
SELECT child, parent, "at" FROM mount WHERE until IS NULL
QUALIFY row_number() OVER (PARTITION BY child ORDER BY "at" DESC, parent DESC) = 1;

-- Real data has cycles: the earliest mounting of a cycle does not count, so that it has a top.
CREATE OR REPLACE TEMP TABLE mount_cycle AS
WITH RECURSIVE above AS (
  SELECT child, parent FROM latest_mount
  UNION
  SELECT a.child, m.parent FROM above a JOIN latest_mount m ON m.child = a.parent WHERE a.child <> a.parent
)
SELECT m.child, m.parent, m."at", (SELECT list_sort(list(o.parent)) FROM above o WHERE o.child = m.child
         AND o.parent IN (SELECT child FROM above WHERE child = parent)) AS ring
FROM latest_mount m WHERE m.child IN (SELECT child FROM above WHERE child = parent);

CREATE OR REPLACE TEMP TABLE current_mount AS
SELECT child, parent, "at" FROM latest_mount
ANTI JOIN (SELECT child FROM mount_cycle
           QUALIFY row_number() OVER (PARTITION BY ring ORDER BY "at", child) = 1) USING (child);

CREATE OR REPLACE TEMP TABLE packing_row AS FROM content_of('packing');
CREATE OR REPLACE TEMP TABLE listed_row AS FROM content_of('shipment_contents');

CREATE OR REPLACE TEMP TABLE pack AS
WITH keyed AS (
  SELECT content_kind, supplier, content, container, "at", max(removed_at) AS removed_at, min(_src) AS _src
  FROM packing_row GROUP BY content_kind, supplier, content, container, "at"
), times AS (
  SELECT content_kind, supplier, content, "at", min(container) AS least, max(container) AS greatest
  FROM keyed GROUP BY content_kind, supplier, content, "at"
)
SELECT k.*, least(k.removed_at, (
    -- a later packing of the same content elsewhere ends this one
    SELECT min(t."at") FROM times t
    WHERE t.content_kind = k.content_kind AND t.supplier IS NOT DISTINCT FROM k.supplier
      AND t.content = k.content AND t."at" > k."at"
      AND (t.least <> k.container OR t.greatest <> k.container))) AS until
FROM keyed k;

CREATE OR REPLACE TEMP TABLE current_pack AS
SELECT content_kind, supplier, content, container, "at" FROM pack WHERE until IS NULL
QUALIFY row_number() OVER (PARTITION BY content_kind, supplier, content ORDER BY "at" DESC, container DESC) = 1;
