-- Units, and the panels whose rows stand for all of them.

CREATE OR REPLACE TEMP TABLE unit_row AS
SELECT unit, max(kind) AS kind, max(product) AS product, max(revision) AS revision,
       max(work_order) AS work_order, max(panel) AS panel, max(position) AS position,
       -- two rows that disagree: the board may be there, so it counts
       coalesce(bool_and(skipped), false) AS skipped,
       max(created_at) AS created_at, min(_src) AS _src
FROM units GROUP BY unit;

CREATE OR REPLACE TEMP TABLE panel AS
SELECT DISTINCT panel AS id FROM units
WHERE panel IS NOT NULL AND panel NOT IN (SELECT unit FROM unit_row);

CREATE OR REPLACE TEMP TABLE panel_unit AS
SELECT DISTINCT p.id, u.unit FROM units u JOIN panel p ON p.id = u.panel;

-- (id, unit): what a row about `id` is about. A panel without a mounted position is about nothing.
CREATE OR REPLACE TEMP TABLE stands_for AS
SELECT s.id, s.unit FROM panel_unit s JOIN unit_row r USING (unit) WHERE NOT r.skipped;

CREATE OR REPLACE TEMP MACRO about(fact) AS TABLE
SELECT f.* REPLACE (coalesce(s.unit, f.unit) AS unit)
FROM query_table(fact) f
LEFT JOIN panel p ON p.id = f.unit
LEFT JOIN stands_for s ON s.id = f.unit
WHERE p.id IS NULL OR s.unit IS NOT NULL;

-- A panel that is packed or shipped uncut goes with every unit of it.
CREATE OR REPLACE TEMP MACRO content_of(fact) AS TABLE
SELECT f.* REPLACE (coalesce(s.unit, f.content) AS content)
FROM query_table(fact) f
LEFT JOIN panel p ON p.id = f.content AND f.content_kind = 'unit'
LEFT JOIN stands_for s ON s.id = p.id
WHERE p.id IS NULL OR s.unit IS NOT NULL;

CREATE OR REPLACE TEMP MACRO alias_supplier(id) AS
CASE WHEN contains(id, '/') THEN replace(replace(split_part(id, '/', 1), '%2F', '/'), '%25', '%') ELSE '' END;
CREATE OR REPLACE TEMP MACRO alias_lot(id) AS
CASE WHEN contains(id, '/') THEN substr(id, strpos(id, '/') + 1) ELSE id END;

-- The number of a run's circumstances; the dictionary is `context`.
CREATE OR REPLACE TEMP MACRO context_id(machine, program, operator, work_order) AS
md5_number(concat_ws(chr(31), coalesce(machine, chr(30)), coalesce(program, chr(30)),
                     coalesce(operator, chr(30)), coalesce(work_order, chr(30))));
