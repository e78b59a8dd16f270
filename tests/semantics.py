"""Compare every answer of the product with the oracle's, on one plant."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace.answer import ask
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS, VIEWS
from oracle import Oracle
from plants import INSTANTS, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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


def suspects(oracle: Oracle) -> Iterator[tuple[str, dict[str, str]]]:
    """Everything that can be suspected on this plant, with windows and options that cut through it."""
    times = INSTANTS[2], INSTANTS[5]
    window = {"since": times[0], "until": times[1]}
    for supplier, lot in sorted(oracle.known_lots):
        yield "lot", {"supplier": supplier, "lot": lot}
    for supplier in oracle.known_suppliers:
        yield "supplier", {"supplier": supplier}
        yield "supplier", {"supplier": supplier, **window}
    numbers = {
        row[column]
        for table in ("components", "lots", "programs")
        for row in oracle.rows[table]
        for column in ("part", "mpn")
        if column in row
    }
    for supplier, number in zip(oracle.known_suppliers, sorted(numbers), strict=False):
        yield "supplier", {"supplier": supplier, "until": times[0], "part": number}
    for number in sorted(numbers):
        yield "component", {"part": number}
        yield "component", {"part": number.lower(), "date_code_from": "2401", "date_code_to": "2405"}
        for supplier in oracle.known_suppliers[:1]:
            yield "component", {"part": number, "date_code_to": "2353", "supplier": supplier}
    for kind, option in (
        ("machine", "program"),
        ("operator", None),
        ("program", "machine"),
        ("firmware", None),
    ):
        others = sorted(oracle.known_names(option))[:1] if option else []
        for name in sorted(oracle.known_names(kind)):
            yield kind, {kind: name}
            yield kind, {kind: name, **window}
            yield kind, {kind: name, "since": times[1]}
            for other in others:
                yield kind, {kind: name, str(option): other, "until": times[0]}
    for unit in oracle.known_units:
        yield "unit", {"unit": unit}


def class_by_links(links: list[dict[str, Any]]) -> str | None:
    """Read the class off the links as an auditor would."""
    paths: dict[int, list[dict[str, Any]]] = {}
    for link in links:
        paths.setdefault(link["path"], []).append(link)
    open_ = [path for path in paths.values() if not any(link["until"] for link in path)]
    if any(all(link["certain"] for link in path) for path in open_):
        return "certain"
    return "possible" if open_ else "past" if paths else None


def recalls(graph: Graph, oracle: Oracle, *, gaps: bool = True) -> Iterator[tuple[str, Any, Any]]:
    """Every recall of the plant, by one view or another: what was asked, the oracle's answer, ours.

    Without ``gaps`` the graph may hold other plants too.
    """
    views = [view for view in VIEWS if gaps or view != "gap"]
    for number, (suspect, asked) in enumerate(suspects(oracle)):
        view = views[number % len(views)]
        # the filters, now and then: they apply to rows of every kind
        state = (None, "shipped", None, "in_stock", None, None, "scrapped")[number % 7]
        cls = (None, None, "possible", None, "past", None, None, None, "certain", None, None)[number % 11]
        got = ask(
            graph, QUESTIONS[f"recall {suspect}"], {**asked, "by": view, "state": state, "class": cls}
        )
        what = f"recall {suspect} {asked} by {view}, {state}, {cls}"
        yield what, oracle.recall(suspect, by=view, state=state, cls=cls, **asked), got.records()
        theirs, ours = oracle.summary(suspect, state=state, cls=cls, **asked), got.meta["summary"]
        if gaps:
            yield f"gaps of {what}", oracle.summary(suspect, **asked)["gaps"], got.meta["gaps"]
        else:
            ours = {**ours, "gaps": theirs["gaps"]}
        yield f"summary of {what}", theirs, ours


def reasons(graph: Graph, oracle: Oracle) -> Iterator[tuple[str, Any, Any]]:
    """Every `why` of the plant gives the class of the recall, by links that say so."""
    for number, (suspect, asked) in enumerate(suspects(oracle)):
        said = {row.unit: row for row in oracle.exposed(suspect, **asked)}
        units = [*said, *(unit for unit in oracle.known_units[:1] if unit != asked.get("unit"))]
        if not units or number % 3:
            continue
        unit = units[number // 3 % len(units)]
        renamed = {"suspect" if name == "unit" else name: value for name, value in asked.items()}
        answer = ask(graph, QUESTIONS[f"why {suspect}"], {**renamed, "unit": unit})
        what = f"why {unit} {suspect} {asked}"
        expected = said[unit].cls if unit in said else None
        yield what, expected, answer.meta["class"]
        if unit in said and said[unit].kind != "lot":
            yield f"links of {what}", expected, class_by_links(answer.records())


def held(graph: Graph, oracle: Oracle) -> Iterator[tuple[str, Any, Any]]:
    """Provenance and contents of every thing of the plant, lineage of every lot: the oracle's, ours."""
    asked: list[tuple[str, str, Iterable[str], Callable[[str], Any]]] = [
        ("provenance unit", "unit", oracle.known_units, oracle.provenance_unit),
        ("contents unit", "unit", oracle.known_units, oracle.contents_unit),
        ("provenance container", "container", oracle.known_containers, oracle.provenance_container),
        ("contents container", "container", oracle.known_containers, oracle.contents_container),
        ("provenance shipment", "shipment", oracle.known_shipments, oracle.provenance_shipment),
        ("contents shipment", "shipment", oracle.known_shipments, oracle.contents_shipment),
    ]
    for question, parameter, names, theirs in asked:
        for name in sorted(names):
            yield f"{question} {name}", theirs(name), answer(graph, question, **{parameter: name})
    for supplier, lot in sorted(oracle.known_lots):
        ours = answer(graph, "lineage", supplier=supplier, lot=lot)
        yield f"lineage {supplier}/{lot}", oracle.lineage(supplier, lot), ours


def differences(graph: Graph, tables: Tables, *, alone: bool = True) -> list[str]:
    """Say where the product's answers are not the oracle's; every question, every thing of the plant.

    Gaps are compared where the plant is ``alone`` in the graph.
    """
    oracle = Oracle(tables)
    compared = (*held(graph, oracle), *recalls(graph, oracle, gaps=alone), *reasons(graph, oracle))
    return [
        f"{what}\n  oracle  {theirs}\n  product {ours}" for what, theirs, ours in compared if theirs != ours
    ]
