"""Files -> facts -> graph, as one batch: whole or not at all, and twice is once.

A batch is made in this order, so that a crash anywhere is made good by the next command:

1. its rows go into the ledger, and the difference that they make to the graph beside them,
   in one transaction that is still open;
2. the source bytes go into the archive;
3. the transaction is committed, with the link of the chain: from here on there is the batch;
4. the link goes into the archive;
5. the difference is written to the graph in chunks (projection.py).

Two ingests of one graph follow each other: the second waits. Questions are answered
meanwhile; their `complete` says that a batch is being written.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
import uuid
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from boardtrace import captured, digest, measured, projection
from boardtrace.admit import FORMATS, Options, Progress, admit
from boardtrace.archive import Archive
from boardtrace.chain import Link, source_digest
from boardtrace.errors import BoardtraceError, Busy, Damaged, Quarantined
from boardtrace.facts import Ledger
from boardtrace.files import File, collect
from boardtrace.kinds import DERIVED_BY, RULES
from boardtrace.schema import migrate
from boardtrace.settings import Settings
from boardtrace.signature import checked
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.graph import Graph

__all__ = [
    "FORMATS",
    "Options",
    "Problem",
    "Progress",
    "Report",
    "Undo",
    "archive_of",
    "begun",
    "enter",
    "ingest",
    "locked",
    "project",
    "resume",
    "settle",
    "taken",
]

# Seconds that one ingest waits for another of the same graph.
_PATIENCE = 600.0


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


def ingest(
    graph: Graph,
    paths: list[Path],
    options: Options | None = None,
    *,
    strict: bool = False,
    signer: Path | None = None,
    progress: Progress | None = None,
    write: bool = True,
) -> Report:
    """Take a set of files as one batch; ``signer`` is the public key that must have signed them.

    Unless ``write`` the graph does not get it yet: the next command that writes would do that.
    Raises BadInput if there is nothing that can be read, Quarantined under ``strict``
    (nothing is written then), Busy if another ingest of this graph does not end.
    """
    began = time.monotonic()
    options, tell = options or Options(), progress or _silent
    with begun(graph, paths, signer, tell) as (ledger, files, signature):
        archive = archive_of(graph, ledger)
        report = Report()
        try:
            with ledger.transaction():
                link = taken(ledger, files, options, report, tell, strict=strict)
                measured.keep(ledger, link.number)
                archive.begin()
                link = replace(_kept(archive, link, files, options), signed=signature).sealed()
                ledger.record(link)
        except Undo:
            pass
        except BaseException:
            archive.sweep()
            raise
        else:
            report.batch = link.number
            _archived(archive, link)
            captured.keep(ledger)
            if write:
                project(ledger, graph, tell, report.written)
    report.seconds = time.monotonic() - began
    return report


def resume(graph: Graph, progress: Progress | None = None) -> int | None:
    """Write what a crash, or Ctrl-C, left unwritten; return the batch, None if there is none."""
    with locked(graph) as ledger:
        return finish(ledger, graph, progress or _silent)


def _silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


class Undo(Exception):
    """Leave the ledger's transaction without a trace."""


# The steps ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(graph: Graph, *, any_chain: bool = False, anew: bool = False) -> Iterator[Ledger]:
    """Open this graph's ledger, which lies beside it under the graph's own name, for writing alone.

    BoardtraceError if the graph knows more than the ledger, unless ``any_chain``; Damaged if the
    ledger's file is, unless ``anew``: then an empty one takes its place.
    """
    graph.endpoint.data.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(FileLock(graph.endpoint.data / "ingest.lock", timeout=_PATIENCE))
        except Timeout:
            raise Busy(
                "another ingest of this graph does not end", hint=f"look at {graph.endpoint.data}"
            ) from None
        migrate(graph)
        known = graph.write("identity", lambda tx: tx.one(load("write/identity"), id=str(uuid.uuid4())))
        if known is None:
            raise BoardtraceError(f"{graph.endpoint.label} did not take a name")
        ledger = stack.enter_context(_opened(graph.endpoint.data / "ledger" / known["id"], anew=anew))
        last = ledger.last
        if not any_chain and (known["batch"] or 0) > (last.number if last else 0):
            if known["imported"]:
                raise BoardtraceError(
                    f"{graph.endpoint.label} is a copy of batch {known['batch']} by `boardtrace import`: "
                    "it has no ledger, so nothing can be written to it",
                    hint="write to the graph that it was exported from; "
                    "an import that broke off is finished by the same import",
                )
            raise BoardtraceError(
                f"{graph.endpoint.label} holds batch {known['batch']}, "
                f"the ledger in {ledger.path.parent} knows {last.number if last else 'none'}",
                hint="write to it from where it was written before, or see `boardtrace rebuild`",
            )
        yield ledger


def _opened(folder: Path, *, anew: bool) -> Ledger:
    try:
        return Ledger(folder)
    except Damaged:
        if not anew:
            raise
        for path in folder.glob("facts.duckdb*"):
            path.rename(path.with_name(f"damaged-{path.name}"))
        return Ledger(folder)


@contextlib.contextmanager
def begun(
    graph: Graph, paths: list[Path], signer: Path | None, progress: Progress
) -> Iterator[tuple[Ledger, list[File], dict[str, str] | None]]:
    """Open the ledger, finish what was left, and yield it with the files to take and their signature."""
    with locked(graph) as ledger, tempfile.TemporaryDirectory(prefix="boardtrace-") as folder:
        finish(ledger, graph, progress)
        yield ledger, *checked(collect(paths, Path(folder)), signer)


def archive_of(graph: Graph, ledger: Ledger | None = None) -> Archive:
    """Return where this graph's sources and chain are kept; the ledger, else the graph, has its name."""
    if ledger:
        identity = ledger.path.parent.name
    else:
        known = graph.read("identity", lambda tx: tx.one(load("digest/identity"))) or {}
        identity = str(known.get("id"))
    return Archive(Settings().archive or str(graph.endpoint.data / "archive"), identity)


def _archived(archive: Archive, link: Link | None) -> None:
    """See that the archive has the last link, and no objects of a batch that never was."""
    if link:
        archive.add(link)
    archive.sweep()


def taken(
    ledger: Ledger, files: list[File], options: Options, report: Report, progress: Progress, *, strict: bool
) -> Link:
    """Put files into the ledger and plan what the graph gets; Undo if that changes nothing.

    It is in the ledger's transaction, and ``report`` says what became of the rows; Quarantined under
    ``strict``. The link lacks the files, which are not kept yet, and its hash.
    """
    last = ledger.last
    number = last.number + 1 if last else 1
    counts, passed = admit(ledger, number, files, options, progress)
    report.notes = passed.notes
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
    _refuse(report, strict=strict)
    said = counts.accepted or ledger.newly_quarantined(number) or ledger.repaired(number)
    if not said and not (passed.evidence and _unseen(ledger, files)):
        raise Undo
    progress("derive", 0, 1)
    report.written = projection.plan(ledger, ledger.first_source(number))
    return Link(
        number=number,
        version=DERIVED_BY,
        # a later batch is never the earlier one, whatever the clock says
        at=max(time.time_ns() // 1000, last.at + 1 if last else 0),
        source="",
        files=(),
        options={},
        **asdict(counts),
        delta=digest.delta(ledger),
        previous=last.hash if last else "",
    )


def _unseen(ledger: Ledger, files: list[File]) -> bool:
    """Say whether a file is in no batch yet: messages that are not read are kept as evidence, once."""
    kept = {one.sha256 for link in ledger.links() for one in link.files}
    return not kept.issuperset(file.sha256() for file in files)


def _refuse(report: Report, *, strict: bool) -> None:
    """Raise Quarantined if every row must be usable, and one is not."""
    if strict and report.quarantined:
        first = report.problems[0]
        raise Quarantined(
            f"{report.quarantined} of {report.read} rows cannot be used, nothing was written; "
            f"first: {first.file}:{first.line}: {first.column or 'row'}: {first.reason}"
        )


def _kept(archive: Archive, link: Link, files: list[File], options: Options) -> Link:
    """Put the source bytes into the archive, and say in the link where they are."""
    kept = tuple(archive.put(file.path, file.name) for file in files)
    said = {"from": options.source, "site": options.site}
    return replace(
        link,
        source=source_digest([file.sha256 for file in kept]),
        files=kept,
        options={name: value for name, value in said.items() if value},
        mapping=archive.put(options.mapping, options.mapping.name) if options.mapping else None,
    )


def finish(ledger: Ledger, graph: Graph, progress: Progress) -> int | None:
    """Do for the last batch what is left to do: its link in the archive, its share of the graph.

    Returns its number, None if the graph had it all. BoardtraceError if the archive is another than
    before: what is taken now would lie apart from all that it follows.
    """
    archive, last = archive_of(graph, ledger), ledger.last
    if last and not archive.knows(last):
        raise BoardtraceError(
            f"the archive {archive.url} has nothing of the batches before, up to {last.number}",
            hint="does BOARDTRACE_ARCHIVE name the one that they are in? To move an archive, copy it",
        )
    _archived(archive, last)
    captured.keep(ledger)
    return project(ledger, graph, progress)


def project(ledger: Ledger, graph: Graph, progress: Progress, total: int = 0) -> int | None:
    """Write the difference that the ledger keeps; return the batch, None if there is none."""
    link = ledger.last
    if link is None or not projection.pending(ledger):
        return None
    projection.clear(ledger, graph)
    enter(ledger, graph)
    written = 0

    def done(rows: int) -> None:
        nonlocal written
        written += rows
        progress("write", written, total)

    projection.write(ledger, graph, link.number, done)
    settle(ledger, graph)
    return link.number


def enter(ledger: Ledger, graph: Graph) -> None:
    """Tell the graph of every batch; the last is not done until `settle`."""
    links = ledger.links()
    batches = [
        {**asdict(one), "files": [file.name for file in one.files], "last": one is links[-1]}
        for one in links
    ]
    graph.write("batches", lambda tx: tx.run(load("write/batch"), batches=batches))


def settle(ledger: Ledger, graph: Graph) -> None:
    """Note on both sides that the graph has the last batch."""
    last = ledger.last
    if last:
        graph.write("batches", lambda tx: tx.run(load("write/done"), number=last.number, rules=RULES))
    with ledger.transaction("the graph has the batch, which the next command that writes will note"):
        projection.settle(ledger)
