"""A synthetic plant of any size as input tables, for measuring: ``python bench/plant.py FOLDER``.

One line of four machines, sixty reels a board unless asked otherwise. Four lots of known size:

* ``MURATA/SUSPECT`` became five reels at the first feeder, which fed exactly so many boards as asked for;
* ``YAGEO/STEADY`` became five reels at the second feeder, on the same 1,000 boards whatever the size
  of the plant: recalls of it differ in nothing but what else there is;
* ``.../HOT`` is every reel of the last feeder: it is on every board, up to 100,000;
* ``.../SPARE-nn`` are what the repair bench puts on where it took a part off.

Boards go through the line one by one or as panels. A change of reels is mostly between two panels;
at a splice it is while a panel is at the machine, so that either reel is possible there. Of some
boards a part is removed and replaced, before they are mounted or long after. Every board is in a
product, with more levels five products in a cabinet and four cabinets in a rack; ten of these in a
carton, twenty cartons in a shipment, the shipments with ten customers in turn, every seventh still
in stock.

The same arguments give the same bytes. What is chosen is chosen by arithmetic on the number of the
board or reel, so that ``truth.py`` can say what is right without reading the tables.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb

__all__ = ["TABLES", "Shape", "build", "generator"]

_ROOMY = 3_000  # boards of a plant in which the steady lot has its full size
_LOTS = range(8, 401, 4)


@dataclass(frozen=True)
class Shape:
    """What a plant is like."""

    boards: int = 100_000
    exposed: int = 12_500
    """Boards that the suspect lot is on."""
    lots: int = 60
    """Reels a board, a multiple of four."""
    life: int = 2_500
    """Boards that a reel lasts."""
    panel: int = 1
    """Boards that go through the line together."""
    levels: int = 2
    """Two: boards in products. Three: products in cabinets. Four: cabinets in racks."""
    rework: float = 0.0
    """Share of the boards that had a part removed and replaced."""
    grey: float = 0.0
    """Share of the boards that were at a machine during a splice."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what would not be a plant: ValueError names the field."""
        if self.exposed % (5 * self.panel) or self.boards < self.exposed * 12 // 5:
            raise ValueError(
                f"exposed: a multiple of {5 * self.panel}, and at most five twelfths of the boards"
            )
        if self.lots not in _LOTS:
            raise ValueError("lots: a multiple of 4 from 8 to 400")
        if self.levels not in {2, 3, 4}:
            raise ValueError("levels: 2, 3 or 4")
        if self.life < self.panel or self.boards < 100 * self.panel:
            raise ValueError("life: at least a panel; boards: at least 100 panels")

    @property
    def panels(self) -> int:
        """How many panels go through the line."""
        return -(-self.boards // self.panel)

    @property
    def steady(self) -> int:
        """Boards that a reel of the steady lot is on."""
        each = 200 if self.boards >= _ROOMY else self.boards // 16
        return each // self.panel * self.panel

    @property
    def spans(self) -> list[int]:
        """Boards inside a unit of each level: the board itself, the product, the cabinet, the rack."""
        return [1, 1, 5, 20][: self.levels]


MACROS = """
CREATE MACRO v(name) AS getvariable(name);
CREATE MACRO instant(seconds) AS
  strftime(make_timestamp(2026, 1, 5, 6, 0, 0) + to_seconds(seconds), '%Y-%m-%dT%H:%M:%SZ');
-- Panel q is at machine m from visit(q, m), for 45 of the 57 seconds until the next one.
CREATE MACRO visit(q, m) AS q * 57 + m * 60;
CREATE MACRO made(i) AS visit(least(i, v('boards') - 1) // v('panel'), 0);
CREATE MACRO unit(level, j) AS printf('%s%07d', ['B', 'P', 'C', 'S'][level], j);
CREATE MACRO panel(q) AS printf('PNL%07d', q);
CREATE MACRO carton(t) AS printf('CTN%06d', t // 10);
CREATE MACRO shipment(t) AS printf('SHP%05d', t // 200);
CREATE MACRO customer(t) AS printf('CUST-%02d', t // 200 % 10);
CREATE MACRO gone_out(t) AS t // 200 % 7 <> 2;
CREATE MACRO machine(m) AS printf('SMT-%d', m + 1);
CREATE MACRO feeder(f) AS printf('F%02d', f % (v('lots') // 4) + 1);
CREATE MACRO machine_of(f) AS f // (v('lots') // 4);
CREATE MACRO part(f) AS printf('PN-%03d', f + 1);
CREATE MACRO refdes(f, k) AS printf('R%d', 2 * f + k);
CREATE MACRO supplier(f) AS ['MURATA', 'YAGEO', 'KEMET', 'VISHAY', 'TDK'][f % 5 + 1];
CREATE MACRO spare(f) AS printf('SPARE-%02d', f + 1);
CREATE MACRO work_order(i) AS printf('WO%05d', i // 500);
-- A number from 0 to 1 for a number: the same for the same seed.
CREATE MACRO chance(i, salt) AS ((i * 7919 + salt * 104729 + v('seed') * 1299709) % 10007) / 10007;

CREATE TABLE board AS
SELECT range AS i, range // v('panel') AS q FROM range(v('boards'));

-- Reel n at feeder f fed the panels from `first` on, until `next`. The suspect's are every other one at
-- the first feeder, the steady lot's at the second. At a splice the first panel may have the reel before.
CREATE TABLE reel AS
SELECT f, n, printf('REEL-%02d-%05d', f + 1, n) AS reel, first, next, lot,
       first > 0 AND v('grey') > 0
         AND CASE WHEN f < 2 AND n < 13 THEN n IN (3, 7) ELSE chance(f * 131 + n, 1) < v('splices') END AS splice
FROM (SELECT f, n, greatest(n * each - shift, 0) AS first, least((n + 1) * each - shift, v('panels')) AS next,
             CASE WHEN f = 0 AND n IN (3, 5, 7, 9, 11) THEN 'SUSPECT'
                  WHEN f = 1 AND n IN (3, 5, 7, 9, 11) THEN 'STEADY'
                  WHEN f = v('lots') - 1 AND (n * each - shift) * v('panel') < 100000 THEN 'HOT'
                  ELSE printf('L%02d-%03d', f + 1, n // 8) END AS lot
      FROM (SELECT f, each, shift, unnest(range((v('panels') + shift) // each + 1)) AS n
            FROM (SELECT range AS f, range * 41 % each AS shift, each
                  FROM (SELECT range, CASE range WHEN 0 THEN v('exposed') // 5 WHEN 1 THEN v('steady')
                                                 ELSE v('life') END // v('panel') AS each
                        FROM range(v('lots'))))))
WHERE first < next;

-- Of board i the part at feeder f was taken off: both its designators or one, before it was mounted or
-- long after; the record names the reel or not.
CREATE TABLE rework AS
SELECT i, q, CASE i // 3 % 4 WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE i * 31 % v('lots') END AS f,
       i % 3 <> 0 AS whole, i // 2 % 2 = 0 AS late, i % 5 = 0 AS named,
       made(i) + CASE WHEN i // 2 % 2 = 0 THEN 864000 ELSE 3600 END AS taken
FROM board WHERE chance(i, 2) < v('rework');

-- Unit j of a level, the boards from the first to the last inside it, what it was mounted in and when.
CREATE TABLE member AS
SELECT level, j, j * span AS first, least((j + 1) * span, v('boards')) - 1 AS last,
       (j * span) // v('spans')[least(level + 1, v('levels'))] AS parent,
       made(((j * span) // v('spans')[least(level + 1, v('levels'))] + 1)
            * v('spans')[least(level + 1, v('levels'))] - 1) + 86400 + (level - 1) * 600 AS mounted
FROM (SELECT level, v('spans')[level] AS span, unnest(range((v('boards') - 1) // v('spans')[level] + 1)) AS j
      FROM (SELECT unnest(range(1, v('levels') + 1)) AS level));

CREATE VIEW top AS SELECT j AS t, last FROM member WHERE level = v('levels');
"""

TABLES = {
    "suppliers": "SELECT supplier(range) AS supplier, supplier(range) AS name FROM range(5)",
    "components": "SELECT part(range) AS part, 'resistor or capacitor' AS description FROM range(v('lots'))",
    "machines": "SELECT machine(range) AS machine, 'placement' AS kind, 'LINE-1' AS line FROM range(4)",
    "customers": """
        SELECT printf('CUST-%02d', range) AS customer, printf('Customer %d', range) AS name FROM range(10)""",
    "lots": """
        SELECT DISTINCT supplier(f) AS supplier, lot, part(f) AS part, 40000 AS quantity,
               CASE lot WHEN 'SUSPECT' THEN '2545' WHEN 'STEADY' THEN '2546'
                        ELSE printf('25%02d', n // 8 * 7 % 40 + 1) END AS date_code,
               '2025-12-01T08:00:00Z' AS received_at
        FROM reel WHERE lot NOT LIKE 'HOT'
        UNION ALL SELECT DISTINCT supplier(f), lot, part(f), 40000, '2547', '2025-12-01T08:00:00Z'
        FROM reel WHERE lot = 'HOT'
        UNION ALL SELECT DISTINCT supplier(f), spare(f), part(f), 4000, '2550', '2025-12-01T08:00:00Z'
        FROM rework""",
    "lot_moves": """
        SELECT 'reel' AS kind, supplier(f) AS from_supplier, lot AS from_lot, '' AS to_supplier,
               reel AS to_lot, 5000 AS quantity, '2026-01-02T08:00:00Z' AS "at"
        FROM reel
        UNION ALL SELECT DISTINCT 'reel', supplier(f), spare(f), '', 'REEL-' || spare(f), 500,
               '2026-01-02T08:00:00Z'
        FROM rework""",
    "programs": """
        SELECT printf('TOP-%d', machine_of(range) + 1) AS program, feeder(range) AS feeder,
               refdes(range, 1) || ' ' || refdes(range, 2) AS refdes
        FROM range(v('lots'))""",
    # 3 seconds before the panel's visit, 9 after the one before it; at a splice, 20 seconds into it
    "loads": """
        SELECT machine(machine_of(f)) AS machine, feeder(f) AS feeder, '' AS supplier, reel AS lot,
               instant(visit(first, machine_of(f)) + CASE WHEN splice THEN 20 ELSE -3 END) AS loaded_at,
               instant(visit(next, machine_of(f))
                       + CASE WHEN lead(splice) OVER (PARTITION BY f ORDER BY n) THEN 20 ELSE -3 END)
                 AS unloaded_at
        FROM reel""",
    "units": """
        SELECT unit(level, j) AS unit, CASE level WHEN 1 THEN 'board' ELSE 'product' END AS kind,
               ['CB-100', 'GW-1', 'CAB-1', 'RACK-1'][level] AS product,
               CASE level WHEN 1 THEN work_order(j) END AS work_order,
               CASE WHEN level = 1 AND v('panel') > 1 THEN panel(j // v('panel')) END AS panel,
               CASE WHEN level = 1 AND v('panel') > 1 THEN j % v('panel') + 1 END AS position
        FROM member""",
    "visits": """
        SELECT CASE v('panel') WHEN 1 THEN unit(1, q) ELSE panel(q) END AS unit, machine(m) AS machine,
               instant(visit(q, m)) AS started_at, instant(visit(q, m) + 45) AS ended_at,
               printf('TOP-%d', m + 1) AS program,
               printf('OP-%02d', q * v('panel') // 500 % 6 + m) AS operator,
               work_order(q * v('panel')) AS work_order
        FROM (SELECT range AS q FROM range(v('panels'))), range(4) AS r(m)""",
    "placements": """
        SELECT unit(1, i) AS unit, instant(taken + 300) AS "at", '' AS supplier, 'REEL-' || spare(f) AS lot,
               refdes(f, 1) || CASE WHEN whole THEN ' ' || refdes(f, 2) ELSE '' END AS refdes,
               'OP-R1' AS operator
        FROM rework""",
    "removals": """
        SELECT unit(1, w.i) AS unit, instant(taken) AS "at",
               refdes(f, 1) || CASE WHEN whole THEN ' ' || refdes(f, 2) ELSE '' END AS refdes,
               CASE WHEN named THEN '' END AS supplier, CASE WHEN named THEN reel END AS lot,
               'failed' AS reason, 'OP-R1' AS operator
        FROM rework w JOIN reel r USING (f) WHERE r.first <= w.q AND w.q < r.next""",
    "tests": """
        SELECT unit(1, i) AS unit, instant(visit(q, 10)) AS "at", 'AOI' AS kind,
               CASE i % 97 WHEN 0 THEN 'fail' ELSE 'pass' END AS result, 'AOI-1' AS machine
        FROM board""",
    "mounts": """
        SELECT unit(level, j) AS child, unit(level + 1, parent) AS parent, instant(mounted) AS "at"
        FROM member WHERE level < v('levels')""",
    "packing": """
        SELECT unit(v('levels'), t) AS content, 'unit' AS content_kind, carton(t) AS container,
               instant(made(last) + 90000) AS "at"
        FROM top""",
    "shipments": """
        SELECT shipment(t) AS shipment, instant(made((t + 200) * v('spans')[v('levels')]) + 180000) AS shipped_at,
               'sale' AS kind, customer(t) AS customer
        FROM top WHERE t % 200 = 0 AND gone_out(t)""",
    "shipment_contents": """
        SELECT shipment(t) AS shipment, carton(t) AS content, 'container' AS content_kind
        FROM top WHERE t % 10 = 0 AND gone_out(t)""",
}
"""Name -> the query that makes it."""


def generator(shape: Shape, temporary: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return a database with the plant's own tables: board, reel, rework, member, top."""
    db = duckdb.connect()
    db.execute("SET memory_limit = '1GB'")
    if temporary:
        db.execute(f"SET temp_directory = '{temporary}'")
    given = {field.name: getattr(shape, field.name) for field in fields(shape)}
    splices = shape.grey * shape.life / (shape.lots * shape.panel)
    more = {"panels": shape.panels, "steady": shape.steady, "spans": shape.spans, "splices": splices}
    for name, value in (given | more).items():
        db.execute(f"SET VARIABLE {name} = ?", [value])
    db.execute(MACROS)
    return db


def build(folder: Path, shape: Shape | None = None) -> int:
    """Write the tables of a plant into ``folder``; return their rows."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = 0
    with generator(shape or Shape(), folder / "spilled") as db:
        for table, query in TABLES.items():
            path = folder / f"{table}.csv"
            (written,) = db.execute(
                f"COPY (FROM ({query}) ORDER BY ALL) TO '{path}' (HEADER)"
            ).fetchone() or (0,)
            if written:
                rows += written
            else:
                path.unlink()
    return rows


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each field of the shape but the number of boards."""
    parser.add_argument("--exposed", type=int, help="boards that the suspect lot is on; default: an eighth")
    parser.add_argument("--lots", type=int, default=60, help="reels a board")
    parser.add_argument("--life", type=int, default=2_500, help="boards that a reel lasts")
    parser.add_argument("--panel", type=int, default=1, help="boards of a panel")
    parser.add_argument("--levels", type=int, default=2, choices=(2, 3, 4), help="levels of assembly")
    parser.add_argument("--rework", type=float, default=0.0, help="share of boards with a replaced part")
    parser.add_argument("--grey", type=float, default=0.0, help="share of boards made during a splice")
    parser.add_argument("--seed", type=int, default=0)


def shape_of(asked: argparse.Namespace, boards: int) -> Shape:
    """Return the shape that the options ask for."""
    names = ("lots", "life", "panel", "levels", "rework", "grey", "seed")
    rest = {name: getattr(asked, name) for name in names}
    step = 5 * asked.panel
    exposed = boards // 8 // step * step if asked.exposed is None else asked.exposed
    return Shape(boards=boards, exposed=exposed, **rest)


def main() -> None:
    """Write a plant."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boards", type=int, default=100_000)
    add_options(parser)
    asked = parser.parse_args()
    rows = build(asked.folder, shape_of(asked, asked.boards))
    print(f"{rows:,} rows in {asked.folder}")


if __name__ == "__main__":
    main()
