"""The EPCIS events that were captured, as they came: Parquet files beside the ledger.

One process at a time may open the ledger, and an API must answer meanwhile; the graph holds what
follows from events, not their bytes. So each batch with events adds a file, named after the
batches it is of, and many files become one. They are made of the ledger and can be made again.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb

from boardtrace.facts import SOURCE
from boardtrace.sources.tables import literal

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.facts import Ledger

__all__ = ["Captured", "Page", "Place", "Wanted", "contexts", "events", "keep"]

Place = tuple[int, str, str, bool]
"""Where an event stands among all: its time, id and number, and whether it is an error declaration."""

_FOLDER: Final = "events"
_NAMES: Final = "contexts.json"
_MOST: Final = 32
"""Files; more of them are made one."""

# What the events are in order of: an event and its error declaration differ in nothing else.
_PLACE: Final = '"at", id, event, declared'

# An event that came twice, maybe in another spelling, is listed once, as it came first. The names in
# `epc` and `any_epc` are those that all spellings have in common.
_ROWS: Final = f"""
SELECT e.event, coalesce(e.event_id, 'urn:boardtrace:event:' || e.event) AS id, e.type, e.verb, e."at",
       e.step, e.disposition, e.declared IS TRUE AS declared, l."at" AS recorded, s.batch, e.json,
       list_transform(list_filter(e.names, lambda t: t[1] IN ('object', 'child')), lambda t: t[7]) AS epc,
       list_transform(e.names, lambda t: t[7]) AS any_epc,
       list_transform(list_filter(e.names, lambda t: t[1] = 'parent'), lambda t: t[7]) AS parent
FROM (SELECT *, {SOURCE} AS origin,
             list_filter(from_json(things, '[["VARCHAR"]]'),
                         lambda t: t[2] IN ('unit', 'container')) AS names
      FROM fact_epcis_events WHERE rowid IN (
        SELECT arg_min(rowid, _src) FROM fact_epcis_events GROUP BY event, event_id, declared)) e
JOIN source s ON s.id = e.origin
JOIN (SELECT number, json_extract_string(link, '$.at')::BIGINT AS "at" FROM chain) l ON l.number = s.batch
"""


def keep(ledger: Ledger) -> None:
    """Write the events of batches that no file has yet."""
    last = ledger.scalar(
        "SELECT max(s.batch) FROM source s SEMI JOIN "
        f"(SELECT DISTINCT {SOURCE} AS id FROM fact_epcis_events) e ON e.id = s.id"
    )
    folder = ledger.path.parent / _FOLDER
    files = _files(folder)
    kept = int(files[-1].stem.partition("-")[2]) if files else 0
    if last is None or last <= kept:
        return
    folder.mkdir(exist_ok=True)
    old = files if len(files) >= _MOST else []
    first = 1 if old else kept + 1
    fresh = folder / f"{first:08}-{last:08}.parquet"
    ledger.db.execute(
        f"COPY (SELECT * FROM ({_ROWS}) WHERE batch >= {first} ORDER BY {_PLACE}) "
        f"TO {literal(fresh.with_suffix('.new'))} (FORMAT parquet, COMPRESSION zstd)"
    )
    fresh.with_suffix(".new").replace(fresh)
    for file in old:
        file.unlink()
    known = ledger.rows("SELECT prefix, min(uri) FROM fact_epcis_contexts GROUP BY prefix ORDER BY prefix")
    names = folder / _NAMES
    names.with_suffix(".new").write_text(json.dumps(dict(known)), encoding="utf-8")
    names.with_suffix(".new").replace(names)


def contexts(ledger: Path) -> dict[str, str]:
    """Give what the prefixes of extensions stand for; of two meanings of one prefix, the lesser."""
    names = ledger / _FOLDER / _NAMES
    return dict(json.loads(names.read_text(encoding="utf-8"))) if names.exists() else {}


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"), key=lambda file: file.stem.partition("-")[2])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: SQL conditions on their columns, with their values."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    after: Place | None = None
    """The event before."""
    limit: int = 30


@dataclass(frozen=True, slots=True)
class Captured:
    """An event as it came (JSON), and where it stands among all."""

    place: Place
    id: str
    recorded: int
    json: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some events in order of time, and whether there are more."""

    found: list[Captured]
    more: bool


def events(ledger: Path, wanted: Wanted) -> Page:
    """Find events of the ledger in this folder."""
    files = _files(ledger / _FOLDER)
    if not files:
        return Page([], more=False)
    names = ", ".join(literal(file) for file in files)
    where, values = [*wanted.conditions], [*wanted.values]
    if wanted.after:
        where.append(f"({_PLACE}) > (?, ?, ?, ?)")
        values += wanted.after
    query = (
        f"SELECT {_PLACE}, recorded, json FROM read_parquet([{names}]) "
        f"WHERE {' AND '.join(where) or 'true'} ORDER BY {_PLACE} LIMIT {wanted.limit + 1}"
    )
    with contextlib.closing(duckdb.connect(config={"threads": 2, "memory_limit": "500MB"})) as db:
        try:
            rows = db.execute(query, values).fetchall()
        except duckdb.IOException:  # files were made one meanwhile
            if files == _files(ledger / _FOLDER):
                raise
            return events(ledger, wanted)
    found = [Captured(row[:4], row[1], *row[4:]) for row in rows]
    return Page(found[: wanted.limit], more=len(found) > wanted.limit)
