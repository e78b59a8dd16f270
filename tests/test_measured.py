"""Measurements at length: columns in Parquet beside the graph, found again from their edge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from boardtrace.answer import Answer, ask
from boardtrace.digest import digest
from boardtrace.errors import NotFound
from boardtrace.ingest import ingest
from boardtrace.measured import folder_of
from boardtrace.questions import QUESTIONS
from boardtrace.replay import rebuild
from boardtrace.verify import verify
from cfx_messages import envelope, write
from semantics import wipe

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.graph import Graph, Transaction


def quiet(_step: str, _done: int, _total: int) -> None:
    """Say nothing."""


def inspected(unit: str, pads: int) -> dict[str, Any]:
    measured = [{"ComponentPad": f"R{pad}.1", "PasteHeight": {"Value": pad / 8}} for pad in range(pads)]
    check = {"InspectionName": "SPI", "Result": "Passed", "Measurements": measured}
    entry = {"UnitIdentifier": unit, "OverallResult": "Passed", "Inspections": [check]}
    return envelope("UnitsInspected", {"InspectionMethod": "SPI", "InspectedUnits": [entry]})


def measured(graph: Graph, unit: str, kind: str | None = None) -> Answer:
    return ask(graph, QUESTIONS["measurements"], {"unit": unit, "kind": kind})


def test_long_measurements_lie_beside_the_graph(blank_graph: Graph, tmp_path: Path) -> None:
    graph = blank_graph
    wipe(graph)
    few = write(tmp_path / "few.ndjson", [inspected("U1", 2)])
    many = write(tmp_path / "many.ndjson", [inspected("U2", 3000), inspected("U3", 3000)])
    assert ingest(graph, [few]).quarantined == 0
    assert ingest(graph, [many]).quarantined == 0

    def work(tx: Transaction) -> dict[str, str]:
        found = tx._inner.run("MATCH ()-[t:TESTED]->(u:Unit) RETURN u.unit AS unit, t.measurements AS said")
        return {row["unit"]: row["said"] for row in found}

    edges = graph.read("edges", work)
    assert json.loads(edges["U1"])["checks"][0]["measurements"][1]["PasteHeight"] == {"Value": 0.125}
    assert edges["U2"] == edges["U3"]
    assert set(json.loads(edges["U2"])) == {"bytes", "parquet"}

    short, long = measured(graph, "U1").rows, measured(graph, "U2", "SPI").rows
    assert [row[3:] for row in short if row[3].endswith("Value")] == [
        ("checks[0].measurements[0].PasteHeight.Value", 0.0, None),
        ("checks[0].measurements[1].PasteHeight.Value", 0.125, None),
    ]
    assert len(long) == 2 * 3000 + 3
    assert long[-1][:3] == ("2026-05-01T08:00:00Z", "SPI", "M1")
    assert sum(row[4] or 0 for row in long) == sum(pad / 8 for pad in range(3000))
    assert {row[5] for row in long} >= {"R0.1", "R2999.1", "Passed"}
    assert measured(graph, "U2").meta["complete"] is True
    assert measured(graph, "U2", "ICT").rows == []
    with pytest.raises(NotFound):
        measured(graph, "U9")

    before = digest(graph)
    rebuild(graph, quiet)
    assert (digest(graph), verify(graph, quiet)[1]) == (before, [])
    assert measured(graph, "U2").rows == long
    # said again, kept once
    assert ingest(graph, [write(tmp_path / "again.ndjson", [inspected("U4", 3000)])]).accepted == 1
    folder = graph.read("test", folder_of) / "measurements"
    kept = duckdb.read_parquet(f"{folder}/*.parquet")
    assert kept.aggregate("count(*), count(DISTINCT key)").fetchall() == [(2 * 3000 + 3, 1)]
    # a graph whose ledger is elsewhere says what it cannot tell
    for path in folder.iterdir():
        path.unlink()
    lost = measured(graph, "U2")
    assert (lost.rows, lost.meta["complete"]) == (
        [], "1 long measurements lie beside the ledger, which is not here",
    )  # fmt: skip
    assert measured(graph, "U1").meta["complete"] is True
