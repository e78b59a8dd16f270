"""Messages of CFX, EPCIS and Catena-X as they came, of every batch in the archive, in one Parquet file.

A row has ``batch``, ``file`` and ``line``, by which edges name their evidence, ``recorded_at``, ``format``,
``name`` (of the message, the type of event, the twin) and ``json``. They are read from the archive when
they are asked for, so that an ingest writes no byte twice. What is no JSON is in the quarantine instead.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import duckdb
import orjson

from boardtrace.admit import HEAD, reader_of
from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.evidence import Originals
from boardtrace.sources import Reject
from boardtrace.sources.stream import items
from boardtrace.sources.tables import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.chain import Link, Source
    from boardtrace.graph import Graph

__all__ = ["export"]

_NAMES: Final = ("MessageName", "type", "catenaXId")
_COLUMNS: Final = {
    "batch": "BIGINT",
    "file": "VARCHAR",
    "line": "BIGINT",
    "recorded_at": "BIGINT",
    "format": "VARCHAR",
    "name": "VARCHAR",
    "json": "VARCHAR",
}


def export(graph: Graph, file: Path) -> int:
    """Write the messages of this graph's archive to a new file; return how many there are.

    AskedWrong if the file is there, BoardtraceError if the archive lacks one of a batch.
    """
    if file.exists():
        raise AskedWrong(f"{file} is there already", parameter="file", hint="name a new file")
    with tempfile.TemporaryDirectory(prefix="boardtrace-") as folder:
        spool = Path(folder) / "messages.ndjson"
        count, longest = 0, 1 << 20
        with Originals(graph) as originals, spool.open("wb") as out:
            if not originals.links:
                raise BoardtraceError(
                    f"the archive {originals.archive.url} has no batch of this graph",
                    hint="is it kept elsewhere? BOARDTRACE_ARCHIVE says where",
                )
            for row in _rows(originals):
                longest = max(longest, out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)))
                count += 1
        columns = ", ".join(f"{name}: '{of}'" for name, of in _COLUMNS.items())
        fresh = file.with_name(f"{file.name}.new")
        with duckdb.connect(config={"threads": 2, "memory_limit": "500MB"}) as db:
            db.execute(
                "COPY (SELECT * REPLACE (make_timestamp(recorded_at) AT TIME ZONE 'UTC' AS recorded_at) "
                f"FROM read_json({literal(spool)}, format = 'newline_delimited', columns = {{{columns}}}, "
                f"maximum_object_size = {2 * longest})) "
                f"TO {literal(fresh)} (FORMAT parquet, COMPRESSION zstd)"
            )
        fresh.replace(file)
    return count


def _rows(originals: Originals) -> Iterator[dict[str, Any]]:
    for link in originals.links.values():
        for source in link.files:
            with originals.path(source).open("rb") as opened:
                yield from _messages(link, source, opened)


def _messages(link: Link, source: Source, opened: IO[bytes]) -> Iterator[dict[str, Any]]:
    reader = reader_of(link.options.get("from"), opened.read(HEAD))
    if reader is None:
        return
    opened.seek(0)
    for item in items(opened, *reader.LISTS):
        if not isinstance(item, Reject):
            said = item.value if isinstance(item.value, dict) else {}
            yield {
                "batch": link.number,
                "file": source.name,
                "line": item.line,
                "recorded_at": link.at,
                "format": reader.NAME,
                "name": next((str(said[name]) for name in _NAMES if said.get(name)), None),
                "json": orjson.dumps(item.value).decode(),
            }
