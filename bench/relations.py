"""The input tables as an expert's relational tables: what every SQL system here is loaded with.

The tables of the plant are derived in DuckDB: which lots a visit had follows from visits and loads.
Three ways to keep that, in a schema of tables each system indexes as it does best:

* *runs*: one set of reels is kept once (`run`, `feed`) and boards point to it (`placed`), as boardtrace
  does; where a unit is now stands with the unit;
* *plain*: one row for each part of each board (`placement`), where it is follows from packing and
  shipments when it is asked;
* *roll-up*: besides the runs, what each lot became is kept (`lot_run`), and counted by shipment.

Times are microseconds since 1970, flags 0 or 1, an open end is `OPEN`: so the same text of a query
runs on every system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COMMON", "OPEN", "PASSING", "PLAIN", "ROLLUP", "RUNS", "derive"]

OPEN = 9_000_000_000_000_000

_TABLES = {
    "customers": ("customer", "name"),
    "lots": ("supplier", "lot", "part", "date_code"),
    "lot_moves": ("from_supplier", "from_lot", "to_supplier", "to_lot"),
    "programs": ("program", "feeder", "refdes"),
    "loads": ("machine", "feeder", "supplier", "lot", "loaded_at", "unloaded_at"),
    "units": ("unit", "kind", "product", "panel"),
    "visits": ("unit", "machine", "started_at", "ended_at", "program", "operator"),
    "placements": ("unit", "at", "supplier", "lot", "refdes", "operator"),
    "removals": ("unit", "at", "refdes", "supplier", "lot"),
    "tests": ("unit", "at", "kind", "machine"),
    "mounts": ("child", "parent", "at"),
    "packing": ("content", "container", "at"),
    "shipments": ("shipment", "shipped_at", "customer"),
    "shipment_contents": ("shipment", "content"),
}

PASSING = {"unit_id", "top"}
"""Tables of `COMMON` that are not kept."""

COMMON = {
    "lot": """
        SELECT row_number() OVER (ORDER BY supplier, code)::INTEGER AS id, supplier, code, part, date_code
        FROM (SELECT supplier, lot AS code, part, date_code FROM in_lots
              UNION ALL  -- a reel has part and date code of the lot that it is of
              SELECT m.to_supplier, m.to_lot, l.part, l.date_code
              FROM in_lot_moves m JOIN in_lots l ON l.supplier = m.from_supplier AND l.lot = m.from_lot)""",
    "move": """
        SELECT a.id AS parent, b.id AS child
        FROM in_lot_moves m JOIN lot a ON a.supplier = m.from_supplier AND a.code = m.from_lot
        JOIN lot b ON b.supplier = m.to_supplier AND b.code = m.to_lot""",
    "unit_id": "SELECT row_number() OVER (ORDER BY unit)::INTEGER AS id, unit FROM in_units",
    "mount": f"""
        SELECT c.id AS child, p.id AS parent, m."at", {OPEN} AS until
        FROM in_mounts m JOIN unit_id c ON c.unit = m.child JOIN unit_id p ON p.unit = m.parent""",
    "top": """
        WITH RECURSIVE up(unit, top) AS (
          SELECT id, id FROM unit_id UNION ALL
          SELECT up.unit, m.parent FROM up JOIN mount m ON m.child = up.top)
        SELECT unit, top FROM up WHERE top NOT IN (SELECT child FROM mount)""",
    "unit": """
        SELECT unit_id.id, i.unit, i.product, i.kind, n.unit AS top, n.id AS top_id, p.content_of AS container, p.shipment, p.shipped_at,
               p.customer, CASE WHEN p.shipment IS NULL THEN 'in_stock' ELSE 'shipped' END AS state
        FROM in_units i JOIN unit_id USING (unit) JOIN top t ON t.unit = unit_id.id
        JOIN unit_id n ON n.id = t.top
        LEFT JOIN (SELECT k.content, k.container AS content_of, s.shipment, s.shipped_at, s.customer
                   FROM in_packing k LEFT JOIN in_shipment_contents c ON c.content = k.container
                   LEFT JOIN in_shipments s USING (shipment)) p ON p.content = n.unit""",
    "shipment": "SELECT shipment, shipped_at, customer FROM in_shipments",
    "test": 'SELECT id AS unit, t."at", t.kind, t.machine FROM in_tests t JOIN unit_id USING (unit)',
    "removal": 'SELECT id AS unit, r."at", r.refdes FROM in_removals r JOIN unit_id USING (unit)',
}

# Time at a machine is cut at each change of reels; a visit had what was loaded in its stretch of pieces.
_BETWEEN = {
    "cut": """
        SELECT machine, t, row_number() OVER (PARTITION BY machine ORDER BY t) AS piece
        FROM (SELECT DISTINCT machine, unnest([loaded_at, unloaded_at]) AS t FROM in_loads)""",
    "loaded": """
        SELECT l.machine, l.feeder, lot.id AS lot, a.piece AS from_piece, b.piece AS to_piece
        FROM in_loads l JOIN lot ON lot.supplier = l.supplier AND lot.code = l.lot
        JOIN cut a ON a.machine = l.machine AND a.t = l.loaded_at
        JOIN cut b ON b.machine = l.machine AND b.t = l.unloaded_at""",
    "stay": """
        SELECT v.*, b.piece AS to_piece FROM (
          SELECT v.*, a.piece AS from_piece FROM in_visits v
          ASOF JOIN cut a ON a.machine = v.machine AND a.t <= v.started_at) v
        ASOF JOIN cut b ON b.machine = v.machine AND b.t <= v.ended_at""",
    "stretch": """
        SELECT row_number() OVER (ORDER BY machine, from_piece, to_piece, program, operator)::INTEGER AS id, *
        FROM (SELECT machine, program, operator, from_piece, to_piece, min(started_at) AS first_at,
                     max(ended_at) AS last_at
              FROM stay GROUP BY machine, program, operator, from_piece, to_piece)""",
    # what the repair bench put on is a run of its own for each lot, places and operator
    "repair": """
        SELECT row_number() OVER (ORDER BY lot, refdes, operator)::INTEGER + (SELECT max(id) FROM stretch)::INTEGER AS id, *
        FROM (SELECT operator, supplier, lot, refdes, min("at") AS first_at, max("at") AS last_at FROM in_placements
              GROUP BY operator, supplier, lot, refdes)""",
}

RUNS = {
    "run": """
        SELECT id, machine, program, operator, first_at, last_at FROM stretch
        UNION ALL SELECT id, NULL, NULL, operator, first_at, last_at FROM repair""",
    "feed": """
        SELECT run, lot, feeder, refdes, CASE alternatives WHEN 1 THEN 1 ELSE 0 END AS certain, alternatives
        FROM (SELECT s.id AS run, l.lot, l.feeder, p.refdes,
                     count(*) OVER (PARTITION BY s.id, l.feeder)::INTEGER AS alternatives
              FROM stretch s JOIN loaded l ON l.machine = s.machine
                   AND l.from_piece <= s.to_piece AND s.from_piece < l.to_piece
              JOIN in_programs p ON p.program = s.program AND p.feeder = l.feeder)
        UNION ALL
        SELECT r.id, lot.id, '', refdes, 1, 1 FROM repair r JOIN lot ON lot.supplier = r.supplier AND lot.code = r.lot""",
    # a visit of a panel is one of each of its boards
    "placed": """
        SELECT s.id AS run, u.id AS unit, v.started_at AS "at", v.ended_at AS ended
        FROM stay v JOIN (SELECT coalesce(panel, unit) AS whole, id FROM in_units JOIN unit_id USING (unit)) u
             ON u.whole = v.unit
        JOIN stretch s ON s.machine = v.machine AND s.program = v.program AND s.operator = v.operator
             AND s.from_piece = v.from_piece AND s.to_piece = v.to_piece
        UNION ALL
        SELECT r.id, u.id, p."at", p."at" FROM in_placements p JOIN unit_id u USING (unit)
        JOIN repair r ON r.operator = p.operator AND r.supplier = p.supplier AND r.lot = p.lot AND r.refdes = p.refdes""",
    # of a placement the designators that were taken off, and those that stayed
    "gone": """
        SELECT p.unit, p.run, f.lot, string_agg(place, ' ' ORDER BY place) FILTER (taken IS NOT NULL) AS refdes,
               string_agg(place, ' ' ORDER BY place) FILTER (taken IS NULL) AS rest,
               CASE count(taken) WHEN count(*) THEN 1 ELSE 0 END AS whole, max(taken) AS until
        FROM (SELECT DISTINCT unit FROM removal) w JOIN placed p USING (unit) JOIN feed f USING (run)
        JOIN lot ON lot.id = f.lot, unnest(string_split(f.refdes, ' ')) AS one(place),
        LATERAL (SELECT min(r."at") AS taken FROM in_removals r JOIN unit_id u USING (unit)
                 WHERE u.id = p.unit AND r."at" > p."at" AND list_contains(string_split(r.refdes, ' '), place)
                   AND (r.lot IS NULL OR r.lot = lot.code AND coalesce(r.supplier, '') = lot.supplier)) t
        GROUP BY p.unit, p.run, f.lot HAVING count(taken) > 0""",
    # every unit and what it is inside, at any depth
    "inside": f"""
        WITH RECURSIVE up(child, parent, "at", until) AS (
          SELECT child, parent, "at", until FROM mount UNION ALL
          SELECT up.child, m.parent, greatest(up."at", m."at"), least(up.until, m.until)
          FROM up JOIN mount m ON m.child = up.parent)
        SELECT child, parent, "at", until::BIGINT AS until FROM up WHERE "at" < {OPEN}""",
}

PLAIN = {
    "placement": f"""
        SELECT p.unit, f.lot, r.machine, r.program, r.operator, f.feeder, part.refdes, p."at",
               CAST(part.until AS BIGINT) AS until, f.certain, f.alternatives
        FROM placed p JOIN feed f USING (run) JOIN run r ON r.id = p.run
        LEFT JOIN gone g ON g.unit = p.unit AND g.run = p.run AND g.lot = f.lot,
        LATERAL (SELECT f.refdes AS refdes, {OPEN} AS until WHERE g.unit IS NULL
                 UNION ALL SELECT g.refdes, g.until WHERE g.unit IS NOT NULL
                 UNION ALL SELECT g.rest, {OPEN} WHERE g.unit IS NOT NULL AND g.rest IS NOT NULL) part""",
    "visit": """
        SELECT p.unit, r.machine, r.program, r.operator, p."at", p.ended
        FROM placed p JOIN run r ON r.id = p.run WHERE r.machine IS NOT NULL""",
    "packing": """
        SELECT id AS unit, container, p."at" FROM in_packing p JOIN unit_id u ON u.unit = p.content""",
    "consignment": "SELECT content AS container, shipment FROM in_shipment_contents",
}

ROLLUP = {
    "lot_run": """
        WITH RECURSIVE down(lot, part) AS (
          SELECT id, id FROM lot UNION SELECT down.lot, m.child FROM down JOIN move m ON m.parent = down.part)
        SELECT down.lot, f.run, f.lot AS fed,
               CASE WHEN f.certain = 1
                      OR count(*) OVER (PARTITION BY down.lot, f.run, f.feeder) = f.alternatives
                    THEN 1 ELSE 0 END AS certain
        FROM down JOIN feed f ON f.lot = down.part""",
    "lot_shipment": f"""
        WITH path AS (
          SELECT l.lot, p.unit, p."at" AS since, coalesce(g.until, {OPEN}) AS until, l.certain
          FROM lot_run l JOIN placed p USING (run)
          LEFT JOIN gone g ON g.unit = p.unit AND g.run = p.run AND g.lot = l.fed AND g.whole = 1),
        exposed AS (
          SELECT lot, unit, max(CASE WHEN until = {OPEN} THEN certain + 2 ELSE 1 END) AS rank FROM (
            FROM path UNION ALL
            SELECT p.lot, i.parent, greatest(p.since, i."at"), least(p.until, i.until), p.certain
            FROM path p JOIN inside i ON i.child = p.unit
            WHERE greatest(p.since, i."at") < least(p.until, i.until))
          GROUP BY lot, unit)
        SELECT lot, u.shipment, u.customer, u.shipped_at, count(*) FILTER (rank = 3) AS certain,
               count(*) FILTER (rank = 2) AS possible, count(*) FILTER (rank = 1) AS past,
               count(DISTINCT u.top) AS tops
        FROM exposed e JOIN unit u ON u.id = e.unit WHERE u.shipment IS NOT NULL
        GROUP BY lot, u.shipment, u.customer, u.shipped_at""",
}


def derive(folder: Path, path: Path) -> dict[str, int]:
    """Read the tables in ``folder`` into a new DuckDB file; return its tables with their rows."""
    counted = {}
    with duckdb.connect(str(path)) as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute(f"SET memory_limit = '2GB'; SET temp_directory = '{path}.spilled'")
        for table, columns in _TABLES.items():
            _read(db, folder / f"{table}.csv", table, columns)
        for tables in (COMMON, _BETWEEN, RUNS, PLAIN, ROLLUP):
            for name, query in tables.items():
                kept = "TEMP " if tables is _BETWEEN or name in PASSING else ""
                db.execute(f"CREATE {kept}TABLE {name} AS {query}")
                if not kept:
                    counted[name] = len(db.table(name))
    return counted


def _read(db: duckdb.DuckDBPyConnection, path: Path, table: str, columns: tuple[str, ...]) -> None:
    """Read the columns of a table; one that was not made is empty."""
    shown = ", ".join(map(_shown, columns))
    if path.exists():
        relation = f"read_csv('{path}', all_varchar = true, header = true)"
    else:
        relation = "(SELECT {}) WHERE false".format(", ".join(f'NULL::VARCHAR AS "{n}"' for n in columns))
    db.execute(f"CREATE TEMP TABLE in_{table} AS SELECT {shown} FROM {relation}")


def _shown(name: str) -> str:
    """Return the expression that reads a column: a blank supplier is a value, of the site's own ids."""
    if name.endswith("supplier"):
        return f"coalesce({name}, '') AS {name}"
    time = name == "at" or name.endswith("_at")
    return f'epoch_us(CAST("{name}" AS TIMESTAMPTZ)) AS "{name}"' if time else f'"{name}"'
