"""Does all of it agree? The chain, the archive, the ledger, the graph: each against the one before.

Nothing is taken on trust that can be computed: links are hashed, objects are hashed, the
facts are read again from the archived bytes, what follows from them is derived again and compared
with the graph row by row, evidence included.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace import derivation, digest, projection
from boardtrace.chain import Link, source_digest
from boardtrace.errors import BoardtraceError
from boardtrace.facts import LINE, SOURCE, Ledger
from boardtrace.ingest import archive_of, locked
from boardtrace.kinds import DERIVED_BY, KINDS
from boardtrace.model import STORED
from boardtrace.replay import chain_of, replay
from boardtrace.signature import holds
from boardtrace.sources.tables import literal
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from boardtrace.admit import Progress
    from boardtrace.archive import Archive
    from boardtrace.graph import Graph
    from boardtrace.kinds import Kind

__all__ = ["verify"]

_FEW = 20


def verify(graph: Graph, progress: Progress) -> tuple[Link | None, list[str]]:
    """Return the last link and what does not agree, the first thing first; an empty list if all does.

    What would only follow from an earlier fault is not looked for.
    """
    with locked(graph, any_chain=True) as ledger:
        archive = archive_of(graph, ledger)
        try:
            links = chain_of(archive)
        except BoardtraceError as error:
            return None, [str(error)]
        last = links[-1] if links else None
        if projection.pending(ledger):
            return last, [f"batch {ledger.last.number if ledger.last else 0} is not written to its end yet"]
        for look in (_chains(graph, ledger, links), _objects(archive, links), _signatures(links)):
            found = list(look)
            if found:
                return last, found
        with tempfile.TemporaryDirectory(prefix="boardtrace-") as name:
            folder = Path(name)
            try:
                with Ledger(folder) as made:
                    replay(archive, links, made, progress)
            except BoardtraceError as error:
                return last, [str(error)]
            found = list(_facts(ledger, made.path))
            if not found:
                with Ledger(folder) as made:
                    progress("derive", 0, 1)
                    derivation.derive(made)
                    found = list(_graph(ledger, made, graph, links))
        return last, found


def _chains(graph: Graph, ledger: Ledger, links: list[Link]) -> Iterator[str]:
    """Compare the links of the archive with those of the ledger and of the graph."""
    kept = ledger.rows("SELECT number, link FROM chain ORDER BY number")
    for link, (number, text) in zip(links, kept, strict=False):
        if (number, text) != (link.number, link.text()):
            yield f"batch {link.number}: the ledger's link is not the archive's"
    if len(links) != len(kept):
        yield f"the archive has {len(links)} links, the ledger {len(kept)}"
    rows = graph.read("verify", lambda tx: tx.rows(load("digest/batches")))
    for link, row in zip(links, rows, strict=False):
        for name, value in row.items():
            said = {"files": [file.name for file in link.files], "done": True}.get(
                name, getattr(link, name, None)
            )
            if value != said:
                yield f"batch {link.number}: the graph's {name} is {value}, the link's {said}"
    if len(links) != len(rows):
        yield f"the archive has {len(links)} links, the graph {len(rows)} batches"
    for row in graph.read("verify", lambda tx: tx.rows(load("digest/besides"))):
        yield f"Batch {row['number']} has {', '.join(sorted(row['names']))} that nothing said"


def _objects(archive: Archive, links: list[Link]) -> Iterator[str]:
    """Hash every object, and look for what no link names."""
    names = {one.sha256: (one, link.number) for link in links for one in link.objects}
    there = archive.objects()
    with tempfile.TemporaryDirectory(prefix="boardtrace-") as folder:
        for source, number in names.values():
            where = f"{source.name} of batch {number}"
            try:
                archive.fetch(source.sha256, Path(folder) / "object")
            except BoardtraceError as error:
                yield f"{where}: {error.message}"
            else:
                if archive.packed(source.sha256) != source.packed:
                    yield f"{where}: object {source.sha256} of the archive is not stored as it was"
    if len(archive.graphs()) == 1:  # the objects of several graphs lie together
        for sha256, name in sorted(there.items()):
            if sha256 not in names or not name.endswith(f"/{sha256[:2]}/{sha256}.gz"):
                yield f"{name}: no link of the chain names it"
    for link in links:
        if link.source != source_digest([file.sha256 for file in link.files]):
            yield f"batch {link.number}: its source digest is not that of its files"


def _signatures(links: list[Link]) -> Iterator[str]:
    for link in links:
        if link.signed and not holds(link.signed, link.source):
            yield f"batch {link.number}: its signature does not hold"


def _facts(ledger: Ledger, made: Path) -> Iterator[str]:
    """Compare the ledger's rows with those read again, which lie in the file ``made``."""
    ledger.db.execute(f"ATTACH {literal(made)} AS made (READ_ONLY)")
    try:
        for table in ("source", "quarantine", "repaired", *(f"fact_{name}" for name in STORED)):
            batch, file, line = _PLACE.get(table, ("s.batch", "s.file", LINE))
            origin = "" if table in _PLACE else f"LEFT JOIN made.source s ON s.id = {SOURCE}"
            other = f"made.{table}"
            rows = ledger.rows(
                f"SELECT DISTINCT {batch}, {file}, {line} FROM ((FROM {table} EXCEPT ALL FROM {other}) "
                f"UNION ALL (FROM {other} EXCEPT ALL FROM {table})) r {origin} ORDER BY ALL LIMIT {_FEW}"
            )
            for number, name, at in rows:
                yield f"{name}:{at} of batch {number}: the ledger's {table} is not what the archive says"
    finally:
        ledger.db.execute("DETACH made")


# Of tables without `_src`: batch, file, line.
_PLACE = {
    "source": ("batch", "file", "0"),
    "quarantine": ("batch", "file", "line"),
    "repaired": ("batch", "id", "0"),
}


def _graph(ledger: Ledger, made: Ledger, graph: Graph, links: list[Link]) -> Iterator[str]:
    """Compare the graph with what follows from the facts, evidence included."""
    strays = digest.got(made, graph)
    yield from strays[:_FEW]
    relations = derivation.relations(made)
    for kind in KINDS:
        yield from _compared(made, kind, relations[f"want_{kind.name}"])
    # What a version before this one derived from the same facts may have been another graph. The rows that
    # were just compared are what counts; the hash of each link has been checked.
    if strays or any(link.version != DERIVED_BY for link in links):
        return
    total = sum(int(link.delta, 16) for link in links)
    for what, where in (("what its batches say", made), ("what the ledger knows of the graph", ledger)):
        if (digest.summed(where, "want" if where is made else "have") - total) % digest.WHOLE:
            yield f"the deltas of the chain do not add up to {what}"


def _compared(made: Ledger, kind: Kind, columns: Collection[str]) -> Iterator[str]:
    names = ", ".join(f'"{name}"' for name in columns if name != "_src")
    made.db.execute(
        f"CREATE OR REPLACE TEMP TABLE one AS SELECT {names}, _batch, _file, {LINE} AS _line "
        f"FROM ({projection.wanted(kind, columns)}) "
        f"LEFT JOIN (SELECT id AS _of, batch AS _batch, file AS _file FROM source) ON _of = {SOURCE};"
        f"CREATE OR REPLACE TEMP TABLE other AS SELECT {names}, _batch, _file, _line FROM got_{kind.name}"
    )
    keys = [*kind.key, *kind.start[1], *kind.end[1]]
    key = ", ".join(f'"{name}"' for name in keys)
    found: dict[tuple[Any, ...], set[str]] = {}
    for side, query in (
        ("missing", "FROM one EXCEPT ALL FROM other"),
        ("added", "FROM other EXCEPT ALL FROM one"),
    ):
        for row in made.rows(f"SELECT DISTINCT {key} FROM ({query}) ORDER BY ALL LIMIT {_FEW}"):
            found.setdefault(row, set()).add(side)
    for row, sides in sorted(found.items(), key=str):
        what = "changed" if len(sides) > 1 else next(iter(sides))
        yield f"{_shown(kind, row)} of the graph is {what}"


def _shown(kind: Kind, row: tuple[Any, ...]) -> str:
    if kind.node:
        return f"{kind.label} {'/'.join(map(str, row))}"
    middle = len(kind.start[1])
    start, end = "/".join(map(str, row[:middle])), "/".join(map(str, row[middle:]))
    return f"({kind.start[0]} {start})-[:{kind.label}]->({kind.end[0]} {end})"
