# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""The command that says what to change about a graph and its server."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import typer

from boardtrace.cli_common import FormOption, GraphOption, opened, plain, write

if TYPE_CHECKING:
    from boardtrace.doctor import Found

__all__ = ["doctor"]

_NARROW = 100  # columns, where nobody says how many there are


def doctor(ctx: typer.Context, graph: GraphOption = None, form: FormOption = "table") -> None:
    """Say what to change about the server, its memory, its schema and what is kept beside it.

    Nothing is written. It ends with 1 if a check says `fail`, else with 0.
    """
    from boardtrace.answer import Answer
    from boardtrace.doctor import COLUMNS, examine

    with opened(ctx, graph, as_it_is=True) as chosen:
        rows = examine(chosen)
    if form == "table":
        _table(rows)
    else:
        values = [(row.check, row.found, row.verdict, row.change) for row in rows]
        write(Answer(COLUMNS, values, {"question": "doctor", "rows": len(values)}), form)
    if any(row.verdict == "fail" for row in rows):
        raise typer.Exit(1)


def _table(rows: list[Found]) -> None:
    """Write a line for each check, and under it what to change: as wide as there is room."""
    room = shutil.get_terminal_size((_NARROW, 0)).columns if sys.stdout.isatty() else _NARROW
    names = max(len(row.check) for row in rows) + 2
    left = " " * (9 + names)
    for row in rows:
        first = f"{row.verdict:<9}{plain(row.check):<{names}}"
        for text, before in ((row.found, first), (row.change, f"{left}-> ")):
            if text:
                after = left if before is first else f"{left}   "
                lines = textwrap.wrap(
                    plain(text),
                    max(room, len(left) + 20),
                    initial_indent=before,
                    subsequent_indent=after,
                    break_on_hyphens=False,
                )
                typer.echo("\n".join(lines))
