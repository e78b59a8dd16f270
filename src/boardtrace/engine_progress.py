"""Progress on stderr: a bar for people, one plain line per step for a log."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bar

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
    from rich import progress  # noqa: PLC0415  most commands find their engine running
    from rich.console import Console  # noqa: PLC0415

    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TimeElapsedColumn(),
    )
    return progress.Progress(*columns, console=Console(stderr=True), transient=True)
