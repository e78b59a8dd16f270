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

from boardtrace.epcis_fields import keyed
from boardtrace.errors import BoardtraceError
from boardtrace.facts import SOURCE
from boardtrace.sources.tables import literal

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.facts import Ledger

__all__ = ["ORDERS", "Captured", "Page", "TooMany", "Wanted", "contexts", "events", "keep"]

_FOLDER: Final = "events"
_NAMES: Final = "contexts.json"
_MOST: Final = 32
"""Files; more of them are made one."""

# What the events are in order of: an event and its error declaration differ in nothing else.
_PLACE: Final = '"at", id, event, declared'
ORDERS: Final = {"eventTime": _PLACE, "recordTime": f"recorded, {_PLACE}"}
"""What `orderBy` names, as columns of which no two events have the same."""

# An event that came twice, maybe in another spelling, is listed once, as it came first. The names in
# `epc` and `any_epc` are those that all spellings have in common, and so are those in `said`, each after
# the field that it is of.
_ROWS: Final = f"""
SELECT e.event, coalesce(e.event_id, 'urn:boardtrace:event:' || e.event) AS id, e.type, e.verb, e."at",
       e.step, e.disposition, e.declared IS TRUE AS declared, l."at" AS recorded, s.batch, e.json,
       list_transform(list_filter(e.names, lambda t: t[1] IN ('object', 'child')), lambda t: t[7]) AS epc,
       list_transform(e.names, lambda t: t[7]) AS any_epc,
       list_transform(list_filter(e.names, lambda t: t[1] = 'parent'), lambda t: t[7]) AS parent,
       list_concat(
         list_transform(list_filter(e.names, lambda t: t[1] IN ('input', 'output')),
                        lambda t: concat(t[1], 'EPC ', t[7])),
         list_transform(list_filter(e.things, lambda t: t[2] IN ('lot', 'class') AND t[1] != 'parent'),
                        lambda t: concat(CASE WHEN t[1] IN ('input', 'output') THEN t[1] END,
                                         'EPCClass ', t[7]))
       ) AS things, e."row"
FROM (SELECT * EXCLUDE things, rowid AS "row", {SOURCE} AS origin,
             from_json(things, '[["VARCHAR"]]') AS things,
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
    earlier = bool(files) and not ledger.scalar(
        f"SELECT EXISTS (FROM parquet_schema({literal(files[-1])}) WHERE name = 'said')"
    )
    kept = int(files[-1].stem.partition("-")[2]) if files and not earlier else 0
    if last is None or last <= kept:
        return
    folder.mkdir(exist_ok=True)
    old = files if earlier or len(files) >= _MOST else []
    fresh = folder / f"{1 if old else kept + 1:08}-{last:08}.parquet"
    said = keyed(ledger, f'SELECT "row", json FROM ({_ROWS}) WHERE batch > {kept}')
    again = f"UNION ALL BY NAME FROM {_read(old)} " if old and kept else ""
    ledger.db.execute(
        'COPY (SELECT r.* EXCLUDE ("row", things), list_concat(r.things, coalesce(s.keys, [])) AS said '
        f'FROM ({_ROWS}) r LEFT JOIN {said} s ON s."row" = r."row" WHERE batch > {kept} {again}'
        f"ORDER BY {_PLACE}) TO {literal(fresh.with_suffix('.new'))} (FORMAT parquet, COMPRESSION zstd)"
    )
    ledger.db.execute(f"DROP TABLE {said}")
    fresh.with_suffix(".new").replace(fresh)
    for file in old:
        if file != fresh:
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


def _read(files: list[Path]) -> str:
    return f"read_parquet([{', '.join(map(literal, files))}])"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: SQL conditions on their columns, with their values."""

    conditions: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    after: tuple[Any, ...] | None = None
    """The place of the event before, in this order."""
    limit: int = 30
    order: str = "eventTime"
    descending: bool = False
    left: int | None = None
    """How many are asked for from here on, on whatever many pages; all unless told."""
    most: int | None = None
    """How many there may be on all pages together."""


class TooMany(Exception):
    """There are more events than there may be."""


@dataclass(frozen=True, slots=True)
class Captured:
    """An event as it came (JSON), and where it stands among all."""

    place: tuple[Any, ...]
    id: str
    recorded: int
    json: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some events in order, and whether there are more."""

    found: list[Captured]
    more: bool


def events(ledger: Path, wanted: Wanted) -> Page:
    """Find events of the ledger in this folder; TooMany if there may not be so many."""
    files = _files(ledger / _FOLDER)
    if not files:
        return Page([], more=False)
    limit = wanted.limit if wanted.left is None else min(wanted.limit, wanted.left)
    with contextlib.closing(duckdb.connect(config={"threads": 2, "memory_limit": "500MB"})) as db:
        try:
            rows = _found(db, files, wanted, limit)
        except duckdb.IOException:  # files were made one meanwhile
            if files == _files(ledger / _FOLDER):
                raise
            return events(ledger, wanted)
        except duckdb.BinderException:
            raise BoardtraceError(
                "an earlier version kept the events, without what this asks for",
                hint="`boardtrace resume` keeps them anew",
            ) from None
    found = [Captured(tuple(row[:-3]), *row[-3:]) for row in rows]
    return Page(found[:limit], more=len(found) > limit and limit != wanted.left)


def _found(
    db: duckdb.DuckDBPyConnection, files: list[Path], wanted: Wanted, limit: int
) -> list[tuple[Any, ...]]:
    """Give one more row than the limit, if there are so many: place, id, time of recording, JSON."""
    source = f"FROM {_read(files)} WHERE "
    where, values = [*wanted.conditions], [*wanted.values]
    if wanted.most is not None:
        among = f"SELECT count(*) FROM (SELECT 1 {source}{' AND '.join(where) or 'true'} LIMIT ?)"
        counted = db.execute(among, [*values, wanted.most + 1]).fetchall()
        if counted[0][0] > wanted.most:
            raise TooMany
    place = ORDERS[wanted.order]
    direction, beyond = ("DESC", "<") if wanted.descending else ("ASC", ">")
    if wanted.after:
        where.append(f"({place}) {beyond} ({', '.join('?' * len(wanted.after))})")
        values += wanted.after
    order = ", ".join(f"{column} {direction}" for column in place.split(", "))
    return db.execute(
        f"SELECT {place}, id, recorded, json {source}{' AND '.join(where) or 'true'} "
        f"ORDER BY {order} LIMIT {limit + 1}",
        values,
    ).fetchall()
