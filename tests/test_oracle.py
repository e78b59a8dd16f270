"""The oracle against cases worked by hand from the sentences of the contract (section 2 mostly)."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import Answer, Oracle, Row, Tables, joined
from plants import batches, plants, shuffled, write_csv

if TYPE_CHECKING:
    from pathlib import Path


def day(number: int) -> str:
    return f"2024-01-{number:02}T00:00:00Z"


def placed(unit: str, number: int, lot: str, refdes: str = "", **cells: str) -> Row:
    return {"unit": unit, "at": day(number), "supplier": "A", "lot": lot, "refdes": refdes, **cells}


def removed(unit: str, number: int, **cells: str) -> Row:
    return {"unit": unit, "at": day(number), **cells}


def mounted(child: str, parent: str, at: int, until: int | None = None) -> Row:
    return {"child": child, "parent": parent, "at": day(at), "removed_at": day(until) if until else ""}


def packed(content: str, container: str, at: int, until: int | None = None, kind: str = "unit") -> Row:
    end = day(until) if until else ""
    return {
        "content": content,
        "content_kind": kind,
        "container": container,
        "at": day(at),
        "removed_at": end,
    }


def shipment(name: str, at: int, customer: str = "", kind: str = "") -> Row:
    return {"shipment": name, "shipped_at": day(at), "kind": kind, "customer": customer}


def listed(name: str, content: str, kind: str = "unit", supplier: str = "") -> Row:
    return {"shipment": name, "content": content, "content_kind": kind, "supplier": supplier}


def move(kind: str, origin: str, became: str) -> Row:
    return {"kind": kind, "from_supplier": "A", "from_lot": origin, "to_supplier": "A", "to_lot": became}


def loaded(feeder: str, lot: str, at: int, until: int | None = None) -> Row:
    end = day(until) if until else ""
    return {
        "machine": "M",
        "feeder": feeder,
        "supplier": "A",
        "lot": lot,
        "loaded_at": day(at),
        "unloaded_at": end,
    }


def visit(unit: str, at: int, program: str = "", until: int | None = None) -> Row:
    end = day(until) if until else ""
    return {"unit": unit, "machine": "M", "started_at": day(at), "ended_at": end, "program": program}


def programmed(program: str, feeder: str, refdes: str) -> Row:
    return {"program": program, "feeder": feeder, "refdes": refdes}


def scrap(unit: str, at: int) -> Row:
    return {"unit": unit, "at": day(at), "kind": "scrap"}


def classes(oracle: Oracle, lot: str, supplier: str = "A") -> dict[str, str]:
    return {row["unit"]: row["class"] for row in oracle.recall("lot", supplier=supplier, lot=lot)}


def one(rows: list[Answer], **cells: str) -> Answer:
    (row,) = [row for row in rows if all(row[column] == cell for column, cell in cells.items())]
    return row


def where(oracle: Oracle, unit: str, lot: str = "L") -> tuple[str | None, str, str | None]:
    row = one(oracle.recall("lot", supplier="A", lot=lot), unit=unit)
    return row["shipment"], row["state"], row["customer"]


def test_a_recall_row_whole() -> None:
    oracle = Oracle(
        {
            "units": [{"unit": "B", "kind": "board", "product": "X"}],
            "placements": [placed("B", 1, "L", "R1 R2"), placed("B", 2, "L", "C1")],
            "packing": [packed("B", "C", 3)],
            "shipments": [shipment("S", 4, "K")],
            "shipment_contents": [listed("S", "C", "container")],
        }
    )
    row = {
        "unit": "B",
        "product": "X",
        "kind": "board",
        "class": "certain",
        "since": "2024-01-01T00:00:00Z",
        "until": None,
        "lots": ["A/L"],
        "refdes": ["C1", "R1", "R2"],
        "top": "B",
        "container": "C",
        "shipment": "S",
        "shipped_at": "2024-01-04T00:00:00Z",
        "customer": "K",
        "state": "shipped",
    }
    rows = oracle.recall("lot", supplier="A", lot="L")
    assert rows == [row]
    assert list(rows[0]) == list(row)


def test_a_provenance_row_whole() -> None:
    oracle = Oracle(
        {
            "lots": [{"supplier": "A/%", "lot": "L", "part": "10K"}],
            "lot_moves": [
                {
                    "kind": "reel",
                    "from_supplier": "A/%",
                    "from_lot": "L",
                    "to_supplier": "",
                    "to_lot": "R",
                }
            ],
            "placements": [
                {
                    "unit": "B",
                    "at": "2024-01-01T02:00:00.5+02:00",
                    "supplier": "",
                    "lot": "R",
                    "refdes": "R2 R1",
                    "machine": "M",
                    "operator": "O",
                }
            ],
        }
    )
    row = {
        "via": "B",
        "refdes": ["R1", "R2"],
        "part": "10K",
        "supplier": "",
        "lot": "R",
        "origins": ["A%2F%25/L"],
        "machine": "M",
        "program": None,
        "operator": "O",
        "placed_at": "2024-01-01T00:00:00.500000Z",
        "removed_at": None,
        "class": "certain",
    }
    assert oracle.provenance_unit("B") == [row]
    assert list(oracle.provenance_unit("B")[0]) == list(row)


def test_a_removal_by_refdes_ends_every_earlier_placement_there_and_only_there() -> None:
    oracle = Oracle(
        {
            "placements": [
                placed("B", 1, "L1", "R1 R2"),
                placed("B", 2, "L2", "R1"),
                placed("B", 5, "L1", "R1"),
                placed("B", 1, "L3"),
            ],
            "removals": [removed("B", 4, refdes="R1")],
        }
    )
    ends = [(row["lot"], row["refdes"], row["removed_at"]) for row in oracle.provenance_unit("B")]
    assert ends == [
        ("L3", [], None),
        ("L1", ["R1"], day(4)),
        ("L1", ["R1"], None),
        ("L2", ["R1"], day(4)),
        ("L1", ["R2"], None),
    ]


def test_a_removal_that_names_a_lot_ends_that_lot_only_also_without_refdes() -> None:
    oracle = Oracle(
        {
            "placements": [
                placed("B", 1, "L1", "R1"),
                placed("B", 1, "L2", "R1"),
                placed("B", 2, "L1", "R2"),
                placed("B", 2, "L1"),
            ],
            "removals": [removed("B", 3, refdes="R1", supplier="A", lot="L1")],
        }
    )
    ends = {(row["lot"], *row["refdes"]): row["removed_at"] for row in oracle.provenance_unit("B")}
    assert ends == {
        ("L1", "R1"): day(3),
        ("L2", "R1"): None,
        ("L1", "R2"): None,
        ("L1",): day(3),
    }


def test_a_removal_by_lot_alone_ends_all_its_earlier_placements() -> None:
    oracle = Oracle(
        {
            "placements": [
                placed("B", 1, "L1", "R1 R2"),
                placed("B", 1, "L2", "R1"),
                placed("B", 4, "L1", "R3"),
            ],
            "removals": [removed("B", 3, supplier="A", lot="L1"), removed("B", 2, supplier="", lot="L1")],
        }
    )
    ends = [(row["refdes"], row["lot"], row["removed_at"]) for row in oracle.provenance_unit("B")]
    assert ends == [(["R1"], "L2", None), (["R1", "R2"], "L1", day(3)), (["R3"], "L1", None)]


def test_a_removal_ends_nothing_that_begins_with_it() -> None:
    oracle = Oracle({"placements": [placed("B", 3, "L", "R1")], "removals": [removed("B", 3, refdes="R1")]})
    assert classes(oracle, "L") == {"B": "certain"}


def test_a_part_removed_before_the_board_was_mounted_never_exposed_the_product() -> None:
    tables: Tables = {
        "placements": [placed("B", 1, "L", "R1")],
        "removals": [removed("B", 3, refdes="R1")],
        "mounts": [mounted("B", "P", 3)],
    }
    assert classes(Oracle(tables), "L") == {"B": "past"}
    tables["mounts"] = [mounted("B", "P", 2)]
    rows = Oracle(tables).recall("lot", supplier="A", lot="L")
    assert [(row["unit"], row["class"], row["since"], row["until"]) for row in rows] == [
        ("B", "past", day(1), day(3)),
        ("P", "past", day(2), day(3)),
    ]


def test_a_board_that_moved_on_leaves_its_product_past() -> None:
    mounts = [mounted("B", "P", 2, 4), mounted("B", "Q", 5), mounted("Q", "T", 1, 5), mounted("Q", "U", 6)]
    oracle = Oracle({"placements": [placed("B", 1, "L")], "mounts": mounts})
    # Q left T at the instant that B came into Q: T never held B
    assert classes(oracle, "L") == {"B": "certain", "P": "past", "Q": "certain", "U": "certain"}
    (row,) = [row for row in oracle.recall("lot", supplier="A", lot="L") if row["unit"] == "U"]
    assert (row["since"], row["until"], row["top"]) == (day(6), None, "U")
    assert [(row["unit"], row["parent"], row["depth"], row["at"]) for row in oracle.contents_unit("U")] == [
        ("B", "Q", 2, day(5)),
        ("Q", "U", 1, day(6)),
    ]


def test_remounting_in_one_parent_is_two_links() -> None:
    mounts = [mounted("B", "P", 2, 3), mounted("B", "P", 6, 8)]
    oracle = Oracle(
        {
            "placements": [placed("B", 1, "L1", "R1"), placed("B", 4, "L2", "R1")],
            "removals": [removed("B", 4, refdes="R1")],
            "mounts": mounts,
        }
    )
    rows = [(row["lot"], row["class"]) for row in oracle.provenance_unit("P")]
    assert rows == [("L1", "past"), ("L2", "past")]
    (row,) = oracle.recall("lot", supplier="A", lot="L2", cls="past")
    assert (row["unit"], row["since"], row["until"]) == ("P", day(6), day(8))


def test_a_visit_with_program_places_what_was_loaded_meanwhile() -> None:
    oracle = Oracle(
        {
            "programs": [
                programmed("G", "F1", "R1"),
                programmed("G", "F1", "R2"),
                programmed("H", "F2", "C1"),
            ],
            "loads": [
                loaded("F1", "L1", 1, 3),  # unloaded at the start: no more there
                loaded("F1", "L2", 3, 9),
                loaded("F2", "L3", 1),  # H's feeder, not G's
                loaded("F3", "PASTE", 5),  # at the end, both included
            ],
            "visits": [visit("B", 3, "G", 5)],
        }
    )
    rows = [(row["lot"], row["refdes"], row["class"]) for row in oracle.provenance_unit("B")]
    assert rows == [("PASTE", [], "certain"), ("L2", ["R1", "R2"], "certain")]
    assert oracle.provenance_unit("B")[0]["placed_at"] == day(3)


def test_a_feeder_that_the_program_needs_and_nobody_loaded() -> None:
    oracle = Oracle(
        {
            "programs": [{**programmed("G", "F1", "R1 R2"), "part": "10K"}, programmed("G", "F2", "C1")],
            "loads": [loaded("F2", "L", 1), loaded("F1", "L", 4)],
            "visits": [visit("B1", 2, "G"), visit("B2", 4, "G"), visit("B3", 2)],
        }
    )
    assert [tuple(row.values()) for row in oracle.empty_feeders()] == [
        ("B1", "M", "F1", ["R1", "R2"], "10K", day(2))
    ]


@pytest.mark.parametrize("program", ["", "UNLISTED"])
def test_without_a_known_program_every_loaded_feeder_counts_uncertain(program: str) -> None:
    oracle = Oracle(
        {
            "programs": [programmed("G", "F1", "R1")],
            "loads": [loaded("F1", "L1", 1), loaded("F9", "L2", 1)],
            "visits": [visit("B", 3, program)],
        }
    )
    rows = [(row["lot"], row["refdes"], row["class"]) for row in oracle.provenance_unit("B")]
    assert rows == [("L1", [], "possible"), ("L2", [], "possible")]


def test_a_reel_change_during_a_visit_is_grey_unless_both_reels_are_suspects() -> None:
    tables: Tables = {
        "programs": [programmed("G", "F1", "R1")],
        "loads": [loaded("F1", "L1", 1, 4), loaded("F1", "L2", 4)],
        "visits": [visit("B1", 3, "G", 3), visit("B2", 3, "G", 4), visit("B3", 4, "G", 5)],
    }
    assert classes(Oracle(tables), "L1") == {"B1": "certain", "B2": "possible"}
    assert classes(Oracle(tables), "L2") == {"B2": "possible", "B3": "certain"}
    tables["lot_moves"] = [move("reel", "L", "L1"), move("split", "L", "L2")]
    oracle = Oracle(tables)
    assert classes(oracle, "L") == {"B1": "certain", "B2": "certain", "B3": "certain"}
    assert one(oracle.recall("lot", supplier="A", lot="L"), unit="B2")["lots"] == ["A/L1", "A/L2"]
    # a provenance names no suspect: alternatives stay possible
    assert [row["class"] for row in oracle.provenance_unit("B2")] == ["possible", "possible"]


def test_alternatives_by_rows_need_a_refdes_and_each_of_them() -> None:
    grey = [placed("B", 1, lot, "R1", certain="false") for lot in ("L1", "L2")]
    moves = [move("reel", "L", "L1"), move("reel", "L", "L2")]
    assert classes(Oracle({"placements": grey, "lot_moves": moves}), "L") == {"B": "certain"}
    third = placed("B", 1, "L3", "R1", certain="false")
    assert classes(Oracle({"placements": [*grey, third], "lot_moves": moves}), "L") == {"B": "possible"}
    no_place = [placed("B", 1, lot, certain="false") for lot in ("L1", "L2")]
    assert classes(Oracle({"placements": no_place, "lot_moves": moves}), "L") == {"B": "possible"}
    elsewhere = [grey[0], {**grey[1], "machine": "M"}]
    assert classes(Oracle({"placements": elsewhere, "lot_moves": moves}), "L") == {"B": "possible"}
    assert classes(Oracle({"placements": grey[:1], "lot_moves": moves}), "L") == {"B": "possible"}


def test_a_merge_is_certain_if_all_its_parents_are() -> None:
    moves = [move("merge", "L1", "BIN"), move("merge", "L2", "BIN"), move("made", "BIN", "CABLE")]
    tables: Tables = {"lot_moves": moves, "placements": [placed("B", 1, "CABLE", "W1")]}
    assert classes(Oracle(tables), "L1") == {"B": "possible"}
    tables["lot_moves"] = [*moves, move("reel", "L", "L1"), move("reel", "L", "L2")]
    assert classes(Oracle(tables), "L") == {"B": "certain"}
    assert [tuple(row.values()) for row in Oracle(tables).lineage("A", "BIN")] == [
        ("down", "A", "CABLE", None, "made", 1, True),
        ("up", "A", "L", None, "reel", 2, True),
        ("up", "A", "L1", None, "merge", 1, False),
        ("up", "A", "L2", None, "merge", 1, False),
    ]


def test_merges_in_a_circle_prove_nothing_of_themselves() -> None:
    moves = [move("merge", "L", "M"), move("merge", "N", "M"), move("split", "M", "N")]
    oracle = Oracle({"lot_moves": moves, "placements": [placed("B", 1, "M", "R1")]})
    assert classes(oracle, "L") == {"B": "possible"}
    assert oracle.provenance_unit("B")[0]["origins"] == ["A/L", "A/N"]


def test_a_mounting_that_is_uncertain_makes_possible() -> None:
    mounts = [{**mounted("B", "P", 2), "certain": "false"}]
    oracle = Oracle({"placements": [placed("B", 1, "L", "R1")], "mounts": mounts})
    assert classes(oracle, "L") == {"B": "certain", "P": "possible"}


def test_top_is_the_latest_open_mounting_then_the_greater_parent() -> None:
    mounts = [mounted("B", "P9", 2), mounted("B", "P2", 3), mounted("B", "P3", 3), mounted("B", "P4", 4, 5)]
    assert Oracle({"mounts": mounts}).top("B") == "P3"
    # a circle has no end: its earliest mounting does not count
    circle = Oracle({"mounts": [mounted("B", "P", 2), mounted("P", "Q", 3), mounted("Q", "B", 4)]})
    assert [circle.top(unit) for unit in ("B", "P", "Q")] == ["B", "B", "B"]


def test_a_later_packing_elsewhere_ends_the_earlier_one() -> None:
    oracle = Oracle(
        {
            "placements": [placed("B", 1, "L")],
            "packing": [
                packed("B", "C1", 2, 6),
                packed("B", "C2", 4),
                packed("C2", "PAL", 3, 8, "container"),
            ],
            "shipments": [shipment("S1", 3, "K1"), shipment("S2", 4, "K2")],
            "shipment_contents": [listed("S1", "C1", "container"), listed("S2", "C1", "container")],
        }
    )
    assert where(oracle, "B") == ("S1", "shipped", "K1")
    assert one(oracle.recall("lot", supplier="A", lot="L"), unit="B")["container"] == "C2"
    assert [tuple(row.values()) for row in oracle.contents_container("PAL")] == [
        ("container", "C2", "PAL", 1, day(3), day(8)),
        ("unit", "B", "C2", 2, day(4), None),
    ]
    assert [tuple(row.values()) for row in oracle.provenance_container("PAL")] == [
        ("A", "L", None, [], 1, "past")
    ]
    assert [row["class"] for row in oracle.provenance_container("C2")] == ["certain"]


def test_a_shipment_carries_what_was_in_it_when_it_went() -> None:
    tables: Tables = {
        "placements": [placed("B", 1, "L")],
        "mounts": [mounted("B", "P", 2, 5)],
        "packing": [packed("P", "C", 3), packed("C", "PAL", 3, kind="container")],
        "shipment_contents": [listed("S", "PAL", "container")],
    }
    # B was in P in C in the pallet; P was its top until the day when it left
    for at, carried in ((2, None), (3, "S"), (4, "S"), (5, None)):
        tables["shipments"] = [shipment("S", at, "K")]
        assert where(Oracle(tables), "B")[0] == carried
    tables["shipments"] = [shipment("S", 4, "K")]
    assert [tuple(row.values()) for row in Oracle(tables).contents_shipment("S")] == [
        ("container", "C", "PAL", None, None),
        ("container", "PAL", None, None, None),
        ("unit", "B", "C", None, "B"),
        ("unit", "P", "C", None, "P"),
    ]


def test_a_mounted_unit_is_where_its_top_is_else_where_it_went_itself() -> None:
    tables: Tables = {
        "placements": [placed("B", 1, "L")],
        "mounts": [mounted("B", "P", 3)],
        "shipments": [shipment("S1", 2, "K1"), shipment("S2", 4, "K2"), shipment("S3", 5, "K3")],
        "shipment_contents": [listed("S1", "B"), listed("S3", "B")],
    }
    assert where(Oracle(tables), "B") == ("S3", "shipped", "K3")
    assert where(Oracle(tables), "P") == (None, "in_stock", None)
    tables["shipment_contents"].append(listed("S2", "P"))
    assert where(Oracle(tables), "B") == ("S2", "shipped", "K2")
    rows = Oracle(tables).recall("lot", by="customer", supplier="A", lot="L")
    assert [tuple(row.values()) for row in rows] == [
        ("K1", None, 0, 0, 0, 1, 0),
        ("K2", None, 2, 0, 0, 0, 1),  # board and product are one thing in the field
        ("K3", None, 0, 0, 0, 1, 0),
    ]


def test_returns_transfers_and_shipments_known_by_reference() -> None:
    tables: Tables = {
        "placements": [placed("B", 1, "L")],
        "shipments": [shipment("S1", 2, "K1", "sale"), shipment("S2", 3, "K1", "return")],
        "shipment_contents": [listed("S1", "B"), listed("S2", "B"), listed("ZZ", "B")],
    }
    assert where(Oracle(tables), "B") == ("S2", "returned", None)
    rows = Oracle(tables).recall("lot", by="customer", supplier="A", lot="L")
    assert [tuple(row.values()) for row in rows] == [("K1", None, 0, 0, 0, 1, 0)]
    tables["shipments"].append(shipment("S3", 3, "", "transfer"))  # of equal times the greater id is later
    tables["shipment_contents"].append(listed("S3", "B"))
    assert where(Oracle(tables), "B") == ("S3", "in_stock", None)
    rows = Oracle(tables).recall("lot", by="shipment", supplier="A", lot="L")
    assert [tuple(row.values()) for row in rows] == [("S3", None, day(3), 1, 0, 0, 1)]
    tables["shipments"] = []
    assert where(Oracle(tables), "B") == ("ZZ", "shipped", None)
    rows = Oracle(tables).recall("lot", by="customer", supplier="A", lot="L")
    assert [tuple(row.values()) for row in rows] == [(None, None, 1, 0, 0, 0, 1)]


def test_scrapped_is_undone_only_by_a_later_sale_of_the_very_one() -> None:
    tables: Tables = {
        "placements": [placed("B", 1, "L")],
        "mounts": [mounted("B", "P", 2)],
        "service": [scrap("P", 4)],
        "shipments": [shipment("S1", 4, "K"), shipment("S2", 5, "K", "transfer")],
        "shipment_contents": [listed("S1", "P"), listed("S2", "P")],
    }
    assert where(Oracle(tables), "B") == ("S2", "scrapped", None)
    tables["shipments"].append(shipment("S3", 6, "K2"))
    tables["shipment_contents"].append(listed("S3", "B"))  # the board, not what was scrapped
    assert where(Oracle(tables), "B")[1] == "scrapped"
    tables["shipment_contents"].append(listed("S3", "P"))
    assert where(Oracle(tables), "B") == ("S3", "shipped", "K2")
    tables["mounts"] = [mounted("B", "P", 2, 3)]  # not mounted in it when it was scrapped, nor now
    tables["shipment_contents"] = []
    assert where(Oracle(tables), "B") == (None, "in_stock", None)


def test_a_panel_stands_for_its_units_but_the_skipped() -> None:
    panel = {"kind": "board", "panel": "PN"}
    tables: Tables = {
        "placements": [placed("PN", 1, "L", "R1")],
        "removals": [removed("B2", 2, refdes="R1")],
        "units": [
            {"unit": "B1", **panel},
            {"unit": "B2", **panel},
            {"unit": "B3", **panel, "skipped": "true"},
        ],
    }
    assert classes(Oracle(tables), "L") == {"B1": "certain", "B2": "past"}
    with pytest.raises(KeyError):
        Oracle(tables).provenance_unit("PN")
    tables["units"] = []
    assert classes(Oracle(tables), "L") == {"PN": "certain"}


def test_a_panel_is_mounted_and_shipped_with_its_units() -> None:
    tables: Tables = {
        "placements": [placed("B1", 1, "L", "R1"), placed("X", 1, "L2", "R1")],
        "mounts": [mounted("X", "PN", 2), mounted("B1", "PN", 2), mounted("PN", "P", 3)],
        "shipment_contents": [listed("S1", "PN")],
        "units": [{"unit": unit, "panel": "PN"} for unit in ("B1", "B2")],
    }
    assert classes(Oracle(tables), "L") == {"B1": "certain", "P": "certain"}
    possible = dict.fromkeys(("B1", "B2", "P"), "possible")
    assert classes(Oracle(tables), "L2") == {"X": "certain", **possible}
    assert where(Oracle(tables), "B2", "L2")[0] == "S1"
    tables["units"].pop()
    assert classes(Oracle(tables), "L2") == dict.fromkeys(("X", "B1", "P"), "certain")


def test_part_and_dates_are_inherited_and_unknown_never_excludes() -> None:
    lots = [
        {"supplier": "A", "lot": "L1", "part": "10 K", "date_code": "2401", "received_at": day(1)},
        {"supplier": "A", "lot": "L2", "part": "10K", "date_code": "2410", "received_at": day(9)},
        {"supplier": "A", "lot": "BOTH", "part": "10k"},
        {"supplier": "A", "lot": "X", "part": "47K"},
    ]
    moves = [
        move("reel", "L1", "R"),
        move("split", "R", "RR"),
        move("relabel", "RR", "R"),  # a cycle adds nothing
        move("split", "L1", "BOTH"),
        move("split", "L2", "BOTH"),
        move("merge", "L1", "POUR"),  # does not inherit
    ]
    oracle = Oracle({"lots": lots, "lot_moves": moves})
    assert [oracle.part(("A", lot)) for lot in ("R", "RR", "BOTH", "POUR")] == ["10 K", "10 K", "10k", None]
    # L2 is out of the window; BOTH has two origins that differ
    early = oracle._seeds("component", {"part": "10K", "date_code_from": "2352", "date_code_to": "2401"})
    assert early == {("A", "L1"): True, ("A", "R"): True, ("A", "RR"): True, ("A", "BOTH"): False}
    window = {"supplier": "A", "since": "2024-01-09T00:00:00.000000+00:00"}
    late = oracle._seeds("supplier", window)
    assert late == {("A", "L2"): True, ("A", "BOTH"): False, ("A", "POUR"): False, ("A", "X"): False}


def test_a_component_is_its_part_or_an_mpn_whatever_case_and_blanks() -> None:
    oracle = Oracle(
        {
            "components": [{"part": "P-1", "mpn": "RC 0603"}],
            "lots": [
                {"supplier": "A", "lot": "BY PART", "part": "p-1"},
                {"supplier": "B", "lot": "BY MPN", "mpn": "rc0603", "vendor": "V"},
                {"supplier": "C", "lot": "NEITHER", "part": "P-2"},
            ],
        }
    )
    assert set(oracle.suspect_lots("component", part="RC0603")) == {("A", "BY PART"), ("B", "BY MPN")}
    assert set(oracle.suspect_lots("component", part="P - 1")) == {("A", "BY PART")}
    assert set(oracle.suspect_lots("component", part="rc 0603", supplier="V")) == {("B", "BY MPN")}
    assert set(oracle.suspect_lots("supplier", supplier="V")) == {("B", "BY MPN")}
    with pytest.raises(KeyError):
        oracle.suspect_lots("component", part="P-3")


def test_rows_of_one_key_complete_each_other_and_both_values_count() -> None:
    lots = [
        {"supplier": "A", "lot": "L", "part": "P1"},
        {"supplier": "A", "lot": "L", "part": "P2"},
        {"supplier": "A", "lot": "L", "part": ""},
    ]
    mounts = [mounted("B", "P", 2), {**mounted("B", "P", 2, 4), "at": "2024-01-02T01:00:00+01:00"}]
    oracle = Oracle({"lots": lots, "placements": [placed("B", 1, "L")], "mounts": mounts})
    assert oracle.provenance_unit("B")[0]["part"] == "P2"
    assert {one(oracle.recall("component", part=part), unit="B")["class"] for part in ("P1", "P2")} == {
        "certain"
    }
    assert classes(oracle, "L") == {"B": "certain", "P": "past"}


def test_a_retraction_wins_and_a_reassertion_wins_over_it() -> None:
    row = placed("B", 1, "L", "R1")
    retract = {**row, "at": "2024-01-01T05:00:00+05:00", "machine": "", "action": "retract"}
    rest = [placed("B", 1, "L", "R2"), placed("B", 1, "OTHER", "R1")]
    for rows in ([row, retract], [retract, row]):
        oracle = Oracle({"placements": [*rows, *rest]})
        assert one(oracle.recall("lot", supplier="A", lot="L"), unit="B")["refdes"] == ["R2"]
    rows = [{**row, "action": "reassert"}, row, retract, *rest]
    assert one(Oracle({"placements": rows}).recall("lot", supplier="A", lot="L"), unit="B")["refdes"] == [
        "R1",
        "R2",
    ]


def test_machine_operator_program_and_firmware() -> None:
    oracle = Oracle(
        {
            "visits": [{**visit("B1", 1, "G", 3), "operator": "O"}],
            "placements": [placed("B2", 3, "L", machine="M"), placed("B3", 2, "L", machine="N")],
            "tests": [{"unit": "B4", "at": day(4), "kind": "AOI", "result": "pass", "machine": "M"}],
            "removals": [removed("B5", 2, refdes="R1", operator="O")],
            "mounts": [mounted("B1", "P", 5), mounted("B2", "Q", 1, 3)],
            "service": [
                {"unit": "B1", "at": day(3), "kind": "firmware", "firmware": "1.0"},
                {"unit": "B1", "at": day(6), "kind": "firmware", "firmware": "1.1"},
            ],
        }
    )
    # [started, ended] meets [since, until): the visit that ends at since does, the test at until does not
    rows = oracle.recall("machine", machine="M", since=day(3), until=day(4))
    assert [(row["unit"], row["class"], row["since"]) for row in rows] == [
        ("B1", "certain", day(1)),
        ("B2", "certain", day(3)),
        ("P", "certain", day(5)),
    ]
    assert rows[0]["lots"] == rows[0]["refdes"] == []
    assert [row["unit"] for row in oracle.recall("machine", machine="M", program="G")] == ["B1", "P"]
    assert [row["unit"] for row in oracle.recall("operator", operator="O")] == ["B1", "B5", "P"]
    rows = oracle.recall("firmware", firmware="1.0")
    assert [(row["unit"], row["class"], row["since"], row["until"]) for row in rows] == [
        ("B1", "past", day(3), day(6)),
        ("P", "past", day(5), day(6)),
    ]
    assert [row["class"] for row in oracle.recall("firmware", firmware="1.1")] == ["certain", "certain"]


def test_recall_unit_finds_what_shares_its_lots_but_not_itself() -> None:
    rows = [
        placed("B1", 1, "L1", "R1"),
        placed("B2", 1, "L1", "R1", certain="false"),
        placed("B1", 1, "L2", "R2"),
        placed("B3", 1, "L2", "R1"),
        placed("B4", 1, "L3", "R1"),
    ]
    tables: Tables = {"placements": rows, "removals": [removed("B1", 2, refdes="R2")]}
    answer = Oracle(tables).recall("unit", unit="B1")
    assert [(row["unit"], row["class"]) for row in answer] == [("B2", "possible"), ("B3", "certain")]


def test_a_lot_that_was_shipped_has_a_row_for_each_shipment() -> None:
    tables: Tables = {
        "lot_moves": [move("made", "L", "CABLE")],
        "shipments": [shipment("S1", 2, "K1"), shipment("S2", 3, "K2")],
        "shipment_contents": [listed("S1", "CABLE", "lot", "A"), listed("S2", "CABLE", "lot", "A")],
    }
    oracle = Oracle(tables)
    rows = oracle.recall("lot", supplier="A", lot="L")
    seen = [(row["unit"], row["kind"], row["class"], row["shipment"], row["customer"]) for row in rows]
    assert seen == [
        ("A/CABLE", "lot", "certain", "S1", "K1"),
        ("A/CABLE", "lot", "certain", "S2", "K2"),
    ]
    by = oracle.recall("lot", by="customer", supplier="A", lot="L")
    assert [(row["customer"], row["certain"], row["former"]) for row in by] == [("K1", 1, 0), ("K2", 1, 0)]


def test_the_summary_counts_what_state_and_class_select() -> None:
    oracle = Oracle(
        {
            "placements": [
                placed("B1", 1, "L"),
                placed("B2", 1, "L", certain="false"),
                placed("B3", 1, "L"),
            ],
            "removals": [removed("B3", 2, supplier="A", lot="L")],
            "mounts": [mounted("B1", "P", 2)],
            "shipments": [shipment("S", 3, "K")],
            "shipment_contents": [listed("S", "P")],
        }
    )
    whole = {"units": 4, "tops": 3, "certain": 2, "possible": 1, "past": 1, "in_stock": 2, "shipped": 2}
    none = {"returned": 0, "scrapped": 0}
    assert oracle.summary("lot", supplier="A", lot="L") == {
        **whole,
        **none,
        "shipments": 1,
        "customers": 1,
        "gaps": 0,
    }
    some = {"units": 1, "tops": 1, "certain": 0, "possible": 1, "past": 0, "in_stock": 1, "shipped": 0}
    answer = oracle.summary("lot", state="in_stock", cls="possible", supplier="A", lot="L")
    assert answer == {**some, **none, "shipments": 0, "customers": 0, "gaps": 0}


def test_by_lot_says_where_to_stop_it() -> None:
    oracle = Oracle(
        {
            "lots": [{"supplier": "A", "lot": "L", "part": "10K", "quantity": "5000"}],
            "lot_moves": [move("reel", "L", "R1"), move("merge", "R1", "BIN"), move("merge", "X", "BIN")],
            "loads": [loaded("F1", "R1", 1, 2), loaded("F2", "R1", 3)],
            "placements": [placed("B", 1, "R1", "R1")],
        }
    )
    rows = oracle.recall("lot", by="lot", supplier="A", lot="L")
    assert [tuple(row.values()) for row in rows] == [
        ("A", "BIN", None, False, None, None, None, 0),
        ("A", "L", "10K", True, 5000, None, None, 0),
        ("A", "R1", "10K", True, None, "M", "F2", 1),
    ]


def test_names_unknown_and_other_names() -> None:
    oracle = Oracle(
        {
            "placements": [placed("B", 1, "L")],
            "aliases": [
                {"kind": "unit", "id": "B", "alias": "van 1"},
                {"kind": "supplier", "id": "A", "alias": "Acme"},
                {"kind": "lot", "id": "A/L", "alias": "batch 7"},
            ],
        }
    )
    assert oracle.provenance_unit("van 1") == oracle.provenance_unit("B")
    assert classes(oracle, "L", "Acme") == classes(oracle, "batch 7", "") == {"B": "certain"}
    for unknown in ("Acme", "L", "van 2"):
        with pytest.raises(KeyError):
            oracle.provenance_unit(unknown)
    with pytest.raises(KeyError):
        oracle.recall("lot", supplier="", lot="L")


def test_provenance_of_a_shipment_is_what_went_out_and_whether_it_is_still_there() -> None:
    oracle = Oracle(
        {
            "placements": [
                placed("B", 1, "EARLY", "R1"),
                placed("B", 1, "STAYS", "R2"),
                placed("P", 1, "LATER", "R1"),
                placed("B", 9, "AFTER", "R3"),
            ],
            "removals": [removed("B", 2, refdes="R1"), removed("P", 8, refdes="R1")],
            "mounts": [mounted("B", "P", 3)],
            "shipments": [shipment("S", 5)],
            "shipment_contents": [listed("S", "P"), listed("S", "GOODS", "lot", "A")],
        }
    )
    assert [(row["lot"], row["units"], row["class"]) for row in oracle.provenance_shipment("S")] == [
        ("GOODS", 0, "certain"),
        ("LATER", 1, "past"),
        ("STAYS", 1, "certain"),
    ]


def answers(oracle: Oracle) -> list[list[Answer]]:
    found = [oracle.provenance_unit(unit) for unit in oracle.known_units]
    found += [oracle.contents_container(container) for container in oracle.known_containers]
    for supplier, lot in oracle.known_lots:
        found += [oracle.recall("lot", by, supplier=supplier, lot=lot) for by in ("unit", "customer")]
    return found


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_order_of_arrival_matters(data: st.DataObject) -> None:
    tables = data.draw(plants())
    dealt: Tables = {}
    for batch in data.draw(batches(data.draw(shuffled(tables)))):
        for table, rows in batch.items():
            dealt.setdefault(table, []).extend(rows)
    assert answers(Oracle(dealt)) == answers(Oracle(tables))


@settings(max_examples=25, deadline=None)
@given(plants())
def test_a_unit_is_exposed_exactly_to_the_lots_of_its_provenance_and_what_they_came_from(
    tables: Tables,
) -> None:
    oracle = Oracle(tables)
    for unit in oracle.known_units:
        rows = oracle.provenance_unit(unit)
        for supplier, lot in oracle.known_lots:
            name = f"{supplier.replace('%', '%25').replace('/', '%2F')}/{lot}"
            inside = {row["class"] for row in rows if name in row["origins"]}
            inside |= {row["class"] for row in rows if (row["supplier"], row["lot"]) == (supplier, lot)}
            exposed = {row["unit"] for row in oracle.recall("lot", supplier=supplier, lot=lot)}
            assert (unit in exposed) == bool(inside)


def test_tables_are_written_as_csv(tmp_path: Path) -> None:
    row = {**mounted("B", "P", 1), "action": "retract", "certain": "false", "no_column": "left out"}
    write_csv({"mounts": [row]}, tmp_path)
    with (tmp_path / "mounts.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [
            {
                "child": "B",
                "parent": "P",
                "at": day(1),
                "removed_at": "",
                "position": "",
                "certain": "false",
                "action": "retract",
            }
        ]


def test_rows_that_differ_in_refdes_only_can_be_joined() -> None:
    oracle = Oracle({"placements": [placed("B", 1, "L", "R1", feeder="F1"), placed("B", 1, "L", "R2")]})
    assert len(oracle.provenance_unit("B")) == 2
    assert [row["refdes"] for row in joined(oracle.provenance_unit("B"))] == [["R1", "R2"]]
