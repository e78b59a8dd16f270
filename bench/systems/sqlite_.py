"""SQLite: the runs, indexed and analysed, in one file."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import duckdb
import psutil  # type: ignore[import-untyped]

from bench.systems.base import SCHEMAS, Loaded, Plant, Sql

__all__ = ["MEASURED", "Sqlite"]

_INDEXES = """
CREATE UNIQUE INDEX lot_key ON lot(supplier, code);
CREATE INDEX lot_part ON lot(part, date_code);
CREATE INDEX move_parent ON move(parent, child);
CREATE INDEX move_child ON move(child, parent);
CREATE UNIQUE INDEX unit_key ON unit(unit);
CREATE INDEX mount_child ON mount(child, parent, "at", until);
CREATE INDEX mount_parent ON mount(parent, child, "at", until);
CREATE INDEX feed_lot ON feed(lot);
CREATE INDEX feed_run ON feed(run);
CREATE INDEX run_machine ON run(machine, first_at);
CREATE INDEX placed_run ON placed(run, "at", ended, unit);
CREATE INDEX placed_unit ON placed(unit, run, "at");
CREATE INDEX gone_key ON gone(unit, run, lot);
CREATE INDEX test_unit ON test(unit);
CREATE INDEX removal_unit ON removal(unit);
ANALYZE;
"""
_TYPES = {"VARCHAR": "TEXT", "INTEGER": "INTEGER", "BIGINT": "INTEGER", "HUGEINT": "INTEGER"}
_KEYS = {"lot": "id", "unit": "id", "run": "id"}


class Sqlite(Sql):
    """SQLite in this process."""

    name = "SQLite"
    ways = ("recursive",)

    @property
    def _path(self) -> str:
        return str(self.home / "plant.sqlite")

    def load(self, plant: Plant) -> Loaded:
        """Fill the file with the derived tables."""
        began = time.perf_counter()
        with duckdb.connect(str(plant.relations), read_only=True) as source:
            db = sqlite3.connect(self._path, isolation_level=None)
            db.executescript(
                "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN"
            )
            for table in SCHEMAS["runs"]:
                self._fill(db, source, table)
            db.executescript(_INDEXES)  # commits first
            db.close()
        seconds = time.perf_counter() - began + plant.derived_seconds
        self.start()
        return Loaded(seconds, {"runs": (self.home / "plant.sqlite").stat().st_size})

    def _fill(self, db: sqlite3.Connection, source: duckdb.DuckDBPyConnection, table: str) -> None:
        found = source.table(table)
        columns = ", ".join(
            f'"{name}" {_TYPES[str(kind)]}{" PRIMARY KEY" if _KEYS.get(table) == name else ""}'
            for name, kind in zip(found.columns, found.types, strict=True)
        )
        db.execute(f"CREATE TABLE {table} ({columns})")
        marks = ", ".join("?" * len(found.columns))
        reading = source.execute(f"FROM {table}")
        while rows := reading.fetchmany(50_000):
            db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def start(self) -> None:
        """Open the file."""
        super().start()
        self._db = sqlite3.connect(self._path, cached_statements=256)
        self._db.executescript(
            "PRAGMA cache_size = -524288; PRAGMA mmap_size = 4294967296; PRAGMA query_only = 1"
        )

    def stop(self) -> None:
        """Close the file."""
        if hasattr(self, "_db"):
            self._db.close()

    def dialect(self, text: str) -> str:
        """Name what SQLite names otherwise."""
        return super().dialect(text).replace("string_agg(", "group_concat(")

    def run(self, text: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run a statement."""
        return self._db.execute(text, given).fetchall()

    def memory(self) -> int:
        """Return the memory of this process."""
        return int(psutil.Process().memory_info().rss)

    def about(self) -> dict[str, str]:
        """Return version and settings."""
        return {"version": sqlite3.sqlite_version, "settings": "512 MB of cache, mapped file, analysed"}


MEASURED = Sqlite
