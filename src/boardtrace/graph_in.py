"""A graph from its export: `boardtrace import`, of a folder that graph_out.py wrote.

What comes is a copy: it answers every question, but it has no ledger and no archive, so it takes no
batch. While it is written its last batch is not done, as of an ingest, and `Batch.imported`
names the export: the same import again goes on where it was broken off.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace import derivation, digest, measured, projection
from boardtrace.bulk import (
    BATCHES,
    MEASUREMENTS,
    Manifest,
    columns,
    described,
    path_of,
    properties,
)
from boardtrace.errors import AskedWrong, BadInput, BoardtraceError
from boardtrace.facts import LINE_BITS, Ledger
from boardtrace.ingest import locked
from boardtrace.kinds import KINDS
from boardtrace.sources.tables import literal, quoted
from boardtrace.statement import load

if TYPE_CHECKING:
    from boardtrace.admit import Progress
    from boardtrace.graph import Graph, Transaction
    from boardtrace.kinds import Kind

__all__ = ["take"]


def take(graph: Graph, folder: Path, progress: Progress) -> Manifest:
    """Fill an empty graph with what a folder holds; return its manifest.

    BadInput, before anything is written, if a file is not the one that was exported or of another
    version's shape; AskedWrong if the graph is not empty; BoardtraceError if the graph does not come out
    as it was.
    """
    manifest = Manifest.read(folder)
    _checked(manifest, folder, progress)
    with (
        locked(graph, any_chain=True) as ledger,
        tempfile.TemporaryDirectory(prefix="boardtrace-") as name,
        Ledger(Path(name)) as scratch,
    ):
        _empty(graph, ledger, manifest)
        derivation.derive(scratch)  # of no facts: for the columns
        _planned(scratch, folder)
        batches = _batches(scratch, folder / BATCHES)
        graph.write("batches", lambda tx: _enter(tx, batches, manifest))
        written = 0

        def done(rows: int) -> None:
            nonlocal written
            written += rows
            progress("write", written, manifest.nodes + manifest.edges)

        projection.write(scratch, graph, manifest.batch, done)
        measured.taken(folder / MEASUREMENTS, ledger.path.parent, manifest.batch)
        progress("check", 0, 1)
        found = digest.total(scratch, digest.got(scratch, graph))
        if found != manifest.digest:
            raise BoardtraceError(
                f"the graph's digest is {found}, that of the export {manifest.digest}",
                hint="empty the graph and import again",
            )
        graph.write(
            "batches", lambda tx: tx.run(load("write/done"), number=manifest.batch, rules=manifest.rules)
        )
    return manifest


def _checked(manifest: Manifest, folder: Path, progress: Progress) -> None:
    """See that the folder holds the files of the manifest, as they were; BadInput names the first."""
    known = {file.name: file for file in manifest.files}
    wanted = [*map(path_of, KINDS), BATCHES, MEASUREMENTS]
    odd = sorted(known.keys() ^ set(wanted))
    if odd:
        raise BadInput(
            f"{folder}: {odd[0]} is {'missing' if odd[0] in wanted else 'no file of an export'} "
            f"to this version; {manifest.version} wrote it",
            hint="import with that version",
        )
    for number, name in enumerate(wanted):
        progress("read", number, len(wanted))
        if not (folder / name).is_file():
            raise BadInput(f"{folder / name} is missing")
        if described(folder, name, known[name].rows) != known[name]:
            raise BadInput(f"{folder / name} is not the file that was exported: its SHA-256 is another")


def _empty(graph: Graph, ledger: Ledger, manifest: Manifest) -> None:
    """See that nothing is in the graph, or what an import of the same export left there."""
    said = graph.read("import", lambda tx: tx.one(load("export/imported"))) or {}
    if not said["filled"]:
        return
    label = graph.endpoint.label
    if said["imported"] is None or said["done"] or ledger.last:
        what = "it is not empty" if said["number"] is None else f"it holds batch {said['number']}"
        raise AskedWrong(
            f"{label} takes no import: {what}", parameter="graph", hint="name a new one, or empty this one"
        )
    if said["imported"] != manifest.sha256:
        raise AskedWrong(
            f"{label} has a part of another export",
            parameter="graph",
            hint="import that one again to finish it, or empty the graph",
        )


def _enter(tx: Transaction, batches: list[dict[str, Any]], manifest: Manifest) -> None:
    tx.run(load("write/batch"), batches=batches)
    tx.run(load("write/imported"), manifest=manifest.sha256)


def _batches(scratch: Ledger, path: Path) -> list[dict[str, Any]]:
    """Read the batches; the last one is not done."""
    cursor = scratch.db.execute(
        f'SELECT * REPLACE (epoch_us("at") AS "at"), number = max(number) OVER () AS last '
        f"FROM read_parquet({literal(path)}) ORDER BY number"
    )
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _planned(scratch: Ledger, folder: Path) -> None:
    """Make the files the relations ``todo_<kind>`` that projection.py writes, with their evidence."""
    types = derivation.relations(scratch)
    edges = [literal(folder / path_of(kind)) for kind in KINDS if not kind.node]
    for kind in KINDS:
        _fits(scratch, kind, types[f"want_{kind.name}"], folder)
    scratch.db.execute(
        "INSERT INTO source SELECT row_number() OVER (), batch, file FROM (SELECT DISTINCT batch, file "
        f"FROM read_parquet([{', '.join(edges)}], union_by_name = true) WHERE batch IS NOT NULL)"
    )
    for kind in KINDS:
        relation = types[f"want_{kind.name}"]
        said = {column.name: column.read() for column in columns(kind, relation)}
        cells = [
            f"{said.get(name, 'NULL')} AS {quoted(name)}" for name in relation if not name.startswith("_")
        ]
        rows = f"read_parquet({literal(folder / path_of(kind))}) f"
        source = "NULL::BIGINT"
        if not kind.node:
            source = f"(s.id::BIGINT << {LINE_BITS}) + f.line"
            rows += " LEFT JOIN source s ON s.batch = f.batch AND s.file = f.file"
        scratch.db.execute(
            f"CREATE TEMP VIEW todo_{kind.name} AS "
            f"SELECT {', '.join(cells)}, {source} AS _src, false AS _gone FROM {rows}"
        )


def _fits(scratch: Ledger, kind: Kind, types: dict[str, str], folder: Path) -> None:
    """See that a file has the columns that this version writes; BadInput names it and the columns."""
    name = path_of(kind)
    found = {
        column: of
        for column, of, *_ in scratch.rows(f"DESCRIBE FROM read_parquet({literal(folder / name)})")
    }
    wanted = properties(kind, columns(kind, types))
    odd = sorted(
        column for column in found.keys() | wanted.keys() if found.get(column) != wanted.get(column)
    )
    if odd:
        raise BadInput(
            f"{folder / name}: another version's columns: {', '.join(odd)}",
            hint="import with the version that the manifest names",
        )
