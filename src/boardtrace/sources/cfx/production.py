"""Units and machines: what came, was worked on, by which recipe and operator, and left.

Source: ``CFX.Production`` and ``CFX.Production.Assembly.UnitsPersonalized`` of the standard's public SDK.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.cfx.message import operator_of, unit_of
from boardtrace.sources.fields import Wrong, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.sources.cfx.message import Message

__all__ = [
    "activated",
    "arrived",
    "completed",
    "departed",
    "initialized",
    "operator_activated",
    "operator_deactivated",
    "personalized",
    "started",
]

_Found = Fact | Reject | Unread
# Names of characteristics that are a unit's own serial number, and of others that no other unit has.
_SERIAL: Final = re.compile(
    r"(unit|board|product|pcb)?(serial(no|num|number)?|sn|uid|uniqueid(entifier)?|unitid(entifier)?)"
)
_UNIQUE: Final = re.compile(
    r".*(macaddress|mac|imei\d?|meid|eui(48|64)|uuid|guid|iccid|bluetoothaddress|udi|dmc)"
)


def initialized(message: Message) -> Iterator[_Found]:
    """UnitsInitialized: units, each with its place on the panel or carrier that it is on."""
    panel, order = message.text("PrimaryIdentifier"), message.work_order()
    for unit, position, _ in (yield from message.units(panel, "a UnitsInitialized lists them")):
        row = {"unit": unit, "position": position, "panel": panel if panel != unit else ""}
        yield message.fact(
            "cfx_units", {**message.about(unit, position, message.known_at), **row, "work_order": order}
        )


def started(message: Message) -> Iterator[_Found]:
    """WorkStarted: a machine begins with units, by a recipe, for a work order."""
    return _worked(message, "started")


def arrived(message: Message) -> Iterator[_Found]:
    """UnitsArrived: units at the machine, not worked on yet."""
    return _worked(message, "arrived")


def departed(message: Message) -> Iterator[_Found]:
    """UnitsDeparted: units that left the machine."""
    return _worked(message, "departed")


def _worked(message: Message, kind: str) -> Iterator[_Found]:
    shared = {
        "kind": kind,
        "program": message.text("RecipeName"),
        "lane": message.lane(),
        "work_order": message.work_order(),
    }
    panel = message.text("PrimaryIdentifier")
    missing = f"no unit is named: {message.name.rpartition('.')[2]}"
    for unit, position, skipped in (yield from message.units(panel, missing)):
        flag = "" if skipped is None else "true" if skipped else "false"
        about = message.about(unit, position)
        yield message.fact("cfx_works", {**about, **shared, "skipped": flag})
        if panel and panel != unit and position:
            # what is later said of the panel is said of its units
            yield message.fact("cfx_panels", {**about, "panel": panel, "kind": kind, "skipped": flag})


def completed(message: Message) -> Iterator[_Found]:
    """WorkCompleted: the end of what WorkStarted began; it may name the units that came out."""
    if not message.transaction:
        raise Wrong(message.where("TransactionID"), "no transaction is named")
    row = {"machine": message.machine, "transaction": message.transaction, "at": message.at}
    yield message.fact("cfx_ends", {**row, "result": message.text("Result")})
    if message.text("PrimaryIdentifier") or message.body.get("Units"):
        yield from _worked(message, "completed")


def personalized(message: Message) -> Iterator[_Found]:
    """UnitsPersonalized: serial numbers, addresses and other characteristics of units."""
    for entry, where in message.listed("PersonalizedUnits"):
        try:
            unit, position = unit_of(entry, where)
            listed = entry.get("Characteristics")
            if not isinstance(listed, list):
                raise Wrong(f"{where}.Characteristics", "a personalized unit lists them")  # noqa: TRY301
            for number, one in enumerate(listed):
                path = f"{where}.Characteristics[{number}]"
                if not isinstance(one, dict):
                    raise Wrong(path, "a characteristic is an object")  # noqa: TRY301
                name, value = text_of(one, "Name", path), text_of(one, "Value", path)
                if value:
                    row = {"name": name, "value": value, "serial": _serial(name)}
                    yield message.fact(
                        "cfx_names", {**message.about(unit, position, message.known_at), **row}
                    )
        except Wrong as wrong:
            yield message.refused(wrong, entry)


def _serial(name: str) -> str:
    """Say what a characteristic is: true a serial number, false another identifier, blank neither."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if _SERIAL.fullmatch(plain):
        return "true"
    return "false" if _UNIQUE.fullmatch(plain) else ""


def activated(message: Message) -> Iterator[_Found]:
    """RecipeActivated: the recipe by which a machine, or a lane of it, works from now on."""
    name = message.text("RecipeName")
    if not name:
        raise Wrong(message.where("RecipeName"), "no recipe is named")
    row = {"machine": message.source, "program": name, "at": message.at, "lane": message.lane()}
    yield message.fact("cfx_recipes", row)


def operator_activated(message: Message) -> Iterator[_Found]:
    """OperatorActivated: who works at the machine from now on."""
    return _operator(message, active=True)


def operator_deactivated(message: Message) -> Iterator[_Found]:
    """OperatorDeactivated: who works there no longer."""
    return _operator(message, active=False)


def _operator(message: Message, *, active: bool) -> Iterator[_Found]:
    name = operator_of(message.body, "Operator", message.path)
    if not name:
        raise Wrong(message.where("Operator", "OperatorIdentifier"), "no operator is named")
    yield message.fact("operators", {"operator": name})
    row = {"machine": message.source, "operator": name, "at": message.at}
    yield message.fact("cfx_operators", {**row, "active": "true" if active else "false"})
