"""What an expert asks of the relational tables, as one text for PostgreSQL, SQLite and DuckDB.

Parameters are written ``:name``; each system turns them into its own form. A recall is put together
from where the suspects are, how they lead to boards, and the view. The ways:

* ``recursive``: one statement, lots and assemblies followed by recursion, over the runs;
* ``two``: the lots of the suspect first, then joins by their array, over runs and a table of who is in
  whom at any depth (PostgreSQL alone: the others have no arrays as parameters, or no use for them);
* ``plain``: one recursive statement over a row for each part of each board, where things are is joined;
* ``roll-up``: what lots became is kept, and counted by shipment.
"""

from __future__ import annotations

from bench.relations import OPEN

__all__ = ["closure", "statement"]

_LATEST = "CASE WHEN {0} > {1} THEN {0} ELSE {1} END"
_FIRST = "CASE WHEN {0} < {1} THEN {0} ELSE {1} END"

_SUSPECTS = {
    "recall lot": "SELECT id FROM lot WHERE supplier = :supplier AND code = :lot",
    "recall component": """
        SELECT id FROM lot WHERE part = :part AND date_code BETWEEN :date_code_from AND :date_code_to""",
}

_DOWN = """
suspect(lot) AS (
  {found}
  UNION SELECT m.child FROM suspect s JOIN move m ON m.parent = s.lot)"""

_CLOSURE = "WITH RECURSIVE" + _DOWN + " SELECT lot FROM suspect"

# All lots that were possible at a place are suspects: the place is certain.
_FED = """
fed AS (
  SELECT f.run, f.lot,
         CASE WHEN f.certain = 1 OR count(*) OVER (PARTITION BY f.run, f.feeder) = f.alternatives
              THEN 1 ELSE 0 END AS certain
  FROM {chosen})"""

# CROSS JOIN: SQLite keeps to the order, and would else read every feed there is.
_OF_SUSPECTS = "suspect s CROSS JOIN feed f WHERE f.lot = s.lot"

_GONE = """
LEFT JOIN gone g ON g.unit = p.unit AND g.run = p.run AND g.lot = fed.lot AND g.whole = 1"""

_BOARDS = f"""
  SELECT p.unit, p."at" AS since, coalesce(g.until, {OPEN}) AS until, fed.certain
  FROM fed JOIN placed p ON p.run = fed.run {_GONE}"""

_BOARDS_ROLLED = f"""
  SELECT p.unit, p."at" AS since, coalesce(g.until, {OPEN}) AS until, fed.certain
  FROM (SELECT run, fed AS lot, certain FROM lot_run WHERE lot IN ({{found}})) fed
  JOIN placed p ON p.run = fed.run {_GONE}"""

_BOARDS_PLAIN = """
  SELECT p.unit, p."at" AS since, p.until,
         CASE WHEN p.certain = 1 OR count(*) OVER (PARTITION BY p.unit, p.machine, p.feeder) = p.alternatives
              THEN 1 ELSE 0 END AS certain
  FROM suspect s JOIN placement p ON p.lot = s.lot"""

# No visit is longer than a day: the index on machine and time finds those of a window.
_VISITED = f"""
  SELECT p.unit, p."at" AS since, CAST({OPEN} AS BIGINT) AS until, 1 AS certain
  FROM run r JOIN placed p ON p.run = r.id
  WHERE r.machine = :machine AND r.first_at < :until AND r.last_at >= :since
    AND p."at" < :until AND p.ended >= :since"""

_VISITED_PLAIN = f"""
  SELECT v.unit, v."at" AS since, CAST({OPEN} AS BIGINT) AS until, 1 AS certain
  FROM visit v
  WHERE v.machine = :machine AND v."at" < :until AND v."at" >= :since - 86400000000 AND v.ended >= :since"""


def _up(materialized: str, link: str, join: str) -> str:
    """Write the paths up from boards; ``link`` is the table alias of what ``join`` adds to a path."""
    since, until = _LATEST.format("p.since", f'{link}."at"'), _FIRST.format("p.until", f"{link}.until")
    return f"""
board(unit, since, until, certain) AS{materialized} ({{boards}}),
path(unit, since, until, certain) AS (
  SELECT unit, since, until, certain FROM board
  UNION ALL
  SELECT {link}.parent, {since}, {until}, p.certain
  FROM {join}
  WHERE {since} < {until})"""


_UP = _up("", "m", "path p JOIN mount m ON m.child = p.unit")
_UP_AT_ONCE = _up(" {materialized}", "i", "board p JOIN inside i ON i.child = p.unit")

_EXPOSED = f"""
exposed AS (
  SELECT unit, max(CASE WHEN until = {OPEN} THEN certain + 2 ELSE 1 END) AS rank, min(since) AS since,
         max(until) AS until
  FROM path GROUP BY unit),"""

_PLACE = """
here AS (
  SELECT u.unit, u.product, u.kind, e.rank, e.since, e.until, u.top, u.top_id, u.container, u.shipment, u.shipped_at,
         u.customer, u.state
  FROM exposed e JOIN unit u ON u.id = e.unit)"""

_PLACE_PLAIN = f"""
climb(unit, top) AS (
  SELECT unit, unit FROM exposed
  UNION ALL
  SELECT c.unit, m.parent FROM climb c JOIN mount m ON m.child = c.top AND m.until = {OPEN}),
here AS (
  SELECT u.unit, u.product, u.kind, e.rank, e.since, e.until, t.unit AS top, c.top AS top_id, k.container, s.shipment,
         s.shipped_at, s.customer, CASE WHEN s.shipment IS NULL THEN 'in_stock' ELSE 'shipped' END AS state
  FROM exposed e JOIN unit u ON u.id = e.unit JOIN climb c ON c.unit = e.unit JOIN unit t ON t.id = c.top
  LEFT JOIN packing k ON k.unit = c.top LEFT JOIN consignment d ON d.container = k.container
  LEFT JOIN shipment s ON s.shipment = d.shipment
  WHERE NOT EXISTS (SELECT 1 FROM mount m WHERE m.child = c.top AND m.until = {OPEN}))"""

_CLASS = "CASE {} WHEN 3 THEN 'certain' WHEN 2 THEN 'possible' ELSE 'past' END"
_COUNTS = """sum(CASE rank WHEN 3 THEN 1 ELSE 0 END) AS certain, sum(CASE rank WHEN 2 THEN 1 ELSE 0 END) AS possible,
       sum(CASE rank WHEN 1 THEN 1 ELSE 0 END) AS past, count(DISTINCT top_id) AS tops"""

_VIEWS = {
    "unit": f"""
SELECT unit, {_CLASS.format("rank")} AS class, top, shipment, customer, product, kind, since, until, container,
       shipped_at, state
FROM here""",
    "shipment": f"""
SELECT shipment, customer, {_COUNTS}, shipped_at
FROM here WHERE shipment IS NOT NULL GROUP BY shipment, customer, shipped_at""",
    "customer": f"SELECT customer, {_COUNTS} FROM here WHERE shipment IS NOT NULL GROUP BY customer",
}

_ROLLED = {
    "shipment": """
SELECT shipment, customer, certain, possible, past, tops, shipped_at
FROM lot_shipment WHERE lot IN ({found}) ORDER BY shipment""",
    "customer": """
SELECT customer, sum(certain) AS certain, sum(possible) AS possible, sum(past) AS past, sum(tops) AS tops
FROM lot_shipment WHERE lot IN ({found}) GROUP BY customer""",
}


def _recall(kind: str, by: str, way: str) -> str | None:
    found = _SUSPECTS.get(kind, "")
    steps: list[str] = []
    if way == "roll-up":
        if kind != "recall lot":
            return None  # what is counted for each lot cannot be added up for several
        if by != "unit":
            return _ROLLED[by].format(found=found)
        boards = _BOARDS_ROLLED.format(found=found)
    elif kind == "recall machine":
        boards = _VISITED_PLAIN if way == "plain" else _VISITED
    elif way == "two":
        boards, steps = _BOARDS, [_FED.format(chosen="feed f WHERE f.lot = ANY(:lots)")]
    elif way == "plain":
        boards, steps = _BOARDS_PLAIN, [_DOWN.format(found=found)]
    else:
        steps = [_DOWN.format(found=found), _FED.format(chosen=_OF_SUSPECTS)]
        boards = _BOARDS
    up = _UP_AT_ONCE.replace("{materialized}", "MATERIALIZED") if way in {"two", "roll-up"} else _UP
    steps.append(up.replace("{boards}", boards))
    place = _PLACE_PLAIN if way == "plain" else _PLACE
    return "WITH RECURSIVE" + ",".join(steps) + "," + _EXPOSED + place + _VIEWS[by]


_INSIDE = f"""
inside_it(unit, since, until) AS (
  SELECT id, CAST(0 AS BIGINT), CAST({OPEN} AS BIGINT) FROM unit WHERE unit = :unit
  UNION ALL
  SELECT m.child, {_LATEST.format("w.since", 'm."at"')}, {_FIRST.format("w.until", "m.until")}
  FROM inside_it w JOIN mount m ON m.parent = w.unit),"""

_FOUND_RUNS = f"""
found AS (
  SELECT w.unit, CASE WHEN g.unit IS NULL THEN f.refdes WHEN part.stays = 1 THEN g.rest ELSE g.refdes END AS refdes,
         f.lot, r.machine, r.program, r.operator, p."at",
         CASE WHEN part.stays = 1 THEN {OPEN} ELSE g.until END AS until, f.certain, w.since, w.until AS ended
  FROM inside_it w JOIN placed p ON p.unit = w.unit JOIN run r ON r.id = p.run JOIN feed f ON f.run = p.run
  LEFT JOIN gone g ON g.unit = p.unit AND g.run = p.run AND g.lot = f.lot
  JOIN (SELECT 0 AS stays UNION ALL SELECT 1) part
    ON (part.stays = 1 AND (g.unit IS NULL OR g.whole = 0)) OR (part.stays = 0 AND g.unit IS NOT NULL)),"""

_FOUND_PLAIN = """
found AS (
  SELECT w.unit, p.refdes, p.lot, p.machine, p.program, p.operator, p."at", p.until, p.certain, w.since,
         w.until AS ended
  FROM inside_it w JOIN placement p ON p.unit = w.unit),"""

_PROVENANCE = f"""
up(lot, origin) AS (
  SELECT f.lot, m.parent FROM (SELECT DISTINCT lot FROM found) f JOIN move m ON m.child = f.lot
  UNION SELECT up.lot, m.parent FROM up JOIN move m ON m.child = up.origin),
origins AS (
  SELECT up.lot, string_agg(l.supplier || '/' || l.code, ' ') AS origins
  FROM up JOIN lot l ON l.id = up.origin GROUP BY up.lot)
SELECT u.unit AS via, f.refdes, l.part, l.supplier, l.code, o.origins, f.machine, f.program, f.operator,
       f."at" AS placed_at, f.until AS removed_at,
       CASE WHEN f.until < {OPEN} OR f.ended < {OPEN} THEN 'past' WHEN f.certain = 1 THEN 'certain'
            ELSE 'possible' END AS class
FROM found f JOIN unit u ON u.id = f.unit JOIN lot l ON l.id = f.lot LEFT JOIN origins o ON o.lot = f.lot
WHERE {_LATEST.format("f.since", 'f."at"')} < {_FIRST.format("f.until", "f.ended")}"""

_LED_RUNS = "placed p ON p.unit = w.unit JOIN feed f ON f.run = p.run"
_LED_PLAIN = "placement f ON f.unit = w.unit"

_WHY = """
suspect(lot) AS (
  SELECT id FROM lot WHERE supplier = :supplier AND code = :lot
  UNION SELECT m.child FROM suspect s JOIN move m ON m.parent = s.lot),
led AS (SELECT DISTINCT w.unit, f.lot FROM inside_it w JOIN {placed} WHERE f.lot IN (SELECT lot FROM suspect)),
came(parent, child) AS (
  SELECT m.parent, m.child FROM led JOIN move m ON m.child = led.lot WHERE m.parent IN (SELECT lot FROM suspect)
  UNION
  SELECT m.parent, m.child FROM came JOIN move m ON m.child = came.parent
  WHERE m.parent IN (SELECT lot FROM suspect)),
held(child, parent) AS (
  SELECT m.child, m.parent FROM (SELECT DISTINCT unit FROM led) l JOIN mount m ON m.child = l.unit
  WHERE m.parent IN (SELECT unit FROM inside_it)
  UNION
  SELECT m.child, m.parent FROM held JOIN mount m ON m.child = held.parent
  WHERE m.parent IN (SELECT unit FROM inside_it))
SELECT a.supplier || '/' || a.code, 'BECAME', b.supplier || '/' || b.code
FROM came JOIN lot a ON a.id = came.parent JOIN lot b ON b.id = came.child
UNION ALL
SELECT l.supplier || '/' || l.code, 'PLACED', u.unit
FROM led JOIN lot l ON l.id = led.lot JOIN unit u ON u.id = led.unit
UNION ALL
SELECT c.unit, 'MOUNTED_IN', p.unit
FROM held JOIN unit c ON c.id = held.child JOIN unit p ON p.id = held.parent"""

_HISTORY = """
WITH RECURSIVE me AS (SELECT id, shipment, shipped_at, customer FROM unit WHERE unit = :unit),
box(unit) AS (SELECT id FROM me UNION ALL SELECT m.parent FROM box JOIN mount m ON m.child = box.unit)
SELECT * FROM (
  {placed}
  UNION ALL SELECT t."at", t.kind, t.machine, NULL, NULL FROM me JOIN test t ON t.unit = me.id
  UNION ALL SELECT r."at", 'removal', NULL, NULL, r.refdes FROM me JOIN removal r ON r.unit = me.id
  UNION ALL SELECT m."at", 'mounted', NULL, NULL, u.unit
  FROM me JOIN mount m ON m.child = me.id JOIN unit u ON u.id = m.parent
  UNION ALL SELECT m."at", 'took in', NULL, NULL, u.unit
  FROM me JOIN mount m ON m.parent = me.id JOIN unit u ON u.id = m.child
  {sale}) life
ORDER BY 1"""

_HISTORY_RUNS = """SELECT p."at", 'placement' AS kind, r.machine, r.operator, r.program AS detail
  FROM me JOIN placed p ON p.unit = me.id JOIN run r ON r.id = p.run"""
_SALE = """UNION ALL SELECT shipped_at, 'sale', NULL, NULL, shipment FROM me WHERE shipment IS NOT NULL"""
_HISTORY_PLAIN = """SELECT DISTINCT p."at", 'placement' AS kind, p.machine, p.operator, p.program AS detail
  FROM me JOIN placement p ON p.unit = me.id"""
_SALE_PLAIN = """UNION ALL SELECT s.shipped_at, 'sale', NULL, NULL, s.shipment
  FROM box JOIN packing k ON k.unit = box.unit JOIN consignment d ON d.container = k.container
  JOIN shipment s ON s.shipment = d.shipment"""


def statement(kind: str, by: str, way: str) -> str | None:
    """Return the text for a question in a way, None if that way has nothing of its own for it."""
    plain = way == "plain"
    if kind.startswith("recall"):
        return _recall(kind, by, way)
    if way not in {"recursive", "plain"}:
        return None
    if kind == "provenance":
        return "WITH RECURSIVE" + _INSIDE + (_FOUND_PLAIN if plain else _FOUND_RUNS) + _PROVENANCE
    if kind == "why":
        return "WITH RECURSIVE" + _INSIDE + _WHY.format(placed=_LED_PLAIN if plain else _LED_RUNS)
    placed, sale = (_HISTORY_PLAIN, _SALE_PLAIN) if plain else (_HISTORY_RUNS, _SALE)
    return _HISTORY.format(placed=placed, sale=sale)


def closure(kind: str) -> str:
    """Return the first of the expert's two statements: the suspected lots."""
    return _CLOSURE.format(found=_SUSPECTS[kind])
