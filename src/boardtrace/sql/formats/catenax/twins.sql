-- Catena-X: what twins and their links come to, once it is known which twin is what.
--
-- Whether a child is a batch, who made it and when its parent was built may each stand in another
-- file, so nothing of it is decided by the reader. docs/formats/catenax.md has the rules in words.

-- An id may be written with or without `urn:uuid:`, in large or small letters: one twin.
CREATE OR REPLACE TEMP MACRO catenax_key(id) AS
CASE WHEN regexp_full_match(id, '(urn:uuid:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'i')
     THEN lower(right(id, 36)) ELSE id END;

-- Twins -----------------------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE catenax_thing AS
SELECT catenax_key(twin) AS key, * FROM catenax_things;

-- How a twin is spelled: as its own entry does, before what others call it; as a URN before others.
CREATE OR REPLACE TEMP TABLE catenax_spelling AS
SELECT catenax_key(id) AS key, id, min(rank) AS rank, min(_src) AS _src
FROM (SELECT twin AS id, 0 AS rank, _src FROM catenax_things
      UNION ALL SELECT twin, 0, _src FROM catenax_names
      UNION ALL SELECT twin, 0, _src FROM catenax_codes
      UNION ALL SELECT parent, CASE side WHEN 'bom' THEN 0 ELSE 1 END, _src FROM catenax_links
      UNION ALL SELECT child, CASE side WHEN 'usage' THEN 0 ELSE 1 END, _src FROM catenax_links)
GROUP BY ALL;

-- Twins whose id our own export made of a name (boardtrace.catenax_ids): they are what has that name.
CREATE OR REPLACE TEMP TABLE catenax_named AS
SELECT catenax_key(twin) AS key, min(unit) AS unit, min(lot) AS lot, arg_min(supplier, (lot, supplier)) AS supplier
FROM catenax_own GROUP BY key;

CREATE OR REPLACE TEMP TABLE catenax_twin AS
SELECT s.key, s.id,
       CASE WHEN t.unit THEN 'unit' WHEN t.batch THEN 'lot' WHEN t.planned THEN 'type' END AS kind,
       coalesce(n.unit, s.id) AS unit, coalesce(n.lot, s.id) AS lot,
       -- its own word, else that of its entry, else that of the other end of a link
       CASE WHEN n.lot IS NOT NULL THEN coalesce(n.supplier, '')
            ELSE coalesce(t.maker, t.partner, l.partner, '') END AS supplier,
       coalesce(t.billed, false) AS billed, t.made
FROM (SELECT key, arg_min(id, (rank, NOT starts_with(id, 'urn:'), id)) AS id FROM catenax_spelling GROUP BY key) s
LEFT JOIN catenax_named n USING (key)
LEFT JOIN (SELECT key, bool_or(kind = 'unit') AS unit, bool_or(kind = 'lot') AS batch,
                  bool_or(kind = 'type') AS planned, bool_or(kind = 'bom') AS billed,
                  min(maker) AS maker, min(partner) AS partner, min(made) AS made
           FROM catenax_thing GROUP BY key) t USING (key)
LEFT JOIN (SELECT catenax_key(CASE side WHEN 'bom' THEN child ELSE parent END) AS key, min(partner) AS partner
           FROM catenax_links GROUP BY key) l USING (key);

-- Links -----------------------------------------------------------------------------------------

-- A battery code names the twin that has it as its own, if only one has. What a code lists is in the
-- twin of that code, else in the twin whose aspect lists it.
CREATE OR REPLACE TEMP TABLE catenax_coded AS
SELECT code, min(catenax_key(twin)) AS key
FROM catenax_codes WHERE within IS NULL GROUP BY code HAVING count(DISTINCT catenax_key(twin)) = 1;

CREATE OR REPLACE TEMP TABLE catenax_said AS
SELECT side, catenax_key(parent) AS p, catenax_key(child) AS c, certain, "at", quantity, measure, _src
FROM catenax_links
UNION ALL
SELECT 'code', coalesce(o.key, catenax_key(k.twin)), n.key, true, NULL, NULL, NULL, k._src
FROM catenax_codes k
JOIN catenax_coded n ON n.code = k.code
LEFT JOIN catenax_coded o ON o.code = k.within
WHERE k.within IS NOT NULL;

-- What several sides say is one link: the parent's bill of material before the child's usage before a code.
CREATE OR REPLACE TEMP TABLE catenax_link AS
WITH ranked AS (
  SELECT *, CASE side WHEN 'bom' THEN 0 WHEN 'usage' THEN 1 ELSE 2 END AS rank,
         min("at") FILTER (side = 'bom') OVER pair AS in_bom, min("at") OVER pair AS in_any
  FROM catenax_said WHERE p <> c WINDOW pair AS (PARTITION BY p, c)
)
SELECT DISTINCT r.p, r.c, a.kind AS parent_kind, b.kind AS child_kind,
       -- a bill of material that does not list it speaks against it
       r.certain AND (r.rank = 0 OR NOT a.billed) AS certain, r.rank > 0 AND a.billed AS disputed,
       coalesce(r."at", r.in_bom, r.in_any, a.made) AS "at", b.made AS child_made,
       r.quantity, r.measure, min(r._src) OVER (PARTITION BY r.p, r.c, r.rank, r."at", r.certain) AS _src
FROM ranked r JOIN catenax_twin a ON a.key = r.p JOIN catenax_twin b ON b.key = r.c
QUALIFY r.rank = min(r.rank) OVER (PARTITION BY r.p, r.c);

-- Parts of batches at any depth that are no batches: lots of their own, too.
CREATE OR REPLACE TEMP TABLE catenax_within AS
WITH RECURSIVE inner_part AS (
  SELECT c AS key FROM catenax_link WHERE parent_kind = 'lot' AND (child_kind IS NULL OR child_kind = 'unit')
  UNION
  SELECT l.c FROM inner_part i JOIN catenax_link l ON l.p = i.key
  WHERE l.child_kind IS NULL OR l.child_kind = 'unit'
)
SELECT key FROM inner_part;

CREATE OR REPLACE TEMP TABLE catenax_lot AS
SELECT key, supplier, lot FROM catenax_twin WHERE kind = 'lot' OR key IN (FROM catenax_within);

CREATE OR REPLACE TEMP TABLE catenax_mounted AS
SELECT l.* EXCLUDE ("at"), a.unit AS parent, b.unit AS child, b.supplier, b.lot,
       -- a part cannot be built in before it was made; without any date it was always there
       coalesce(l."at", child_made, 0) AS "at", l."at" IS NOT NULL AS dated
FROM catenax_link l JOIN catenax_twin a ON a.key = l.p JOIN catenax_twin b ON b.key = l.c
WHERE parent_kind IS DISTINCT FROM 'lot';

-- Rows of the tables ----------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE catenax_says_units AS
SELECT w.unit, t.part AS product, t.made AS created_at, t._src
FROM catenax_thing t JOIN catenax_twin w USING (key) WHERE t.kind = 'unit';

CREATE OR REPLACE TEMP TABLE catenax_says_lots AS
SELECT l.supplier, l.lot, t.part, t.made AS manufactured_at, t._src
FROM catenax_thing t JOIN catenax_twin w USING (key) JOIN catenax_lot l USING (key) WHERE t.kind = w.kind;

CREATE OR REPLACE TEMP TABLE catenax_says_suppliers AS
SELECT supplier, min(_src) AS _src
FROM (SELECT maker AS supplier, _src FROM catenax_things WHERE maker IS NOT NULL
      UNION ALL SELECT l.supplier, s._src FROM catenax_lot l JOIN catenax_spelling s USING (key)
      WHERE l.supplier <> '')
GROUP BY supplier;

CREATE OR REPLACE TEMP TABLE catenax_says_components AS
SELECT part, description, CASE WHEN kind = 'type' THEN coalesce(maker, partner) ELSE maker END AS manufacturer,
       min(_src) AS _src
FROM catenax_things WHERE part IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE catenax_says_mounts AS
SELECT child, parent, "at", CASE WHEN NOT certain THEN false END AS certain, _src
FROM catenax_mounted WHERE child_kind IS NULL OR child_kind = 'unit';

CREATE OR REPLACE TEMP TABLE catenax_says_placements AS
SELECT parent AS unit, "at", supplier, lot, quantity, certain, _src
FROM catenax_mounted WHERE child_kind = 'lot';

CREATE OR REPLACE TEMP TABLE catenax_says_quantities AS
SELECT parent AS unit, "at", supplier, lot, quantity, measure FROM catenax_mounted WHERE child_kind = 'lot';

-- A bill may name a part number where nobody knows which part it was.
CREATE OR REPLACE TEMP TABLE catenax_says_gaps AS
SELECT DISTINCT m.parent AS unit, t.part, m."at", 'only the part number is known' AS reason, m._src
FROM catenax_mounted m JOIN catenax_thing t ON t.key = m.c AND t.kind = 'type' WHERE m.child_kind = 'type';

CREATE OR REPLACE TEMP TABLE catenax_says_lot_moves AS
SELECT CASE WHEN l.certain AND l.child_kind = 'lot' THEN 'made' ELSE 'merge' END AS kind,
       b.supplier AS from_supplier, b.lot AS from_lot, a.supplier AS to_supplier, a.lot AS to_lot,
       l.quantity, l."at", l._src
FROM catenax_link l JOIN catenax_lot a ON a.key = l.p
JOIN catenax_twin b ON b.key = l.c AND b.kind IS DISTINCT FROM 'type';

CREATE OR REPLACE TEMP TABLE catenax_says_measures AS
SELECT b.supplier AS from_supplier, b.lot AS from_lot, a.supplier AS to_supplier, a.lot AS to_lot,
       l.quantity, l.measure
FROM catenax_link l JOIN catenax_lot a ON a.key = l.p JOIN catenax_twin b ON b.key = l.c;

-- Other names: local identifiers, ids of payloads, battery codes, other spellings, ids of our export.
CREATE OR REPLACE TEMP TABLE catenax_called AS
SELECT key, name, min(_src) AS _src
FROM (SELECT catenax_key(twin) AS key, name, _src FROM catenax_names n
      WHERE NOT coalesce(payload, false) OR catenax_key(name) NOT IN (SELECT key FROM catenax_twin)
      UNION ALL
      SELECT catenax_key(twin), code, _src FROM catenax_codes k
      WHERE within IS NULL OR code NOT IN (SELECT code FROM catenax_codes WHERE within IS NULL)
      UNION ALL SELECT key, id, _src FROM catenax_spelling)
GROUP BY key, name;

CREATE OR REPLACE TEMP TABLE catenax_says_aliases AS
SELECT 'unit' AS kind, w.unit AS id, n.name AS alias, n._src
FROM catenax_called n JOIN catenax_twin w USING (key)
WHERE (w.kind IS NULL OR w.kind = 'unit') AND n.name <> w.unit
UNION ALL
SELECT 'lot', lot_id(w.supplier, w.lot), n.name, n._src
FROM catenax_called n JOIN catenax_twin w USING (key) WHERE w.kind = 'lot' AND n.name <> w.lot
UNION ALL
SELECT DISTINCT 'component', t.part, n.name, n._src
FROM catenax_called n JOIN catenax_twin w USING (key)
JOIN catenax_thing t ON t.key = w.key AND t.kind = 'type' AND t.part IS NOT NULL AND t.part <> n.name
WHERE w.kind = 'type';

-- What cannot all be true, or is not said -------------------------------------------------------

CREATE OR REPLACE TEMP TABLE catenax_says_findings AS
SELECT 'values disagree' AS kind, [w.id] AS ids,
       'a batch with a serial or sequence number: read as a unit' AS detail, NULL::BIGINT AS "at"
FROM catenax_twin w WHERE w.kind = 'unit' AND w.key IN (SELECT key FROM catenax_thing WHERE kind = 'lot')
UNION ALL
SELECT DISTINCT 'values disagree', [w.id, n.name],
       'the payload of the first names the second, another twin: read as of the first', NULL
FROM catenax_names n JOIN catenax_twin w ON w.key = catenax_key(n.twin)
WHERE n.payload AND catenax_key(n.name) <> w.key AND catenax_key(n.name) IN (SELECT key FROM catenax_twin)
UNION ALL
SELECT DISTINCT 'values disagree', [a.id, b.id],
       'the second says that it is in the first, whose bill of material does not list it: possible', l."at"
FROM catenax_link l JOIN catenax_twin a ON a.key = l.p JOIN catenax_twin b ON b.key = l.c WHERE l.disputed
UNION ALL
SELECT DISTINCT 'not said', [a.id, b.id], 'when the second was built into the first is not known: '
         || CASE WHEN m.child_made IS NULL THEN 'read as always' ELSE 'read as since it was made' END, NULL
FROM catenax_mounted m JOIN catenax_twin a ON a.key = m.p JOIN catenax_twin b ON b.key = m.c WHERE NOT m.dated
UNION ALL
SELECT DISTINCT 'not said', [a.id, b.id], 'which part of that number is in the batch is not known', NULL
FROM catenax_link l JOIN catenax_twin a ON a.key = l.p JOIN catenax_twin b ON b.key = l.c
WHERE l.parent_kind = 'lot' AND l.child_kind = 'type';
