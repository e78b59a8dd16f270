"""What must stay true of the answers when the plant changes in a way whose effect is known.

Each example is a few recalls of one plant before and after, so none needs the oracle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from boardtrace.answer import Answer, ask
from boardtrace.errors import NotFound
from boardtrace.questions import QUESTIONS
from oracle import Oracle
from plants import INSTANTS, PANEL, plants, renamed, shuffled
from semantics import fill, suspects
from test_semantics import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DataObject, DrawFn

    from boardtrace.graph import Graph
    from oracle import Row, Tables

FEW = settings(EXAMPLES, max_examples=3)
RANK = {"certain": 0, "possible": 1, "past": 2}
MOST = 8  # suspects that are asked of one plant


def recall(graph: Graph, kind: str, **asked: Any) -> Answer:
    return ask(graph, QUESTIONS[f"recall {kind}"], asked)


def classes(graph: Graph, kind: str, **asked: Any) -> dict[str, str]:
    """Unit -> class; of goods that were shipped several times all rows say the same."""
    return {row["unit"]: row["class"] for row in recall(graph, kind, **asked).records()}


def some(data: DataObject, tables: Tables) -> list[tuple[str, dict[str, str]]]:
    known = list(suspects(Oracle(tables)))
    return data.draw(st.lists(st.sampled_from(known), max_size=MOST, unique_by=str)) if known else []


def rows(graph: Graph, asked: list[tuple[str, dict[str, str]]]) -> list[Any]:
    return [recall(graph, kind, **parameters).records() for kind, parameters in asked]


@FEW
@given(tables=plants(), data=st.data())
def test_shuffling_changes_nothing(blank_graph: Graph, tables: Tables, data: DataObject) -> None:
    asked = some(data, tables)
    fill(blank_graph, tables)
    before = rows(blank_graph, asked)
    fill(blank_graph, data.draw(shuffled(tables)))
    assert rows(blank_graph, asked) == before


@FEW
@given(tables=plants(), data=st.data())
def test_an_unrelated_plant_changes_no_row(blank_graph: Graph, tables: Tables, data: DataObject) -> None:
    # rows, not gaps: a lot of which nothing is known in the other plant may be of any supplier
    asked = some(data, tables)
    fill(blank_graph, tables)
    before = rows(blank_graph, asked)
    other = renamed(tables, "X")
    fill(blank_graph, {name: [*own, *other[name]] for name, own in tables.items()})
    assert rows(blank_graph, asked) == before


def without_lots(answer: Answer) -> list[dict[str, Any]]:
    return [{name: cell for name, cell in row.items() if name != "lots"} for row in answer.records()]


@FEW
@given(tables=plants(), data=st.data())
def test_splitting_a_lot_keeps_the_union(blank_graph: Graph, tables: Tables, data: DataObject) -> None:
    placed = sorted({(row["supplier"], row["lot"]) for row in tables.get("placements", [])})
    if not placed:
        return
    supplier, lot = data.draw(st.sampled_from(placed))
    units = data.draw(st.sets(st.sampled_from(("B1", "B2", "B3", "00123", "P1", "P2"))))
    if units & {"B1", "B2", "B3"}:  # a row of the panel is about each of them
        units |= {"B1", "B2", "B3", PANEL}

    def part_of(row: Row) -> Row:
        """Of some units, the new lot in its place; what takes it off names it as well."""
        of_lot = (row.get("supplier"), row.get("lot")) == (supplier, lot)
        return {**row, "lot": f"{lot}-split"} if of_lot and row["unit"] in units else row

    fill(blank_graph, tables)
    before = without_lots(recall(blank_graph, "lot", supplier=supplier, lot=lot))
    ends = {"from_supplier": supplier, "from_lot": lot, "to_supplier": supplier, "to_lot": f"{lot}-split"}
    changed = {
        **tables,
        "placements": [part_of(row) for row in tables["placements"]],
        "removals": [part_of(row) for row in tables.get("removals", [])],
        "lot_moves": [*tables.get("lot_moves", []), {"kind": "split", "at": "", **ends}],
    }
    fill(blank_graph, changed)
    assert without_lots(recall(blank_graph, "lot", supplier=supplier, lot=lot)) == before


@FEW
@given(tables=plants(), data=st.data())
def test_a_wider_window_never_loses_a_unit(blank_graph: Graph, tables: Tables, data: DataObject) -> None:
    oracle = Oracle(tables)
    names = [
        (kind, name)
        for kind in ("machine", "operator", "supplier")
        for name in sorted(oracle.known_suppliers if kind == "supplier" else oracle.known_names(kind))
    ]
    inner = sorted(data.draw(st.sets(st.integers(1, len(INSTANTS) - 2), min_size=2, max_size=2)))
    outer = data.draw(st.integers(0, inner[0])), data.draw(st.integers(inner[1], len(INSTANTS) - 1))
    narrow, wide = ({"since": INSTANTS[since], "until": INSTANTS[until]} for since, until in (inner, outer))
    fill(blank_graph, tables)
    for kind, name in data.draw(st.lists(st.sampled_from(names), max_size=3, unique=True)) if names else []:
        few = classes(blank_graph, kind, **{kind: name}, **narrow)
        more = classes(blank_graph, kind, **{kind: name}, **wide)
        all_ = classes(blank_graph, kind, **{kind: name})
        assert few.keys() <= more.keys() <= all_.keys()
        assert all(RANK[more[unit]] <= RANK[few[unit]] for unit in few)
        assert all(RANK[all_[unit]] <= RANK[more[unit]] for unit in more)


# Evidence that is missing --------------------------------------------------------------------------

SETUP = {  # feeder -> what the programs want there; each feeder has one program, as else a program that
    # no longer lists a feeder would say that nothing of it was used
    "F1": ("G1", "C1", "100N"),
    "F2": ("G1", "R1", "10K"),
    "F3": ("G2", "C2", "100N"),
}
PARTS = {"A": {"L1": "100N", "L2": "10K"}, "B": {"L1": "100N"}}
LOTS = [(supplier, lot, part) for supplier, lots in PARTS.items() for lot, part in lots.items()]
ASKED: list[tuple[str, dict[str, str]]] = [
    *(("lot", {"supplier": supplier, "lot": lot}) for supplier, lot, _ in LOTS),
    *(("supplier", {"supplier": supplier}) for supplier in ("A", "B", "V")),
    ("supplier", {"supplier": "A", "part": "100N"}),
    ("component", {"part": "100N", "supplier": "A"}),
    ("supplier", {"supplier": "A", "since": INSTANTS[0], "until": INSTANTS[1]}),
    *(("component", {"part": part}) for part in ("100N", "10K")),
    ("component", {"part": "100N", "date_code_from": "2401", "date_code_to": "2401"}),
]


@st.composite
def consistent(draw: DrawFn) -> Tables:
    """Draw a line that recorded everything: loaded is what the program wants, a reel has one origin."""
    tables: Tables = {"lots": [], "lot_moves": [], "loads": [], "visits": [], "programs": []}
    tables["programs"] = [
        {"program": program, "feeder": feeder, "refdes": refdes, "part": part}
        for feeder, (program, refdes, part) in SETUP.items()
    ]
    for supplier, lot, part in LOTS:
        dates = {"date_code": draw(st.sampled_from(("2401", "2410"))), "received_at": INSTANTS[0]}
        tables["lots"].append({"supplier": supplier, "lot": lot, "vendor": "V", "part": part, **dates})
        for number in range(draw(st.integers(0, 2))):
            reel = f"{supplier}{lot}-{number}"
            origin = {"from_supplier": supplier, "from_lot": lot}
            tables["lot_moves"].append({"kind": "reel", **origin, "to_supplier": "", "to_lot": reel})
            if draw(st.booleans()):
                tables["lots"].append({"supplier": "", "lot": reel, "part": part})
    of_part: dict[str, list[tuple[str, str]]] = {"100N": [], "10K": []}
    for supplier, lot, part in LOTS:
        of_part[part].append((supplier, lot))
    for move in tables["lot_moves"]:
        of_part[PARTS[move["from_supplier"]][move["from_lot"]]].append(("", move["to_lot"]))
    for feeder, (_, _, part) in SETUP.items():
        for supplier, lot in draw(st.lists(st.sampled_from(of_part[part]), min_size=1, max_size=2)):
            loaded = {"loaded_at": draw(st.sampled_from(INSTANTS[:3]))}
            at = {"machine": "M1", "feeder": feeder}
            tables["loads"].append({**at, "supplier": supplier, "lot": lot, **loaded})
    tables["visits"] = [
        {"unit": unit, "machine": "M1", "started_at": at, "program": draw(st.sampled_from(("G1", "G2")))}
        for unit, at in (("B1", INSTANTS[1]), ("B2", INSTANTS[4]))
    ]
    return tables


def removals(tables: Tables) -> Iterator[tuple[str, int, str]]:
    """Each piece of evidence that would be missed: a row, or a cell of one."""
    feeders = [row["feeder"] for row in tables["loads"]]
    for name in ("loads", "programs", "lots"):
        for number, row in enumerate(tables[name]):
            if name == "loads" and feeders.count(row["feeder"]) > 1:
                continue  # the feeder would not be empty: nothing tells that another lot was there
            yield name, number, ""
            if name == "lots":
                yield from (
                    (name, number, cell) for cell in ("part", "date_code", "received_at") if cell in row
                )


def without(tables: Tables, name: str, number: int, cell: str) -> Tables:
    kept = [dict(row) for row in tables[name]]
    if cell:
        kept[number][cell] = ""
    else:
        del kept[number]
    return {**tables, name: kept}


@settings(FEW, max_examples=5)
@given(tables=consistent(), data=st.data())
def test_missing_evidence_is_a_gap(blank_graph: Graph, tables: Tables, data: DataObject) -> None:
    fill(blank_graph, tables)
    asked = data.draw(st.lists(st.sampled_from(ASKED), min_size=3, max_size=5, unique_by=str))
    before = [classes(blank_graph, kind, **parameters) for kind, parameters in asked]
    evidence = data.draw(st.sampled_from(sorted(removals(tables))))
    fill(blank_graph, without(tables, *evidence))
    for (kind, parameters), exposed in zip(asked, before, strict=True):
        try:
            answer = recall(blank_graph, kind, **parameters)
        except NotFound:  # nothing names it any more: an error is no empty answer
            continue
        now = {row["unit"]: row["class"] for row in answer.records()}
        lost = {unit for unit, cls in exposed.items() if cls != "past" and unit not in now}
        assert not lost or answer.meta["gaps"] > 0, (evidence, kind, parameters, lost)
