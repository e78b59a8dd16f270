"""The benchmark's plant, its truth, and the systems that are compared: all must say the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from bench.machine import machine
from bench.measure import Effort, measure
from bench.plant import Shape, build
from bench.questions import instances
from bench.relations import derive
from bench.report import page
from bench.systems import system
from bench.systems.base import Plant, Unasked
from bench.truth import Asked, Truth
from boardtrace.answer import ask
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS
from semantics import wipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boardtrace.graph import Graph

# Panels, three levels of assembly, and far more rework and splices than a plant has.
SHAPE = Shape(boards=600, exposed=60, lots=8, life=100, panel=4, levels=3, rework=0.2, grey=0.05)
SUSPECT = Asked("recall lot", {"supplier": "MURATA", "lot": "SUSPECT"}, "unit")
MEASURED = ["sqlite", "duckdb", *(["numpy"] if find_spec("numpy") else [])]


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    folder = tmp_path_factory.mktemp("plant")
    rows = build(folder / "tables", SHAPE)
    derive(folder / "tables", folder / "relations.duckdb")
    return Plant(folder / "tables", folder / "relations.duckdb", SHAPE.boards, rows, 0)


@pytest.fixture(scope="module")
def truth() -> Iterator[Truth]:
    known = Truth(SHAPE)
    yield known
    known.close()


def questions(truth: Truth) -> list[Asked]:
    more = [
        Asked("recall lot", {"supplier": "KEMET", "lot": "L03-000"}, "shipment"),
        *(
            Asked("recall lot", {"supplier": "MURATA", "lot": "SPARE-01"}, by)
            for by in ("unit", "customer")
        ),
        *(Asked("provenance", {"unit": f"P{i:07}"}) for i in truth.reworked(8)),
        *(Asked("provenance", {"unit": f"B{i:07}"}) for i in truth.reworked(4)),
    ]
    return [asked for all_asked in instances(truth, 2).values() for asked in all_asked] + more


def test_the_same_arguments_give_the_same_bytes(plant: Plant, tmp_path: Path) -> None:
    build(tmp_path / "again", SHAPE)
    build(tmp_path / "other", replace(SHAPE, seed=1))

    def bytes_in(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.glob("*.csv")}

    assert bytes_in(tmp_path / "again") == bytes_in(plant.folder)
    assert bytes_in(tmp_path / "other")["removals.csv"] != bytes_in(plant.folder)["removals.csv"]


def test_the_truth_is_of_a_plant_with_everything_in_it(truth: Truth) -> None:
    exposed = truth.answer(SUSPECT)
    boards = Counter(row[1] for row in exposed if row[0].startswith("B"))
    # of the sixty some had the part taken off; two splices end the suspect's reels
    assert sum(boards.values()) == SHAPE.exposed
    assert min(boards[name] for name in ("certain", "possible", "past")) >= 2
    assert {row[0][0] for row in exposed} == {"B", "P", "C"}
    assert len(exposed) < sum(boards.values()) * 3  # cabinets hold five, some parts went before the product
    clean = Truth(replace(SHAPE, rework=0, grey=0))
    assert {row[1] for row in clean.answer(SUSPECT)} == {"certain"}
    clean.close()


def test_boardtrace_gives_the_right_answers(
    blank_graph: Graph, plant: Plant, truth: Truth, tmp_path: Path
) -> None:
    wipe(blank_graph)
    report = ingest(blank_graph, [plant.folder])
    assert (report.quarantined, report.read) == (0, plant.rows)
    ours = system("boardtrace")(tmp_path)
    names = {"provenance": "provenance unit", "why": "why lot"}
    for asked in questions(truth):
        given = {**asked.given, **({"by": asked.by} if asked.by else {})}
        answer = ask(blank_graph, QUESTIONS[names.get(asked.kind, asked.kind)], given)
        assert ours.rows(asked, answer.records()) == truth.answer(asked), asked.key


@pytest.mark.parametrize("name", MEASURED)
def test_a_baseline_gives_the_right_answers(name: str, plant: Plant, truth: Truth, tmp_path: Path) -> None:
    measured = system(name)(tmp_path)
    measured.load(plant)
    answered = 0
    for asked in questions(truth):
        for way in measured.ways:
            try:
                answer = measured.ask(way, asked)
            except Unasked:
                continue
            assert measured.rows(asked, answer) == truth.answer(asked), (way, asked.key)
            answered += 1
    measured.stop()
    assert answered >= len(questions(truth))


def test_a_wrong_answer_is_shown_and_not_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Truth.answer

    def other(self: Truth, asked: Asked) -> Any:
        rows = right(self, asked)
        return rows | {("CUST-99", 1, 0, 0, 1)} if asked.by == "customer" else rows

    monkeypatch.setattr(Truth, "answer", other)
    effort = Effort(repetitions=2, many=1, few=2, warm=1, cold=1)
    plant = measure(SHAPE, ["sqlite", "nonesuch"], effort, tmp_path)
    series = {one["question"]: one for one in plant["series"]}
    wrong = series.pop("lot by customer")
    assert (wrong["wrong"], wrong["warm"], wrong["cold"]) == ("1 rows missing, 0 too many", [], [])
    assert all(one["warm"] and one["cold"] and not one["wrong"] for one in series.values())
    assert "left_out" in plant["systems"]["nonesuch"]
    here = {**machine(tmp_path), "load": "9.5 before the run", "cores": "2"}
    text = page({"machine": here, "effort": vars(effort), "plants": [plant]})
    assert "| SQLite, recursive | **wrong**: 1 rows missing, 0 too many |" in text
    assert "**When it began, other work was on the machine** (load 9.5 on 2 cores" in text
    assert "nonesuch | left out: ModuleNotFoundError" in text
