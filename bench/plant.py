"""A synthetic plant of any size as input tables, for measuring: ``python bench/plant.py FOLDER``.

One line of four machines with fifteen feeders each: sixty reels a board. The lot
``MURATA/SUSPECT`` became five reels at the first feeder of the first machine, which fed
exactly so many boards as asked for. Every board is in a product, ten products in a
carton, twenty cartons in a shipment, the shipments with ten customers in turn.

The suspect's boards are the same in a plant of any size: recalls of it differ in nothing
but what else there is. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

__all__ = ["TABLES", "build"]

MACROS = """
CREATE MACRO instant(seconds) AS
  strftime(make_timestamp(2026, 1, 5, 6, 0, 0) + to_seconds(seconds), '%Y-%m-%dT%H:%M:%SZ');
-- Board i is at machine m from visit(i, m), for 45 of the 57 seconds until the next one: 1,515 a day.
CREATE MACRO visit(i, m) AS i * 57 + m * 60;
CREATE MACRO board(i) AS printf('B%07d', i);
CREATE MACRO product(i) AS printf('P%07d', i);
CREATE MACRO carton(i) AS printf('CTN%06d', i // 10);
CREATE MACRO shipment(i) AS printf('SHP%05d', i // 200);
CREATE MACRO machine(m) AS printf('SMT-%d', m + 1);
CREATE MACRO feeder(f) AS printf('F%02d', f % 15 + 1);
CREATE MACRO part(f) AS printf('PN-%03d', f + 1);
CREATE MACRO supplier(f) AS ['MURATA', 'YAGEO', 'KEMET', 'VISHAY', 'TDK'][f % 5 + 1];
CREATE MACRO lot(f, n) AS printf('L%02d-%03d', f + 1, n);
CREATE MACRO work_order(i) AS printf('WO%05d', i // 500);
CREATE TABLE board AS SELECT range AS i FROM range(getvariable('boards'));
-- Reel n at feeder f (of sixty) fed the boards from `first` on, until the next one.
-- The suspect's are every other one at the first feeder; elsewhere they last 2,500 boards.
CREATE TABLE reel AS
SELECT f, n, printf('REEL-%02d-%04d', f + 1, n) AS reel, greatest(first, 0) AS first,
       least(first + each, boards) AS next,
       CASE WHEN f = 0 AND n IN (3, 5, 7, 9, 11) THEN 'SUSPECT' ELSE lot(f, n // 8) END AS lot
FROM (SELECT f, n, each, boards, n * each - f * 41 AS first
      FROM (SELECT range AS f, CASE range WHEN 0 THEN getvariable('exposed') // 5 ELSE 2500 END AS each,
                   getvariable('boards') AS boards FROM range(60)), range(boards // each + 2) AS r(n))
WHERE first < boards AND first + each > 0;
"""

TABLES = {
    "suppliers": "SELECT supplier(range) AS supplier, supplier(range) AS name FROM range(5)",
    "components": "SELECT part(range) AS part, 'resistor or capacitor' AS description FROM range(60)",
    "machines": "SELECT machine(range) AS machine, 'placement' AS kind, 'LINE-1' AS line FROM range(4)",
    "customers": """
        SELECT printf('CUST-%02d', range) AS customer, printf('Customer %d', range) AS name
               FROM range(10)""",
    "lots": """
        SELECT DISTINCT supplier(f) AS supplier, lot, part(f) AS part, 40000 AS quantity,
               '2545' AS date_code,
               '2025-12-01T08:00:00Z' AS received_at
        FROM reel""",
    "lot_moves": """
        SELECT 'reel' AS kind, supplier(f) AS from_supplier, lot AS from_lot, '' AS to_supplier,
               reel AS to_lot,
               5000 AS quantity, '2026-01-02T08:00:00Z' AS "at"
        FROM reel""",
    "programs": """
        SELECT 'TOP-A' AS program, feeder(range) AS feeder,
               printf('R%d R%d', range % 15 * 2 + 1, range % 15 * 2 + 2) AS refdes
        FROM range(15)""",
    # 3 seconds before the board's visit, 9 after the one before it: no board straddles a change
    "loads": """
        SELECT machine(f // 15) AS machine, feeder(f) AS feeder, '' AS supplier, reel AS lot,
               instant(visit(first, f // 15) - 3) AS loaded_at, instant(visit(next,
               f // 15) - 3) AS unloaded_at
        FROM reel""",
    "units": """
        SELECT board(i) AS unit, 'board' AS kind, 'CB-100' AS product, work_order(i) AS work_order
               FROM board
        UNION ALL SELECT product(i), 'product', 'GW-1', NULL FROM board""",
    "visits": """
        SELECT board(i) AS unit, machine(m) AS machine, instant(visit(i, m)) AS started_at,
               instant(visit(i, m) + 45) AS ended_at,
               'TOP-A' AS program, printf('OP-%02d', i // 500 % 6 + m) AS operator,
               work_order(i) AS work_order
        FROM board, range(4) AS r(m)""",
    "tests": """
        SELECT board(i) AS unit, instant(visit(i, 10)) AS "at", 'AOI' AS kind,
               CASE i % 97 WHEN 0 THEN 'fail' ELSE 'pass' END AS result, 'AOI-1' AS machine
        FROM board""",
    "mounts": """
        SELECT board(i) AS child, product(i) AS parent, instant(visit(i, 0) + 86400) AS "at"
               FROM board""",
    "packing": """
        SELECT product(i) AS content, 'unit' AS content_kind, carton(i) AS container, instant(visit(i,
               0) + 90000) AS "at"
        FROM board""",
    "shipments": """
        SELECT shipment(i) AS shipment, instant(visit(i + 200, 0) + 180000) AS shipped_at, 'sale' AS kind,
               printf('CUST-%02d', i // 200 % 10) AS customer
        FROM board WHERE i % 200 = 0""",
    "shipment_contents": """
        SELECT shipment(i) AS shipment, carton(i) AS content, 'container' AS content_kind
        FROM board WHERE i % 10 = 0""",
}
"""Name -> the query that makes it."""


def build(folder: Path, boards: int = 100_000, exposed: int = 12_500) -> int:
    """Write the tables of a plant into ``folder``; return their rows.

    ``exposed`` boards got a part of the suspect lot: a multiple of 5, and at most two fifths of all.
    """
    if exposed % 5 or boards < exposed * 12 // 5:
        raise ValueError("exposed: a multiple of 5, and at most five twelfths of the boards")
    folder.mkdir(parents=True, exist_ok=True)
    rows = 0
    with duckdb.connect() as db:
        db.execute("SET VARIABLE boards = ?", [boards])
        db.execute("SET VARIABLE exposed = ?", [exposed])
        db.execute(MACROS)
        for table, query in TABLES.items():
            made = db.sql(query).order("ALL")
            made.write_csv(str(folder / f"{table}.csv"))
            rows += len(made)
    return rows


def main() -> None:
    """Write a plant."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--boards", type=int, default=100_000)
    parser.add_argument("--exposed", type=int, default=12_500, help="boards that the suspect lot is on")
    asked = parser.parse_args()
    rows = build(asked.folder, asked.boards, asked.exposed)
    print(f"{rows:,} rows in {len(TABLES)} tables in {asked.folder}")


if __name__ == "__main__":
    main()
