"""The whole graph, written out as Parquet: `boardtrace export graph`, in the form that bulk.py tells.

The graph is read once, as for its digest, into DuckDB, which spills to disk: memory does not grow
with the graph. What is written is sorted, so the same graph gives the same bytes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from boardtrace import __version__, derivation, digest, measured
from boardtrace.bulk import BATCHES, MANIFEST, MEASUREMENTS, Manifest, columns, described, identity, path_of
from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.facts import Ledger, first_line
from boardtrace.kinds import EVIDENCE, KINDS
from boardtrace.sources.tables import literal, quoted
from boardtrace.statement import load

if TYPE_CHECKING:
    from boardtrace.admit import Progress
    from boardtrace.bulk import File
    from boardtrace.graph import Graph
    from boardtrace.kinds import Kind

__all__ = ["export"]

_FEW = 3


def export(graph: Graph, folder: Path, progress: Progress) -> tuple[Manifest, list[str]]:
    """Write the graph to a folder that is not there yet, or is empty: whole or not at all.

    Returns the manifest, and in words what is odd about the graph. AskedWrong for a folder that
    holds something; BoardtraceError if a batch is not whole, came meanwhile, or there is none, and
    if the graph holds what no kind describes.
    """
    target = folder.absolute()
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise AskedWrong(
                f"{folder} is there and not empty", parameter="folder", hint="name a new folder"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".boardtrace-", dir=target.parent) as name:
            made = Path(name) / "export"
            for part in (made, made / "nodes", made / "edges"):
                part.mkdir()
            found = _written(graph, made, progress)
            if target.exists():
                target.rmdir()
            made.rename(target)
    except OSError as error:
        raise BoardtraceError(f"{folder} cannot be written: {error.strerror}") from error
    except duckdb.Error as error:
        raise BoardtraceError(
            f"{folder} cannot be written: {first_line(error)}", hint="is the disk full?"
        ) from error
    return found


def _written(graph: Graph, folder: Path, progress: Progress) -> tuple[Manifest, list[str]]:
    batch = _batch(graph)
    progress("export", 0, 1)
    with tempfile.TemporaryDirectory(prefix="boardtrace-") as name, Ledger(Path(name)) as scratch:
        derivation.derive(scratch)  # of no facts: for the columns
        strays = digest.got(scratch, graph)
        links = graph.read("batches", lambda tx: tx.rows(load("digest/batches")))
        if _batch(graph) != batch:
            raise BoardtraceError(
                f"batch {_batch(graph)[0]} came while the graph was read; nothing was written",
                hint="export again",
            )
        if strays:
            more = f" and {len(strays) - _FEW} more" if len(strays) > _FEW else ""
            raise BoardtraceError(
                f"the graph holds what nothing said: {'; '.join(strays[:_FEW])}{more}",
                hint="`boardtrace rebuild` makes it anew",
            )
        # one thread: how rows fall into groups of the file is not to depend on the machine
        scratch.db.execute("SET threads = 1")
        types = derivation.relations(scratch)
        kinds = [(kind, _copied(scratch, kind, types[f"want_{kind.name}"], folder)) for kind in KINDS]
        ledger = graph.read("identity", measured.folder_of)
        values, missing = measured.copied(scratch, ledger, folder / MEASUREMENTS)
        _batches(scratch, links, folder / BATCHES, Path(name))
        total = digest.total(scratch)
    manifest = Manifest(
        __version__,
        *batch,
        digest=total,
        nodes=sum(file.rows for kind, file in kinds if kind.node),
        edges=sum(file.rows for kind, file in kinds if not kind.node),
        files=(
            *(file for _, file in kinds),
            described(folder, BATCHES, len(links)),
            described(folder, MEASUREMENTS, values),
        ),
    )
    (folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")
    return manifest, [*_changed(total, links), *_missing(missing)]


def _batch(graph: Graph) -> tuple[int, str, int | None]:
    """Return number, hash and rules of the last batch; BoardtraceError unless it is whole."""
    found = graph.read("batch", lambda tx: tx.one(load("questions/batch"))) or {}
    if found.get("open") is not None:
        raise BoardtraceError(
            f"batch {found['open']} is not written to its end yet",
            hint="wait for it, or `boardtrace resume`",
        )
    if found.get("number") is None:
        raise BoardtraceError(f"{graph.endpoint.label} holds no batch: there is nothing to export")
    return found["number"], found["hash"], found["rules"]


def _copied(scratch: Ledger, kind: Kind, types: dict[str, str], folder: Path) -> File:
    """Write one kind's file."""
    said = [f"{column.written()} AS {quoted(column.known_as)}" for column in columns(kind, types)]
    if kind.node:
        cells = [f"{identity(kind.label, kind.key)} AS id", f"{literal(kind.label)} AS label", *said]
    else:
        ends = [f"{identity(*end)} AS {side}" for side, end in (("src", kind.start), ("dst", kind.end))]
        evidence = [f"_{name} AS {quoted(name)}" for name in EVIDENCE]
        cells = [*ends, f"{literal(kind.label)} AS type", *said, *evidence]
    name = path_of(kind)
    _copy(scratch, f"SELECT {', '.join(cells)} FROM got_{kind.name} ORDER BY ALL", folder / name)
    return described(folder, name, int(scratch.scalar(f"SELECT count(*) FROM got_{kind.name}")))


def _batches(scratch: Ledger, links: list[dict[str, Any]], path: Path, folder: Path) -> None:
    said = folder / "batches.json"
    said.write_bytes(b"".join(orjson.dumps(link, option=orjson.OPT_APPEND_NEWLINE) for link in links))
    types = {"files": "VARCHAR[]"} | dict.fromkeys(("source", "hash", "previous", "delta"), "VARCHAR")
    names = [name for name in load("digest/batches").returns if name != "done"]
    of = ", ".join(f"{literal(name)}: {literal(types.get(name, 'BIGINT'))}" for name in names)
    rows = f"read_json({literal(said)}, format = 'newline_delimited', columns = {{{of}}})"
    _copy(scratch, f'SELECT * REPLACE (make_timestamptz("at") AS "at") FROM {rows} ORDER BY number', path)


def _copy(scratch: Ledger, query: str, path: Path) -> None:
    scratch.db.execute(f"COPY ({query}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")


def _changed(total: str, links: list[dict[str, Any]]) -> list[str]:
    deltas = sum(int(link["delta"], 16) for link in links)
    if (int(total, 16) - deltas) % digest.WHOLE == 0:
        return []
    return ["what the graph holds is not what its batches say: `boardtrace verify` tells where"]


def _missing(keys: int) -> list[str]:
    if not keys:
        return []
    return [f"{keys} long measurements are left out: they lie beside the ledger, which is not here"]
