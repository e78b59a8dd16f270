"""How far an ingest is, and what became of it."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from boardtrace.cli_common import plain
from boardtrace.cli_questions import command
from boardtrace.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bar
    from rich.progress import Task
    from rich.text import Text

    from boardtrace.ingest import Progress, Report
    from boardtrace.rehearsal import Rehearsal

__all__ = ["bar", "lines", "write", "write_line", "write_rehearsal"]

_STEPS = {
    "read": "reading files",
    "derive": "deriving the graph",
    "write": "writing the graph",
    "import": "importing",
    "index": "indexing",
    "export": "reading the graph",
    "check": "reading back",
}


@contextmanager
def bar() -> Iterator[Progress]:
    """Yield a callback that draws on stderr what it is told, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda step, done, total: None  # noqa: ARG005  the names are the protocol's
        return
    with _bar() as drawn:
        now, task = "", drawn.add_task("", total=None)

        def draw(step: str, done: int, total: int) -> None:
            nonlocal now, task
            if step != now:  # rate and time left are those of a step; one without a total has a moving bar
                drawn.remove_task(task)
                now, task = step, drawn.add_task(_STEPS.get(step, step), total=None)
            drawn.update(task, completed=done, total=total if total > 1 else None)

        yield draw


def _bar() -> Bar:
    from rich import progress  # noqa: PLC0415  only a terminal needs it
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    class Rate(progress.ProgressColumn):
        def render(self, task: Task) -> Text:
            unit = "rows" if task.description == _STEPS["write"] else "files"
            return Text(f"{task.speed:,.0f} {unit}/s" if task.speed else "")

    return progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=None),
        progress.TaskProgressColumn(),
        Rate(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        expand=True,
    )


def write(report: Report, form: str) -> None:
    """Write what became of an ingest: to read, or as the contract's object with all else on stderr."""
    out = sys.stderr if form == "json" else sys.stdout
    if form != "json":
        _counts(report)
    for line in lines(report):
        out.write(f"{line}\n")
    out.flush()
    if form == "json":
        sys.stdout.write(json.dumps(report.summary) + "\n")


def write_line(names: str, report: Report) -> None:
    """Write what became of an ingest in one line, and each problem in one."""
    what = "nothing new" if report.batch is None else f"batch {report.batch}"
    counts = ", ".join(
        f"{count:,} {name}"
        for name, count in report.summary.items()
        if count and name not in {"batch", "read"}
    )
    sys.stdout.write(plain(f"{names}: {what}{': ' if counts else ''}{counts}") + "\n")
    for line in lines(report):
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write_rehearsal(found: Rehearsal, form: str) -> None:
    """Write what an ingest would do."""
    if form == "json":
        for line in lines(found.report):
            sys.stderr.write(f"{line}\n")
        changes = [asdict(change) for change in found.changes]
        sys.stdout.write(
            json.dumps({**found.report.summary, "recalls": found.recalls, "changes": changes}) + "\n"
        )
        return
    sys.stdout.write("dry run: nothing is written\n")
    write(found.report, form)
    changed = f"{len(found.changes)} of the last {found.recalls} recalls would change"
    sys.stdout.write(f"{changed}{':' if found.changes else ''}\n")
    for change in found.changes:
        asked = command(QUESTIONS[change.question], change.parameters)
        sys.stdout.write(plain(f"  {asked}") + "\n")
        for what in ("added", "removed", "changed"):
            keys = getattr(change, what)
            if keys:
                more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
                sys.stdout.write(plain(f"    {what} {', '.join(keys[:_SHOWN])}{more}") + "\n")


_SHOWN = 6


def _counts(report: Report) -> None:
    if report.batch is None:
        sys.stdout.write("nothing new: the graph is as it was\n")
    counts = {name: f"{count:,}" for name, count in report.summary.items() if count is not None}
    counts["time"] = f"{report.seconds:.1f} s"
    for name, count in counts.items():
        sys.stdout.write(f"{name:<12}{count:>12}\n")


def lines(report: Report) -> Iterator[str]:
    """Name every row that was not taken, as a compiler names an error, and what was passed over."""
    for problem in report.problems:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        column = f" {problem.column}:" if problem.column else ""
        yield plain(f"{place}:{column} {problem.reason}")
    more = report.quarantined - len(report.problems)
    if more > 0:
        yield f"and {more:,} more rows that cannot be used"
    for note in report.notes:
        yield plain(f"note: {note}")
