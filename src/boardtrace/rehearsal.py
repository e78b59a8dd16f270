"""A dry run: what an ingest would do, done and taken back, in the ledger and in the graph."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boardtrace import asked_log, projection
from boardtrace.admit import Options
from boardtrace.answer import answered
from boardtrace.errors import BoardtraceError
from boardtrace.ingest import Report, Undo, begun, taken
from boardtrace.questions import QUESTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.admit import Progress
    from boardtrace.facts import Ledger
    from boardtrace.graph import Graph, Transaction

__all__ = ["Change", "Rehearsal", "rehearse"]


@dataclass(frozen=True, slots=True)
class Change:
    """A recall that was asked before, and would be answered otherwise: the keys of its rows."""

    question: str
    parameters: dict[str, Any]
    added: list[str]
    removed: list[str]
    changed: list[str]


@dataclass(slots=True)
class Rehearsal:
    """What an ingest would report, and the recalls that it would change."""

    report: Report
    recalls: int = 0
    """How many were tried."""
    changes: list[Change] = field(default_factory=list)


def rehearse(
    graph: Graph,
    paths: list[Path],
    options: Options | None = None,
    *,
    strict: bool = False,
    signer: Path | None = None,
    recalls: int = 20,
    progress: Progress | None = None,
) -> Rehearsal:
    """Report exactly what `ingest` would, and which of the last ``recalls`` recalls would change.

    Errors are those of `ingest`. What an earlier crash left unwritten is written.
    """
    began = time.monotonic()
    tell: Progress = progress or (lambda *_: None)
    found = Rehearsal(Report())
    with begun(graph, paths, signer, tell) as (ledger, files, _):
        last = asked_log.last(graph, recalls)
        found.recalls = len(last)
        with contextlib.suppress(Undo), ledger.transaction():
            link = taken(ledger, files, options or Options(), found.report, tell, strict=strict)
            found.report.batch = link.number
            if last:
                found.changes = _changes(graph, ledger, last)
            raise Undo
    found.report.seconds = time.monotonic() - began
    return found


def _changes(graph: Graph, ledger: Ledger, asked: list[asked_log.Asked]) -> list[Change]:
    """Ask before and after, in one transaction that is then rolled back."""
    found: list[Change] = []

    def work(tx: Transaction) -> None:
        before = [_rows(tx, one) for one in asked]
        for parts in projection.chunks(ledger):
            for statement, rows in parts:
                tx.run(statement, rows=rows)
        for one, was in zip(asked, before, strict=True):
            now = _rows(tx, one)
            change = Change(
                one.question,
                one.parameters,
                sorted(now.keys() - was.keys()),
                sorted(was.keys() - now.keys()),
                sorted(key for key in now.keys() & was.keys() if now[key] != was[key]),
            )
            if change.added or change.removed or change.changed:
                found.append(change)
        raise Undo

    with contextlib.suppress(Undo):
        graph.write("dry run", work)
    return found


def _rows(tx: Transaction, one: asked_log.Asked) -> dict[str, Any]:
    """Answer a recall: its rows by what they are about."""
    try:
        answer = answered(tx, QUESTIONS[one.question], one.parameters)
    except BoardtraceError:
        return {}  # what it asks for is not there, now or then
    width = 2 if answer.columns[:2] == ["supplier", "lot"] else 1
    found: dict[str, Any] = {}
    for row in answer.rows:
        found.setdefault("/".join(str(cell) for cell in row[:width]), []).append(row)
    return found
