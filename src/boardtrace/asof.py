"""The graph as it was: made again, from the archive, up to a batch that is not the last.

An earlier graph is an embedded one of its own in the folder ``as-of`` beside the graph: it
is made when it is first asked, by the same code from the same bytes, and answers by the same
queries. So an old recall is replayed, not computed in another way. The last few are kept.
"""

from __future__ import annotations

import contextlib
import shutil
from datetime import datetime
from typing import TYPE_CHECKING

from boardtrace import engine
from boardtrace.engine_state import Folder
from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.graph import Graph
from boardtrace.ingest import archive_of, locked
from boardtrace.kinds import RULES
from boardtrace.replay import chain_of, refill
from boardtrace.rows import shown
from boardtrace.settings import Settings
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["batch_at", "graph_at"]

_KEPT = 3


def batch_at(graph: Graph, as_of: int | datetime) -> int | None:
    """Return the batch that a number or a time of recording means, None for the graph as it is.

    AskedWrong if there was none yet.
    """
    rows = [row for row in graph.read("batches", lambda tx: tx.rows(load("digest/batches"))) if row["done"]]
    last = rows[-1]["number"] if rows else 0
    if isinstance(as_of, datetime):
        if as_of.tzinfo is None:
            raise AskedWrong("as_of: a time needs an offset (RFC 3339)", parameter="as_of")
        before = [row["number"] for row in rows if row["at"] <= round(as_of.timestamp() * 1_000_000)]
        if not before:
            first = f"the first was recorded at {shown(rows[0]['at'])}" if rows else "there is none"
            raise AskedWrong(f"as_of: no batch had been recorded then; {first}", parameter="as_of")
        as_of = int(before[-1])
    if not 1 <= as_of <= last:
        known = f"batches are 1 to {last}" if last else "there is no batch yet"
        raise AskedWrong(f"as_of: {known}, not {as_of}", parameter="as_of")
    return None if as_of == last else as_of


@contextlib.contextmanager
def graph_at(graph: Graph, number: int) -> Iterator[Graph]:
    """Open the graph as it was after this batch; to make it takes as long as to write it."""
    archive = archive_of(graph)
    links = chain_of(archive)[:number]
    if len(links) < number:
        raise BoardtraceError(
            f"the archive {archive.url} has no batch {number}: it cannot be made again",
            hint="ask without as_of, or where the archive is",
        )
    folder = graph.endpoint.data / "as-of" / f"{number:08}-{links[-1].hash[:8]}-{RULES}"
    _make_room(folder)
    small = Settings(heap="512m", page_cache="128m")
    with Graph(engine.connect(f"embedded:{folder}", small), graph.timeout) as past:
        if not _whole(past, number):
            with locked(past, any_chain=True) as ledger:
                if not _whole(past, number):
                    refill(past, ledger, archive, links, lambda *_: None)
        yield past


def _whole(past: Graph, number: int) -> bool:
    rows = past.read("batches", lambda tx: tx.rows(load("digest/batches")))
    return len(rows) == number and all(row["done"] for row in rows)


def _make_room(folder: Path) -> None:
    """Drop the graphs that were not asked for the longest time."""
    if folder.is_dir() or not folder.parent.is_dir():
        return
    by_use = sorted(folder.parent.iterdir(), key=_used)
    for old in by_use[: max(0, len(by_use) - _KEPT + 1)]:
        engine.stop(f"embedded:{old}", Settings())
        shutil.rmtree(old, ignore_errors=True)


def _used(home: Path) -> float:
    """Return when a graph was asked last; 0 of one that never was."""
    used = Folder(home).used
    return used.stat().st_mtime if used.exists() else 0.0
