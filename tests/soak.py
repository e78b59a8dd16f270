"""Compare many random plants with the oracle: ``python tests/soak.py 2000``.

Several plants at a time are one ingest, each with names of its own, since an unrelated plant changes
nothing (but gaps, which are not compared here). Every suspect is asked for by one view or another. A
plant that differs is kept as JSON: cut down, it becomes one of tests/cases.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings

from boardtrace import engine
from boardtrace.graph import Graph
from boardtrace.schema import migrate
from boardtrace.settings import Settings
from plants import plants, renamed
from semantics import differences, fill

if TYPE_CHECKING:
    from oracle import Tables

_TOGETHER = 8


def soak(graph: Graph, count: int, start: int, failed: Path) -> int:
    """Compare ``count`` plants; keep those that differ in ``failed`` and return their number."""
    waiting: list[Tables] = []
    compared = wrong = 0
    began = time.monotonic()

    @seed(start)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(plants())
    def each(tables: Tables) -> None:
        nonlocal compared, wrong
        waiting.append(renamed(tables, f"{len(waiting)}:"))
        if len(waiting) < _TOGETHER:
            return
        together: Tables = {}
        for one in waiting:
            for table, rows in one.items():
                together.setdefault(table, []).extend(rows)
        fill(graph, together)
        for one in waiting:
            found = differences(graph, one, alone=False)
            if found:
                wrong += 1
                failed.mkdir(parents=True, exist_ok=True)
                (failed / f"{start}-{compared}.json").write_text(json.dumps(one, indent=1))
                print("\n".join(found[:3]), flush=True)
            compared += 1
        waiting.clear()
        print(f"{compared} plants, {wrong} differ, {time.monotonic() - began:.0f} s", flush=True)

    each()
    return wrong


def main() -> None:
    """Soak."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("plants", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failed", type=Path, default=Path("failed"), help="folder for plants that differ")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        name = f"embedded:{home}"
        with Graph(engine.connect(name, Settings()), 600) as graph:
            migrate(graph)
            wrong = soak(graph, asked.plants, asked.seed, asked.failed)
        engine.stop(name, Settings())
    raise SystemExit(min(wrong, 1))


if __name__ == "__main__":
    main()
