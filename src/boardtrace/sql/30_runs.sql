-- Runs: one machine, program, operator and set of lots at the feeders, without a change.
--
-- A `content` is a set of feeds (and of gaps). A `scope` is all that happened to one unit at one
-- time at one machine; alternatives are sought within it, then each of its contexts becomes a run.

-- Placements, row by row ------------------------------------------------------------------------

CREATE OR REPLACE TEMP MACRO feed_key(supplier, lot, feeder, refdes, certain) AS
md5_number(concat_ws(chr(31), supplier, lot, coalesce(feeder, chr(30)), coalesce(refdes, chr(30)),
                     coalesce(certain, true)::VARCHAR));

-- Small numbers: lists of them are sorted and hashed in a hundredth of the time of long ones.
CREATE OR REPLACE TEMP TABLE feed AS
SELECT row_number() OVER () AS feed, feed_key(supplier, lot, feeder, refdes, certain) AS key, *
FROM (SELECT DISTINCT supplier, lot, feeder, refdes, coalesce(certain, true) AS certain FROM placements);

CREATE OR REPLACE TEMP TABLE placed_row AS
SELECT p.unit, p."at", p.machine, p.context, f.feed, p._src
FROM (SELECT unit, "at", machine, context_id(machine, program, operator, work_order) AS context,
             feed_key(supplier, lot, feeder, refdes, certain) AS key, _src
      FROM about('placements')) p
JOIN feed f USING (key);

CREATE OR REPLACE TEMP TABLE placed_group AS
SELECT *, md5_number(feeds::VARCHAR) AS content
FROM (SELECT unit, "at", machine, context, list(feed ORDER BY feed) AS feeds,
             list(_src ORDER BY feed) AS sources, min(_src) AS _src
      FROM placed_row GROUP BY unit, "at", machine, context);

CREATE OR REPLACE TEMP TABLE content_feed AS
SELECT DISTINCT c.content, f.supplier, f.lot, f.feeder,
       CASE WHEN f.refdes IS NULL THEN [] ELSE string_split(f.refdes, ' ') END AS refdes,
       f.certain, false AS of_visit
FROM (SELECT content, unnest(any_value(feeds)) AS feed FROM placed_group GROUP BY content) c
JOIN feed f ON f.feed = c.feed;

-- Visits ----------------------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE setup_content AS
SELECT s.setup, md5_number(concat(s.known AND s.sure, ' ', to_json(f.feeds)::VARCHAR, ' ', to_json(g.gaps)::VARCHAR)) AS content
FROM setup s
LEFT JOIN (SELECT setup, list_sort(list({'l': lot_id(supplier, lot), 'f': feeder, 'r': refdes, 'c': certain}))
             AS feeds FROM setup_feed GROUP BY setup) f USING (setup)
LEFT JOIN (SELECT setup, list_sort(list({'f': feeder, 'r': refdes, 'p': part})) AS gaps
           FROM setup_gap GROUP BY setup) g USING (setup);

INSERT INTO content_feed
SELECT DISTINCT c.content, f.supplier, f.lot, f.feeder, f.refdes, f.certain, f.told
FROM setup_feed f JOIN setup_content c USING (setup);

CREATE OR REPLACE TEMP TABLE content_gap AS
SELECT DISTINCT c.content, g.feeder, g.refdes, g.part, g.reason
FROM setup_gap g JOIN setup_content c USING (setup);

-- Gaps that a reader knew of --------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE told_gap AS
SELECT unit, "at", machine, context_id(machine, NULL, NULL, NULL) AS context, feeder,
       CASE WHEN refdes IS NULL THEN [] ELSE string_split(refdes, ' ') END AS refdes, part, reason, _src,
       md5_number(concat_ws(chr(31), 'gap', coalesce(feeder, chr(30)), coalesce(refdes, chr(30)),
                            coalesce(part, chr(30)), reason)) AS content
FROM about('gaps');

INSERT INTO content_gap SELECT DISTINCT content, feeder, refdes, part, reason FROM told_gap;

-- What happened to whom -------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE visited AS
SELECT v.unit, v.started_at AS "at", v.machine, c.content, c.setup, v.ended_at, v._src,
       context_id(v.machine, v.program, v.operator, v.work_order) AS context
FROM about('visit_epoch') v
JOIN setup s ON s.machine = v.machine AND s.known = v.known AND s.sure = v.sure AND s.first = v.first
            AND s.last = v.last
            AND s.program IS NOT DISTINCT FROM v.listed
JOIN setup_content c USING (setup);

CREATE OR REPLACE TEMP TABLE presence AS
SELECT unit, "at", machine, context, content, NULL::BIGINT AS ended_at, _src FROM placed_group
UNION ALL
SELECT unit, "at", machine, context, content, ended_at, _src FROM visited
UNION ALL
SELECT unit, "at", machine, context, content, NULL, _src FROM told_gap;

CREATE OR REPLACE TEMP TABLE part AS
SELECT row_number() OVER () AS part, context, content FROM (SELECT DISTINCT context, content FROM presence);

CREATE OR REPLACE TEMP TABLE scoped AS
SELECT *, md5_number(parts::VARCHAR) AS scope
FROM (SELECT unit, "at", machine, list_sort(list(part)) AS parts, max(ended_at) AS ended_at, min(_src) AS _src
      FROM (SELECT unit, "at", machine, part, max(ended_at) AS ended_at, min(_src) AS _src
            FROM presence JOIN part USING (context, content) GROUP BY unit, "at", machine, part)
      GROUP BY unit, "at", machine);

CREATE OR REPLACE TEMP TABLE scope_part AS
SELECT s.scope, p.context, p.content
FROM (SELECT scope, unnest(any_value(parts)) AS part FROM scoped GROUP BY scope) s JOIN part p USING (part);

-- Alternatives: only a feed that is not certain can gain by them ---------------------------------

CREATE OR REPLACE TEMP TABLE scope_feed AS
SELECT DISTINCT p.scope, p.context, f.* FROM scope_part p JOIN content_feed f USING (content);

CREATE OR REPLACE TEMP TABLE doubtful AS
SELECT *, unnest(CASE WHEN len(refdes) = 0 OR of_visit THEN [NULL] ELSE refdes END) AS place
FROM scope_feed WHERE NOT certain;

CREATE OR REPLACE TEMP TABLE alternative AS
-- two lots at one feeder during a visit with a known program
SELECT d.scope, d.context, d.content, d.supplier, d.lot, d.feeder, NULL AS place,
       list_sort(list(DISTINCT lot_id(o.supplier, o.lot))) AS lots
FROM doubtful d
JOIN scope_feed o ON o.scope = d.scope AND o.context = d.context AND o.content = d.content
                 AND o.feeder = d.feeder AND o.of_visit
WHERE d.of_visit GROUP BY ALL
UNION ALL
-- two lots at one reference designator, whatever the run
SELECT d.scope, d.context, d.content, d.supplier, d.lot, d.feeder, d.place,
       list_sort(list(DISTINCT lot_id(o.supplier, o.lot)))
FROM doubtful d
JOIN (SELECT scope, supplier, lot, unnest(refdes) AS place FROM scope_feed
      WHERE scope IN (SELECT scope FROM doubtful WHERE place IS NOT NULL)) o
  ON o.scope = d.scope AND o.place = d.place
WHERE d.place IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE scope_fed AS
SELECT scope, context, supplier, lot, feeder, true AS certain, NULL::VARCHAR[] AS alternatives,
       list_sort(list_distinct(flatten(list(refdes)))) AS refdes
FROM scope_feed WHERE certain
GROUP BY scope, context, supplier, lot, feeder, len(refdes) = 0
UNION ALL
SELECT d.scope, d.context, d.supplier, d.lot, d.feeder, false,
       CASE WHEN len(a.lots) > 1 THEN a.lots END AS alternatives,
       list_sort(list_distinct(flatten(list(CASE WHEN d.place IS NULL THEN d.refdes ELSE [d.place] END))))
FROM doubtful d
LEFT JOIN alternative a ON a.scope = d.scope AND a.context = d.context AND a.content = d.content
     AND a.supplier = d.supplier AND a.lot = d.lot
     AND a.feeder IS NOT DISTINCT FROM d.feeder AND a.place IS NOT DISTINCT FROM d.place
GROUP BY d.scope, d.context, d.supplier, d.lot, d.feeder,
         CASE WHEN len(a.lots) > 1 THEN a.lots END, len(d.refdes) = 0;

-- Nearly every scope is of one part: only where it is of several must it be looked for by what happened when.
CREATE OR REPLACE TEMP TABLE scope_of_one AS
SELECT DISTINCT p.context, p.content, s.scope FROM scoped s JOIN part p ON p.part = s.parts[1] WHERE len(s.parts) = 1;

CREATE OR REPLACE TEMP MACRO with_scope(happened) AS TABLE
SELECT h.*, coalesce(s.scope, o.scope) AS scope
FROM query_table(happened) h
LEFT JOIN (FROM scoped WHERE len(parts) > 1) s
  ON s.unit = h.unit AND s."at" = h."at" AND s.machine IS NOT DISTINCT FROM h.machine
LEFT JOIN scope_of_one o ON o.context = h.context AND o.content = h.content;

-- Where it was read that a lot was fed: a placement of some unit of the scope, or the load at the feeder.
CREATE OR REPLACE TEMP TABLE fed_source AS
SELECT g.scope, g.context, f.supplier, f.lot, f.feeder, g._src
FROM (SELECT scope, context, unnest(arg_min(feeds, _src)) AS feed, unnest(arg_min(sources, _src)) AS _src
      FROM with_scope('placed_group') GROUP BY scope, context, content) g
JOIN feed f USING (feed)
UNION ALL
SELECT v.scope, v.context, f.supplier, f.lot, f.feeder, f._src
FROM (SELECT DISTINCT scope, context, setup FROM with_scope('visited')) v JOIN setup_feed f USING (setup);

-- The runs --------------------------------------------------------------------------------------

CREATE OR REPLACE TEMP TABLE removal AS
SELECT unit, "at", supplier, lot, reason, _src,
       CASE WHEN refdes IS NOT NULL THEN string_split(refdes, ' ') END AS refdes
FROM about('removals');

-- Tests, steps and service are in runs too. The unit's work order bounds them: else the run of a
-- tester would grow for years.
CREATE OR REPLACE TEMP TABLE test_row AS
SELECT t.*, u.work_order FROM about('tests') t LEFT JOIN unit_row u USING (unit);

CREATE OR REPLACE TEMP TABLE process_row AS
SELECT p.unit, p."at", NULL::BIGINT AS ended_at, p.kind, p.machine, p.program, p.operator, p.result,
       p.parameters, u.work_order, p._src
FROM about('processes') p LEFT JOIN unit_row u USING (unit)
UNION ALL
SELECT unit, started_at, ended_at, 'visit', machine, program, operator, NULL, NULL, work_order, _src
FROM about('visit_also');

CREATE OR REPLACE TEMP TABLE service_row AS
SELECT s.*, u.work_order
FROM (SELECT unit, "at", kind, site, operator, firmware, detail, NULL::VARCHAR AS refdes,
             NULL::VARCHAR AS lot, _src
      FROM about('service')
      UNION ALL
      SELECT unit, "at", 'removal', NULL, operator, NULL, reason, refdes,
             CASE WHEN lot IS NOT NULL THEN lot_id(supplier, lot) END, _src
      FROM about('removals')) s
LEFT JOIN unit_row u USING (unit);

CREATE OR REPLACE TEMP TABLE context AS
SELECT DISTINCT context_id(machine, program, operator, work_order) AS context, *
FROM (SELECT machine, program, operator, work_order FROM placements
      UNION SELECT machine, program, operator, work_order FROM visit
      UNION SELECT machine, NULL, NULL, NULL FROM gaps
      UNION SELECT machine, program, operator, work_order FROM test_row
      UNION SELECT machine, program, operator, work_order FROM process_row
      UNION SELECT NULL, NULL, operator, work_order FROM service_row);

CREATE OR REPLACE TEMP MACRO run_hash(context, feeds, gaps) AS
sha256(concat_ws(chr(31), context::VARCHAR, coalesce(to_json(feeds)::VARCHAR, ''),
                 coalesce(to_json(gaps)::VARCHAR, '')));

CREATE OR REPLACE TEMP TABLE scope_run AS
SELECT p.scope, p.context, run_hash(p.context, f.feeds, g.gaps) AS run, f.feeds IS NOT NULL AS feeds
FROM (SELECT DISTINCT scope, context FROM scope_part) p
LEFT JOIN (SELECT scope, context, list_sort(list({'l': lot_id(supplier, lot), 'f': feeder, 'r': refdes,
                    'c': certain, 'a': alternatives})) AS feeds
           FROM scope_fed GROUP BY scope, context) f USING (scope, context)
LEFT JOIN (SELECT s.scope, s.context, list_sort(list(DISTINCT {'f': g.feeder, 'r': g.refdes, 'p': g.part,
                    'w': g.reason})) AS gaps
           FROM scope_part s JOIN content_gap g USING (content) GROUP BY s.scope, s.context) g
  USING (scope, context);
