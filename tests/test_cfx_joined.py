"""What CFX messages come to together: in any order, over files, batches and days."""

from __future__ import annotations

import itertools
import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from boardtrace.admit import Options
from boardtrace.digest import digest
from boardtrace.ingest import ingest
from boardtrace.questions import VIEWS
from boardtrace.rows import shown
from cfx_messages import (
    AT,
    Message,
    as_messages,
    envelope,
    installed,
    loaded,
    minute,
    personalized,
    units,
    unloaded,
    write,
)
from derived import Derived, derived
from said import Said
from semantics import answer, wipe

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.graph import Graph


class Snapshot:
    """What messages came to."""

    def __init__(self, found: Derived) -> None:
        self._rows = {name: found.rows(name) for name in found.relations()}

    def rows(self, relation: str) -> list[dict[str, Any]]:
        return self._rows[relation]


_seen: dict[str, Snapshot] = {}


def scattered(folder: Path, messages: list[Message]) -> list[list[Path]]:
    parts = [messages[n::3][::-1] for n in range(3)]
    return [[write(folder / f"{n}.ndjson", part)] for n, part in enumerate(parts) if part]


def come_to(folder: Path, messages: list[Message], look: Any) -> Any:
    """Take the messages backwards, as three batches of what does not belong together."""
    key = json.dumps(messages)
    if key not in _seen:
        with derived(*scattered(folder, messages)) as found:
            assert found.quarantine() == []
            _seen[key] = Snapshot(found)
    return look(_seen[key])


def placed(found: Derived | Snapshot) -> list[tuple[str, str, str]]:
    return [
        (row["unit"], row.get("lot", ""), row.get("refdes", ""))
        + (() if row.get("certain", True) else ("?",))
        for row in sorted(
            found.rows("cfx_says_placements"), key=lambda row: (row["unit"], row["at"], row["lot"])
        )
    ]


def test_positions_of_a_panel(tmp_path: Path) -> None:
    messages = [
        installed("P1", 1, "R1", position=1),
        installed("P1", 2, "R2", position=2),
        installed("P1", 3, "R3", position=None),
        installed("U7", 4, "R4", position=1),
    ]
    assert come_to(tmp_path, messages, placed) == [
        ("P1#1", "R1", "C1"),
        ("P1#1", "R3", "C1"),
        ("P1#2", "R2", "C1"),
        ("P1#2", "R3", "C1"),
        ("U7", "R4", "C1"),
    ]
    panels = come_to(tmp_path, messages, lambda found: found.rows("want_unit"))
    assert [(row["unit"], row.get("panel"), row.get("position")) for row in panels] == [
        ("P1#1", "P1", "1"),
        ("P1#2", "P1", "2"),
        ("U7", None, None),
    ]


def test_a_position_of_a_panel_that_has_no_name_yet(tmp_path: Path) -> None:
    messages = [
        units("WorkStarted", 1, ("S1", 1), (None, 2, "Skip"), (None, 3), PrimaryIdentifier="P1"),
        installed("P1", 2, "R1", position=None),
        installed("P1", 3, "R3", position=3),
    ]
    assert come_to(tmp_path, messages, placed) == [
        ("P1#3", "R1", "C1"),
        ("P1#3", "R3", "C1"),
        ("S1", "R1", "C1"),
    ]


def test_a_board_with_a_position_that_others_do_not_give_is_said_once(tmp_path: Path) -> None:
    told = [("Serial Number", "S1"), ("MAC", "B"), ("MAC", "A")]
    characteristics = [{"Name": name, "Value": value} for name, value in told]
    unit = {"UnitIdentifier": "B1", "UnitPositionNumber": None, "Characteristics": characteristics}
    messages = [
        units("WorkStarted", 1, ("B1", 1), TransactionID="T1"),
        installed("B1", 2, "R1", position=None, transaction="T1"),
        envelope("UnitsPersonalized", {"TransactionId": "T1", "PersonalizedUnits": [unit]}, minute(3)),
    ]
    assert come_to(tmp_path, messages, placed) == [("B1", "R1", "C1")]
    steps = come_to(tmp_path, messages, lambda found: found.rows("cfx_says_processes"))
    assert [row["parameters"] for row in steps if row["kind"] == "personalized"] == [
        '{"MAC":["A","B"],"Serial Number":"S1"}'
    ]


def test_a_lot_code_without_its_maker_names_the_packages() -> None:
    packages = [{"UniqueIdentifier": name, "ManufacturerLotCode": "L7"} for name in ("R1", "A/2")]
    said = json.dumps(envelope("MaterialsInitialized", {"Materials": packages})).encode()
    found = Said([("m.json", said)], Options(site="S"), whole=True)
    assert found.want["known_lot"] == ['["", "S:A/2", "L7"]', '["", "S:R1", "L7"]']


@pytest.mark.parametrize("way", ["primary", "transaction", "serial"])
def test_units_given_for_positions(tmp_path: Path, way: str) -> None:
    first = {
        "primary": units("UnitsInitialized", 0, ("S1", 1), ("S2", 2), PrimaryIdentifier="P1"),
        "transaction": units("UnitsInitialized", 0, ("S1", 1), ("S2", 2), TransactionID="T1"),
        "serial": envelope(
            "UnitsPersonalized",
            {
                "PersonalizedUnits": [
                    {
                        "UnitIdentifier": "P1",
                        "UnitPositionNumber": number,
                        "Characteristics": [
                            {"Name": "Serial Number", "Value": f"S{number}"},
                            {"Name": "MAC Address", "Value": f"C0-0{number}"},
                        ],
                    }
                    for number in (1, 2)
                ]
            },
            minute(9),
        ),
    }[way]
    messages = [
        first,
        units("WorkStarted", 1, ("P1", 1), ("P1", 2), TransactionID="T1", Lane=1),
        installed("P1", 2, "R1", position=2, transaction="T1"),
        installed("P1", 3, "R2", position=None),
    ]
    assert come_to(tmp_path, messages, placed) == [
        ("S1", "R2", "C1"),
        ("S2", "R1", "C1"),
        ("S2", "R2", "C1"),
    ]
    found = come_to(tmp_path, messages, lambda found: found.rows("want_unit"))
    assert [(row["unit"], row["panel"], row["position"]) for row in found] == [
        ("S1", "P1", "1"),
        ("S2", "P1", "2"),
    ]
    if way == "serial":
        names = come_to(tmp_path, messages, lambda found: found.rows("want_known_unit"))
        assert [(row["id"], row["alias"]) for row in names] == [("S1", "C0-01"), ("S2", "C0-02")]


def test_a_carrier_that_comes_again_holds_other_units(tmp_path: Path) -> None:
    messages = [
        units("UnitsInitialized", 0, ("A", 1), PrimaryIdentifier="CARRIER"),
        installed("CARRIER", 1, "R1", position=1),
        units("UnitsInitialized", 10, ("B", 1), PrimaryIdentifier="CARRIER"),
        installed("CARRIER", 11, "R2", position=1),
        installed("CARRIER", 12, "R3", position=None),
    ]
    assert come_to(tmp_path, messages, placed) == [("A", "R1", "C1"), ("B", "R2", "C1"), ("B", "R3", "C1")]
    found = come_to(tmp_path, messages, lambda found: found.rows("want_unit"))
    assert [row.get("panel") for row in found] == [None, None]


def rounds(*, first: int, second: int) -> list[Message]:
    """A carrier of two positions, twice round; the serials come at these minutes."""
    return [
        installed("CARRIER", 2, "R0", position=2),
        personalized("CARRIER", first, "S1"),
        installed("CARRIER", 11, "R2", position=1),
        personalized("CARRIER", second, "S2"),
    ]


def test_a_carrier_that_is_personalized_at_the_end_of_each_round(tmp_path: Path) -> None:
    messages = [installed("CARRIER", 1, "R1", position=1), *rounds(first=9, second=19)]
    assert come_to(tmp_path, messages, placed)[1:] == [("S1", "R1", "C1"), ("S2", "R2", "C1")]


def test_a_carrier_that_is_personalized_at_the_start_of_each_round(tmp_path: Path) -> None:
    messages = [*rounds(first=5, second=20), installed("CARRIER", 21, "R3", position=1)]
    assert come_to(tmp_path, messages, placed)[1:] == [("S1", "R2", "C1"), ("S2", "R3", "C1")]


@pytest.mark.parametrize("cut", [False, True])
def test_a_carrier_of_which_the_round_is_not_known_is_possible_in_both(tmp_path: Path, cut: bool) -> None:
    around = (
        []
        if cut
        else [installed("CARRIER", 1, "R1", position=1), installed("CARRIER", 21, "R3", position=1)]
    )
    removed = {
        "UnitIdentifier": "CARRIER",
        "UnitPositionNumber": 1,
        "UninstalledComponents": [{"ReferenceDesignator": "C1"}],
    }
    messages = [
        *rounds(first=9, second=19),
        *around,
        envelope("MaterialsUninstalled", {"UninstalledMaterials": [removed]}, minute(12)),
    ]
    both = [("S1", "R2", "C1", "?"), ("S2", "R2", "C1", "?")]
    assert [row for row in come_to(tmp_path, messages, placed) if row[1] == "R2"] == both
    # what was removed from one of them must not end the exposure of the other
    assert come_to(tmp_path, messages, lambda found: found.rows("want_removed_from")) == []


def test_a_skipped_position_is_not_exposed(tmp_path: Path) -> None:
    messages = [
        units(
            "WorkStarted", 0, ("P1", 1, "Pass"), ("P1", 2, "Skip"), ("P1", 3, "Fail"), TransactionID="T1"
        ),
        installed("P1", 1, "R1", position=None, transaction="T1"),
        installed("P1", 2, "R2", position=None),
    ]
    lots = [("P1#1", "R1", "C1"), ("P1#1", "R2", "C1"), ("P1#3", "R1", "C1"), ("P1#3", "R2", "C1")]
    assert come_to(tmp_path, messages, placed) == lots
    # one machine may skip what another works on
    other = units("WorkStarted", 5, ("P1", 2, "Pass"), TransactionID="T2")
    again = come_to(tmp_path, [*messages, other], placed)
    assert again == sorted([*lots, ("P1#2", "R2", "C1")])


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("UnitsInitialized", (None, None)),
        ("WorkStarted", (1, 2)),
        ("UnitsArrived", (0, 0)),
        ("UnitsDeparted", (0, 1)),
    ],
)
def test_units_of_their_own_names_on_a_panel_that_is_named(
    tmp_path: Path, name: str, numbers: tuple[int | None, int | None]
) -> None:
    listed = list(zip(("S1", "S2"), numbers, strict=True))
    more = {"TransactionID": "T1"} if name == "WorkStarted" else {}
    second = 1 if numbers == (0, 1) else 2
    messages = [
        units(name, 9, *listed, PrimaryIdentifier="PANEL", **more),
        installed("PANEL", 1, "R1", position=None),
        installed("PANEL", 2, "R2", position=second),
        installed("S1", 3, "R3", position=None),
    ]
    assert come_to(tmp_path, messages, placed) == [
        ("S1", "R1", "C1"),
        ("S1", "R3", "C1"),
        ("S2", "R1", "C1"),
        ("S2", "R2", "C1"),
    ]


def test_a_skipped_unit_on_a_panel_that_is_named(tmp_path: Path) -> None:
    listed = [("S1", 1, "Pass"), ("S2", 2, "SKIP")]
    messages = [
        units("WorkStarted", 0, *listed, PrimaryIdentifier="P", TransactionID="T"),
        installed("P", 1, "R1", position=None, transaction="T"),
        installed("P", 2, "R2", position=None),
    ]
    assert come_to(tmp_path, messages, placed) == [("S1", "R1", "C1"), ("S1", "R2", "C1")]


def test_a_carrier_that_comes_again_with_one_unit(tmp_path: Path) -> None:
    messages = [
        units("UnitsInitialized", 0, ("A", 1), PrimaryIdentifier="CARRIER"),
        installed("CARRIER", 1, "R1", position=None),
        units("WorkStarted", 10, ("B", 0), PrimaryIdentifier="CARRIER", TransactionID="T2"),
        installed("CARRIER", 11, "R2", position=1, transaction="T2"),
    ]
    assert come_to(tmp_path, messages, placed) == [("A", "R1", "C1"), ("B", "R2", "C1")]


@pytest.mark.parametrize("numbers", [(0, 1, None), (1, "1", 1.0)])
def test_the_number_of_a_unit_that_is_alone_does_not_matter(
    tmp_path: Path, numbers: tuple[Any, ...]
) -> None:
    messages = [installed("U1", at, f"R{at}", position=number) for at, number in enumerate(numbers)]
    assert come_to(tmp_path, messages, placed) == [("U1", f"R{at}", "C1") for at in range(3)]


def test_a_panel_may_be_numbered_from_zero(tmp_path: Path) -> None:
    messages = [
        units("WorkStarted", 0, ("P1", 0), ("P1", 1), TransactionID="T1"),
        installed("P1", 1, "R1", position=0),
        installed("P1", 2, "R2", position=1),
    ]
    assert come_to(tmp_path, messages, placed) == [("P1#0", "R1", "C1"), ("P1#1", "R2", "C1")]


def test_numbers_that_stand_twice_say_nothing(tmp_path: Path) -> None:
    messages = [
        units("WorkStarted", 0, ("P1", 1), ("P1", 1), TransactionID="T1"),
        installed("P1", 1, "R1", position=2, transaction="T1"),
    ]
    assert come_to(tmp_path, messages, placed) == [("P1#2", "R1", "C1")]


def test_reel_to_lot_whenever_it_arrives(tmp_path: Path) -> None:
    package = {
        "UniqueIdentifier": "R1",
        "InternalPartNumber": "P1",
        "Manufacturer": "ACME",
        "ManufacuterLotCode": "L-1",
        "ManufacturerPartNumber": "M-1",
        "Vendor": "SHOP",
        "ReceivedDate": "2026-01-02T03:04:05+01:00",
        "ManufactureDate": "2025-12-01T00:00:00",
        "InitialQuantity": 1000.0,
        "Quantity": 900.0,
    }
    messages = [installed("U1", 1), envelope("MaterialsInitialized", {"Materials": [package]}, minute(50))]
    moves = come_to(tmp_path, messages, lambda found: found.rows("want_became"))
    assert [(m["from_supplier"], m["from_lot"], m["to_lot"], m["kind"]) for m in moves] == [
        ("ACME", "L-1", "R1", "reel")
    ]
    lots = come_to(tmp_path, messages, lambda found: found.rows("want_lot"))
    assert [
        (row["lot"], row["part"], row["mpn"], row.get("quantity"), row.get("remaining")) for row in lots
    ] == [
        ("R1", "P1", "M-1", 1000.0, 900.0),
        ("L-1", "P1", "M-1", None, None),
    ]
    assert all("manufactured_at" not in row and row["received_at"] for row in lots)
    supplied = come_to(tmp_path, messages, lambda found: found.rows("want_supplied"))
    assert {(row["maker"], row["lot"], row["role"]) for row in supplied} == {
        ("ACME", "L-1", "maker"),
        ("SHOP", "R1", "vendor"),
    }


def consumed(lot: str, at: int, **counts: float) -> Message:
    entry = {"MaterialLocation": {"MaterialPackage": {"UniqueIdentifier": lot}}, **counts}
    return envelope("MaterialsConsumed", {"ConsumedMaterials": [entry]}, minute(at))


def test_that_nothing_is_left_is_a_count(tmp_path: Path) -> None:
    packages = [{"UniqueIdentifier": lot, "InitialQuantity": 500, "Quantity": 0} for lot in "ABC"]
    split = {
        "SourceMaterialPackageIdentifier": "B",
        "SourceMaterialPackageRemainingQuantity": 0,
        "NewMaterialPackageIdentifier": "D",
        "NewMaterialPackageQuantity": 0.0,
    }
    messages = [
        # where a package begins, 0 is what the standard's software writes for no quantity
        envelope("MaterialsInitialized", {"Materials": [*packages, {"UniqueIdentifier": "E"}]}, minute(1)),
        *(consumed(lot, 2, QuantityUsed=100, RemainingQuantity=400) for lot in "ABCE"),
        consumed("A", 3, QuantityUsed=400, QuantitySpoiled=0, RemainingQuantity=0.0),
        envelope("MaterialsSplit", split, minute(3)),
        envelope("MaterialsModified", {"Materials": packages[2:]}, minute(3)),
    ]
    lots = come_to(tmp_path, messages, lambda found: found.rows("want_lot"))
    assert {row["lot"]: (row.get("quantity"), row.get("remaining")) for row in lots} == {
        **dict.fromkeys("ABC", (500, 0)),
        "D": (None, None),
        "E": (None, 400),
    }
    counted = come_to(tmp_path, [messages[0], messages[4]], lambda found: found.rows("want_lot"))
    assert [row.get("remaining") for row in counted] == [None, None, None, 400]
    moves = come_to(tmp_path, messages, lambda found: found.rows("want_became"))
    assert [row.get("quantity") for row in moves] == [None]


def test_split_joined_retired(tmp_path: Path) -> None:
    messages = [
        envelope(
            "MaterialsSplit",
            {
                "SourceMaterialPackageIdentifier": "A",
                "SourceMaterialPackageRemainingQuantity": 70.0,
                "NewMaterialPackageIdentifier": "B",
                "NewMaterialPackageQuantity": 30.0,
            },
        ),
        envelope(
            "MaterialsJoined",
            {
                "LeadingMaterialPackage": {"UniqueIdentifier": "B"},
                "TrailingMaterialPackage": {"UniqueIdentifier": "C"},
            },
        ),
        loaded("A", 1),
        envelope("MaterialsRetired", {"Materials": [{"UniqueIdentifier": "A"}]}, minute(9), "STORE"),
    ]
    moves = come_to(tmp_path, messages, lambda found: found.rows("want_became"))
    assert {(m["from_lot"], m["to_lot"], m["kind"], m["certain"]) for m in moves} == {
        ("A", "B", "split", True),
        # what is called the trailing package may still be the leading one
        ("B", "C", "merge", False),
    }
    assert come_to(tmp_path, messages, lambda found: found.rows("want_loaded_at")) == []


def test_a_reel_without_id_is_one_of_those_that_were_there(tmp_path: Path) -> None:
    messages = [
        loaded("A", 1),
        loaded("Z", 1, "F2"),
        installed("U0", 0, ""),
        installed("U1", 2, "", "C1", "C2"),
        envelope(
            "SplicePointDetected",
            {
                "DepletedMaterial": {"MaterialPackage": {"UniqueIdentifier": "A"}},
                "NewlyActiveMaterial": {
                    "LocationIdentifier": "F1",
                    "MaterialPackage": {"UniqueIdentifier": "B"},
                },
            },
            minute(3),
        ),
        installed("U2", 4, ""),
        unloaded("B", 5),
        installed("U3", 6, ""),
        loaded("B", 7, "F1", "M2"),
        installed("U4", 8, "", machine="M2"),
    ]
    assert come_to(tmp_path, messages, placed) == [
        ("U1", "A", "C1 C2", "?"),
        ("U2", "B", "C1", "?"),
        ("U4", "B", "C1", "?"),
    ]
    gaps = come_to(tmp_path, messages, lambda found: found.rows("cfx_says_gaps"))
    assert [(row["unit"], row["part"], row["reason"]) for row in gaps] == [
        ("U0", "P1", "no reel id at this feeder"),
        ("U3", "P1", "no reel id at this feeder"),
    ]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"LocationIdentifier": "F1"}, "A B"),
        ({"LocationIdentifier": "F1", "CarrierInformation": {"LaneNumber": 2}}, "B"),
        ({"LocationName": "SLOT"}, "A B"),
        ({"CarrierInformation": {"UniqueIdentifier": "C9", "LaneNumber": 1}}, "A"),
        ({"LocationIdentifier": "F9", "LocationName": "SLOT"}, ""),
    ],
)
def test_places_are_told_apart(tmp_path: Path, where: Message, found: str) -> None:
    messages = [
        loaded(
            reel,
            0,
            LocationName="SLOT",
            CarrierInformation={"UniqueIdentifier": "C9", "LaneNumber": lane},
        )
        for lane, reel in enumerate("AB", 1)
    ]
    seen = come_to(tmp_path, [*messages, installed("U1", 1, "", place=where)], placed)
    assert " ".join(lot for _, lot, *_ in seen) == found


def tape(*labels: str) -> Message:
    """A package that was spliced to others: the last one first."""
    found: Message = {}
    for label in reversed(labels):
        found = {"UniqueIdentifier": label} | ({"LeadingMaterialPackage": found} if found else {})
    return found


@pytest.mark.parametrize("how", ["loaded", "joined"])
def test_a_tape_is_all_of_its_packages_and_goes_by_the_label_of_the_last(tmp_path: Path, how: str) -> None:
    def join(leading: str, trailing: str, at: int, machine: str = "M1") -> Message:
        body = {"LeadingMaterialPackage": tape(leading), "TrailingMaterialPackage": tape(trailing)}
        return envelope("MaterialsJoined", body, minute(at), machine)

    start = {
        "loaded": [loaded("C", 0, MaterialPackage=tape("C", "B", "A"))],
        "joined": [loaded("A", 0), join("A", "B", 1), join("B", "C", 1), join("A", "Z", 1, "STORE")],
    }[how]
    messages = [
        *start,
        *visit("T1", 2, "U1"),
        installed("U2", 3, ""),
        unloaded("C", 8),
        *visit("T2", 9, "U3"),
        installed("U4", 9, ""),
    ]
    assert come_to(tmp_path, messages, placed) == [("U2", lot, "C1", "?") for lot in "ABC"]
    fed = come_to(tmp_path, messages, lambda found: found.rows("want_fed"))
    assert sorted(row["lot"] for row in fed if not row["refdes"]) == ["A", "B", "C"]
    gaps = come_to(tmp_path, messages, lambda found: found.rows("cfx_says_gaps"))
    assert [row["unit"] for row in gaps] == ["U4"]


def test_neither_reel_nor_place_is_any_of_the_machine(tmp_path: Path) -> None:
    messages = [loaded("A", 0), installed("U1", 1, "", place=None)]
    fed = come_to(tmp_path, messages, lambda found: found.rows("want_fed"))
    assert [(row["lot"], row["certain"]) for row in fed] == [("A", False)]
    assert [r["reason"] for r in come_to(tmp_path, messages, lambda f: f.rows("want_gap"))] == [
        "no reel id and no feeder"
    ]


def visit(transaction: str, at: int, unit: str, **more: Any) -> list[Message]:
    begin = units("WorkStarted", at, (unit, 1), TransactionID=transaction, **more)
    end = envelope("WorkCompleted", {"TransactionID": transaction, "Result": "Completed"}, minute(at + 5))
    return [begin, end]


def test_a_visit_counts_what_was_loaded_unless_the_machine_says_what_it_placed(tmp_path: Path) -> None:
    silent = [loaded("A", 0), *visit("T1", 1, "U1"), loaded("B", 3, "F2")]
    fed = come_to(tmp_path, silent, lambda found: found.rows("want_fed"))
    assert [(row["lot"], row["certain"]) for row in fed] == [("A", False), ("B", False)]
    told = [*silent, installed("U1", 2, "A", transaction="T1")]
    fed = come_to(tmp_path, told, lambda found: found.rows("want_fed"))
    assert [(row["lot"], row["certain"]) for row in fed] == [("A", True)]
    steps = come_to(tmp_path, told, lambda found: found.rows("want_processed"))
    assert [(row["kind"], json.loads(row["parameters"])) for row in steps] == [
        ("visit", {"ended_at": minute(6)})
    ]


def test_work_of_which_the_beginning_is_not_known(tmp_path: Path) -> None:
    program = tmp_path / "programs.csv"
    program.write_text("program,feeder,refdes\nTOP,F1,C1\n", encoding="utf-8")
    ends = [
        units("WorkCompleted", at, *named, TransactionID=transaction, Result="Completed")
        for transaction, at, named in (("T1", 5, [("U1", 1)]), ("T2", 6, []), ("T3", 7, [("U3", 1)]))
    ]
    begin = units("WorkStarted", 2, ("U3", 1), TransactionID="T3", RecipeName="TOP")
    recipe = envelope("RecipeActivated", {"RecipeName": "TOP"}, minute(0))
    messages = [recipe, loaded("A", 1), *ends, begin]
    with derived([program, write(tmp_path / "cfx.ndjson", messages)]) as found:
        placed = {row["unit"]: row["at"] for row in found.rows("want_placed")}
        findings = [row["ids"] for row in found.rows("want_finding")]
        fed = {(row["lot"], *row["refdes"]) for row in found.rows("want_fed")}
    assert sorted(placed) == ["U1", "U3"]
    assert placed["U1"] - placed["U3"] == 3 * 60_000_000
    assert sorted(findings) == [["M1", "t1"], ["M1", "t2"]]
    assert fed == {("A", "C1")}


def test_a_visit_of_which_the_unit_is_not_known_makes_nothing_certain(tmp_path: Path) -> None:
    program = tmp_path / "programs.csv"
    program.write_text("program,feeder,refdes\nTOP,F1,C1\nTOP,F2,C2\n", encoding="utf-8")
    start = units("WorkStarted", 11, ("CARRIER", 1), TransactionID="T1", RecipeName="TOP")
    other = units("WorkStarted", 11, ("U", 1), TransactionID="T2", RecipeName="TOP")
    around = rounds(first=9, second=19)
    messages = [loaded("A", 0), *around[:2], start, other, around[3]]
    with derived([program, write(tmp_path / "cfx.ndjson", messages)]) as found:
        runs = {row["unit"]: row["run"] for row in found.rows("want_placed") if row["at"] > 0}
        fed = {row["run"]: row["certain"] for row in found.rows("want_fed") if row["lot"] == "A"}
        gaps = found.rows("want_gap")
    assert {unit: fed.get(run) for unit, run in runs.items()} == {
        "CARRIER#2": None,
        "S1": False,
        "S2": False,
        "U": True,
    }
    assert [row["feeder"] for row in gaps] == ["F2"]  # what is missing is missing all the same


def test_lane_0_is_no_lane(tmp_path: Path) -> None:
    recipe = envelope("RecipeActivated", {"RecipeName": "TOP", "Lane": 1}, minute(0))
    messages = [recipe, *visit("{T1}", 1, "U1", Lane=0), installed("U1", 2, transaction="T1")]
    (found,) = come_to(tmp_path, messages, lambda found: found.rows("cfx_says_placements"))
    assert found["program"] == "TOP"


def test_recipe_operator_and_work_order(tmp_path: Path) -> None:
    def operator(name: str, at: int, *, on: bool) -> Message:
        what = "OperatorActivated" if on else "OperatorDeactivated"
        return envelope(what, {"Operator": {"OperatorIdentifier": name}}, minute(at))

    def recipe(name: str, at: int, lane: Any = None) -> Message:
        return envelope("RecipeActivated", {"RecipeName": name, "Revision": "B", "Lane": lane}, minute(at))

    def circumstances(found: Snapshot) -> list[tuple[str | None, ...]]:
        rows = sorted(found.rows("cfx_says_placements"), key=lambda row: row["at"])
        return [(row.get("program"), row.get("operator"), row.get("work_order")) for row in rows]

    messages = [
        installed("U0", 0),
        recipe("OLD", 1),
        operator("ANN", 2, on=True),
        installed("U1", 3),
        recipe("NEW", 4),
        installed("U2", 5),
        operator("BOB", 6, on=True),
        installed("U3", 7),
        operator("ANN", 8, on=False),
        operator("BOB", 9, on=False),
        *visit("T1", 10, "U4", RecipeName="OWN", WorkOrderIdentifier={"WorkOrderId": "W1", "Batch": "B"}),
        installed("U4", 12, transaction="T1"),
    ]
    assert come_to(tmp_path, messages, circumstances) == [
        (None, None, None),
        ("OLD", "ANN", None),
        ("NEW", "ANN", None),
        ("NEW", "BOB", None),
        ("OWN", None, "W1"),
    ]
    # the other operator counts, too
    steps = come_to(tmp_path, messages, lambda found: found.rows("cfx_says_processes"))
    assert [(row["unit"], row["operator"]) for row in steps if row.get("operator")] == [("U3", "ANN")]
    lanes = [recipe("ONE", 0, 1), recipe("TWO", 0, 2), installed("U1", 1)]
    assert come_to(tmp_path, lanes, circumstances) == [(None, None, None)]
    known = [*lanes, *visit("T1", 0, "U2", Lane=2), installed("U2", 2, transaction="T1")]
    assert come_to(tmp_path, known, circumstances) == [(None, None, None), ("TWO", None, None)]


def test_a_process_without_units_is_about_all_of_its_transaction(tmp_path: Path) -> None:
    data = {"$type": "CFX.Structures.SolderReflow.ReflowProcessData, CFX", "ConveyorSpeed": 60.0}
    body = {
        "TransactionId": "T1",
        "OverallResult": "Succeeded",
        "CommonProcessData": data,
        "UnitProcessData": [],
    }
    start = units("WorkStarted", 0, ("P1", 1), ("P1", 2, "Skip"), ("P1", 3), TransactionID="T1")
    steps = come_to(
        tmp_path, [envelope("UnitsProcessed", body, minute(2)), start], lambda f: f.rows("want_processed")
    )
    assert {(row["unit"], row["kind"]) for row in steps} == {
        (unit, kind) for unit in ("P1#1", "P1#3") for kind in ("reflow", "visit")
    }


@pytest.mark.parametrize("site", ["", "S"])
def test_a_process_of_an_unknown_transaction_is_of_a_unit_known_only_by_reference(
    tmp_path: Path, site: str
) -> None:
    body = {"TransactionId": "T1", "CommonProcessData": {"Speed": 60.0}}
    first = [write(tmp_path / "1.ndjson", [envelope("UnitsProcessed", body, minute(2))])]
    start = units("WorkStarted", 0, ("U1", 1), TransactionID="T1")
    options, before = Options(site=site), f"{site}:" if site else ""
    with derived(first, options=options) as found:
        (unit,) = found.rows("want_unit")
        (step,) = found.rows("want_processed")
        assert (unit["unit"], unit["labels"]) == (f"{before}t1", ["ByReference"])
        assert (step["unit"], found.rows("want_machine")[0]["machine"]) == (f"{before}t1", f"{before}M1")
    with derived(first, [write(tmp_path / "2.ndjson", [start])], options=options) as found:
        assert [row["unit"] for row in found.rows("want_unit")] == [f"{before}U1"]
        assert {row["unit"] for row in found.rows("want_processed")} == {f"{before}U1"}


def test_tests_repairs_and_scrap(tmp_path: Path) -> None:
    test = {
        "UnitIdentifier": "U1",
        "OverallResult": "Failed",
        "Tests": [
            {
                "TestName": "ICT",
                "TestEndTime": minute(4),
                "Result": "Failed",
                "DefectsFound": [
                    {"DefectCode": "OPEN PIN", "ComponentOfInterest": {"ReferenceDesignator": "C1"}}
                ],
                "SymptomsFound": [
                    {"SymptomCode": "RES", "ComponentsOfInterest": [{"ReferenceDesignator": "R1"}]}
                ],
                "Measurements": [{"MeasuredValue": {"Value": 1.5}, "Picture": {"ImageData": "AAAA"}}],
            }
        ],
    }
    tester = {"Tester": {"OperatorIdentifier": "BOB"}, "TestedUnits": [test]}
    repair = {"RepairName": "Replace", "Comments": "cold joint", "RepairEndTime": minute(6)}
    removed = {
        "UnitIdentifier": "U1",
        "Reason": "DefectiveMaterial",
        "Material": {"UniqueIdentifier": "R1"},
        "UninstalledComponents": [{"ReferenceDesignator": "C1", "InstallationTime": minute(5)}],
    }
    messages = [
        installed("U1", 1),
        envelope("UnitsTested", tester, minute(9)),
        envelope("MaterialsUninstalled", {"UninstalledMaterials": [removed]}, minute(9)),
        envelope(
            "UnitsRepaired", {"RepairedUnits": [{"UnitIdentifier": "U1", "Repairs": [repair]}]}, minute(9)
        ),
        units("UnitsDisqualified", 10, ("U1", 1), Reason="DefectiveMaterials", Comments="dropped"),
    ]
    (found,) = come_to(tmp_path, messages, lambda f: f.rows("want_tested"))
    assert (found["kind"], found["result"], found["defects"]) == ("ICT", "fail", ["OPEN_PIN@C1", "RES@R1"])
    measured = json.loads(found["measurements"])
    assert measured["checks"][0]["measurements"] == [{"MeasuredValue": {"Value": 1.5}, "Picture": {}}]
    events = come_to(tmp_path, messages, lambda f: f.rows("want_serviced"))
    assert [(row["kind"], row["detail"]) for row in sorted(events, key=lambda row: row["at"])] == [
        ("removal", "DefectiveMaterial"),
        ("repair", "Replace; cold joint"),
        ("scrap", "DefectiveMaterials; dropped"),
    ]
    (removal,) = come_to(tmp_path, messages, lambda f: f.rows("want_removed_from"))
    assert (removal["lot"], removal["refdes"]) == ("R1", ["C1"])


def test_a_test_ends_with_its_last_check_whatever_the_offsets(tmp_path: Path) -> None:
    ends = ["2024-03-05T10:00:00+02:00", "2024-03-05T09:30:00Z", "2024-03-05T05:00:00.1234567-04:00"]
    checks = [{"TestName": "ICT", "TestEndTime": end, "Result": "Passed"} for end in ends]
    tested = {"UnitIdentifier": "U1", "OverallResult": "Passed", "Tests": checks}
    messages = [envelope("UnitsTested", {"TestedUnits": [tested]}, "2024-03-06T00:00:00Z")]
    (found,) = come_to(tmp_path, messages, lambda f: f.rows("want_tested"))
    assert shown(found["at"]) == "2024-03-05T09:30:00Z"


def test_what_a_unit_was_personalized_with_is_in_one_order(tmp_path: Path) -> None:
    told = [{"Name": name, "Value": "1"} for name in ("Colour", "MAC", "Batch")]
    unit = {"UnitIdentifier": "U1", "UnitPositionNumber": 1, "Characteristics": told}
    messages = [envelope("UnitsPersonalized", {"PersonalizedUnits": [unit]}, minute(1))]
    (row,) = come_to(tmp_path, messages, lambda found: found.rows("want_processed"))
    assert row["parameters"] == '{"Batch":"1","Colour":"1","MAC":"1"}'


def test_the_order_does_not_matter(tmp_path: Path) -> None:
    messages = [
        units("UnitsInitialized", 0, ("S1", 1), ("S2", 2), TransactionID="T1"),
        *visit("T1", 1, "P1", RecipeName="TOP"),
        units("WorkStarted", 1, ("P1", 2, "Skip"), ("P1", 3, "Pass"), TransactionID="T2", Lane=1),
        loaded("A", 0),
        loaded("B", 2),
        unloaded("A", 4),
        installed("P1", 3, "", position=None),
        installed("P1", 5, "", "C2", position=3, transaction="T2"),
        envelope("RecipeActivated", {"RecipeName": "BOT", "Lane": 1}, minute(2)),
        units("UnitsInitialized", 9, ("S9", 1), PrimaryIdentifier="P1"),
        installed("P1", 10, "B", position=1),
    ]
    with derived([write(tmp_path / "all.ndjson", messages)]) as found:
        expected = found.everything()
    for seed in range(3):
        random.Random(seed).shuffle(messages)  # noqa: S311
        with derived(*scattered(tmp_path, messages)) as found:
            assert found.everything() == expected


def test_a_site_is_put_before_its_own_ids(tmp_path: Path) -> None:
    messages = [loaded("A", 0), installed("P", 1, "", position=1), installed("P", 2, "B", position=2)]
    path = write(tmp_path / "all.ndjson", messages)
    with derived([path], options=Options(site="S")) as found:
        assert placed(found) == [("S:P#1", "S:A", "C1", "?"), ("S:P#2", "S:B", "C1")]


def test_the_far_future_is_no_time(tmp_path: Path) -> None:
    bad = installed("U1", 1) | {"TimeStamp": "2926-05-01T08:00:00Z"}
    with derived([write(tmp_path / "all.ndjson", [bad, installed("U2", 1)])]) as found:
        assert [row[0] for row in placed(found)] == ["U2"]
        ((line, column, reason),) = found.quarantine()
        (entry,) = found.rows("quarantine")
    assert (line, column, "2100" in reason) == (1, "at", True)
    # a recall of what it names has a gap there
    assert set(entry["names"]) == {"lot /R1", "unit U1", "machine M1"}


def test_what_is_refused_is_named_with_its_site(tmp_path: Path) -> None:
    bad = installed("", 1, "R/1")
    path = write(tmp_path / "all.ndjson", [bad, installed("U2", 1)])
    with derived([path], options=Options(site="S")) as found:
        (entry,) = found.rows("quarantine")
    assert set(entry["names"]) == {"lot /S:R/1", "part P1"}


# A plant of tables is the same as CFX -----------------------------------------------------------------


TABLES = (
    "suppliers",
    "components",
    "operators",
    "lots",
    "lot_moves",
    "units",
    "placements",
    "loads",
    "visits",
    "removals",
    "tests",
    "service",
    "consumptions",
    "processes",
    "aliases",
    # of which CFX says what tables say in each row
    "recipes",
    "shifts",
)


def plant(  # noqa: C901, PLR0912, PLR0915  one table after the other
    chance: random.Random,
) -> dict[str, list[dict[str, str]]]:
    """Make a small plant that both can say: panels, reels of two makers, placements, visits, repairs."""
    found: dict[str, list[dict[str, str]]] = {name: [] for name in TABLES}
    reels = [f"R{number}" for number in range(1, 6)]
    for number, reel in enumerate(reels):
        maker, code = chance.choice(["ACME", "GLOBEX"]), f"L{chance.randint(1, 3)}"
        said = {"part": f"P{number % 2}", "mpn": f"{maker}-{number % 2}", "manufacturer": maker}
        said |= {"vendor": "SHOP", "received_at": AT}
        found["lots"].append({"supplier": "", "lot": reel, "quantity": "500", **said})
        found["lots"].append({"quantity": "", **said, "supplier": maker, "lot": code, "vendor": ""})
        found["lot_moves"].append(
            {"kind": "reel", "from_supplier": maker, "from_lot": code, "to_supplier": "", "to_lot": reel}
        )
        found["components"].append({name: said[name] for name in ("part", "mpn", "manufacturer")})
        found["suppliers"] += [{"supplier": maker}, {"supplier": "SHOP"}]
    for number in range(chance.randint(0, 3)):
        kind, reel = chance.choice([("split", f"R{6 + number}"), ("merge", chance.choice(reels))])
        came_from = chance.choice([one for one in reels if one != reel])
        row = {"kind": kind, "from_supplier": "", "from_lot": came_from, "to_supplier": "", "to_lot": reel}
        found["lot_moves"].append({**row, "at": minute(1), "quantity": "30" if kind == "split" else ""})
        reels += [reel] if reel not in reels else []
        counted = {"supplier": "", "lot": came_from, "at": minute(50), "used": "7", "remaining": "12.5"}
        found["consumptions"].append(counted)
    for panel in range(chance.randint(1, 3)):
        width = chance.randint(1, 3)
        for position in range(1, width + 1):
            name = f"S{panel}{position}"
            shared = {"work_order": f"W{panel}", "created_at": minute(0)}
            lone = (
                {"panel": "", "position": ""}
                if width == 1
                else {"panel": f"P{panel}", "position": str(position)}
            )
            found["units"].append({"unit": name, **lone, **shared})
    names = [row["unit"] for row in found["units"]]
    found["recipes"] = [
        {"machine": "M1", "program": name, "at": minute(at)} for name, at in (("TOP", 5), ("BOT", 20))
    ]
    found["shifts"] = [{"machine": "M1", "operator": "ANN", "at": minute(3), "until": minute(25)}]
    found["operators"] = [{"operator": "ANN"}]
    for unit in names:
        for _ in range(chance.randint(0, 3)):
            at = chance.randint(1, 40)
            row = {
                "unit": unit,
                "at": minute(at),
                "supplier": "",
                "lot": chance.choice(reels),
                "machine": "M1",
            }
            row |= {
                "refdes": " ".join(sorted(chance.sample(["C1", "C2", "C3"], 2))),
                "quantity": "2",
                "feeder": "F1",
            }
            row["program"] = "BOT" if at >= 20 else "TOP" if at >= 5 else ""
            row["operator"] = "ANN" if 3 <= at < 25 else ""
            found["placements"].append(row)
        if chance.random() < 0.5:
            start = chance.randint(1, 40)
            row = {
                "unit": unit,
                "machine": "M2",
                "started_at": minute(start),
                "ended_at": minute(start + 3),
            }
            found["visits"].append({**row, "program": chance.choice(["", "AOI"])})
        if chance.random() < 0.3:
            row = {"unit": unit, "at": minute(chance.randint(10, 50)), "refdes": "C1", "supplier": ""}
            found["removals"].append({**row, "lot": chance.choice(reels), "reason": "DefectiveMaterial"})
        if chance.random() < 0.5:
            fail = chance.random() < 0.5
            checks = [{"measurements": [], "name": "all", "result": "x"}]
            row = {
                "unit": unit,
                "at": minute(50),
                "kind": "AOI",
                "machine": "M3",
                "result": "fail" if fail else "pass",
            }
            row["measurements"] = json.dumps(
                {"checks": checks, "result": "Failed" if fail else "Passed"}, separators=(",", ":")
            )
            found["tests"].append({**row, "defects": "BRIDGE@C2" if fail else ""})
        if chance.random() < 0.5:
            reflowed = {"kind": "reflow", "result": "Succeeded", "machine": "M4"}
            data = {"$type": "CFX.Structures.SolderReflow.ReflowProcessData, CFX", "Speed": 60.5}
            reflowed["parameters"] = json.dumps(data, separators=(",", ":"))
            found["processes"] += [
                {"unit": unit, "at": minute(51), **reflowed},
                {"unit": unit, "at": minute(50), "kind": "arrived", "machine": "M4"},
            ]
        if chance.random() < 0.5:
            address = f"C0-{unit}"
            row = {"unit": unit, "at": minute(52), "kind": "personalized", "machine": "M5"}
            found["processes"].append({**row, "parameters": f'{{"MAC Address":"{address}"}}'})
            found["aliases"].append({"kind": "unit", "id": unit, "alias": address})
        if chance.random() < 0.5:
            row = {"unit": unit, "at": minute(53), "kind": "repair", "operator": "ANN"}
            found["service"].append({**row, "detail": "Replace; C1; cold joint"})
        if chance.random() < 0.2:
            found["service"].append(
                {"unit": unit, "at": minute(55), "kind": "scrap", "detail": "DefectiveMaterials"}
            )
    for number, reel in enumerate(reels[:5]):
        until = chance.randint(10, 50)
        row = {
            "machine": "M2",
            "feeder": f"F{number % 2}",
            "supplier": "",
            "lot": reel,
            "loaded_at": minute(number),
        }
        found["loads"].append({**row, "unloaded_at": chance.choice(["", minute(until)])})
    return found


def as_tables(folder: Path, rows: dict[str, list[dict[str, str]]]) -> list[Path]:
    lines = [
        json.dumps({"table": table} | row)
        for table, listed in rows.items()
        if table not in {"recipes", "shifts"}
        for row in listed
    ]
    path = folder / "tables.ndjson"
    path.write_text("\n".join(lines), encoding="utf-8")
    return [path]


@pytest.mark.parametrize("seed", range(int(os.environ.get("BOARDTRACE_TEST_PLANTS", "3"))))
def test_a_plant_is_the_same_in_tables_and_in_cfx(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    rows = plant(chance)
    messages = list(as_messages(rows))
    chance.shuffle(messages)
    cut = chance.randint(0, len(messages))
    batches = [
        [write(tmp_path / "1.ndjson", messages[:cut])],
        [write(tmp_path / "2.ndjson", messages[cut:])],
    ]
    with (
        derived(as_tables(tmp_path, rows)) as tables,
        derived(*(b for b in batches if b[0].stat().st_size)) as cfx,
    ):
        assert tables.quarantine() == cfx.quarantine() == []
        ours, theirs = tables.everything(), cfx.everything()
        for relation, expected in ours.items():
            assert theirs[relation] == expected, relation


def test_a_plant_in_cfx_has_the_digest_and_the_recalls_of_its_tables(
    blank_graph: Graph, tmp_path: Path
) -> None:
    rows = plant(random.Random(2))  # noqa: S311
    suspects: list[tuple[str, dict[str, str]]] = [
        ("recall lot", {"supplier": row["supplier"], "lot": row["lot"]}) for row in rows["lots"]
    ]
    suspects += [("recall unit", {"unit": row["unit"]}) for row in rows["units"]]
    suspects += [("recall supplier", {"supplier": row["supplier"]}) for row in rows["suppliers"]]
    suspects += [("recall component", {"part": row["part"]}) for row in rows["components"]]
    for name in ("machine", "program", "operator"):
        named = {row.get(name) for table in ("placements", "visits") for row in rows[table]} - {None, ""}
        window = {"since": minute(2), "until": minute(30)}
        suspects += [(f"recall {name}", {name: str(one), **window}) for one in sorted(map(str, named))]
    asked = [
        (question, {**given, "by": view})
        for (question, given), view in zip(suspects, itertools.cycle(VIEWS), strict=False)
    ]
    found = []
    for paths in (as_tables(tmp_path, rows), [write(tmp_path / "cfx.ndjson", as_messages(rows))]):
        wipe(blank_graph)
        assert ingest(blank_graph, paths).quarantined == 0
        recalls = [answer(blank_graph, question, **given) for question, given in asked]
        found.append((digest(blank_graph), recalls))
    assert found[0] == found[1]
    assert sum(map(bool, found[0][1])) > len(asked) / 4
