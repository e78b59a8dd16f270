"""Files -> facts -> graph, as one batch."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import shutil
import tarfile
import tempfile
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from boardtrace import projection
from boardtrace.errors import BadInput, BoardtraceError, Busy, Quarantined
from boardtrace.facts import Counts, Ledger
from boardtrace.model import TABLES
from boardtrace.schema import migrate
from boardtrace.sources import READERS, Fact, Reader, Reject
from boardtrace.sources.tables import stage_csv, stage_rows, table_of
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.graph import Graph

__all__ = ["FORMATS", "Problem", "Progress", "Report", "ingest"]

FORMATS = ("tables", *READERS)
# Seconds that one ingest waits for another of the same graph.
_PATIENCE = 600.0
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not taken; ``line`` is 0 where a whole file is meant."""

    file: str
    line: int
    column: str | None
    reason: str


@dataclass(slots=True)
class Report:
    """What became of an ingest; ``batch`` is None if it changed nothing."""

    batch: int | None = None
    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    written: int = 0
    """Nodes and edges that were written or withdrawn."""
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)
    """The first hundred."""
    notes: list[str] = field(default_factory=list)
    """What was passed over: unknown columns, files and messages of other kinds."""

    @property
    def summary(self) -> dict[str, int | None]:
        """The contract's closing object."""
        names = ("batch", "read", "accepted", "duplicate", "quarantined")
        return {name: getattr(self, name) for name in names}


Progress = Callable[[str, int, int], None]
"""Who is told how far an ingest is: a step, how much of it is done, of how much (files, or rows)."""


def ingest(
    graph: Graph,
    paths: list[Path],
    *,
    source: str | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Take a set of files as one batch.

    ``source`` is one of FORMATS where detection fails. Raises BadInput if there is
    nothing that can be read, Quarantined under ``strict`` (nothing is written then),
    Busy if another ingest of this graph does not end.
    """
    began = time.monotonic()
    tell = progress or _silent
    graph.endpoint.data.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(FileLock(graph.endpoint.data / "ingest.lock", timeout=_PATIENCE))
        except Timeout:
            raise Busy(
                "another ingest of this graph does not end", hint=f"look at {graph.endpoint.data}"
            ) from None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="boardtrace-")))
        files, report = _collect(paths, folder)
        ledger = stack.enter_context(_ledger(graph))
        _resume(ledger, graph)
        number = (ledger.scalar("SELECT max(number) FROM batch") or 0) + 1
        try:
            with ledger.transaction():
                _admit(ledger, number, files, source, report, tell)
                _worth_it(ledger, number, report, strict=strict)
                tell("derive", 0, 1)
                report.written = projection.plan(ledger)
                _record(ledger, number, files, report)
        except _Undo:
            if strict and report.quarantined:
                first = report.problems[0]
                raise Quarantined(
                    f"{report.quarantined} of {report.read} rows cannot be used, nothing was written; "
                    f"first: {first.file}:{first.line}: {first.column or 'row'}: {first.reason}"
                ) from None
        else:
            report.batch = number
            _project(ledger, graph, number, report.written, tell)
    report.seconds = time.monotonic() - began
    return report


def _silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


class _Undo(Exception):
    """Leave the transaction without a trace."""


def _ledger(graph: Graph) -> Ledger:
    """Open this graph's ledger, which lies beside it under the graph's own name."""
    migrate(graph)
    identity = graph.write("identity", lambda tx: tx.one(load("write/identity"), id=str(uuid.uuid4())))
    if identity is None:
        raise BoardtraceError(f"{graph.endpoint.label} did not take a name")
    ledger = Ledger(graph.endpoint.data / "ledger" / identity["id"])
    known, there = ledger.scalar("SELECT max(number) FROM batch"), identity["batch"]
    if (there or 0) > (known or 0):
        ledger.close()
        raise BoardtraceError(
            f"{graph.endpoint.label} holds batch {there}, "
            f"the ledger in {ledger.path.parent} knows {known or 'none'}",
            hint="write to it from where it was written before",
        )
    return ledger


def _resume(ledger: Ledger, graph: Graph) -> None:
    """Finish what a crash left: the ledger has it, the graph perhaps a part."""
    if projection.pending(ledger):
        number = int(ledger.scalar("SELECT max(number) FROM batch"))
        _project(ledger, graph, number, 0, _silent)


def _project(ledger: Ledger, graph: Graph, number: int, total: int, progress: Progress) -> None:
    names = ("number", "at", "source", "hash", "previous", "read", "accepted", "duplicate", "quarantined")
    row = ledger.rows("FROM batch WHERE number = ?", [number])[0]
    batch = dict(zip(names, row, strict=True))
    graph.write(f"batch {number}", lambda tx: tx.run(load("write/batch"), **batch))
    written = 0

    def done(rows: int) -> None:
        nonlocal written
        written += rows
        progress("write", written, total)

    projection.write(ledger, graph, number, done)
    graph.write(f"batch {number}", lambda tx: tx.run(load("write/done"), number=number))
    with ledger.transaction():
        projection.settle(ledger)


def _record(ledger: Ledger, number: int, files: list[_File], report: Report) -> None:
    previous = ledger.scalar("SELECT hash FROM batch WHERE number = ?", [number - 1]) or ""
    source = hashlib.sha256("".join(sorted(_digest(file.path) for file in files)).encode()).hexdigest()
    at = time.time_ns() // 1000
    counts = (report.read, report.accepted, report.duplicate, report.quarantined)
    link = "\n".join(str(part) for part in (number, at, source, *counts, previous))
    digest = hashlib.sha256(link.encode()).hexdigest()
    ledger.db.execute(
        "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [number, at, source, digest, previous, *counts],
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Files -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read; ``name`` is what the user knows it by."""

    name: str
    path: Path


def _collect(paths: list[Path], folder: Path) -> tuple[list[_File], Report]:
    """List the files of all paths, archives unpacked into ``folder``."""
    report = Report()
    files: list[_File] = []
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path}: no such file or folder")
        for file in _walk(path):
            try:
                files += list(_unpacked(file, folder / str(len(files))))
            except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
                _refuse(report, file.name, f"a broken archive: {error}")
    if not files and not report.problems:
        raise BadInput(f"{', '.join(map(str, paths))}: nothing to read there")
    return files, report


def _walk(path: Path) -> Iterator[_File]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path)
            if file.is_file() and not any(part.startswith((".", "__MACOSX")) for part in name.parts):
                yield _File(name.as_posix(), file)
    else:
        yield _File(path.name, path)


def _unpacked(file: _File, folder: Path) -> Iterator[_File]:
    name = file.path.name.lower()
    if name.endswith(_ARCHIVES):
        folder.mkdir(parents=True)
        if name.endswith(".zip"):
            with zipfile.ZipFile(file.path) as archive:
                archive.extractall(folder)  # noqa: S202  zipfile itself keeps names inside
        else:
            with tarfile.open(file.path) as archive:
                archive.extractall(folder, filter="data")
        for inner in _walk(folder):
            yield from _unpacked(inner, folder / f".{len(inner.name)}")
    elif name.endswith(".gz"):
        folder.mkdir(parents=True, exist_ok=True)
        plain = folder / file.path.name[:-3]
        with gzip.open(file.path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out)
        yield _File(file.name, plain)
    else:
        yield file


def _refuse(report: Report, file: str, reason: str) -> None:
    """Count a whole file as one record that cannot be used."""
    report.read += 1
    report.quarantined += 1
    report.problems.append(Problem(file, 0, None, reason))


# Facts -------------------------------------------------------------------------------------------


def _admit(
    ledger: Ledger,
    number: int,
    files: list[_File],
    source: str | None,
    report: Report,
    progress: Progress,
) -> None:
    counts = Counts()
    refused = list(report.problems)
    for done, file in enumerate(files):
        progress("read", done, len(files))
        try:
            counts.add(_take(ledger, number, file, source, report))
        except BadInput as error:
            refused.append(Problem(file.name, 0, None, str(error)))
    if refused and not counts.read:
        raise BadInput(refused[0].reason if len(refused) == 1 else "; ".join(p.reason for p in refused[:5]))
    for problem in refused:
        ledger.reject(number, problem.file, [Reject(0, "", problem.reason)])
    counts.add(Counts(read=len(refused), quarantined=len(refused)))
    for name, value in asdict(counts).items():
        setattr(report, name, value)
    report.problems = [
        Problem(*row)
        for row in ledger.rows(
            'SELECT file, line, "column", reason FROM quarantine WHERE batch = ? '
            "ORDER BY file, line LIMIT 100",
            [number],
        )
    ]


def _take(ledger: Ledger, number: int, file: _File, source: str | None, report: Report) -> Counts:
    """Take one file, by the reader that it needs."""
    with file.path.open("rb") as opened:
        head = opened.read(_HEAD)
    reader = READERS.get(source or "") or next(
        (r for r in READERS.values() if source is None and r.recognises(head)), None
    )
    if reader:
        return _take_messages(ledger, number, file, reader, report)
    table = table_of(file.path)
    if table is None:
        names = ", ".join(name for name in TABLES if name != "gaps")
        raise BadInput(f"{file.name}: no table has this name; tables are {names}")
    if file.path.suffix.lower() not in {".csv", ".tsv", ".txt"}:
        raise BadInput(f"{file.name}: not a CSV file")
    staged = stage_csv(ledger.db, file.path, table, "staged")
    unknown = sorted(set(staged.columns) - {c.name for c in table.columns} - {"action"})
    if unknown:
        report.notes.append(f"{file.name}: unknown column {', '.join(unknown)}: not read")
    return ledger.admit(table, staged, number, file.name)


def _take_messages(ledger: Ledger, number: int, file: _File, reader: Reader, report: Report) -> Counts:
    counts, unread = Counts(), dict[str, int]()
    rows: dict[str, list[tuple[int, list[str]]]] = {}
    rejects: list[Reject] = []
    for item in reader.read(file.path.read_bytes()):
        if isinstance(item, Fact):
            columns = TABLES[item.table].columns
            cells = [item.row.get(column.name, "") for column in columns]
            rows.setdefault(item.table, []).append((item.line, cells))
        elif isinstance(item, Reject):
            rejects.append(item)
        else:
            unread[item.kind] = unread.get(item.kind, 0) + 1
    for name, lines in rows.items():
        table = TABLES[name]
        staged = stage_rows(ledger.db, [column.name for column in table.columns], lines, "staged")
        counts.add(ledger.admit(table, staged, number, file.name))
    ledger.reject(number, file.name, rejects)
    counts.add(Counts(read=len(rejects), quarantined=len(rejects)))
    report.notes += [f"{file.name}: {count} of {kind}: not read" for kind, count in sorted(unread.items())]
    return counts


def _worth_it(ledger: Ledger, number: int, report: Report, *, strict: bool) -> None:
    """Raise _Undo if this batch changes nothing, or may not."""
    if (strict and report.quarantined) or not (report.accepted or _newly_quarantined(ledger, number)):
        raise _Undo


def _newly_quarantined(ledger: Ledger, number: int) -> bool:
    """Say whether this batch holds a bad row that no earlier one holds."""
    return bool(
        ledger.scalar(
            "SELECT EXISTS (FROM quarantine q WHERE batch = ? AND NOT EXISTS (FROM quarantine o "
            "WHERE o.batch < q.batch AND o.file = q.file AND o.line = q.line AND o.reason = q.reason))",
            [number],
        )
    )
