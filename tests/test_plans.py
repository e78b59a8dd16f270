"""What the database does for each question: by PROFILE on the demo plant.

No scan of what is not the answer, no cartesian product, nothing eager; and the work for a row is
what the header of the question's file says after `@cost`: a plan that doubles it fails here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from boardtrace.answer import ask
from boardtrace.graph import Graph, Transaction
from boardtrace.questions import QUESTIONS, VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.statement import Statement

# Labels of what is missing or contradicts itself: few, and all of them are looked at.
RARE = {
    *("Gap", "ByReference", "Orphan", "Partless", "Repacked"),
    *("Quarantined", "Finding", "Scrapped", "Batch"),
}
ASKED = [
    *((name, example) for name, question in QUESTIONS.items() for example in question.statement.examples),
    *(("recall lot", {"supplier": "KAIYO", "lot": "L2407-03", "by": view}) for view in VIEWS),
    ("recall machine", {"machine": "SMT1-PM1", "since": "2024-03-07T00:00:00Z", "by": "customer"}),
]
NEVER = {"CartesianProduct", "Eager", "AllNodesScan", "DirectedAllRelationshipsScan"}
STATED = re.compile(r"(\d+) db hits a row")
Plan = dict[str, Any]


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Plan]]:
    """Every statement that runs, with its profile."""
    found: list[tuple[str, Plan]] = []
    run = Transaction._run

    def profiled(self: Transaction, statement: Statement, parameters: dict[str, Any]) -> Any:
        summary = self._inner.run(f"PROFILE {statement.text}", parameters).consume()
        assert summary.profile is not None
        found.append((statement.name, summary.profile))
        return run(self, statement, parameters)

    monkeypatch.setattr(Transaction, "_run", profiled)
    return found


def operators(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("children", ()):
        yield from operators(child)


def faults(plan: Plan) -> Iterator[str]:
    for operator in operators(plan):
        name = operator["operatorType"].partition("@")[0]
        details = str(operator["args"].get("Details", ""))
        rare = RARE & set(re.findall(r"\w+", details)) or "MISSING_IN" in details
        if name in NEVER or (name.endswith(("LabelScan", "TypeScan")) and not rare):
            yield f"{name} {details}"


@pytest.mark.parametrize(("name", "asked"), ASKED, ids=lambda value: str(value).replace(" ", "_")[:60])
def test_plan(demo_graph: Graph, plans: list[tuple[str, Plan]], name: str, asked: dict[str, Any]) -> None:
    question = QUESTIONS[name]
    answer = ask(demo_graph, question, asked)
    assert not [f"{file}: {fault}" for file, plan in plans for fault in faults(plan)]
    stated = STATED.search(question.statement.cost)
    hits = sum(operator["dbHits"] for _, plan in plans for operator in operators(plan))
    each = hits / max(answer.meta.get("summary", {}).get("units", 0), len(answer.rows), 1)
    assert stated, f"{question.statement.name}: @cost says no figure; it takes {each:.0f} db hits a row"
    assert each <= 2 * int(stated[1]), f"{each:.0f} db hits a row"
