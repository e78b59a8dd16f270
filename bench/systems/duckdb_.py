"""DuckDB: the tables as they were derived, sorted by what is searched, analysed by nature."""

from __future__ import annotations

import time
from typing import Any

import duckdb
import psutil  # type: ignore[import-untyped]

from bench.systems.base import KEPT, SCHEMAS, Loaded, Plant, Sql

__all__ = ["MEASURED", "Duckdb"]

# Sorted by what is searched, a block outside the range is skipped; an index pays for the lookups of one.
_ORDER = {"feed": "lot", "placed": "run, unit", "placement": "lot, unit", "lot_run": "lot, run"}
_INDEXED = {"lot": "code", "unit": "unit", "mount": "child"}


class Duckdb(Sql):
    """DuckDB in this process."""

    name = "DuckDB"
    ways = ("recursive", "plain", "roll-up")
    placeholder = r"$\1"

    @property
    def _path(self) -> str:
        return str(self.home / "plant.duckdb")

    def load(self, plant: Plant) -> Loaded:
        """Copy the derived tables into a file of its own, in the order of search."""
        began = time.perf_counter()
        sizes: dict[str, int] = {}
        with duckdb.connect(self._path) as db:
            db.execute("SET memory_limit = '2GB'")
            db.execute(f"ATTACH '{plant.relations}' AS source (READ_ONLY)")
            tables = {name: None for tables in SCHEMAS.values() for name in tables}
            for table in tables:
                order = f" ORDER BY {_ORDER[table]}" if table in _ORDER else ""
                db.execute(f"CREATE TABLE {table} AS FROM source.{table}{order}")
                if table in _INDEXED:
                    db.execute(f"CREATE INDEX {table}_key ON {table}({_INDEXED[table]})")
            db.execute("CHECKPOINT")
            for table in tables:
                sizes[table] = _size(db, table)
        seconds = time.perf_counter() - began + plant.derived_seconds
        self.start()
        return Loaded(seconds, {kept: sum(sizes.get(t, 0) for t in ts) for kept, ts in SCHEMAS.items()})

    def start(self) -> None:
        """Open the file."""
        super().start()
        self._db = duckdb.connect(self._path, read_only=True)
        self._db.execute("SET memory_limit = '2GB'")

    def stop(self) -> None:
        """Close the file."""
        if hasattr(self, "_db"):
            self._db.close()

    def run(self, text: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run a statement with the parameters that it has."""
        used = {name: value for name, value in given.items() if f"${name}" in text}
        return self._db.execute(text, used).fetchall()

    def memory(self) -> int:
        """Return the memory of this process."""
        return int(psutil.Process().memory_info().rss)

    def about(self) -> dict[str, str]:
        """Return version and settings."""
        kept = ", ".join(sorted(set(KEPT.values())))
        return {
            "version": duckdb.__version__,
            "settings": f"2 GB at most, tables sorted by what is searched; {kept}",
        }


def _size(db: duckdb.DuckDBPyConnection, table: str) -> int:
    blocks = "SELECT count(DISTINCT block_id) FROM pragma_storage_info(?) WHERE block_id >= 0"
    (count,) = db.execute(blocks, [table]).fetchone() or (0,)
    return int(count) * 262_144


MEASURED = Duckdb
