"""Processes, tests, inspections, repairs and scrap of units.

Source: ``CFX.Production.Processing``, ``CFX.Production.TestAndInspection``,
``CFX.Production.ReworkAndRepair`` and ``CFX.Production.UnitsDisqualified`` of the standard's public SDK.

A result other than `Passed` is no pass, whatever it is; what the message calls it stands in the
measurements. Pictures are left out of them: they are in the archived message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.cfx.message import operator_of, time_of, unit_of
from boardtrace.sources.fields import Wrong, instant, part_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.sources.cfx.message import Message

__all__ = ["disqualified", "inspected", "processed", "repaired", "tested"]

_Found = Fact | Reject | Unread
_PROCESS: Final = re.compile(r"CFX\.Structures\.(?:\w+\.)*?(\w+?)(?:PCB)?(?:ProcessData|Data)?(?:,.*)?")
_PASSED: Final = {"passed", "pass"}


def processed(message: Message) -> Iterator[_Found]:
    """UnitsProcessed: a step with its parameters; one without units is about all of its transaction."""
    common = message.body.get("CommonProcessData")
    result = message.text("OverallResult")
    entries = (
        list(message.listed("UnitProcessData")) if message.body.get("UnitProcessData") is not None else []
    )
    if not entries:
        if not message.transaction:
            raise Wrong(message.where("UnitProcessData"), "neither a unit nor a transaction is named")
        row = {"kind": _process(common), "result": result, "parameters": _json(message, common)}
        # the transaction stands for its units, until WorkStarted names them
        yield message.fact("cfx_processes", {**message.about(message.transaction), **row})
    for entry, where in entries:
        try:
            unit, position = unit_of(entry, where)
            own = entry.get("UnitProcessData")
            said = [one for one in (common, own) if one]
            row = {
                "kind": _process(own or common),
                "result": text_of(entry, "UnitResult", where) or result,
                "parameters": _json(
                    message,
                    said[0] if len(said) == 1 else {"common": common, "unit": own} if said else None,
                ),
            }
            yield message.fact("cfx_processes", {**message.about(unit, position), **row})
        except Wrong as wrong:
            yield message.refused(wrong, entry)


def _process(data: Any) -> str:
    """Name a process by the type of its data: reflow, coating, solder paste printing."""
    kind = data.get("$type") if isinstance(data, dict) else None
    found = _PROCESS.fullmatch(kind) if isinstance(kind, str) else None
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", found[1]).lower() if found else "process"


def tested(message: Message) -> Iterator[_Found]:
    """UnitsTested: one row for each unit, of all its tests; the kind is their name if they have one."""
    return _judged(
        message, "TestedUnits", "Tests", "Test", operator_of(message.body, "Tester", message.path), "test"
    )


def inspected(message: Message) -> Iterator[_Found]:
    """UnitsInspected: one row for each unit, of all its inspections; the kind is the method (AOI...)."""
    operator = operator_of(message.body, "Inspector", message.path)
    kind = message.text("InspectionMethod") or "inspection"
    panel = message.body.get("InspectedPanel")
    if message.body.get("InspectedUnits") is not None or panel is None:
        yield from _judged(message, "InspectedUnits", "Inspections", "Inspection", operator, kind)
    if panel is not None:
        try:
            where = message.where("InspectedPanel")
            entry = part_of(message.body, "InspectedPanel", message.path, dict)
            yield from _judgement(message, entry, where, "Inspections", "Inspection", operator, kind)
        except Wrong as wrong:
            yield message.refused(wrong, panel)


def _judged(
    message: Message, units: str, key: str, word: str, operator: str, kind: str
) -> Iterator[_Found]:
    for entry, where in message.listed(units):
        try:
            yield from _judgement(message, entry, where, key, word, operator, kind)
        except Wrong as wrong:
            yield message.refused(wrong, entry)


def _judgement(
    message: Message, entry: dict[str, Any], where: str, key: str, word: str, operator: str, kind: str
) -> Iterator[_Found]:
    unit, position = unit_of(entry, where)
    checks, defects, ends, names = [], list[str](), list[str](), list[str]()
    for number, check in enumerate(part_of(entry, key, where, list)):
        path = f"{where}.{key}[{number}]"
        if not isinstance(check, dict):
            raise Wrong(path, "an entry of this list is an object")
        names.append(text_of(check, f"{word}Name", path))
        ends.append(time_of(check, f"{word}EndTime", path) or time_of(check, f"{word}StartTime", path))
        found = [*part_of(check, "DefectsFound", path, list)]
        symptoms = part_of(check, "SymptomsFound", path, list) or part_of(check, "Symptoms", path, list)
        defects += [_defect(one, f"{path}.DefectsFound", "Defect") for one in found]
        defects += [_defect(one, f"{path}.Symptoms", "Symptom") for one in symptoms]
        checks.append(
            {
                "name": names[-1],
                "result": text_of(check, "Result", path),
                "measurements": part_of(check, "Measurements", path, list),
            }
        )
    overall = text_of(entry, "OverallResult", where)
    if not overall:
        raise Wrong(f"{where}.OverallResult", "no result is given")
    row = {
        "kind": names[0] if word == "Test" and len(set(names)) == 1 and names[0] else kind,
        "result": "pass" if overall.lower() in _PASSED else "fail",
        "program": message.text("RecipeName"),
        "operator": operator,
        "defects": " ".join(filter(None, defects)),
        "measurements": _json(message, {"result": overall, "checks": checks}),
    }
    yield message.fact(
        "cfx_tests",
        {**message.about(unit, position, max(filter(None, ends), default=None, key=instant)), **row},
    )


def _defect(defect: Any, where: str, word: str) -> str:
    """Write a defect as `code@refdes`; pins of a designator (R22.1) are not told apart."""
    if not isinstance(defect, dict):
        raise Wrong(where, "an entry of this list is an object")
    code = "_".join(text_of(defect, f"{word}Code", where).split()) or word.lower()
    one = part_of(defect, "ComponentOfInterest", where, dict)
    many = part_of(defect, "ComponentsOfInterest", where, list)
    places = [
        "_".join(text_of(place, "ReferenceDesignator", where).split())
        for place in [one, *many]
        if isinstance(place, dict)
    ]
    return " ".join(f"{code}@{place}" for place in places if place) or code


def _json(message: Message, value: Any) -> str:
    """Write what was measured as JSON in one order of keys, without pictures."""
    if value is None:
        return ""
    try:
        return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError as error:
        raise Wrong(message.path, f"cannot be kept as JSON: {error}") from None
    except RecursionError:
        raise Wrong(message.path, "cannot be kept as JSON: nested too deeply") from None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key != "ImageData"}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def repaired(message: Message) -> Iterator[_Found]:
    """UnitsRepaired: one row for each repair."""
    operator = operator_of(message.body, "RepairOperator", message.path)
    for entry, where in message.listed("RepairedUnits"):
        try:
            unit, position = unit_of(entry, where)
            repairs = part_of(entry, "Repairs", where, list) or [{}]
            for number, repair in enumerate(repairs):
                path = f"{where}.Repairs[{number}]"
                if not isinstance(repair, dict):
                    raise Wrong(path, "a repair is an object")  # noqa: TRY301
                component = part_of(repair, "ComponentOfInterest", path, dict)
                words = (
                    text_of(repair, "RepairName", path),
                    text_of(component, "ReferenceDesignator", path),
                    text_of(repair, "Comments", path),
                    text_of(repair, "Result", path) or text_of(entry, "OverallResult", where),
                )
                at = time_of(repair, "RepairEndTime", path) or time_of(repair, "RepairStartTime", path)
                row = {"kind": "repair", "operator": operator, "detail": "; ".join(filter(None, words))}
                yield message.fact("cfx_service", {**message.about(unit, position, at or None), **row})
        except Wrong as wrong:
            yield message.refused(wrong, entry)


def disqualified(message: Message) -> Iterator[_Found]:
    """UnitsDisqualified: units that were scrapped."""
    detail = "; ".join(filter(None, (message.text("Reason"), message.text("Comments"))))
    for unit, position, _ in (yield from message.units("", "no unit is named")):
        yield message.fact(
            "cfx_service", {**message.about(unit, position), "kind": "scrap", "detail": detail}
        )
