"""The demo: one bad lot of capacitors, from a field return to every customer.

The commands are run here as the command line runs them, and shown with what they wrote,
long tables cut to some lines. Nothing waits for a key.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import textwrap
import time
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from boardtrace import engine, plant
from boardtrace.cli import app
from boardtrace.graph import Graph
from boardtrace.kinds import RULES
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.plant import Story
    from boardtrace.settings import Settings

__all__ = ["tell"]

_WIDTH = 80
_BOARDS = 20_000
_LINES = 8  # of a table, before it is cut


@dataclass(frozen=True, slots=True)
class _Step:
    """A command of the story: why it is asked, its words, and what a reader looks for in the answer."""

    why: str
    words: str
    only: str = ""
    """Of the table show the lines that hold this."""
    count: bool = False
    """The answer is for a program: count its lines, as ``| wc -l`` does."""
    lines: int = _LINES


def tell(settings: Settings, graph: str | None, boards: int, keep: Path | None) -> None:
    """Build the plant, take it in, and ask what is asked when a lot is bad.

    ``graph`` is that of the demo where it is None; ``keep`` is a folder for the input
    tables, which are thrown away where it is None. Raises BoardtraceError, or
    typer.Exit with the code of a command that failed.
    """
    size = "" if boards == _BOARDS else f"-{boards}"
    name = graph or f"embedded:{settings.data.absolute()}/demo{size}"
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="boardtrace-demo-") as temporary, _width():
        folder = keep or Path(temporary)
        story = plant.build(folder, boards=boards)
        rows = sum(story.rows.values())
        _say(
            f"A made plant: two SMT lines, {boards:,} boards of 60 reels each; boards in products, "
            "products in cartons, cartons on pallets, sold to 12 customers. "
            f"{rows:,} rows in {len(story.rows)} tables."
        )
        _took(began)
        _command(f'export BOARDTRACE_GRAPH="{name}"')
        print(flush=True)  # noqa: T201
        _ingest(settings, name, folder)
        for step in _steps(story):
            _show(name, step)
    _say(f"That was all of it, in {time.monotonic() - began:.0f} seconds.")
    print("Now you:\n")  # noqa: T201
    _command(f'export BOARDTRACE_GRAPH="{name}"')
    _command(f"boardtrace provenance container {story.carton}")
    _command(f"boardtrace recall lot {story.supplier} {story.lot} --format csv > recall.csv")
    _command("boardtrace serve")
    if name.startswith("embedded:"):
        _command("boardtrace engine stop")
        _say(f"The engine stops by itself when it was not used for {settings.idle_minutes:g} minutes.")


def _steps(story: Story) -> list[_Step]:
    supplier, lot, unit = story.supplier, story.lot, story.field_return
    recall = f"recall lot {supplier} {lot}"
    return [
        _Step(
            f"Customer {story.customer} sent back a gateway that does not start. What happened to it?",
            f"history {unit}",
            lines=12,
        ),
        _Step(
            f"The laboratory found a cracked capacitor, part {story.part}, on its board "
            f"{story.failed_board}. From which reel? (Shown here: only that part.)",
            f"provenance unit {unit}",
            only=story.part,
        ),
        _Step(
            "The reel is the site's own; it came from a lot of its maker.",
            f'lineage "" {story.reels[0]} --direction up',
        ),
        _Step("Is the code of that lot unique? No: two suppliers use it.", f"find {lot}"),
        _Step(f"What else did the lot of {supplier} become? Three reels.", f"lineage {supplier} {lot}"),
        _Step(
            "Who has units with it now, and who had some (former)? `tops` counts what stands in the field: "
            "a board in a product is one thing with it.",
            f"{recall} --by customer",
            lines=20,
        ),
        _Step("Which shipments, to stop or to call back?", f"{recall} --by shipment --state shipped"),
        _Step("Which have not left yet, and in which carton are they?", f"{recall} --state in_stock"),
        _Step(
            f"Each unit by itself. At a splice of two reels nobody knows which fed a board: those "
            f"{story.possible} boards and the products around them are `possible`, never left out.",
            f"{recall} --class possible",
        ),
        _Step(
            "The `past` ones had it and have it no more: repaired in the plant, or after they came back.",
            f"{recall} --class past",
        ),
        _Step(
            "All of it for a program: CSV (or JSON, NDJSON, Parquet).", f"{recall} --format csv", count=True
        ),
    ]


def _ingest(settings: Settings, name: str, folder: Path) -> None:
    words = ["ingest", str(folder)]
    _command(f"boardtrace {' '.join(words)}")
    began = time.monotonic()
    captured = _run(name, words, quiet=False)
    sys.stdout.write(captured)
    if captured.startswith("nothing new"):
        _say("The graph holds this plant already: the same rows again are duplicates and change nothing.")
        _made_anew(settings, name)
    _took(began)


def _made_anew(settings: Settings, name: str) -> None:
    """Make a graph that an earlier version left again; it would refuse to answer."""
    with Graph(engine.connect(name, settings), settings.timeout) as graph:
        known = graph.peek("batch", load("questions/batch"))
    if known and known["rules"] != RULES:
        _say("Another version made it: it is made again from its archive.")
        _command("boardtrace rebuild")
        sys.stdout.write(_run(name, ["rebuild"], quiet=False))


def _show(name: str, step: _Step) -> None:
    _say(step.why)
    words = [word.replace('""', "") for word in step.words.split()]
    _command(f"boardtrace {step.words}{' | wc -l' if step.count else ''}")
    began = time.monotonic()
    lines = _run(name, words).splitlines()
    if step.count:
        lines = [f"{len(lines)}"]
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in _cut(lines, step))
    _took(began)


def _cut(lines: list[str], step: _Step) -> list[str]:
    """Shorten a table, which ends where an empty line is; what is said below it stays."""
    end = lines.index("") if "" in lines else len(lines)
    head, body, rest = lines[:2], lines[2:end], lines[end:]
    notes = next((at for at, line in enumerate(body) if line.startswith(("... and ", "+"))), len(body))
    kept = [line for line in body[:notes] if step.only in line][: step.lines]
    if len(kept) < notes:
        kept.append(f"[{notes - len(kept)} more lines of the command]")
    return [*head, *kept, *body[notes:], *rest]


def _run(name: str, words: list[str], *, quiet: bool = True) -> str:
    """Run a command of ours in this process; return what it wrote to stdout."""
    out = io.TextIOWrapper(
        io.BytesIO(), encoding=sys.stdout.encoding, errors="replace", newline="", write_through=True
    )
    errors = io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors if quiet else sys.stderr):
        code = app(["--graph", name, *words], prog_name="boardtrace", standalone_mode=False)
    if code:
        sys.stderr.write(errors.getvalue())
        raise typer.Exit(code)
    out.seek(0)
    return out.read()


@contextmanager
def _width() -> Iterator[None]:
    """Have tables no wider than the text."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(_WIDTH)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before


def _say(text: str) -> None:
    print(f"\n{textwrap.fill(text, _WIDTH)}\n", flush=True)  # noqa: T201  to whoever watches


def _command(line: str) -> None:
    bold = ("\033[1m", "\033[0m") if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ("", "")
    print(f"$ {bold[0]}{line}{bold[1]}", flush=True)  # noqa: T201


def _took(began: float) -> None:
    print(f"{f'{time.monotonic() - began:.2f} s':>{_WIDTH}}", flush=True)  # noqa: T201
