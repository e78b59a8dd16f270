"""What a batch can have changed is derived of a part of the facts: the same as of all of them.

Every batch is taken by two ledgers, of which one derives everything anew. What each then says that the
graph should hold is compared row by row, evidence included, and so is what it would write.
"""

from __future__ import annotations

import csv
import tempfile
from bisect import bisect_left
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from boardtrace import derivation, plant, touched
from boardtrace.admit import Options, admit
from boardtrace.facts import Ledger
from boardtrace.files import collect
from boardtrace.kinds import DERIVED_BY
from boardtrace.projection import plan, settle
from plants import FEATURES, batches, plants, write_csv

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from oracle import Tables

Rows = dict[str, list[tuple[Any, ...]]]
# What a plant of other boards on the same machines, from the same reels, calls otherwise.
_TIMES = ("created_at", "at", "started_at", "loaded_at", "shipped_at", "received_at")
_OWN = {"unit", "child", "parent", "panel", "content", "container", "shipment"}


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive a part however little there is, however much of it is touched."""
    monkeypatch.setattr(touched, "_LEAST", 0)
    monkeypatch.setattr(touched, "_MOST", 10)
    # as it is for few facts: plans cost more here than they save
    monkeypatch.setattr(derivation, "_FEW", 1_000_000)


def others(tables: Tables, prefix: str) -> Tables:
    """The same plant with other units, containers and shipments, but the same lots, machines, programs."""

    def other(row: dict[str, str]) -> dict[str, str]:
        lot = row.get("content_kind") == "lot"
        cells = {
            column: prefix + cell if cell and column in _OWN and not (lot and column == "content") else cell
            for column, cell in row.items()
        }
        if row.get("kind") in {"unit", "container", "shipment"} and "alias" in row:
            cells |= {"id": prefix + row["id"], "alias": prefix + row["alias"]}
        return cells

    return {table: [other(row) for row in rows] for table, rows in tables.items()}


class Taking:
    """A ledger that takes batches; ``whole`` derives everything with each."""

    def __init__(self, folder: Path, *, whole: bool) -> None:
        self.ledger = Ledger(folder)
        self.whole = whole
        self.parts = 0
        """Batches of which a part was derived."""

    def take(self, number: int, folder: Path) -> Rows:
        """Take a folder as a batch; return what the graph would be told."""
        with tempfile.TemporaryDirectory() as room:
            admit(self.ledger, number, collect([folder], Path(room)), Options(), lambda *_: None)
        plan(self.ledger, None if self.whole else self.ledger.first_source(number))
        made = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'edge_after'"
        self.parts += self.ledger.scalar(made)
        self.ledger.db.execute("DROP TABLE IF EXISTS edge_after")
        told = self.held("todo")
        settle(self.ledger)
        return told

    def held(self, which: str = "have") -> Rows:
        """Return the rows of all relations of this sort, in one order."""
        names = [name for name in derivation.relations(self.ledger) if name.startswith(f"{which}_")]
        return {name: sorted(self.ledger.rows(f"FROM {name}"), key=repr) for name in names}


def compared(given_out: list[Tables], monkeypatch: pytest.MonkeyPatch) -> int:
    """Take the batches in both ways; return of how many a part was derived."""
    monkeypatch.setattr(Ledger, "last", property(lambda _: _Last))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ways = [Taking(folder / name, whole=name == "whole") for name in ("part", "whole")]
        for way in ways:
            stack.callback(way.ledger.close)
        for number, tables in enumerate(given_out, 1):
            if any(tables.values()):
                write_csv(tables, folder / str(number))
                same(*(way.take(number, folder / str(number)) for way in ways))
                same(*(way.held() for way in ways))
        return ways[0].parts


def same(part: Rows, whole: Rows) -> None:
    for name in {*part, *whole}:
        assert part.get(name, []) == whole.get(name, []), name


class _Last:
    version = DERIVED_BY


@st.composite
def dealt(draw: DrawFn, most: int = 4) -> list[Tables]:
    """Batches of two plants that share machines and reels; what would have all derived anew comes first."""
    features = FEATURES - {"retract"} | {"disagree_intervals", "panel_ids"}
    one, two = draw(plants(features)), others(draw(plants(features)), "X")
    both = {name: [*one.get(name, []), *two.get(name, [])] for name in {*one, *two}}
    early = {"programs", "components", *(("lots", "lot_moves") if draw(st.integers(0, 3)) else ())}
    first, *later = draw(batches({name: rows for name, rows in both.items() if name not in early}, most))
    return [{**first, **{name: both[name] for name in early if name in both}}, *later]


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_out=dealt())
def test_a_part_comes_to_the_same_as_everything(
    given_out: list[Tables], monkeypatch: pytest.MonkeyPatch
) -> None:
    event(f"{compared(given_out, monkeypatch)} parts")


def in_time(folder: Path, parts: list[float]) -> list[Tables]:
    """Deal a plant's rows out as they happened, up to each part of all times; timeless rows come first."""
    rows = [
        (table.stem, row, next((row[name] for name in _TIMES if row.get(name)), ""))
        for table in sorted(folder.glob("*.csv"))
        for row in csv.DictReader(table.read_text("utf-8").splitlines())
    ]
    times = sorted(time for _, _, time in rows if time)
    ends = [times[int(part * len(times)) - 1] for part in parts]
    found: list[Tables] = [{} for _ in parts]
    for table, row, time in rows:
        found[bisect_left(ends, time)].setdefault(table, []).append(row)
    return found


def test_a_plant_as_it_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.build(tmp_path / "plant", boards=plant.LEAST_BOARDS)
    given_out = in_time(tmp_path / "plant", [0.5, 0.55, 0.6, 0.65, 0.8, 1.0])
    assert compared(given_out, monkeypatch) == len(given_out) - 1
