"""The checks of `boardtrace doctor` that look beside the graph: batches, ledger, archive, disk."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from boardtrace.chain import Link
from boardtrace.doctor_look import Found, sized
from boardtrace.facts import last_link
from boardtrace.ingest import archive_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boardtrace.doctor_look import Look

__all__ = ["CHECKS"]

_FULL = 256 << 20  # bytes: with less an embedded engine does not start
_TIGHT = 2 << 30  # bytes: the spill of a large batch


def _batch(look: Look) -> Iterator[Found]:
    last = _last(look)
    if last["open"] is not None:
        found = f"batch {last['open']} is not written to its end: no answer is complete"
        yield Found("batch", found, "fail", "`boardtrace resume`")
    elif last["number"] is None:
        yield Found("batch", "none yet")
    else:
        yield Found("batch", f"batch {last['number']} is whole")


def _ledger(look: Look) -> Iterator[Found]:
    last, known = _last(look), look.ask("digest/identity")
    there = last["open"] or last["number"]
    if not known or there is None:
        yield Found("ledger", "not needed yet")
        return
    folder = look.graph.endpoint.data / "ledger" / known[0]["id"]
    others = sorted(path.name for path in folder.parent.glob("*") if path.is_dir())
    if not (folder / "facts.duckdb").is_file():
        found = f"no ledger of this graph in {folder.parent}"
        if others:
            found += f", only that of another ({', '.join(others[:3])})"
        change = (
            "write from where it was written before, else `boardtrace rebuild`; to read needs no ledger"
        )
        yield Found("ledger", found, "warn", change)
        return
    link = last_link(folder)
    number = link.number if link else 0
    if number < there:
        found = f"it knows {number} of {there} batches: nothing can be written"
        change = "write from where it was written before, else `boardtrace rebuild`"
        yield Found("ledger", found, "fail", change)
    elif number > there:
        found = f"it knows batch {number}, the graph {there}"
        yield Found("ledger", found, "fail", "`boardtrace resume`")
    elif link and last["open"] is None and link.hash != last["hash"]:
        found = f"its batch {number} is not that of the graph"
        yield Found("ledger", found, "fail", "`boardtrace verify` says what differs")
    else:
        yield Found("ledger", f"batch {number}, {sized((folder / 'facts.duckdb').stat().st_size)}")


def _archive(look: Look) -> Iterator[Found]:
    last = _last(look)
    there = last["open"] or last["number"]
    if there is None:
        yield Found("archive", "not needed yet")
        return
    archive = archive_of(look.graph)
    names = archive.last()
    number = Link.parse(names[1].decode()).number if names else 0
    if number < there:
        found = f"{archive.url} has {number} of {there} batches of this graph"
        change = "set BOARDTRACE_ARCHIVE to where it is; without it there is no proof and no rebuild"
        yield Found("archive", found, "fail" if look.embedded else "warn", change)
    else:
        yield Found("archive", f"batch {number} is in {archive.url}: keep a copy of it elsewhere")


def _disk(look: Look) -> Iterator[Found]:
    folder = look.graph.endpoint.data
    free = shutil.disk_usage(_existing(folder)).free
    needed = max(_TIGHT, look.store or 0) if look.embedded else _TIGHT
    found = f"{sized(free)} free at {folder}"
    if free < _FULL:
        yield Found("disk", found, "fail", f"make room: {sized(needed)} or more")
    elif free < needed:
        yield Found("disk", found, "warn", f"make room: {sized(needed)} or more")
    else:
        yield Found("disk", found)


CHECKS: dict[str, Callable[[Look], Iterator[Found]]] = {
    "batch": _batch,
    "ledger": _ledger,
    "archive": _archive,
    "disk": _disk,
}
"""What a check is called -> the check."""


def _last(look: Look) -> dict[str, Any]:
    return look.ask("questions/batch")[0]


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
