"""Long measurements: columns in Parquet beside the graph, found again from their edge.

Solder paste inspection measures thousands of pads on each board. JSON of more than a few
thousand characters would weigh on every page of the graph that a recall reads, so the edge
keeps ``{"parquet": <SHA-256 of the JSON>, "bytes": n}`` (sql/00_spelling.sql) and the values
lie in ``measurements/<batch>.parquet`` beside the ledger: ``key`` (that SHA-256), ``path`` of
the value in the JSON, ``number``, ``text``. DuckDB and Polars read them as they are. What is
measured counts for the digest all the same: by its hash.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from boardtrace.sources.stream import shown_path
from boardtrace.sources.tables import Spool, literal
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from boardtrace.facts import Ledger
    from boardtrace.graph import Transaction

_Leaf = tuple[str, float | None, str | None]

__all__ = ["copied", "folder_of", "keep", "taken", "values"]

_FOLDER = "measurements"
_SHORT = {"parquet", "bytes"}
# What stands on the edge instead of what is long: `kept_json` of sql/00_spelling.sql.
_KEY = r'^\{"bytes":\d+,"parquet":"([0-9a-f]{64})"\}$'


def keep(ledger: Ledger, batch: int) -> None:
    """Write what this batch says at length, and no earlier one did; in the ledger's transaction."""
    ledger.db.execute(
        "CREATE TABLE IF NOT EXISTS measured (key VARCHAR);"
        "CREATE OR REPLACE TEMP TABLE at_length AS SELECT DISTINCT sha256(said) AS key, said FROM ("
        "  SELECT measurements AS said FROM tests UNION ALL SELECT parameters FROM processes"
        ") WHERE is_long(said) AND sha256(said) NOT IN (FROM measured)"
    )
    if ledger.scalar("SELECT EXISTS (FROM at_length)"):
        folder = ledger.path.parent / _FOLDER
        folder.mkdir(exist_ok=True)
        with Spool(["key", "path", "number", "text"]) as spool:
            for key, said in ledger.rows("FROM at_length"):
                for place, leaf in enumerate(_leaves(_read(said), ())):
                    spool.add(place, [key, *("" if cell is None else str(cell) for cell in leaf)])
            staged = ledger.db.table(spool.stage(ledger.db).relation)
        columns = "key, _line::INTEGER AS place, path, number::DOUBLE AS number, text"
        # a batch that is given up leaves a file that the next one of its number writes again
        staged.select(columns).order("key, place").write_parquet(str(_place(folder, batch)))
        ledger.db.execute("INSERT INTO measured SELECT key FROM at_length")
    ledger.db.execute("DROP TABLE at_length")


def copied(ledger: Ledger, kept: Path, path: Path) -> tuple[int, int]:
    """Write what the relations ``got_...`` name at length to one file: key, place, path, number, text.

    ``kept`` is the folder of the graph's own ledger. Returns how many values were written, and of how
    many events they are not there.
    """
    ledger.db.execute(
        "CREATE OR REPLACE TEMP TABLE named AS SELECT DISTINCT regexp_extract(said, ?, 1) AS key FROM ("
        "  SELECT measurements AS said FROM got_tested UNION ALL SELECT parameters FROM got_processed"
        ") WHERE regexp_matches(said, ?)",
        [_KEY, _KEY],
    )
    files = sorted((kept / _FOLDER).glob("*.parquet"))
    there = (
        f"read_parquet([{', '.join(map(literal, files))}])"
        if files
        else "(SELECT '' AS key, 0 AS place, '' AS path, 0::DOUBLE AS number, '' AS text WHERE false)"
    )
    ledger.db.execute(
        f"CREATE OR REPLACE TEMP TABLE at_length AS SELECT DISTINCT m.* FROM {there} m "
        "SEMI JOIN named USING (key)"
    )
    ledger.db.table("at_length").order("key, place").write_parquet(str(path), compression="zstd")
    missing = "SELECT count(*) FROM named ANTI JOIN at_length USING (key)"
    return int(ledger.scalar("SELECT count(*) FROM at_length")), int(ledger.scalar(missing))


def taken(path: Path, ledger: Path, batch: int) -> None:
    """Put a file of `copied` beside the ledger in this folder, as if this batch had said it all."""
    folder = ledger / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, _place(folder, batch))


def _place(folder: Path, batch: int) -> Path:
    return folder / f"{batch:08}.parquet"


def values(tx: Transaction, events: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Give every value of what events (at, kind, machine, said) measured, long ones and short ones.

    A value has at, kind, machine, path, number, text. Returns also of how many events the values are long
    and not there.
    """
    found: list[dict[str, Any]] = []
    missing, files = 0, None
    with duckdb.connect() as db:
        for event in events:
            leaves: Iterable[_Leaf] = ()
            said = _read(event["said"])
            if isinstance(said, dict) and set(said) == _SHORT:
                if files is None:
                    files = sorted(map(str, (folder_of(tx) / _FOLDER).glob("*.parquet")))
                leaves = _kept(db, files, said["parquet"])
                missing += not leaves
            else:
                leaves = _leaves(said, ())
            head = {name: event[name] for name in ("at", "kind", "machine")}
            found += [
                {**head, "path": path, "number": number, "text": text} for path, number, text in leaves
            ]
    return found, missing


def _read(said: str) -> Any:
    """Read JSON; what is nested too deeply to be read is one value, as it was said."""
    try:
        return orjson.loads(said)
    except orjson.JSONDecodeError:
        return said


def folder_of(tx: Transaction) -> Path:
    """Return the folder of the graph's ledger, which need not be there."""
    return tx.data / "ledger" / str((tx.one(load("digest/identity")) or {}).get("id"))


def _kept(db: duckdb.DuckDBPyConnection, files: list[str], key: str) -> list[_Leaf]:
    if not files:
        return []
    of = db.read_parquet(files).filter(f"key = {literal(key)}").select("place, path, number, text")
    return of.distinct().select("path, number, text").fetchall()


def _leaves(said: Any, path: tuple[str | int, ...]) -> Iterator[_Leaf]:
    """Yield (path, number, text) of every value, as the JSON has them."""
    if isinstance(said, dict | list):
        for step, one in said.items() if isinstance(said, dict) else enumerate(said):
            yield from _leaves(one, (*path, step))
    elif isinstance(said, bool):
        yield shown_path(path), None, str(said).lower()
    elif isinstance(said, int | float):
        yield shown_path(path), float(said), None
    elif said is not None:
        yield shown_path(path), None, str(said)
