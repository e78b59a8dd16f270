"""A folder into which machines drop files: each complete one is taken, and put away.

For the machine that can only write CSV to a share. Folders are looked at, not subscribed
to: a network share tells nobody what changes on it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from boardtrace.errors import BadInput, BoardtraceError
from boardtrace.ingest import Options, Report, ingest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boardtrace.graph import Graph

__all__ = ["look", "watch"]

_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".filepart", "~")
_Seen = dict["Path", tuple[int, int]]


def watch(
    graph: Graph,
    folder: Path,
    options: Options,
    tell: Callable[[list[Path], Report | BoardtraceError], None],
    *,
    every: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Look into ``folder`` until interrupted; ``tell`` hears of each batch, and of what was refused.

    A file is complete when neither its size nor its time changed for ``every`` seconds.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder")
    seen: _Seen = {}
    while True:
        seen = look(graph, folder, options, tell, seen)
        sleep(every)


def look(
    graph: Graph,
    folder: Path,
    options: Options,
    tell: Callable[[list[Path], Report | BoardtraceError], None],
    seen: _Seen,
) -> _Seen:
    """Take what is complete, as one batch; return what was seen, to be given again.

    What was taken goes to the folder `taken`, what could not be read to `refused`, beside a
    text that says why. If the graph cannot be reached or written to, the files stay for the next look.
    """
    now: _Seen = dict(_files(folder))
    ready = sorted(path for path, what in now.items() if seen.get(path) == what)
    if ready:
        try:
            report = ingest(graph, ready, options)
        except BadInput as error:
            _put_away(ready, folder / "refused", str(error))
            tell(ready, error)
        except BoardtraceError as error:  # the graph, the disk, the archive: it is not the files
            tell(ready, error)
            return now
        else:
            _put_away(ready, folder / "taken")
            tell(ready, report)
    return {path: what for path, what in now.items() if path not in ready}


def _files(folder: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith(".") and not path.name.lower().endswith(_UNFINISHED):
            try:
                said = path.stat()
            except FileNotFoundError:  # renamed by who writes it
                continue
            yield path, (said.st_size, said.st_mtime_ns)


def _put_away(paths: list[Path], folder: Path, reason: str = "") -> None:
    folder.mkdir(exist_ok=True)
    for path in paths:
        place = folder / path.name
        number = 2
        while place.exists():
            place = folder / f"{path.stem}~{number}{path.suffix}"
            number += 1
        try:
            path.rename(place)
        except FileNotFoundError:  # somebody took it away meanwhile
            continue
        if reason:
            place.with_name(f"{place.name}.why.txt").write_text(f"{reason}\n", "utf-8")
