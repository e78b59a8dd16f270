"""Time the recall of a plant's suspect lot against hand-written queries: ``python bench/recall.py``.

The graph holds a plant of ``bench/plant.py``. The time in the database is that of the
view's statement through the driver, rows decoded; the time of the answer is that of the
whole question as the API asks it, names looked up, rows in order.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boardtrace.answer import ask
from boardtrace.engine import connect
from boardtrace.graph import Graph, Transaction
from boardtrace.questions import QUESTIONS, Suspect
from boardtrace.recall import parameters
from boardtrace.settings import Settings
from boardtrace.statement import Statement, load

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "recall lot"
LOT = {"supplier": "MURATA", "lot": "SUSPECT"}
RECALL = next(q for q in QUESTIONS.values() if isinstance(q, Suspect) and q.name == QUESTION)
HAND = {"unit": "by_unit", "customer": "by_customer"}


def by_hand(name: str) -> Statement:
    """Read a query that stands beside this file, without a header of its own."""
    path = Path(__file__).parent / f"{name}.cypher"
    like = load("views/unit", *RECALL.reach)
    return replace(like, name=name, path=path, text="CYPHER 25\n" + path.read_text())


def median(times: int, run: Callable[[], object]) -> float:
    """Return the median of so many runs in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def measured(graph: Graph, warm: int, times: int) -> list[tuple[str, int, float | None, float, float]]:
    """Return (view, units, by hand, in the database, whole answer) for each view."""
    rows = []
    for view in ("unit", "shipment", "customer"):
        question, asked = QUESTIONS[QUESTION], {**LOT, "by": view}
        statement, hand = load(f"views/{view}", *RECALL.reach), HAND.get(view)

        def database(tx: Transaction, statement: Statement = statement) -> float:
            known = parameters(tx, RECALL, {**LOT, "state": None, "class_": None})
            known = statement.asked(known)
            median(warm, lambda: tx.rows(statement, **known))
            return median(times, lambda: tx.rows(statement, **known))

        def written(tx: Transaction, name: str = hand or "") -> float:
            median(warm, lambda: tx.columns(by_hand(name), **LOT))
            return median(times, lambda: tx.columns(by_hand(name), **LOT))

        best = graph.read("bench", written) if hand else None
        alone = graph.read("bench", database)
        median(warm // 4, lambda: ask(graph, question, asked))  # noqa: B023  called at once
        whole = median(times, lambda: ask(graph, question, asked))  # noqa: B023
        units = ask(graph, question, asked).meta["summary"]["units"]
        rows.append((view, units, best, alone, whole))
    return rows


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--graph", help="default: BOARDTRACE_GRAPH")
    parser.add_argument("--warm", type=int, default=40, help="runs before the clock starts")
    parser.add_argument("--times", type=int, default=20, help="runs of which the median counts")
    asked = parser.parse_args()
    settings = Settings()
    with Graph(connect(asked.graph or settings.graph, settings), 600) as graph:
        print("| recall by | units | by hand, ms | in the database, ms | ratio | whole answer, ms |")
        print("|---|---|---|---|---|---|")
        for view, units, hand, alone, whole in measured(graph, asked.warm, asked.times):
            ratio = f"{hand:.0f} | {alone:.0f} | {alone / hand:.1f}" if hand else f"- | {alone:.0f} | -"
            print(f"| {view} | {units:,} | {ratio} | {whole:.0f} |")


if __name__ == "__main__":
    main()
