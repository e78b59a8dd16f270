"""What a batch can have changed is derived of a part of the facts: the same as of all of them.

Every batch is taken by two ledgers, of which one derives everything anew. What each then says that the
graph should hold is compared row by row, evidence included, and so is what it would write.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from boardtrace import plant
from boardtrace.ingest import ingest
from boardtrace.verify import verify
from plants import FEATURES, batches, plants, write_csv
from semantics import fill
from taking import compared, derive_parts, watched
from test_traps import tables

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DrawFn

    from boardtrace.graph import Graph
    from oracle import Tables

# What a plant of other boards on the same machines, from the same reels, calls otherwise.
_TIMES = ("created_at", "at", "started_at", "loaded_at", "shipped_at", "received_at")
_OWN = {"unit", "child", "parent", "panel", "content", "container", "shipment"}


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    derive_parts(monkeypatch)


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


@st.composite
def dealt(draw: DrawFn, most: int = 4) -> list[Tables]:
    """Batches of two plants that share machines and reels; what may concern all mostly comes first."""
    features = FEATURES | {"disagree_intervals"}
    one, two = draw(plants(features)), others(draw(plants(features)), "X")
    both = {name: [*one.get(name, []), *two.get(name, [])] for name in {*one, *two}}
    early = {name for name in ("programs", "components", "lots", "lot_moves") if draw(st.integers(0, 3))}
    first, *later = draw(batches({name: rows for name, rows in both.items() if name not in early}, most))
    return [{**first, **{name: both[name] for name in early if name in both}}, *later]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_out=dealt())
def test_a_part_comes_to_the_same_as_everything(
    given_out: list[Tables], monkeypatch: pytest.MonkeyPatch
) -> None:
    event(f"{compared(given_out, monkeypatch)} parts")


def in_time(folder: Path, parts: list[float]) -> list[Tables]:
    """Deal a plant's rows out as they happened, up to each part of all times; timeless rows come first."""
    rows = [
        (file.stem, row, next((row[name] for name in _TIMES if row.get(name)), ""))
        for file in sorted(folder.glob("*.csv"))
        for row in csv.DictReader(file.read_text("utf-8").splitlines())
    ]
    times = sorted(time for _, _, time in rows if time)
    ends = [times[int(part * len(times)) - 1] for part in parts]
    found: list[Tables] = [{} for _ in parts]
    for name, row, time in rows:
        found[bisect_left(ends, time)].setdefault(name, []).append(row)
    return found


def test_a_plant_as_it_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.build(tmp_path / "plant", boards=plant.LEAST_BOARDS)
    given_out = in_time(tmp_path / "plant", [0.5, 0.6, 0.8, 1.0])
    assert compared(given_out, monkeypatch) == len(given_out) - 1


# A lot of another part than the program wants.
_WRONG_PART = {
    "programs": ["program feeder refdes part", "G F1 C1 P"],
    "lots": ["supplier lot part", "S L1 Q"],
    "loads": ["machine feeder supplier lot loaded_at", "M F1 S L1 07:00"],
    "visits": ["unit machine started_at program", "A M 08:00 G"],
}
# What a batch can change beyond what it names: the batches, each of tables with their columns and rows.
_TRAPS: dict[str, list[dict[str, list[str]]]] = {
    "a run's lots were read first in another row": [
        {
            "placements": [
                "unit at supplier lot refdes quantity",
                *("A 08:00 S L1 C1 -", "B 08:00 S L1 C1 -", "B 08:00 S L2 C2 -", "A 08:00 S L2 C2 -"),
            ]
        },
        {"placements": ["unit at supplier lot refdes quantity", "B 08:00 S L2 C2 1"]},
    ],
    "the same lots by the same operator, but alternatives of another unit": [
        {
            "placements": [
                "unit at supplier lot refdes machine operator certain",
                *("A 08:00 S L1 C1 M O1 false", "A 08:00 S L2 C1 M O2 false"),
            ]
        },
        {
            "placements": [
                "unit at supplier lot refdes machine operator certain",
                "B 08:00 S L1 C1 M O1 false",
            ]
        },
    ],
    "a unit leaves a run that others are in": [
        {
            "visits": ["unit machine started_at", "A M 08:00", "B M 08:30", "C M 09:30"],
            "loads": ["machine feeder supplier lot loaded_at", "M F1 S L1 07:00"],
        },
        {"loads": ["machine feeder supplier lot loaded_at unloaded_at", "M F1 S L1 07:00 09:00"]},
        {"loads": ["machine feeder supplier lot loaded_at", "M F2 S L2 08:15"]},
    ],
    "a unit comes into a run, and leaves it, by an older load of the lot": [
        {
            "visits": ["unit machine started_at", "A M 08:00", "B M 10:00"],
            "loads": [
                "machine feeder supplier lot loaded_at unloaded_at",
                *("M F1 S L1 09:30 -", "M F1 S L1 07:00 09:00", "M F2 S L2 09:40 -"),
            ],
        },
        {"loads": ["machine feeder supplier lot loaded_at unloaded_at", "M F2 S L2 09:40 09:50"]},
        {"loads": ["machine feeder supplier lot loaded_at", "M F3 S L3 09:45"]},
    ],
    "a part that is told later is another than the program wants": [
        {name: rows for name, rows in _WRONG_PART.items() if name != "lots"},
        {"lots": _WRONG_PART["lots"]},
    ],
    "a program is known later": [
        {
            "programs": ["program feeder refdes part", "G F1 C1 P"],
            "loads": ["machine feeder supplier lot loaded_at", "M F1 S L1 07:00", "M F2 S L2 07:00"],
            "visits": ["unit machine started_at program", "A M 08:00 H", "B M 08:10 G"],
        },
        {"programs": ["program feeder refdes part", "K F1 C1 P"]},
        {"programs": ["program feeder refdes part", "H F1 C1 P"]},
        {"programs": ["program feeder refdes part", "K F2 C2 P"]},
    ],
    "a component is known later": [
        _WRONG_PART,
        {"components": ["part mpn", "P X", "R X"]},
        {"components": ["part mpn", "q P"]},
    ],
    "the gap of one machine is filled, that of another stays": [
        {
            "programs": ["program feeder refdes part", "G F1 C1 P"],
            "visits": ["unit machine started_at program", "A M1 08:00 G", "B M2 08:00 G"],
        },
        {"loads": ["machine feeder supplier lot loaded_at", "M1 F1 S L1 07:00"]},
    ],
    "a lot of another part was not there after all": [
        _WRONG_PART,
        {"loads": ["machine feeder supplier lot loaded_at unloaded_at", "M F1 S L1 07:00 07:30"]},
    ],
    "nothing but rows that cannot be used": [
        {"placements": ["unit at supplier lot refdes", "A 08:00 S L1 C1"]},
        {"placements": ["unit at supplier lot quantity", "B 08:00 S L1 some"]},
        {"placements": ["unit at supplier lot refdes", "B 08:00 S L1 C1"]},
    ],
    "a lot of another part at a second machine": [
        {**_WRONG_PART, "loads": [*_WRONG_PART["loads"], "M2 F1 S L1 07:00"]},
        {"visits": ["unit machine started_at program", "B M2 08:00 G"]},
    ],
    "a lot that is described later held less than was placed": [
        {"placements": ["unit at supplier lot refdes", "A 08:00 S L1 C1", "B 08:00 S L1 C1"]},
        {"lots": ["supplier lot quantity", "S L1 1"]},
        {"placements": ["unit at supplier lot refdes", "C 08:00 S L1 C1"]},
    ],
    "units come into a cohort and leave it": [
        {"placements": ["unit at supplier lot refdes", *(f"{unit} 08:00 S L1 C1" for unit in "ACE")]},
        {"placements": ["unit at supplier lot refdes", *(f"{unit} 08:30 S L1 C1" for unit in "BF")]},
        {"service": ["unit at kind", "C 10:00 scrap"]},
        {"units": ["unit product", "A X", "D X"]},
    ],
    "a panel is known later than what was placed on it": [
        {"placements": ["unit at supplier lot refdes", "PN 08:00 S L1 C1", "A 08:00 S L1 C1"]},
        {"units": ["unit panel position", "B PN 1", "C PN 2"]},
        {"units": ["unit panel position", "PN - -"]},
    ],
    "a unit is spoken of after its panel": [
        {
            "units": ["unit panel position", "B PN 1", "C PN 2"],
            "placements": ["unit at supplier lot refdes", "PN 08:00 S L1 C1", "PN 08:00 S L2 C2"],
            "mounts": ["child parent at", "PN X 09:00"],
        },
        {"tests": ["unit at kind result", "B 10:00 ICT pass"]},
        {"tests": ["unit at kind result", "X 10:00 FCT pass"]},
        {"removals": ["unit at refdes", "PN 11:00 C1"]},
    ],
    "a panel is mounted itself": [
        {
            "units": ["unit panel position", "B PN 1", "C PN 2"],
            "tests": ["unit at kind result", "PN 08:00 ICT pass"],
            "mounts": ["child parent at", "PN X 09:00"],
        },
        {"tests": ["unit at kind result", "X 10:00 FCT pass"]},
    ],
    "a panel is packed and shipped as such": [
        {
            "units": ["unit panel position", "B PN 1", "C PN 2"],
            "packing": ["content content_kind container at", "PN unit CT 08:00"],
            "shipment_contents": ["shipment content content_kind", "S1 CT container"],
            "shipments": ["shipment shipped_at customer", "S1 12:00 K"],
        },
        {"service": ["unit at kind", "B 10:00 scrap"]},
        {"packing": ["content content_kind container at", "C unit CT2 10:00"]},
        {"units": ["unit panel position", "D PN 3"]},
        {"units": ["unit panel position skipped", "C PN 2 true"]},
        {"shipment_contents": ["shipment content content_kind", "S2 PN unit"]},
    ],
    "what was packed turns out to be a panel": [
        {
            "packing": ["content content_kind container at", "PN unit CT 08:00"],
            "mounts": ["child parent at", "X PN 09:00", "B PN 10:00"],
            "shipment_contents": ["shipment content content_kind", "S1 PN unit"],
        },
        {"units": ["unit panel position", "B PN 1"]},
        {"units": ["unit panel position", "C PN 2"]},
        {"tests": ["unit at kind result", "X 10:00 FCT pass"]},
        {"units": ["unit panel", "PN -"]},
    ],
    "a shipment gets its time and customer later": [
        {
            "placements": ["unit at supplier lot refdes", "A 08:00 S L1 C1", "B 08:00 S L1 C1"],
            "mounts": ["child parent at", "A P 09:00"],
            "packing": ["content content_kind container at", "P unit CT 10:00", "CT container PAL 10:30"],
            "shipment_contents": ["shipment content content_kind", "S1 PAL container"],
        },
        {"shipments": ["shipment shipped_at customer", "S1 12:00 K"]},
        {"packing": ["content content_kind container at removed_at", "P unit CT 10:00 11:00"]},
    ],
    "goods in a carton of which something else is said": [
        {
            "lots": ["supplier lot", "S L1"],
            "packing": [
                "content content_kind supplier container at",
                "L1 lot S CT 08:00",
                "U unit - CT 08:00",
            ],
        },
        {"packing": ["content content_kind supplier container at removed_at", "L1 lot S CT 08:00 07:00"]},
        {"packing": ["content content_kind supplier container at removed_at", "L1 lot S CT 08:00 09:00"]},
    ],
}


# How many of them, beyond the first, concern all that was before.
_WHOLE = {
    "a part that is told later is another than the program wants": 1,
    "a program is known later": 2,
    "a component is known later": 1,
    "a lot of another part was not there after all": 1,
}


@pytest.mark.parametrize("what", _TRAPS)
def test_what_a_batch_changes_of_others(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given_out = [tables(batch) for batch in _TRAPS[what]]
    assert compared(given_out, monkeypatch) == len(given_out) - 1 - _WHOLE.get(what, 0)


def test_the_graph_gets_it(blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.build(tmp_path / "plant", boards=plant.LEAST_BOARDS)
    most, rest = in_time(tmp_path / "plant", [0.8, 1.0])
    fill(blank_graph, most)
    write_csv(rest, tmp_path / "rest")
    parts = watched(monkeypatch)
    ingest(blank_graph, [tmp_path / "rest"])
    assert parts == [True]
    assert verify(blank_graph, lambda *_: None)[1] == []
