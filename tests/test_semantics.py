"""Random plants with every trap at once: each answer equals the oracle's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from boardtrace.answer import ask, planned
from boardtrace.errors import NotFound
from boardtrace.graph import Transaction
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS
from plants import INSTANTS, batches, plants, write_csv
from semantics import differences, fill, wipe

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from boardtrace.graph import Graph
    from boardtrace.statement import Statement
    from oracle import Tables

from hypothesis import strategies as st

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
# The graph is emptied by each example itself, so a fixture of the session does no harm.
EXAMPLES = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@EXAMPLES
@given(tables=plants())
def test_every_answer_is_the_oracle_s(blank_graph: Graph, tables: Tables) -> None:
    report = fill(blank_graph, tables)
    assert report.quarantined == 0, report.problems
    assert report.accepted + report.duplicate == report.read
    assert not differences(blank_graph, tables)


@settings(EXAMPLES, max_examples=1)
@given(tables=plants(), data=st.data())
def test_batches_in_any_order_make_the_same_graph(
    blank_graph: Graph, tmp_path_factory: pytest.TempPathFactory, tables: Tables, data: DataObject
) -> None:
    wipe(blank_graph)
    for part in data.draw(batches(tables)):
        folder = tmp_path_factory.mktemp("batch")
        write_csv(part, folder)
        if any(folder.iterdir()):
            ingest(blank_graph, [folder])
    assert not differences(blank_graph, tables)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_trap_of_reality(blank_graph: Graph, path: Path) -> None:
    tables = json.loads(path.read_text())
    fill(blank_graph, tables)
    assert not differences(blank_graph, tables)


def test_what_a_recall_asks_was_planned_before(blank_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[tuple[Any, ...]] = set()
    run = Transaction._run

    def noted(self: Transaction, statement: Statement, parameters: dict[str, Any]) -> Any:
        types = sorted((name, type(value).__name__) for name, value in parameters.items())
        seen.add((statement.name, *types))
        return run(self, statement, parameters)

    fill(blank_graph, {"placements": [{"unit": "U", "at": INSTANTS[0], "supplier": "A", "lot": "L"}]})
    monkeypatch.setattr(Transaction, "_run", noted)
    planned(blank_graph)
    before = set(seen)
    for view in ("unit", "customer", "shipment"):
        ask(blank_graph, QUESTIONS["recall lot"], {"supplier": "A", "lot": "L", "by": view})
    assert {one[0] for one in seen - before} == {"questions/batch"}  # the API's check asks that


def test_a_question_to_an_empty_graph_finds_nothing(blank_graph: Graph) -> None:
    wipe(blank_graph)
    with pytest.raises(NotFound, match="no lot ACME/L1"):
        ask(blank_graph, QUESTIONS["recall lot"], {"supplier": "ACME", "lot": "L1"})
    found = ask(blank_graph, QUESTIONS["find"], {"id": "L1"})
    assert (found.rows, found.meta["batch"], found.meta["complete"]) == ([], None, True)
