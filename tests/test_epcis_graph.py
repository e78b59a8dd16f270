"""EPCIS in the graph: what was told in any order is one graph, and a recall goes through containers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boardtrace.digest import digest
from boardtrace.ingest import ingest
from boardtrace.verify import verify
from epcis_events import DEVICE, LOT, SSCC, aggregated, document, event, made, shipped, unit
from semantics import answer, wipe

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.graph import Graph

LINK = "https://id.gs1.org/00/040123450000003338"
CUSTOMER = "urn:epc:id:pgln:4099999.00007"


@pytest.fixture
def graph(blank_graph: Graph) -> Graph:
    wipe(blank_graph)
    return blank_graph


def take(graph: Graph, folder: Path, *files: list[dict[str, Any]]) -> str:
    """Empty the graph, take each list of events as a batch, and hash what it holds."""
    wipe(graph)
    for number, events in enumerate(files):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(document(*events)))
        ingest(graph, [path])
    return digest(graph)


def life() -> list[dict[str, Any]]:
    assembly = event(type="TransformationEvent", bizStep="assembling", inputEPCList=[unit(1)], outputEPCList=[DEVICE])
    assembly["inputQuantityList"] = [{"epcClass": LOT, "quantity": 4}]
    del assembly["action"]
    return [
        made(unit(1)),
        assembly,
        aggregated("ADD", SSCC, DEVICE, unit(2), day=6),
        aggregated("DELETE", SSCC, unit(2), day=7),
        shipped(LINK, eventTime="2026-01-08T08:00:00Z"),
        shipped(unit(2), eventID="urn:uuid:2", eventTime="2026-01-09T08:00:00Z"),
    ]


def test_a_recall_goes_through_the_container_in_any_order(graph: Graph, tmp_path: Path) -> None:
    wrong = shipped(unit(2), eventID="urn:uuid:2", eventTime="2026-01-09T08:00:00Z")
    wrong["errorDeclaration"] = {"declarationTime": "2026-01-10T08:00:00Z"}
    events = [*life(), wrong]
    one = take(graph, tmp_path, events)
    late = list(reversed(events))
    assert take(graph, tmp_path, late[:2], late[2:4], late[4:]) == one
    (row,) = answer(graph, "recall lot", supplier="4023333", lot=LOT)
    assert (row["unit"], row["class"], row["container"], row["customer"]) == (DEVICE, "certain", SSCC, CUSTOMER)
    assert row["shipment"].startswith("urn:boardtrace:event:")
    assert [r["customer"] for r in answer(graph, "recall lot", supplier="4023333", lot=LOT, by="customer")] == [CUSTOMER]
    assert {r["unit"] for r in answer(graph, "recall unit", unit=unit(1))} == set()
    assert [r["unit"] for r in answer(graph, "contents unit", unit=DEVICE)] == [unit(1)]
    contents = answer(graph, "contents container", container=LINK)  # by its other name
    assert {(r["id"], r["removed_at"] is None) for r in contents} == {(DEVICE, True), (unit(2), False)}
    assert [r["kind"] for r in answer(graph, "history", unit=unit(2)) if r["kind"] == "sale"] == []
    assert verify(graph, lambda *_: None)[1] == []
