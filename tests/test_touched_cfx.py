"""What a batch of CFX messages can have changed is derived of a part: the same as of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from cfx_messages import AT, envelope, installed, loaded, minute, personalized, units, unloaded
from cfx_noise import noise
from taking import compared, derive_parts
from test_traps import tables

if TYPE_CHECKING:
    from random import Random

    from cfx_messages import Message

Batch = dict[str, list[Any]]


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    derive_parts(monkeypatch)


def said(*messages: Message, **given: list[str]) -> Batch:
    """Make a batch of messages, and of tables with their columns and rows, of the messages' day."""
    found: Batch = {"messages": list(messages)}
    for name, rows in tables(given).items():
        found[name] = [
            {column: cell.replace("2024-03-01T", AT[:11]) for column, cell in row.items()} for row in rows
        ]
    return found


def carried(unit: str, at: int, transaction: str | None = None) -> Message:
    return units("UnitsInitialized", at, (unit, 1), PrimaryIdentifier="CR", TransactionID=transaction)


# Lots of which the first was read in another message than the rest: of another transaction.
_TWO = [
    installed("CR", 5, "R1", transaction="T1"),
    installed("CR", 5, "R1", transaction="T2"),
    installed("CR", 5, "R2", "C2", transaction="T2"),
    installed("Z", 7, "R1"),
    installed("Z", 7, "R2", "C2"),
]


def recipe(name: str, at: int) -> Message:
    return envelope("RecipeActivated", {"RecipeName": name}, minute(at))


def operator(name: str, at: int, *, on: bool = True) -> Message:
    kind = "OperatorActivated" if on else "OperatorDeactivated"
    return envelope(kind, {"Operator": {"OperatorIdentifier": name}}, minute(at))


def joined(leading: str, trailing: str, at: int) -> Message:
    packages = {"LeadingMaterialPackage": leading, "TrailingMaterialPackage": trailing}
    body = {key: {"UniqueIdentifier": lot} for key, lot in packages.items()}
    return envelope("MaterialsJoined", body, minute(at))


def work(transaction: str, at: int, unit: str, **more: Any) -> Message:
    return units("WorkStarted", at, (unit, 1), TransactionID=transaction, Lane=None, **more)


def done(transaction: str, at: int, *positions: tuple[Any, ...]) -> Message:
    return units("WorkCompleted", at, *positions, TransactionID=transaction, Result="Completed")


def processed(transaction: str, at: int) -> Message:
    body = {"TransactionID": transaction, "OverallResult": "Ok", "CommonProcessData": {"x": 1}}
    return envelope("UnitsProcessed", body, minute(at))


def treated(unit: str, at: int) -> Message:
    entry = {"UnitIdentifier": unit, "UnitPositionNumber": 1, "UnitResult": "Ok"}
    return envelope("UnitsProcessed", {"UnitProcessData": [entry]}, minute(at))


def checked(unit: str, at: int) -> Message:
    entry = {"UnitIdentifier": unit, "UnitPositionNumber": 1, "OverallResult": "Passed", "Tests": []}
    return envelope("UnitsTested", {"TestedUnits": [entry]}, minute(at))


def removed(unit: str, at: int, lot: str) -> Message:
    entry = {
        "UnitIdentifier": unit,
        "UnitPositionNumber": 1,
        "Material": {"UniqueIdentifier": lot},
        "UninstalledComponents": [{"ReferenceDesignator": "C1"}],
    }
    return envelope("MaterialsUninstalled", {"UninstalledMaterials": [entry]}, minute(at))


def called(unit: str, at: int, name: str, value: str) -> Message:
    entry = {
        "UnitIdentifier": unit,
        "UnitPositionNumber": 1,
        "Characteristics": [{"Name": name, "Value": value}],
    }
    return envelope("UnitsPersonalized", {"PersonalizedUnits": [entry]}, minute(at))


# What a batch can change beyond what it names.
_TRAPS: dict[str, list[Batch]] = {
    "a package without an id, and what was loaded then": [
        said(loaded("R1", 1), installed("A", 5, ""), installed("B", 20, ""), installed("C", 30, "R9")),
        said(unloaded("R1", 10)),
        said(loaded("R2", 15)),
        said(loads=["machine feeder supplier lot loaded_at unloaded_at", "M1 F1 - R3 08:04 08:06"]),
    ],
    "the place of a package is told by another name, too": [
        said(loaded("R1", 1), installed("A", 5, "", place={"LocationName": "S1"}), installed("B", 5)),
        said(loaded("R1", 1, LocationName="S1")),
    ],
    "a tape that is joined later": [
        said(loaded("R1", 1), work("T1", 5, "A"), work("T2", 20, "B")),
        said(joined("R1", "R2", 10)),
        said(unloaded("R2", 15)),
    ],
    "the positions of a panel get names": [
        said(installed("P", 1, position=1), installed("P", 2, position=2), installed("Q", 3, position=1)),
        said(units("UnitsInitialized", 0, ("S1", 1), ("S2", 2), PrimaryIdentifier="P")),
        said(tests=["unit at kind result", "S1 09:00 ICT pass", "Q 09:00 ICT pass"]),
        said(tests=["unit at kind result", "P 09:30 FCT pass"]),
    ],
    "messages of a panel, and of the units that it is said to have": [
        said(
            units("UnitsArrived", 1, ("S1", 1), ("S2", 2), PrimaryIdentifier="P"),
            installed("P", 2, position=1),
            installed("Z", 1),
        ),
        said(installed("P", 5, "R2", position=2)),
        said(tests=["unit at kind result", "S1 09:00 ICT pass"]),
    ],
    "a unit becomes a panel when its second position is named": [
        said(installed("P", 1, position=1), installed("A", 1, position=1), personalized("P", 3, "S1")),
        said(installed("P", 2, "R2", position=2)),
        said(tests=["unit at kind result", "P#2 09:00 ICT pass"]),
    ],
    "a position is numbered from zero after all": [
        said(units("WorkStarted", 1, ("P", 0), TransactionID="T1"), installed("P", 2, position=0)),
        said(units("WorkStarted", 1, ("P", 1), TransactionID="T1")),
    ],
    "a position is skipped, and worked on by another machine": [
        said(installed("P", 2, "R1", position=None), units("UnitsArrived", 1, ("P", 1), ("P", 2))),
        said(units("WorkStarted", 1, ("P", 2, "Skip"), TransactionID="T1")),
        said(units("UnitsArrived", 3, ("P", 2, "Pass"))),
    ],
    "a message that names only its transaction": [
        said(processed("T1", 5), work("T2", 5, "B"), processed("T2", 6)),
        said(work("T1", 4, "A")),
        said(processed("T2", 7)),
    ],
    "who was there when a message named only its transaction": [
        said(processed("T1", 5), {**work("T1", 4, "A"), "Source": "M2"}, installed("Z", 1)),
        said(operator("O1", 3)),
    ],
    "units given by the transaction of another message": [
        said(units("WorkStarted", 1, ("X", 1), ("X", 2), TransactionID="T1"), installed("X", 2)),
        said(units("UnitsInitialized", 0, ("S1", 1), ("S2", 2), TransactionID="T1")),
    ],
    "the first of two equal placements was of another unit": [
        said(carried("A", 0), *_TWO),
        said(carried("B", 20, "T1")),
    ],
    "a placement of another unit is the first of two equal ones": [
        said(carried("B", 0), *_TWO, carried("A", 20, "T1")),
        said(carried("B", 21, "T1")),
    ],
    "a carrier's round": [
        said(
            installed("CR", 6, "R0", position=2),
            personalized("CR", 5, "S1"),
            installed("CR", 8),
            personalized("CR", 15, "S2"),
            removed("CR", 9, "R1"),
            installed("B", 8),
        ),
        said(installed("CR", 20, "R2")),
        said(installed("CR", 1, "R3")),
    ],
    "what was known only by a removal that is of nobody any more": [
        said(
            installed("CR", 6, "R0", position=2),
            personalized("CR", 5, "S1"),
            removed("CR", 9, "R7"),
            installed("B", 8),
            installed("CR", 20),
        ),
        said(personalized("CR", 15, "S2"), installed("CR", 2)),
    ],
    "a visit of which the machine says later what it placed": [
        said(loaded("R1", 1), work("T1", 5, "A"), done("T1", 7), work("T2", 9, "B")),
        said(installed("A", 6, "R2")),
        said(installed("B", 30, "R2", transaction="T2")),
    ],
    "a visit that ends later, after another reel had come": [
        said(loaded("R1", 1), work("T1", 5, "A"), work("T2", 5, "B"), loaded("R2", 8, "F2")),
        said(done("T1", 10)),
        said(unloaded("R2", 12), loaded("R3", 9, "F3")),
    ],
    "a visit that ends later, after a load that was read first": [
        said(loaded("R1", 8), loaded("R1", 1), unloaded("R1", 4), work("T1", 2, "A"), work("T2", 3, "B")),
        said(done("T1", 10)),
    ],
    "work of which the end is known first": [
        said(loaded("R1", 1), done("T1", 7, ("A", 1)), done("T2", 8), done("T3", 9, ("P", 1), ("P", 2))),
        said(processed("T1", 6), processed("T3", 6)),
        said(work("T1", 5, "A"), work("T3", 5, "P")),
        said(work("T2", 5, "B")),
        said(loaded("R2", 6, "F2")),
    ],
    "a visit with another load of the same lot": [
        said(loaded("R1", 1), work("T1", 5, "A"), work("T2", 12, "B")),
        said(unloaded("R1", 3), loaded("R1", 4)),
    ],
    "who was there turns out otherwise": [
        said(operator("O1", 2), installed("A", 5), installed("B", 20), operator("O3", 30, on=False)),
        said(operator("O1", 10, on=False)),
        said(operator("O2", 1)),
        said(operator("O3", 2)),
    ],
    "who treated, tested and repaired": [
        said(
            installed("D", 1),
            installed("Z", 1),
            operator("O1", 2),
            treated("A", 5),
            checked("B", 5),
            removed("D", 5, "R1"),
        ),
        said(operator("O2", 3)),
    ],
    "nobody was known to be there, then somebody": [
        said(operator("O2", 20, on=False), installed("A", 25), installed("B", 10)),
        said(operator("O1", 15)),
    ],
    "another recipe, where the first is used elsewhere": [
        said(recipe("G1", 1), installed("A", 2), installed("B", 20, "R2")),
        said(recipe("G2", 10)),
    ],
    "another recipe, and nothing ran by the first": [
        said(recipe("G1", 1), installed("A", 20)),
        said(recipe("G2", 10)),
    ],
    "a load that a table tells of, too": [
        said(
            loaded("R1", 1),
            unloaded("R1", 10),
            work("T1", 9, "A"),
            work("T2", 12, "B"),
            work("T3", 30, "C"),
            loads=["machine feeder supplier lot loaded_at", "M1 F1 - R1 08:01"],
        ),
        said(loads=["machine feeder supplier lot loaded_at unloaded_at", "M1 F1 - R1 08:01 08:20"]),
    ],
    "a table's visit and what messages say was loaded": [
        said(
            loaded("R1", 1),
            installed("Z", 1),
            visits=["unit machine started_at", "A M1 08:05", "B M1 08:20"],
        ),
        said(unloaded("R1", 10)),
    ],
    "one name of several units": [
        said(called("A", 1, "MAC", "SAME"), called("C", 1, "MAC", "OTHER")),
        said(called("B", 1, "MAC", "SAME")),
        said(tests=["unit at kind result", "C 09:00 ICT pass"]),
        said(aliases=["kind id alias", "unit D OTHER"]),
        said(tests=["unit at kind result", "A 09:00 ICT pass"]),
    ],
    "an alias that becomes the unit's name": [
        said(called("P", 1, "SerialNumber", "S1"), called("Q", 1, "SerialNumber", "S9")),
        said(installed("P", 2, position=2)),
    ],
    "a panel of the tables in messages": [
        said(
            installed("PN", 5, position=None, transaction="T1"),
            processed("T1", 6),
            work("T9", 4, "X"),
            units=["unit panel position", "A PN 1", "B PN 2"],
        ),
        said(work("T1", 4, "PN")),
        said(tests=["unit at kind result", "A 09:00 ICT pass"]),
    ],
    "a unit leaves a run that others are in, and these are positions of panels": [
        said(
            *(installed(panel, 5, "R1", position=int(at)) for panel, at in ("P1", "Q1", "Q2", "P2")),
            installed("P", 6, "R2", position=1),
        ),
        said(installed("P", 5, "R3", "C2", position=1)),
    ],
    "a program that is known later than messages that ran by it": [
        said(
            recipe("G", 1),
            loaded("R1", 1),
            loaded("R2", 1, "F2"),
            work("T1", 5, "A"),
            programs=["program feeder refdes", "H F1 C1"],
        ),
        said(work("T2", 6, "B"), programs=["program feeder refdes", "K F1 C1"]),
        said(programs=["program feeder refdes", "G F1 C1"]),
    ],
    "a lot of another part than the program wants": [
        said(
            recipe("G", 1),
            loaded("R1", 1),
            work("T1", 5, "A"),
            programs=["program feeder refdes part", "G F1 C1 P"],
            lots=["supplier lot part", "- R7 P"],
        ),
        said(work("T2", 6, "B"), lots=["supplier lot part", "- R8 P"]),
        said(lots=["supplier lot part", "- R1 Q"]),
    ],
}
# How many of them, beyond the first, concern all that was before, or let something go.
_WHOLE = {
    "what was known only by a removal that is of nobody any more": 1,
    "another recipe, and nothing ran by the first": 1,
    "a program that is known later than messages that ran by it": 1,
    "a lot of another part than the program wants": 1,
}


@pytest.mark.parametrize("what", _TRAPS)
def test_what_messages_change_of_others(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given_out = _TRAPS[what]
    assert compared(given_out, monkeypatch) == len(given_out) - 1 - _WHOLE.get(what, 0)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=True))
def test_noise(random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
    event(f"{compared(noise(random), monkeypatch)} parts")
