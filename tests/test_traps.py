"""The traps of real data, one by one: what the contract says of each, counted by hand.

Tables are written row by row: a cell `-` is blank, `_` a blank within a cell; `08:00` is that time of
1 March 2024 and `5` the beginning of 5 March, in UTC. A recall is asked in one string, `lot A L1`.

`differences` asks everything of the oracle too, which takes up to a minute on a fresh engine: it is called
for the three plants in which most meets, and test_semantics does it for random ones and those of cases/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boardtrace.answer import Answer, ask
from boardtrace.errors import NotFound
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS
from boardtrace.rows import shown
from oracle import TIMES
from plants import write_csv
from semantics import differences, fill, wipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boardtrace.graph import Graph
    from oracle import Row, Tables

KEYS = {"lot": ("supplier", "lot"), "component": ("part",)}
MOVES = "kind from_supplier from_lot to_supplier to_lot"
PLACED = "unit at supplier lot refdes"
LOADED = "machine feeder supplier lot loaded_at unloaded_at"
VISITED = "unit machine started_at ended_at program"
MOUNTED = "child parent at removed_at"
PACKED = "content content_kind container at removed_at"
SHIPPED = "shipment shipped_at kind customer"
LISTED = "shipment content content_kind"


def when(text: str) -> str:
    if "T" in text or not text:
        return text
    return f"2024-03-01T{text}:00Z" if ":" in text else f"2024-03-{int(text):02}T00:00:00Z"


def tables(given: Mapping[str, Sequence[str]]) -> dict[str, list[Row]]:
    """Make tables of their columns and rows."""
    return {name: table(columns, *rows) for name, (columns, *rows) in given.items()}


def table(columns: str, *rows: str) -> list[Row]:
    """Rows of a table, their cells separated by blanks."""
    names = columns.split()
    cells = [["" if cell == "-" else cell for cell in row.split()] for row in rows]
    return [
        {
            name: when(cell) if name in TIMES else cell.replace("_", " ")
            for name, cell in zip(names, row, strict=True)
        }
        for row in cells
    ]


def in_full(options: dict[str, str]) -> dict[str, str]:
    """Write the times of a window in full."""
    return {name: when(value) if name in {"since", "until"} else value for name, value in options.items()}


def asking(graph: Graph, question: str, **parameters: Any) -> Answer:
    return ask(graph, QUESTIONS[question], parameters)


def recall(graph: Graph, suspect: str, **options: str) -> Answer:
    """Ask a recall: the kind of suspect and its key, then options; times are written as in tables."""
    kind, *key = ["" if word == "-" else word.replace("_", " ") for word in suspect.split()]
    asked = dict(zip(KEYS.get(kind, (kind,)), key, strict=True))
    return asking(graph, f"recall {kind}", **asked, **in_full(options))


def classes(graph: Graph, suspect: str, **options: str) -> dict[str, str]:
    return {row["unit"]: row["class"] for row in recall(graph, suspect, **options).records()}


def exposed(graph: Graph, suspect: str, unit: str, *columns: str) -> tuple[Any, ...]:
    """Return cells of the one row of a unit."""
    (row,) = [row for row in recall(graph, suspect).records() if row["unit"] == unit]
    return tuple(row[column] for column in columns)


def customers(graph: Graph, suspect: str) -> dict[str | None, tuple[int, ...]]:
    """Customer -> certain, possible, past, former, tops."""
    counted = ("certain", "possible", "past", "former", "tops")
    rows = recall(graph, suspect, by="customer").records()
    return {row["customer"]: tuple(row[column] for column in counted) for row in rows}


def gaps(graph: Graph, suspect: str, **options: str) -> list[tuple[Any, ...]]:
    """Return unit, feeder, designators, part and reason of what could hide further units."""
    answer = recall(graph, suspect, by="gap", **options)
    assert answer.meta["gaps"] == answer.meta["summary"]["gaps"] == len(answer.rows)
    assert recall(graph, suspect, **options).meta["gaps"] == len(answer.rows)
    columns = ("unit", "feeder", "refdes", "part", "reason")
    return [tuple(row[column] for column in columns) for row in answer.records()]


def findings(graph: Graph, kind: str) -> list[list[str]]:
    return [row["ids"] for row in asking(graph, "findings", kind=kind).records()]


# Lots that were possible ---------------------------------------------------------------------------


def test_splice_grey_zone(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot vendor part", "A L1 V 100N", "B L9 V 100N"),
        "lot_moves": table(MOVES, "reel A L1 - R1", "reel B L9 - R2"),
        "programs": table("program feeder refdes part", "G1 F1 C1_C2 100N"),
        "loads": table(LOADED, "M1 F1 - R1 07:00 09:00", "M1 F1 - R2 08:30 -"),
        "visits": table(VISITED, "B1 M1 08:00 08:20 G1", "B2 M1 08:20 08:40 G1", "B3 M1 09:00 09:10 G1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "certain", "B2": "possible"}
    assert classes(blank_graph, "lot B L9") == {"B2": "possible", "B3": "certain"}
    all_certain = dict.fromkeys(("B1", "B2", "B3"), "certain")
    assert classes(blank_graph, "supplier V") == all_certain
    assert classes(blank_graph, "component 100n") == all_certain


def test_merge_of_which_all_parents_are_suspects(blank_graph: Graph) -> None:
    tables = {  # also cases/merge_of_all_parents_is_certain.json
        "lots": table("supplier lot vendor", "A L1 V", "A L2 V", "B L3 -"),
        "lot_moves": table(MOVES, "merge A L1 - M", "merge A L2 - M", "merge A L1 - N", "merge B L3 - N"),
        "placements": table(PLACED, "B1 08:00 - M C1", "B2 08:00 - N C1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "possible", "B2": "possible"}
    assert classes(blank_graph, "supplier A") == {"B1": "certain", "B2": "possible"}
    assert classes(blank_graph, "supplier V") == {"B1": "certain", "B2": "possible"}


def test_dates_and_part_known_only_of_the_mother_lot(blank_graph: Graph) -> None:
    tables = {
        "lots": table(
            "supplier lot part date_code received_at",
            *("A L1 100N 2405 3", "A L2 100N 2410 8", "A L1a - - -"),
        ),
        "lot_moves": table(MOVES, "split A L1 A L1a", "relabel A L1a A L1b", "reel A L1b - R1"),
        "placements": table(PLACED, "B1 08:00 - R1 C1", "B2 08:00 A L1b C1", "B3 08:00 A L2 C1"),
    }
    fill(blank_graph, tables)
    first, second = {"B1": "certain", "B2": "certain"}, {"B3": "certain"}
    assert classes(blank_graph, "supplier A", since="2", until="4") == first
    # 3 March is the mother's receipt, so the daughters were not received later
    assert classes(blank_graph, "supplier A", since="4", until="9") == second
    assert classes(blank_graph, "component 100N") == first | second
    assert classes(blank_graph, "component 100N", date_code_from="2405", date_code_to="2405") == first
    assert classes(blank_graph, "component 100N", date_code_from="2406") == second
    assert not differences(blank_graph, tables)


def test_unknown_dates_are_possible_never_excluded(blank_graph: Graph) -> None:
    tables = {
        "lots": table(
            "supplier lot part date_code received_at",
            *("A L1 100N - -", "A L2 100N 24?? -", "A L3 100N 2410 8", "A L4 100N 2401 2"),
        ),
        "lot_moves": table(MOVES, "reel A L3 - R1", "reel A L4 - R1"),  # two origins differ
        "placements": table(PLACED, *(f"B{n} 08:00 A L{n} C1" for n in (1, 2, 3, 4)), "B5 08:00 - R1 C1"),
    }
    fill(blank_graph, tables)
    unknown = {"B1": "possible", "B2": "possible"}
    early = classes(blank_graph, "component 100N", date_code_to="2405")
    # the reel of two origins may be of either: it came from L4, a certain suspect
    assert early == unknown | {"B4": "certain", "B5": "certain"}
    assert classes(blank_graph, "component 100N", date_code_from="2402", date_code_to="2403") == (
        unknown | {"B5": "possible"}
    )
    assert classes(blank_graph, "supplier A", since="3", until="4") == unknown


def test_unknown_part_is_a_gap_of_a_recall_by_component(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot part", "A L1 -", "A L2 100N", "A L3 10K"),
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 A L2 C1", "B3 08:00 A L3 C1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "component 100N") == {"B2": "certain"}
    assert gaps(blank_graph, "component 100N") == [("B1", None, ["C1"], None, "part not known")]
    assert gaps(blank_graph, "component 100N", supplier="A") == gaps(blank_graph, "component 100N")
    (gap,) = asking(blank_graph, "gaps", reason="part not known").records()
    assert (gap["kind"], gap["id"]) == ("lot", "A/L1")


def test_unknown_part_of_a_reel_is_a_gap_of_a_recall_by_supplier_and_part(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot part", "A L1 -", "A L2 100N"),
        "lot_moves": table(MOVES, "reel A L1 - R1"),
        "placements": table(PLACED, "B1 08:00 - R1 C1", "B2 08:00 A L2 C1"),
    }
    fill(blank_graph, tables)
    assert gaps(blank_graph, "component 100N") == [("B1", None, ["C1"], None, "part not known")]
    # R1 is A's by its origin: it may be of this part as well
    assert gaps(blank_graph, "supplier A", part="100N") == gaps(blank_graph, "component 100N")
    assert gaps(blank_graph, "component 100N", supplier="A") == gaps(blank_graph, "component 100N")


def test_lot_known_only_by_reference_is_a_gap(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot part", "A L1 100N"),
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 - R9 C1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "certain"}
    assert gaps(blank_graph, "lot A L1") == [("B2", None, ["C1"], None, "known only by reference")]
    rows = asking(blank_graph, "gaps", reason="known only by reference").records()
    assert ("lot", "/R9") in [(row["kind"], row["id"]) for row in rows]
    assert classes(blank_graph, "lot - R9") == {"B2": "certain"}


def test_reel_of_a_lot_known_only_by_reference_is_a_gap(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot vendor", "A L2 V"),
        "lot_moves": table(MOVES, "reel A L1 - R1"),
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 - R1 C1", "B3 08:00 A L2 C1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "supplier V") == {"B3": "certain"}
    # nothing says who delivered L1
    assert gaps(blank_graph, "supplier V") == [
        *((unit, None, ["C1"], None, "known only by reference") for unit in ("B1", "B2")),
    ]


# Machines and feeders ------------------------------------------------------------------------------


def test_consumables_at_feeders_that_no_program_lists(blank_graph: Graph) -> None:
    tables = {  # also cases/consumables_and_benches.json
        "programs": table("program feeder refdes", "G1 F1 C1", "G2 F2 C2"),
        "loads": table(LOADED, "M1 F1 A L1 07:00 -", "M1 F2 A L2 07:00 -", "M1 PASTE A L3 07:00 -"),
        "visits": table(VISITED, "B1 M1 08:00 - G1", "B2 M1 09:00 - G2"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "certain"}
    assert classes(blank_graph, "lot A L2") == {"B2": "certain"}
    assert classes(blank_graph, "lot A L3") == {"B1": "certain", "B2": "certain"}
    assert exposed(blank_graph, "lot A L1", "B1", "refdes") == (["C1"],)
    assert exposed(blank_graph, "lot A L3", "B1", "refdes") == ([],)


def test_bench_without_program(blank_graph: Graph) -> None:
    tables = {  # also cases/consumables_and_benches.json
        "programs": table("program feeder refdes", "G1 F1 C1"),
        "loads": table(LOADED, "M1 F1 A L1 07:00 -", "M1 FLUX A L3 07:00 -"),
        "visits": table(VISITED, "B1 M1 08:00 - -", "B2 M1 09:00 - NOWHERE"),
    }
    fill(blank_graph, tables)
    for lot in ("lot A L1", "lot A L3"):
        assert classes(blank_graph, lot) == {"B1": "possible", "B2": "possible"}
        assert exposed(blank_graph, lot, "B1", "refdes") == ([],)
    # but if all that was at hand is suspected it still is not certain that any of it was used
    assert classes(blank_graph, "supplier A") == {"B1": "possible", "B2": "possible"}


def test_feeder_loads_change_during_a_visit(blank_graph: Graph) -> None:
    tables = {
        "units": table("unit panel position", "B1 PN 1", "B2 PN 2"),
        "programs": table("program feeder refdes", "G1 F1 C1"),
        "loads": table(LOADED, "M1 F1 A L1 07:00 08:30", "M1 F1 A L2 08:30 -"),
        "visits": table(
            VISITED,
            *("PN M1 08:00 09:00 G1", "B3 M1 07:30 08:10 G1", "B4 M1 08:15 08:45 G1"),
            # an unloading is before a visit that begins then, a loading within one that ends then
            *("B5 M1 08:30 08:31 G1", "B6 M1 08:29 08:30 G1"),
        ),
    }
    fill(blank_graph, tables)
    both = dict.fromkeys(("B1", "B2", "B4", "B6"), "possible")
    assert classes(blank_graph, "lot A L1") == both | {"B3": "certain"}
    assert classes(blank_graph, "lot A L2") == both | {"B5": "certain"}
    assert classes(blank_graph, "supplier A") == dict.fromkeys(
        ("B1", "B2", "B3", "B4", "B5", "B6"), "certain"
    )


def test_visit_at_a_feeder_that_nothing_was_loaded_on(blank_graph: Graph) -> None:
    tables = {
        "units": table("unit", "B1", "B2"),
        "lots": table("supplier lot part", "A L1 100N", "A L2 10K", "A L3 -"),
        "programs": table("program feeder refdes part", "G1 F1 C1_C2 100_n", "G1 F2 R1 10K"),
        "loads": table(LOADED, "M1 F2 A L2 07:00 -", "M1 F1 A L1 08:30 -"),
        "visits": table(VISITED, "B1 M1 08:00 08:20 G1", "B2 M1 09:00 - G1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B2": "certain"}
    assert classes(blank_graph, "lot A L2") == {"B1": "certain", "B2": "certain"}
    row = ("B1", "F1", ["C1", "C2"], "100 n", "nothing was loaded at this feeder")
    assert gaps(blank_graph, "lot A L1") == [row]
    assert gaps(blank_graph, "component 100N") == [row]
    assert gaps(blank_graph, "lot A L3") == [row]  # its part is not known
    assert gaps(blank_graph, "lot A L2") == []
    (gap,) = asking(blank_graph, "gaps", machine="M1").records()
    assert (gap["reason"], gap["id"], gap["at"]) == (row[-1], "B1", when("08:00"))
    assert asking(blank_graph, "provenance unit", unit="B1").meta["gaps"] == 1


def test_panels_and_their_positions(blank_graph: Graph) -> None:
    tables = {  # also cases/panel_stands_for_its_units_but_skipped_ones.json
        "units": table("unit panel position skipped", "B1 PN 1 -", "B2 PN 2 false", "B3 PN 3 true"),
        "placements": table(PLACED, "PN 08:00 A L1 C1", "B2 09:00 A L2 C2"),
        "removals": table("unit at refdes", "B2 10:00 C1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "certain", "B2": "past"}
    assert classes(blank_graph, "lot A L2") == {"B2": "certain"}
    with pytest.raises(NotFound):
        asking(blank_graph, "provenance unit", unit="PN")


def test_events_scanned_for_the_panel_only(blank_graph: Graph) -> None:
    tables = {
        "units": table("unit panel position", "B1 PN 1", "B2 PN 2"),
        "processes": table("unit at kind machine", "PN 08:00 reflow OVEN"),
        "tests": table("unit at kind result machine operator", "PN 09:00 AOI pass AOI1 O1"),
        "service": table("unit at kind firmware", "PN 10:00 firmware FW1"),
    }
    fill(blank_graph, tables)
    both = {"B1": "certain", "B2": "certain"}
    for suspect in ("machine OVEN", "machine AOI1", "operator O1", "firmware FW1"):
        assert classes(blank_graph, suspect) == both
    kinds = [row["kind"] for row in asking(blank_graph, "history", unit="B2").records()]
    assert kinds == ["reflow", "AOI", "firmware"]


def test_machine_window_that_a_visit_only_touches(blank_graph: Graph) -> None:
    tables = {
        "visits": table(VISITED, "B1 M1 08:00 09:00 -", "B2 M1 09:00 10:00 -"),
        "tests": table("unit at kind result machine", "B3 09:00 AOI pass M1"),
    }
    fill(blank_graph, tables)
    # windows are half-open, visits are not
    assert set(classes(blank_graph, "machine M1", since="09:00")) == {"B1", "B2", "B3"}
    assert set(classes(blank_graph, "machine M1", until="09:00")) == {"B1"}
    assert set(classes(blank_graph, "machine M1", since="09:00", until="09:30")) == {"B1", "B2", "B3"}
    assert set(classes(blank_graph, "machine M1", since="09:01", until="09:30")) == {"B2"}
    assert set(classes(blank_graph, "machine M1", until="08:00")) == set()


def test_two_operators_and_programs_said_of_one_visit(blank_graph: Graph) -> None:
    visited = f"{VISITED} operator"
    tables = {
        "programs": table("program feeder refdes", "G1 F1 C1", "G2 F1 C2"),
        "loads": table(LOADED, "M1 F1 A L1 07:00 -"),
        "visits": table(visited, "B1 M1 08:00 08:10 G1 O1", "B1 M1 08:00 - G2 O2", "B2 M1 09:00 - G2 O2"),
        "mounts": table(MOUNTED, "B1 P1 10:00 -"),
    }
    fill(blank_graph, tables)
    # both count, the greater is shown; a row that only completes another says nothing new
    for suspect in ("operator O1", "program G1"):
        assert classes(blank_graph, suspect) == {"B1": "certain", "P1": "certain"}
        assert set(classes(blank_graph, suspect, since="08:10")) == {"B1", "P1"}
        assert set(classes(blank_graph, suspect, since="08:11")) == set()
    assert (
        set(classes(blank_graph, "operator O2"))
        == set(classes(blank_graph, "program G2"))
        == {"B1", "B2", "P1"}
    )
    rows = asking(blank_graph, "provenance unit", unit="B1").records()
    assert {(row["program"], row["operator"]) for row in rows} == {("G2", "O2")}
    assert sorted(place for row in rows for place in row["refdes"]) == ["C1", "C2"]
    # of the operators, and of the programs
    assert findings(blank_graph, "values disagree") == [["2024-03-01T08:00:00Z", "B1", "M1"]] * 2


def test_operator_s_removals_and_service(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED + " operator", "B1 08:00 A L1 C1 O2"),
        "removals": table("unit at refdes operator", "B1 09:00 C1 O1"),
        "service": table("unit at kind operator", "B2 10:00 repair O1"),
        "mounts": table(MOUNTED, "B1 P1 11:00 -"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "operator O1") == dict.fromkeys(("B1", "B2", "P1"), "certain")
    assert classes(blank_graph, "operator O1", until="10:00") == dict.fromkeys(("B1", "P1"), "certain")
    assert set(classes(blank_graph, "operator O2")) == {"B1", "P1"}


def test_firmware_until_the_next_one(blank_graph: Graph) -> None:
    tables = {
        "service": table(
            "unit at kind firmware",
            *(
                "B1 08:00 firmware FW1",
                "B1 09:00 repair -",
                "B1 10:00 firmware FW2",
                "B2 08:00 firmware FW1",
            ),
        ),
        # the product was built after the first firmware had gone
        "mounts": table(MOUNTED, "B1 P1 11:00 -"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "firmware FW1") == {"B1": "past", "B2": "certain"}
    assert exposed(blank_graph, "firmware FW1", "B1", "since", "until") == (when("08:00"), when("10:00"))
    assert classes(blank_graph, "firmware FW2") == {"B1": "certain", "P1": "certain"}


# Parts and boards that move ------------------------------------------------------------------------


def test_placement_straight_into_a_product(blank_graph: Graph) -> None:
    tables = {
        "units": table("unit kind product", "B1 board X", "P1 product Y"),
        "placements": table(PLACED, "P1 09:00 A L1 -", "B1 08:00 A L2 C1"),
        "mounts": table(MOUNTED, "B1 P1 08:30 -"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"P1": "certain"}
    assert exposed(blank_graph, "lot A L1", "P1", "kind", "product", "refdes") == ("product", "Y", [])
    rows = asking(blank_graph, "provenance unit", unit="P1").records()
    assert [(row["via"], row["lot"]) for row in rows] == [("B1", "L2"), ("P1", "L1")]


def test_removal_names_the_old_lot_and_comes_after_the_new_placement(blank_graph: Graph) -> None:
    tables = {  # also cases/removal_of_the_old_lot_after_the_new_placement.json
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B1 10:00 A L2 C1"),
        "removals": table("unit at refdes supplier lot", "B1 11:00 C1 A L1"),
    }
    fill(blank_graph, tables)
    assert exposed(blank_graph, "lot A L1", "B1", "class", "until") == ("past", when("11:00"))
    assert exposed(blank_graph, "lot A L2", "B1", "class", "until") == ("certain", None)
    assert findings(blank_graph, "removal of nothing") == []


def test_removed_part_refitted_elsewhere(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED, "B1 08:00 A L1 C1_C2", "B2 10:00 A L1 C5", "B3 08:00 A L1 C1"),
        "removals": table("unit at refdes", "B1 09:00 C1", "B3 09:00 C1", "B1 09:30 C2"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "past", "B2": "certain", "B3": "past"}
    assert exposed(blank_graph, "lot A L1", "B1", "since", "until") == (when("08:00"), when("09:30"))
    assert exposed(blank_graph, "lot A L1", "B2", "since", "until", "refdes") == (
        when("10:00"),
        None,
        ["C5"],
    )
    ends = [row["removed_at"] for row in asking(blank_graph, "provenance unit", unit="B1").records()]
    assert ends == [when("09:00"), when("09:30")]


def test_part_removed_before_mounting_never_exposes_the_product(blank_graph: Graph) -> None:
    tables = {  # also cases/part_removed_before_mounting_never_exposes_the_product.json
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 A L1 C1"),
        "removals": table("unit at refdes", "B1 09:00 C1", "B2 09:00 C1"),
        "mounts": table(MOUNTED, "B1 P1 09:00 -", "B2 P2 08:59 -"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == dict.fromkeys(("B1", "B2", "P2"), "past")
    assert exposed(blank_graph, "lot A L1", "P2", "since", "until") == (when("08:59"), when("09:00"))


def test_board_moved_from_one_product_to_another(blank_graph: Graph) -> None:
    tables = {  # also cases/board_moved_from_one_product_to_another.json
        "placements": table(PLACED, "B1 08:00 A L1 C1"),
        "mounts": table(MOUNTED, "B1 P1 09:00 10:00", "B1 P2 11:00 -"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "certain", "P1": "past", "P2": "certain"}
    assert exposed(blank_graph, "lot A L1", "P1", "since", "until", "top") == (
        *(when("09:00"), when("10:00"), "P1"),
    )
    assert exposed(blank_graph, "lot A L1", "B1", "top") == ("P2",)
    assert recall(blank_graph, "lot A L1").meta["summary"]["tops"] == 2


def test_board_swapped_into_a_product_that_was_sold(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 A L2 C1"),
        "mounts": table(MOUNTED, "B1 P1 2 5", "B2 P1 5 -"),
        "shipments": table(SHIPPED, "S1 3 sale K1"),
        "shipment_contents": table(LISTED, "S1 P1 unit"),
    }
    fill(blank_graph, tables)
    where = ("class", "top", "shipment", "customer", "state")
    # the new board is where its product is, though no shipment carried it
    assert exposed(blank_graph, "lot A L2", "B2", *where) == ("certain", "P1", "S1", "K1", "shipped")
    assert exposed(blank_graph, "lot A L1", "P1", *where) == ("past", "P1", "S1", "K1", "shipped")
    # and the old one was carried out, and nothing says that it came back
    assert exposed(blank_graph, "lot A L1", "B1", *where) == ("certain", "B1", "S1", "K1", "shipped")
    assert customers(blank_graph, "lot A L2") == {"K1": (2, 0, 0, 0, 1)}


def test_old_serial_mounted_in_its_new_self(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED, "OLD 08:00 A L1 C1"),
        "mounts": table(MOUNTED, "OLD NEW 09:00 -"),
        "shipments": table(SHIPPED, "S1 3 - K1"),
        "shipment_contents": table(LISTED, "S1 NEW unit"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"NEW": "certain", "OLD": "certain"}
    for serial in ("NEW", "OLD"):
        assert exposed(blank_graph, "lot A L1", serial, "top", "customer") == ("NEW", "K1")
    assert customers(blank_graph, "lot A L1") == {"K1": (2, 0, 0, 0, 1)}


def test_depth_beyond_ten_levels_and_a_hundred_moves(blank_graph: Graph) -> None:
    tables = {
        "lot_moves": table(MOVES, *(f"split A L{n} A L{n + 1}" for n in range(100))),
        "placements": table(PLACED, "U0 08:00 A L100 C1"),
        "mounts": table(MOUNTED, *(f"U{n} U{n + 1} {9 + n:02}:00 -" for n in range(13))),
    }
    fill(blank_graph, tables)
    answer = recall(blank_graph, "lot A L0")
    assert {row["unit"] for row in answer.records()} == {f"U{n}" for n in range(14)}
    assert answer.meta["summary"]["certain"] == 14
    assert answer.meta["summary"]["tops"] == 1
    assert exposed(blank_graph, "lot A L0", "U13", "class", "since", "lots", "top") == (
        *("certain", when("21:00"), ["A/L100"], "U13"),
    )
    (row,) = asking(blank_graph, "provenance unit", unit="U13").records()
    assert len(row["origins"]) == 100
    steps = {
        row["lot"]: row["steps"] for row in asking(blank_graph, "lineage", supplier="A", lot="L0").records()
    }
    assert steps == {f"L{n}": n for n in range(1, 101)}
    links = asking(blank_graph, "why lot", unit="U13", supplier="A", lot="L0").records()
    assert len(links) == 100 + 1 + 1 + 13


def test_hub_lot_in_many_boards(blank_graph: Graph) -> None:
    units = [f"B{n:04}" for n in range(2000)]
    tables = {"placements": table(f"{PLACED} machine", *(f"{unit} 08:00 A L1 C1 M1" for unit in units))}
    report = fill(blank_graph, tables)
    assert (report.read, report.accepted) == (2000, 2000)
    for suspect in ("lot A L1", "supplier A", "machine M1"):
        answer = recall(blank_graph, suspect)
        assert [row["unit"] for row in answer.records()] == units
        assert (answer.meta["rows"], answer.meta["complete"]) == (2000, True)
        summary = answer.meta["summary"]
        assert (summary["units"], summary["certain"], summary["tops"]) == (2000, 2000, 2000)
    (row,) = recall(blank_graph, "lot A L1", by="lot").records()
    assert row["units"] == 2000


# Names, times and order ----------------------------------------------------------------------------


def test_split_merge_relabel_and_cycles_of_them(blank_graph: Graph) -> None:
    tables = {
        "lot_moves": table(
            MOVES,
            *("split A L1 A L2", "relabel A L2 A L3", "relabel A L3 A L1"),
            *("merge A L3 - M", "merge B X - M", "merge A L3 - N"),
        ),
        "placements": table(PLACED, "B1 08:00 A L3 C1", "B2 08:00 - M C1", "B3 08:00 - N C1"),
    }
    fill(blank_graph, tables)
    for lot in ("lot A L1", "lot A L2", "lot A L3"):
        # N was merged of L3 alone
        assert classes(blank_graph, lot) == {"B1": "certain", "B2": "possible", "B3": "certain"}
    assert classes(blank_graph, "lot B X") == {"B2": "possible"}
    rows = asking(blank_graph, "lineage", supplier="A", lot="L1").records()
    related = {way: {row["lot"] for row in rows if row["direction"] == way} for way in ("up", "down")}
    assert related == {"up": {"L2", "L3"}, "down": {"L2", "L3", "M", "N"}}
    assert findings(blank_graph, "lots in a circle") == [["A/L1", "A/L2", "A/L3"]]
    assert not differences(blank_graph, tables)


def test_same_lot_code_from_two_suppliers(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot part", "A L1 100N", "B L1 100N"),
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 B L1 C1", "B2 08:00 - L1 C2"),
        "removals": table("unit at supplier lot", "B2 09:00 A L1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "certain"}
    assert classes(blank_graph, "lot B L1") == {"B2": "certain"}
    assert exposed(blank_graph, "lot - L1", "B2", "refdes") == (["C2"],)
    assert classes(blank_graph, "component 100N", supplier="B") == {"B2": "certain"}
    assert findings(blank_graph, "removal of nothing") == [["B2"]]


def test_part_numbers_in_other_case_or_with_blanks(blank_graph: Graph) -> None:
    tables = {
        "components": table("part mpn", "10K RC_10k"),
        "lots": table("supplier lot part mpn", "A L1 10_k -", "A L2 10K -", "A L3 - rc10K"),
        "placements": table(PLACED, "B1 08:00 A L1 R1", "B2 08:00 A L2 R1", "B3 08:00 A L3 R1"),
    }
    fill(blank_graph, tables)
    by_part = {"B1": "certain", "B2": "certain"}
    for spelled in ("10K", "10k", "1_0_K"):
        assert classes(blank_graph, f"component {spelled}") == by_part
        assert classes(blank_graph, "supplier A", part=spelled.replace("_", " ")) == by_part
    assert classes(blank_graph, "component RC_10K") == by_part | {"B3": "certain"}
    link = asking(blank_graph, "why component", unit="B3", part="rc 10k").records()[0]
    assert (link["edge"], link["from"], link["to"]) == ("NUMBERED", "RC10K", "A/L3")
    assert (link["file"], link["line"]) == ("lots.csv", 4)
    with pytest.raises(NotFound):
        classes(blank_graph, "component 10R")


def test_times_at_the_change_of_the_clocks(blank_graph: Graph) -> None:
    before, after = "2024-10-27T02:30:00+02:00", "2024-10-27T02:15:00+01:00"  # 00:30Z, 01:15Z
    tables = {
        "placements": table(PLACED, f"B1 {before} A L1 C1", f"B2 {after} A L1 C1"),
        "removals": table("unit at refdes", f"B1 {after} C1", f"B2 {before} C1"),
        "tests": table(
            "unit at kind result machine", f"B1 {before} AOI pass M1", f"B2 {after} AOI pass M1"
        ),
    }
    fill(blank_graph, tables)
    assert exposed(blank_graph, "lot A L1", "B1", "class", "until") == ("past", "2024-10-27T01:15:00Z")
    assert exposed(blank_graph, "lot A L1", "B2", "class", "until") == ("certain", None)
    assert set(classes(blank_graph, "machine M1", since=after)) == {"B2"}
    for until in ("2024-10-27T01:15:00Z", "2024-10-27T03:15:00+02:00", after):
        assert set(classes(blank_graph, "machine M1", until=until)) == {"B1"}
    assert set(classes(blank_graph, "machine M1", until="2024-10-27T02:15:01+01:00")) == {"B1", "B2"}


def test_two_offsets_for_one_instant_and_other_duplicates(blank_graph: Graph, tmp_path: Path) -> None:
    tables = {
        "placements": table(
            PLACED,
            *("B1 08:00 A L1 C1", "B1 08:00 A L1 C1", "B1 2024-03-01T10:00:00+02:00 A L1 C1"),
            "B1 2024-03-01T08:00:00.000Z A _L1_ C1",
        ),
        "loads": table(LOADED, "M1 F1 A L1 07:00 -", "M1 F1 A L1 2024-03-01T06:00:00-01:00 09:00"),
        "visits": table(VISITED, "B2 M1 08:30 - -", "B3 M1 09:00 - -"),
    }
    report = fill(blank_graph, tables)
    assert (report.read, report.accepted, report.duplicate) == (8, 5, 3)
    (row,) = asking(blank_graph, "provenance unit", unit="B1").records()
    assert (row["placed_at"], row["lot"]) == (when("08:00"), "L1")
    # the second load completes the first: nothing was at the feeder any more at nine
    assert classes(blank_graph, "lot A L1") == {"B1": "certain", "B2": "possible"}
    write_csv(tables, tmp_path)
    again = ingest(blank_graph, [tmp_path])
    assert (again.batch, again.accepted, again.duplicate) == (None, 0, 8)


def arrivals() -> list[Tables]:
    """A small life in four parts, which may arrive in any order."""
    return [
        {
            "placements": table(PLACED, "PN 08:00 A L1 C1", "B1 10:00 A L2 C1"),
            "mounts": table(MOUNTED, "B1 P1 11:00 -"),
        },
        {
            "units": table("unit panel", "B1 PN", "B2 PN"),
            "removals": table("unit at refdes", "B1 09:00 C1"),
            "mounts": table(MOUNTED, "B1 P1 11:00 12:00"),
        },
        {
            "programs": table("program feeder refdes", "G1 F1 R1"),
            "visits": table(VISITED, "B2 M1 08:30 - G1"),
            "shipments": table(SHIPPED, "S1 3 - K1"),
        },
        {
            "loads": table(LOADED, "M1 F1 - R9 07:00 -"),
            "lot_moves": table(MOVES, "reel A L1 - R9"),
            "shipment_contents": table(LISTED, "S1 P1 unit", "S1 B2 unit"),
        },
    ]


@pytest.mark.parametrize("order", ["0123", "3210", "2031"])
def test_events_that_arrive_in_any_order(blank_graph: Graph, tmp_path: Path, order: str) -> None:
    wipe(blank_graph)
    parts = arrivals()
    for number in map(int, order):
        write_csv(parts[number], tmp_path / str(number))
        ingest(blank_graph, [tmp_path / str(number)])
    assert classes(blank_graph, "lot A L1") == {"B1": "past", "B2": "certain"}
    assert exposed(blank_graph, "lot A L1", "B2", "lots", "refdes", "customer") == (
        *(["/R9", "A/L1"], ["C1", "R1"], "K1"),
    )
    assert classes(blank_graph, "lot A L2") == {"B1": "certain", "P1": "past"}
    assert classes(blank_graph, "machine M1") == {"B2": "certain"}


# Who has them --------------------------------------------------------------------------------------


def test_containers_repacked_before_shipping(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED, *(f"B{n} 08:00 A L1 C1" for n in (1, 2, 3))),
        "packing": table(
            PACKED,
            *("B1 unit X1 09:00 -", "B1 unit X2 10:00 -", "B2 unit X1 4 -", "B3 unit X1 09:00 -"),
            "X1 container PAL 11:00 -",
        ),
        "shipments": table(SHIPPED, "S1 2 sale K1", "S2 3 sale K2"),
        "shipment_contents": table(LISTED, "S1 PAL container", "S2 X2 container"),
    }
    fill(blank_graph, tables)
    where = ("container", "shipment", "customer", "state")
    assert exposed(blank_graph, "lot A L1", "B1", *where) == ("X2", "S2", "K2", "shipped")
    assert exposed(blank_graph, "lot A L1", "B2", *where) == ("X1", None, None, "in_stock")
    assert exposed(blank_graph, "lot A L1", "B3", *where) == ("X1", "S1", "K1", "shipped")
    rows = asking(blank_graph, "contents shipment", shipment="S1").records()
    assert [(row["kind"], row["id"]) for row in rows] == [
        *(("container", "PAL"), ("container", "X1"), ("unit", "B3")),
    ]
    rows = asking(blank_graph, "contents container", container="X1").records()
    assert [(row["id"], row["removed_at"]) for row in rows] == [
        *(("B1", when("10:00")), ("B2", None), ("B3", None)),
    ]
    assert not differences(blank_graph, tables)


def test_ship_return_reship(blank_graph: Graph) -> None:
    tables = {  # also cases/ship_return_reship_and_transfer.json
        "placements": table(PLACED, *(f"B{n} 08:00 A L1 C1" for n in (1, 2, 3, 4))),
        "shipments": table(
            SHIPPED, "S1 2 - K1", "S2 3 return K1", "S3 4 sale K2", "S4 5 sale K1", "S5 6 sale -"
        ),
        "shipment_contents": table(
            LISTED,
            *(f"S1 B{n} unit" for n in (1, 2, 3, 4)),
            *(f"S2 B{n} unit" for n in (1, 2, 3)),
            *("S3 B1 unit", "S4 B3 unit", "S5 B4 unit"),
        ),
    }
    fill(blank_graph, tables)
    where = ("shipment", "customer", "state")
    assert exposed(blank_graph, "lot A L1", "B1", *where) == ("S3", "K2", "shipped")
    assert exposed(blank_graph, "lot A L1", "B2", *where) == ("S2", None, "returned")
    assert exposed(blank_graph, "lot A L1", "B3", *where) == ("S4", "K1", "shipped")
    assert exposed(blank_graph, "lot A L1", "B4", *where) == ("S5", None, "shipped")
    # K1 had four of them and has B3, which it got twice, counted once
    assert customers(blank_graph, "lot A L1") == {
        "K1": (1, 0, 0, 3, 1),
        "K2": (1, 0, 0, 0, 1),
        None: (1, 0, 0, 0, 1),
    }
    summary = recall(blank_graph, "lot A L1").meta["summary"]
    assert (summary["shipped"], summary["returned"], summary["customers"]) == (3, 1, 2)
    # a return is a shipment too, of who sent it back
    (back,) = [r for r in recall(blank_graph, "lot A L1", by="shipment").records() if r["shipment"] == "S2"]
    assert (back["customer"], back["certain"]) == ("K1", 1)


def test_transfer_between_own_sites(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 A L1 C1"),
        "shipments": table(SHIPPED, "S1 2 transfer SITE2", "S2 3 sale K1"),
        "shipment_contents": table(LISTED, "S1 B1 unit", "S1 B2 unit", "S2 B2 unit"),
    }
    fill(blank_graph, tables)
    assert exposed(blank_graph, "lot A L1", "B1", "shipment", "customer", "state") == (
        "S1",
        None,
        "in_stock",
    )
    assert customers(blank_graph, "lot A L1") == {"K1": (1, 0, 0, 0, 1)}
    assert classes(blank_graph, "lot A L1", state="in_stock") == {"B1": "certain"}


def test_scrapped_units_are_contained(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED, *(f"B{n} 08:00 A L1 C1" for n in (1, 2, 3, 4))),
        "mounts": table(MOUNTED, "B3 P3 09:00 -"),
        "service": table("unit at kind", "B1 5 scrap", "B2 5 scrap", "P3 5 scrap"),
        "shipments": table(SHIPPED, "S1 3 sale K1", "S2 6 sale K2"),
        "shipment_contents": table(LISTED, "S1 B1 unit", "S1 P3 unit", "S1 B4 unit", "S2 B2 unit"),
    }
    fill(blank_graph, tables)
    states = {row["unit"]: row["state"] for row in recall(blank_graph, "lot A L1").records()}
    assert states == {
        **dict.fromkeys(("B1", "B3", "P3"), "scrapped"),
        "B2": "shipped",  # as it was sold later
        "B4": "shipped",
    }
    assert customers(blank_graph, "lot A L1") == {"K1": (1, 0, 0, 3, 1), "K2": (1, 0, 0, 0, 1)}
    assert findings(blank_graph, "sold after scrapping") == [["B2", "S2"]]
    assert recall(blank_graph, "lot A L1").meta["summary"]["scrapped"] == 3


# Evidence and contradictions -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def evidence(blank_graph: Graph) -> Graph:
    fill(
        blank_graph,
        {
            "lots": table("supplier lot vendor part", "B L9 - 10K", "A L1 V 100N"),
            "lot_moves": table(MOVES, "reel B L9 - R8", "split B L9 B L8", "reel A L1 - R1"),
            "placements": table(
                f"{PLACED} machine program operator",
                *("B2 08:00 - R8 C1 M2 G2 O2", "B1 08:30 - R1 C1 M1 G1 O1"),
            ),
            "mounts": table(MOUNTED, "B2 P2 09:00 -", "B3 P1 09:00 -", "B1 P1 10:00 12:00"),
            "service": table("unit at kind firmware", "B1 09:30 firmware FW1"),
        },
    )
    return blank_graph


WAYS = {  # suspect -> the links of the path to P1: edge, file without its ending, line
    "lot A L1": "BECAME:lot_moves:4 FED:placements:3 PLACED:placements:3",
    "supplier A": "SUPPLIED:lots:3 BECAME:lot_moves:4 FED:placements:3 PLACED:placements:3",
    "supplier V": "SUPPLIED:lots:3 BECAME:lot_moves:4 FED:placements:3 PLACED:placements:3",
    "component 100N": "STOCKED_AS:lots:3 BECAME:lot_moves:4 FED:placements:3 PLACED:placements:3",
    "machine M1": "RAN:placements:3 PLACED:placements:3",
    "program G1": "RAN:placements:3 PLACED:placements:3",
    "operator O1": "OPERATED:placements:3 PLACED:placements:3",
    "firmware FW1": "SERVICED:service:2",
}


@pytest.mark.parametrize("suspect", WAYS)
def test_why_gives_the_evidence_for_the_class(evidence: Graph, suspect: str) -> None:
    kind, *key = suspect.split()
    asked = dict(zip(KEYS.get(kind, (kind,)), key, strict=True))
    answer = asking(evidence, f"why {kind}", unit="P1", **asked)
    links = answer.records()
    said = [f"{link['edge']}:{link['file']}:{link['line']}".replace(".csv", "") for link in links]
    assert said == [*WAYS[suspect].split(), "MOUNTED_IN:mounts:4"]
    assert {link["batch"] for link in links} == {1}
    assert all(link["certain"] for link in links)
    mounting = links[-1]
    assert (mounting["from"], mounting["to"]) == ("B1", "P1")
    assert (mounting["since"], mounting["until"]) == (when("10:00"), when("12:00"))
    assert answer.meta["class"] == classes(evidence, suspect)["P1"] == "past"


def test_why_two_units_have_a_lot_in_common(evidence: Graph) -> None:
    answer = asking(evidence, "why unit", unit="P1", suspect="B1")
    assert answer.meta["class"] == classes(evidence, "unit B1")["P1"] == "past"
    assert [link["edge"] for link in answer.records()] == ["PLACED", "FED", "PLACED", "MOUNTED_IN"]
    assert {(link["file"], link["line"]) for link in answer.records()} == {
        *(("placements.csv", 3), ("mounts.csv", 4)),
    }


def test_findings_say_what_cannot_all_be_true(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot part", "A L1 100N", "A L1 10K", "A L2 -", "A L2 10K"),
        "lot_moves": table(MOVES, "split A X A Y", "split A Y A X"),
        "placements": table(PLACED, "B1 08:00 A L1 C1"),
        "removals": table("unit at refdes", "B1 09:00 C2", "B1 08:00 C1"),
        "mounts": table(
            MOUNTED,
            *("B1 P1 09:00 -", "B1 P2 10:00 -", "B1 P0 09:00 10:00"),
            *("U1 U2 09:00 -", "U2 U3 10:00 -", "U3 U1 11:00 -"),
        ),
        "packing": table(
            "content content_kind container at",
            *("B1 unit CT1 09:00", "CT1 container CT2 09:00", "CT2 container CT3 09:00"),
            *("CT3 container CT2 10:00", "CT4 container CT5 09:00"),
        ),
    }
    fill(blank_graph, tables)
    # non-blank beats blank: that is no disagreement
    assert findings(blank_graph, "values disagree") == [["A", "L1"]]
    for part in ("100N", "10K"):  # both count, the greater is shown
        assert classes(blank_graph, f"component {part}")["B1"] == "certain"
    (row,) = asking(blank_graph, "provenance unit", unit="B1").records()
    assert (row["part"], row["removed_at"]) == ("10K", None)
    removals = asking(blank_graph, "findings", kind="removal of nothing").records()
    assert [(row["ids"], row["at"]) for row in removals] == [
        *((["B1"], when("08:00")), (["B1"], when("09:00"))),
    ]
    assert findings(blank_graph, "several mountings") == [["B1", "P1", "P2"]]
    assert exposed(blank_graph, "lot A L1", "B1", "top") == ("P2",)
    (ring,) = findings(blank_graph, "mounted in a circle")
    assert sorted(ring) == ["U1", "U2", "U3"]
    assert findings(blank_graph, "lots in a circle") == [["A/X", "A/Y"]]
    assert findings(blank_graph, "packed in a circle") == [["CT2", "CT3"]]


# Clones --------------------------------------------------------------------------------------------


def test_one_serial_at_two_machines_at_once(blank_graph: Graph) -> None:
    tables = {
        "visits": table(VISITED, "B1 M1 08:00 08:20 G1", "B1 M2 08:10 08:15 G1", "B1 M3 08:20 08:30 G1"),
        "placements": table(
            PLACED + " machine", "B2 08:00 A L1 C1 M1", "B2 08:00 A L1 C2 M2", "B2 09:00 A L1 C3 M3"
        ),
    }
    fill(blank_graph, tables)
    assert sorted(findings(blank_graph, "at two machines at once")) == [
        ["B1", "M1", "M2"],
        ["B2", "M1", "M2"],
    ]


def test_a_child_in_two_parents_at_once(blank_graph: Graph) -> None:
    mounts = (
        "B1 P1 08:00 10:00",
        "B1 P2 09:00 -",
        "B2 P1 08:00 09:00",
        "B2 P2 09:00 -",
        "B3 P1 08:00 -",
        "B3 P2 09:00 -",
    )
    fill(blank_graph, {"mounts": table(MOUNTED, *mounts)})
    assert findings(blank_graph, "in two parents at once") == [["B1", "P1", "P2"]]
    assert findings(blank_graph, "several mountings") == [["B3", "P1", "P2"]]


def test_one_unit_in_two_shipments_at_once(blank_graph: Graph) -> None:
    tables = {
        "shipments": table("shipment shipped_at", "S1 10:00", "S2 10:00", "S3 11:00"),
        "packing": table("content content_kind container at", "B1 unit BOX 09:00"),
        "shipment_contents": table(
            "shipment content content_kind",
            "S1 BOX container",
            "S2 B1 unit",
            "S3 B1 unit",
            "S1 B2 unit",
            "S3 B2 unit",
        ),
    }
    fill(blank_graph, tables)
    assert findings(blank_graph, "in two shipments at once") == [["B1", "S1", "S2"]]


def test_a_reel_that_fed_more_than_it_held(blank_graph: Graph) -> None:
    tables = {
        "lots": table("supplier lot quantity", "A L1 3", "A L2 4"),
        "placements": table(
            PLACED,
            "B1 08:00 A L1 C1_C2",
            "B2 08:00 A L1 C1_C2",
            "B1 08:00 A L2 C3_C4",
            "B2 08:00 A L2 C3_C4",
        ),
    }
    fill(blank_graph, tables)
    assert findings(blank_graph, "fed more than it held") == [["A/L1"]]


def test_goods_that_left_the_box_before_it_went(blank_graph: Graph) -> None:
    """When the shipment went is not known: it carried what was ever there, at one time."""
    packing = "content content_kind supplier container at removed_at"
    tables = {
        "lots": table("supplier lot", "A L1", "A L2"),
        "packing": table(
            packing,
            "L1 lot A BOX 08:00 10:00",
            "L2 lot A BOX 08:00 13:00",
            "BOX container - PAL 12:00 14:00",
        ),
        "shipment_contents": table("shipment content content_kind", "S9 PAL container"),
    }
    fill(blank_graph, tables)
    shipments = {lot: recall(blank_graph, f"lot A {lot}").records()[0]["shipment"] for lot in ("L1", "L2")}
    assert shipments == {"L1": None, "L2": "S9"}
    assert {row["shipment"] for row in recall(blank_graph, "lot A L2", by="shipment").records()} == {"S9"}


def test_a_lot_in_two_cartons_of_which_the_first_was_shipped(blank_graph: Graph) -> None:
    """The later packing ends the first one; that a part of the lot stayed there is nowhere excluded."""
    tables = {
        "lots": table("supplier lot part", "A L1 P1", "A L2 P1"),
        "packing": table(
            "content content_kind supplier container at removed_at",
            "L1 lot A CT1 08:00 -",
            "L1 lot A CT2 09:00 -",
            "L2 lot A CT1 08:00 09:00",
            "L2 lot A CT2 09:00 -",
        ),
        "shipments": table("shipment shipped_at customer", "S1 12:00 K1", "S2 12:00 K2"),
        "shipment_contents": table("shipment content content_kind", "S1 CT1 container", "S2 CT2 container"),
    }
    fill(blank_graph, tables)
    by_letter = recall(blank_graph, "lot A L1")
    assert [(row["shipment"], row["customer"]) for row in by_letter.records()] == [("S2", "K2")]
    assert by_letter.meta["gaps"] == by_letter.meta["summary"]["gaps"] == 1
    assert recall(blank_graph, "lot A L1", by="gap").rows == [
        (
            "A/L1",
            None,
            None,
            [],
            "P1",
            when("12:00"),
            "packed again elsewhere: CT1 went with S1",
            "A/L1",
            "K1",
        )
    ]
    assert recall(blank_graph, "component P1", by="gap").meta["gaps"] == 1
    assert recall(blank_graph, "lot A L2").meta["gaps"] == 0  # all of it was taken out
    missing = asking(blank_graph, "gaps", reason="packed again elsewhere").records()
    assert [(row["kind"], row["id"], row["detail"], row["at"]) for row in missing] == [
        ("lot", "A/L1", "CT1 S1", when("12:00"))
    ]
    twice = asking(blank_graph, "findings", kind="packed again elsewhere").records()
    assert [(row["ids"], row["at"]) for row in twice] == [(["A/L1", "CT1"], when("09:00"))]

    # It was in both: the first shipment lists the lot itself.
    more = table("shipment content content_kind supplier", "S1 L1 lot A")
    fill(blank_graph, {**tables, "shipment_contents": [*tables["shipment_contents"], *more]})
    both = recall(blank_graph, "lot A L1")
    assert [(row["shipment"], row["customer"]) for row in both.records()] == [("S1", "K1"), ("S2", "K2")]
    assert both.meta["gaps"] == 0


def test_a_lot_left_in_a_carton_that_was_packed_into_another_container(blank_graph: Graph) -> None:
    """The rest of the lot is in the pallet that its first carton went into, and left with that."""
    tables = {
        "lots": table("supplier lot part", "A L1 P1"),
        "packing": table(
            "content content_kind supplier container at removed_at",
            "L1 lot A CT1 08:00 -",
            "L1 lot A CT2 09:00 -",
            "CT1 container - PAL 10:00 -",
        ),
        "shipments": table("shipment shipped_at customer", "S1 12:00 K1"),
        "shipment_contents": table("shipment content content_kind", "S1 PAL container"),
    }
    fill(blank_graph, tables)
    assert [row["shipment"] for row in recall(blank_graph, "lot A L1").records()] == [None]
    gaps = recall(blank_graph, "lot A L1", by="gap").records()
    assert [(row["reason"], row["customer"]) for row in gaps] == [
        ("packed again elsewhere: CT1 went with S1", "K1")
    ]
    missing = asking(blank_graph, "gaps", reason="packed again elsewhere").records()
    assert [(row["id"], row["detail"]) for row in missing] == [("A/L1", "CT1 S1")]


def test_why_leads_over_no_links_that_never_met(blank_graph: Graph) -> None:
    tables = {
        "placements": table(PLACED, "B1 08:00 A L1 C1", "B2 08:00 A L1 C1"),
        "removals": table("unit at refdes supplier lot", "B1 10:00 C1 A L1", "B2 11:30 C1 A L1"),
        "mounts": table(MOUNTED, "B1 P1 11:00 12:00", "B2 P2 11:00 12:00"),
    }
    fill(blank_graph, tables)
    said = {
        product: asking(blank_graph, "why lot", unit=product, supplier="A", lot="L1")
        for product in ("P1", "P2")
    }
    assert (said["P1"].rows, said["P1"].meta["class"]) == ([], None)
    assert said["P2"].meta["class"] == "past"
    assert classes(blank_graph, "lot A L1") == {"B1": "past", "B2": "past", "P2": "past"}


def test_gaps_of_a_reason_a_machine_and_a_window(blank_graph: Graph) -> None:
    tables = {
        "programs": table("program feeder refdes", "G1 F1 C1"),
        "visits": table(VISITED, *(f"B{n} M1 {7 + n:02}:00 - G1" for n in (1, 2, 3)), "B4 M2 09:30 - G1"),
    }
    fill(blank_graph, tables)

    def visited(**asked: str) -> list[str]:
        rows = asking(blank_graph, "gaps", **in_full(asked)).records()
        return [row["id"] for row in rows if row["kind"] == "unit"]

    empty, unknown = "nothing was loaded at this feeder", "known only by reference"
    assert visited(reason=empty) == ["B1", "B2", "B3", "B4"]
    assert visited(reason=unknown) == ["B1", "B2", "B3", "B4"]  # said of the units themselves
    assert len(visited()) == 8
    assert visited(since="09:00", until="10:00") == ["B2", "B4"]
    assert visited(since="09:00", until="10:00", machine="M1") == ["B2"]
    assert visited(since="10:00", reason=empty) == ["B3"]
    assert visited(until="09:00", machine="M1", reason=empty) == ["B1"]
    assert visited(reason=unknown, since="08:00") == visited(reason=unknown, machine="M1") == []


def test_a_lot_that_went_to_one_customer_twice_is_counted_once(blank_graph: Graph) -> None:
    tables = {
        "lot_moves": table(MOVES, "merge A L1 A X", "merge A L2 A X"),
        "shipments": table(SHIPPED, "S1 2 sale K1", "S2 3 sale K1"),
        "shipment_contents": table(
            "shipment content content_kind supplier",
            *(f"S{n} {lot} lot A" for n in (1, 2) for lot in ("L1", "X")),
        ),
    }
    fill(blank_graph, tables)
    assert customers(blank_graph, "lot A L1") == {"K1": (1, 1, 0, 0, 2)}
    assert not differences(blank_graph, tables)


def test_certain_at_one_feeder_and_possible_at_another(blank_graph: Graph) -> None:
    tables = {
        "lot_moves": table(MOVES, "reel A L1 - R1", "reel A L1 - R2", "reel B L9 - R9"),
        "programs": table("program feeder refdes", "G1 F1 C1", "G1 F2 C2"),
        "loads": table(LOADED, "M1 F1 - R1 07:00 -", "M1 F2 - R2 07:00 08:10", "M1 F2 - R9 08:05 -"),
        "visits": table(VISITED, "B1 M1 08:00 08:20 G1"),
    }
    fill(blank_graph, tables)
    assert classes(blank_graph, "lot A L1") == {"B1": "certain"}
    assert classes(blank_graph, "lot B L9") == {"B1": "possible"}


def test_hub_lot_on_more_boards_than_a_cohort_holds(blank_graph: Graph) -> None:
    """Two boards a product, 500 products a shipment; one board was repaired, one taken out again."""
    boards = [f"H{number:04}" for number in range(4200)]
    placed_at = {board: shown(1_709_280_000_000_000 + 7_000_000 * n) for n, board in enumerate(boards)}
    top = {board: f"P{number // 2:04}" for number, board in enumerate(boards)}
    products = sorted(set(top.values()))
    second = set(boards[3000:])  # they have a lot more, from a second machine
    tables: Tables = {
        "placements": [
            {
                "unit": board,
                "at": placed_at[board],
                "machine": "M1",
                "supplier": "A",
                "lot": "HUB",
                "refdes": "C1",
            }
            for board in boards
        ]
        + [
            {
                "unit": board,
                "at": when("20"),
                "machine": "M2",
                "supplier": "A",
                "lot": "HUB",
                "refdes": "C2",
            }
            for board in second
        ],
        "mounts": [{"child": board, "parent": top[board], "at": when("25")} for board in boards],
        "removals": table("unit at refdes supplier lot", "H0010 26 C1 A HUB"),
        "shipments": [
            {"shipment": f"S{part}", "shipped_at": when("28"), "customer": f"K{part % 2}"}
            for part in range(4)
        ],
        "shipment_contents": [
            {"shipment": f"S{number // 500}", "content": product, "content_kind": "unit"}
            for number, product in enumerate(products[:2000])
        ],
    }
    tables["mounts"][21] |= {"removed_at": when("27")}
    fill(blank_graph, tables)
    answer = recall(blank_graph, "lot A HUB")
    rows = {row["unit"]: row for row in answer.records()}
    assert len(answer.rows) == len(rows) == len(boards) + len(products)
    past = {"H0010"}
    assert {unit for unit, row in rows.items() if row["class"] != "certain"} == past
    assert {unit: rows[unit]["since"] for unit in boards} == placed_at
    assert {rows[product]["since"] for product in products} == {when("25")}
    assert {unit: rows[unit]["top"] for unit in boards} == top | {"H0021": "H0021"}
    assert {unit for unit in boards if set(rows[unit]["refdes"]) == {"C1", "C2"}} == second
    shipments = {row["shipment"]: row for row in recall(blank_graph, "lot A HUB", by="shipment").records()}
    assert {name: row["tops"] for name, row in shipments.items()} == {f"S{part}": 500 for part in range(4)}
    assert shipments["S0"]["certain"] == 1500 - 2  # one is past, one no longer in it
    assert customers(blank_graph, "lot A HUB") == {"K0": (2998, 0, 1, 0, 1000), "K1": (3000, 0, 0, 0, 1000)}
    summary = recall(blank_graph, "lot A HUB", by="customer").meta["summary"]
    assert (summary["units"], summary["tops"], summary["past"]) == (6300, 2101, 1)
    filtered = recall(blank_graph, "lot A HUB", state="in_stock", **{"class": "certain"}).meta["summary"]
    assert (filtered["units"], filtered["tops"]) == (301, 101)
    shared = recall(blank_graph, "unit H0100")
    assert len(shared.rows) == 6299
    assert "H0100" not in {row["unit"] for row in shared.records()}
    assert shared.meta["summary"]["tops"] == 2101
