"""Compare every answer of the product with the oracle's, on one plant."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace.answer import ask
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS, VIEWS
from oracle import Oracle
from plants import write_csv

if TYPE_CHECKING:
    from boardtrace.graph import Graph, Transaction
    from boardtrace.ingest import Report
    from oracle import Tables

__all__ = ["differences", "fill", "wipe"]


def wipe(graph: Graph) -> None:
    """Empty the graph, but for the record of its schema; it gets another name and a new ledger."""

    def delete(tx: Transaction) -> None:
        tx._inner.run("MATCH (n) WHERE NOT n:Migration DETACH DELETE n").consume()

    graph.write("wipe", delete)


def fill(graph: Graph, tables: Tables) -> Report:
    """Empty the graph, then ingest these tables."""
    wipe(graph)
    with tempfile.TemporaryDirectory() as folder:
        write_csv(tables, Path(folder))
        return ingest(graph, [Path(folder)])


def answer(graph: Graph, question: str, **parameters: Any) -> list[dict[str, Any]]:
    return ask(graph, QUESTIONS[question], parameters).records()


def differences(graph: Graph, tables: Tables) -> list[str]:
    """Say where the product's answers are not the oracle's; every question, every thing of the plant."""
    oracle = Oracle(tables)
    found: list[str] = []

    def same(what: str, theirs: Any, ours: Any) -> None:
        if theirs != ours:
            found.append(f"{what}\n  oracle  {theirs}\n  product {ours}")

    for unit in sorted(oracle.known_units):
        same(
            f"provenance unit {unit}",
            oracle.provenance_unit(unit),
            answer(graph, "provenance unit", unit=unit),
        )
        same(f"contents unit {unit}", oracle.contents_unit(unit), answer(graph, "contents unit", unit=unit))
    for box in sorted(oracle.known_containers):
        ours = answer(graph, "provenance container", container=box)
        same(f"provenance container {box}", oracle.provenance_container(box), ours)
        ours = answer(graph, "contents container", container=box)
        same(f"contents container {box}", oracle.contents_container(box), ours)
    for shipment in sorted(oracle.known_shipments):
        ours = answer(graph, "provenance shipment", shipment=shipment)
        same(f"provenance shipment {shipment}", oracle.provenance_shipment(shipment), ours)
        ours = answer(graph, "contents shipment", shipment=shipment)
        same(f"contents shipment {shipment}", oracle.contents_shipment(shipment), ours)
    for supplier, lot in sorted(oracle.known_lots):
        ours = answer(graph, "lineage", supplier=supplier, lot=lot)
        same(f"lineage {supplier}/{lot}", oracle.lineage(supplier, lot), ours)
        for view in VIEWS:
            got = ask(graph, QUESTIONS["recall lot"], {"supplier": supplier, "lot": lot, "by": view})
            theirs = oracle.recall("lot", by=view, supplier=supplier, lot=lot)
            same(f"recall lot {supplier}/{lot} by {view}", theirs, got.records())
            summary = {k: v for k, v in got.meta["summary"].items() if k != "gaps"}
            same(f"summary of {supplier}/{lot}", oracle.summary("lot", supplier=supplier, lot=lot), summary)
    return found
