"""Batches taken in both ways, deriving a part or everything, and what each comes to.

A batch is tables with their rows; among them `messages` are CFX messages, `events` EPCIS events, `twins`
entries of Catena-X.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boardtrace import derivation, touched
from boardtrace.admit import Options, admit
from boardtrace.facts import Ledger
from boardtrace.files import collect
from boardtrace.kinds import DERIVED_BY
from boardtrace.model import TABLES
from boardtrace.projection import plan, settle
from cfx_messages import write
from epcis_events import document
from plants import write_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
__all__ = ["compared", "derive_parts", "watched", "write_batch"]

Rows = dict[str, list[tuple[Any, ...]]]


def derive_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive a part however little there is, however much of it is touched."""
    monkeypatch.setattr(touched, "_LEAST", 0)
    monkeypatch.setattr(touched, "_MOST", 10)
    # as it is for few facts: plans cost more here than they save
    monkeypatch.setattr(derivation, "_FEW", 1_000_000)


class Taking:
    """A ledger that takes batches; ``whole`` derives everything with each."""

    def __init__(self, folder: Path, *, whole: bool) -> None:
        self.ledger = Ledger(folder)
        self.whole = whole

    def take(self, number: int, folder: Path) -> Rows:
        """Take a folder as a batch; return what the graph would be told."""
        # as each command does: what an earlier one derived on the way is not there
        self.ledger.close()
        self.ledger = Ledger(self.ledger.path.parent)
        with tempfile.TemporaryDirectory() as room:
            admit(self.ledger, number, collect([folder], Path(room)), Options(), lambda *_: None)
        with pytest.MonkeyPatch.context() as patch:
            if self.whole:  # nor is anything kept of what formats come to
                patch.setattr(touched, "_LEAST", 10**12)
            plan(self.ledger, self.ledger.first_source(number))
        told = self.held("todo")
        settle(self.ledger)
        return told

    def close(self) -> None:
        self.ledger.close()

    def held(self, which: str = "have") -> Rows:
        """Return the rows of all relations of this sort, in one order."""
        names = [name for name in derivation.relations(self.ledger) if name.startswith(f"{which}_")]
        return {name: sorted(self.ledger.rows(f"FROM {name}"), key=repr) for name in names}


def watched(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return a list that tells, of each batch from now on of which a part may do, whether it did."""
    seen: list[bool] = []
    derive = touched.derive

    def seeing(*given_to_it: Any) -> Any:
        scopes = derive(*given_to_it)
        if touched.worth_while({}):
            seen.append(scopes is not None)
        return scopes

    monkeypatch.setattr(touched, "derive", seeing)
    return seen


def compared(given_out: Sequence[Mapping[str, list[Any]]], monkeypatch: pytest.MonkeyPatch) -> int:
    """Take the batches in both ways; return of how many a part was derived."""
    with monkeypatch.context() as patch, ExitStack() as stack:
        patch.setattr(Ledger, "last", property(lambda _: _Last))
        parts = watched(patch)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ways = [Taking(folder / name, whole=name == "whole") for name in ("part", "whole")]
        for way in ways:
            stack.callback(way.close)
        for number, tables in enumerate(given_out, 1):
            if any(tables.values()):
                write_batch(tables, folder / str(number))
                same(*(way.take(number, folder / str(number)) for way in ways))
                same(*(way.held() for way in ways))
        return sum(parts)


def write_batch(tables: Mapping[str, list[Any]], folder: Path) -> None:
    """Write a batch as files."""
    write_csv({name: rows for name, rows in tables.items() if name in TABLES}, folder)
    if tables.get("messages"):
        write(folder / "messages.ndjson", tables["messages"])
    if tables.get("events"):
        (folder / "events.json").write_text(json.dumps(document(*tables["events"])))
    if tables.get("twins"):
        (folder / "twins.json").write_text(json.dumps(tables["twins"]))


def same(part: Rows, whole: Rows) -> None:
    for name in {*part, *whole}:
        assert part.get(name, []) == whole.get(name, []), name


class _Last:
    version = DERIVED_BY
