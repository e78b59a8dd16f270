"""Progress on stderr: a bar for people, one plain line per step for a log."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.engine_jars import Progress

__all__ = ["shown"]


@contextmanager
def shown() -> Iterator[Progress]:
    """Yield a callback that shows on stderr what it is told."""
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task("", total=None)

            def draw(text: str, done: int, total: int) -> None:
                bar.update(task, description=text, completed=done, total=total or None)

            yield draw
    else:
        last = ""

        def say(text: str, _done: int, total: int) -> None:
            nonlocal last
            if text != last:
                size = f" ({total / 1e6:.0f} MB)" if total else ""
                print(f"{text}{size} ...", file=sys.stderr, flush=True)  # noqa: T201
            last = text

        yield say


def _bar() -> Bar:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
    )
    return Bar(*columns, console=Console(stderr=True), transient=True)
