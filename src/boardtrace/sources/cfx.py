"""IPC-CFX messages (IPC-2591) as facts; of them, in this version, MaterialsInstalled.

Source: the standard's public SDK, ``CFX.Production.Assembly.MaterialsInstalled`` with
``InstalledMaterial``, ``InstalledComponent``, ``MaterialPackage``, ``MaterialCarrierLocation``
of ``CFX.Structures``, and ``CFXEnvelope``. A file is one message, an array of them, or NDJSON.
Every other message is unread; the page docs/formats/cfx.md has the mapping field by field.

What the standard leaves open:

- One identifier with several position numbers in a message is a panel or carrier: its units
  are ``identifier#position``, and a ``units`` row says whose they are, so that a message that
  names the panel alone stands for all of them. A lone position number decides nothing.
- A blank reel id leaves the feeder as the only way to the lot: a visit and a row of ``gaps``.
- After a splice either reel may have been used: a placement of each, not certain.
- A designator is one word of a list: blanks within it become ``_``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from boardtrace.errors import BadInput
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.fields import (
    Wrong,
    amount_of,
    decoded,
    element_lines,
    filled,
    is_time,
    loads,
    part_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NAME", "read", "recognises"]

_Package: TypeAlias = tuple[str, str, str]  # lot, part, batch

NAME: Final = "cfx"
INSTALLED: Final = "CFX.Production.Assembly.MaterialsInstalled"
# Keys that give CFX away where a body has no envelope.
KEYS: Final = (
    "InstalledMaterials UninstalledMaterials PersonalizedUnits UnitProcessData RepairedUnits "
    "InspectedUnits TestedUnits UnitCount ConsumedMaterials LeadingMaterialPackage "
    "SourceMaterialPackageIdentifier MaterialPackageIdentifiers DepletedMaterial InternalPartNumber "
    "SetupRequirements OperatorIdentifier"
)
HEAD: Final = re.compile(
    rb'"(?:MessageName|\$type)"\s*:\s*"CFX\.|"(?:' + KEYS.replace(" ", "|").encode() + rb')"\s*:'
)
UNSET: Final = "0001-01-01T00:00:00"  # .NET's default of a DateTime
MASTERS: Final = {"components", "lots", "lot_moves", "units", "visits"}  # said once a file


@dataclass(frozen=True, slots=True)
class _Message:
    """What all entries of one message share: place in the file, machine, time, positions."""

    line: int
    path: str
    machine: str
    stamp: str
    positions: dict[str, set[int]]


def recognises(head: bytes) -> bool:
    """Say whether this is an envelope of CFX, or a body with a key that only CFX has."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start in {b"{", b"["} and HEAD.search(head) is not None


def read(opened: IO[bytes]) -> Iterator[Fact | Reject | Unread]:
    """Yield the placements of a file's messages, and what goes with them."""
    said: set[tuple[str, ...]] = set()
    for line, message in _messages(opened.read()):
        for found in _message(line, message):
            if isinstance(found, Fact) and found.table in MASTERS:
                row = (found.table, *(f"{column}={found.row[column]}" for column in sorted(found.row)))
                if row in said:
                    continue
                said.add(row)
            yield found


def _message(line: int, message: Any) -> Iterator[Fact | Reject | Unread]:
    if isinstance(message, Reject):
        yield message
        return
    if not isinstance(message, dict):
        yield Reject(line, "", "a message is an object")
        return
    wrapped = "MessageName" in message or "MessageBody" in message
    envelope, body = (message, message.get("MessageBody")) if wrapped else ({}, message)
    path = "MessageBody" if wrapped else ""
    name = _name(envelope.get("MessageName"), body)
    if name != INSTALLED:
        yield Unread(name)
        return
    entries = body.get("InstalledMaterials") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        yield Reject(line, f"{path}.InstalledMaterials".lstrip("."), "a MaterialsInstalled lists them")
        return
    try:
        machine, stamp = text_of(envelope, "Source", ""), text_of(envelope, "TimeStamp", "")
    except Wrong as wrong:
        yield Reject(line, *wrong.args)
        return
    shared = _Message(line, path, machine, stamp, _positions(entries))
    for number, entry in enumerate(entries):
        where = f"{path}.InstalledMaterials[{number}]".lstrip(".")
        try:
            yield from _installed(shared, entry, where)
        except Wrong as wrong:
            yield Reject(line, *wrong.args)


def _name(given: Any, body: Any) -> str:
    """Name the message: by its envelope, by the type its body states, by the body's keys."""
    if isinstance(given, str) and given.strip():
        return given.strip()
    body = body if isinstance(body, dict) else {}
    kind = body.get("$type")
    if isinstance(kind, str) and kind.startswith("CFX."):
        return kind.partition(",")[0]
    return INSTALLED if "InstalledMaterials" in body else f"CFX without envelope: {' '.join(sorted(body))}"


def _positions(entries: list[Any]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("UnitPositionNumber"), int):
            identifier = str(entry.get("UnitIdentifier")).strip()
            found.setdefault(identifier, set()).add(entry["UnitPositionNumber"])
    return found


def _unit(shared: _Message, entry: dict[str, Any], where: str) -> tuple[str, dict[str, str]]:
    """Give the unit of an entry, and its ``units`` row if it is one position of several.

    UnitsInitialized and UnitsPersonalized, once they are read, name positions: here.
    """
    identifier = text_of(entry, "UnitIdentifier", where)
    if not identifier:
        raise Wrong(f"{where}.UnitIdentifier", "no unit is named")
    position = entry.get("UnitPositionNumber")
    if position is not None and (not isinstance(position, int) or isinstance(position, bool)):
        raise Wrong(f"{where}.UnitPositionNumber", "a position is a whole number")
    if position is None or len(shared.positions[identifier]) == 1:
        return identifier, {}
    unit = f"{identifier}#{position}"
    return unit, {"unit": unit, "panel": identifier, "position": str(position)}


def _installed(shared: _Message, entry: Any, where: str) -> Iterator[Fact | Reject | Unread]:
    """Yield what one InstalledMaterial says: one material on one unit."""
    if not isinstance(entry, dict):
        raise Wrong(where, "an installed material is an object")
    line = shared.line
    unit, row = _unit(shared, entry, where)
    place = {"unit": unit, "machine": shared.machine, "feeder": _feeder(entry, where)}
    packages = list(dict.fromkeys(_packages(entry, where)))
    components = part_of(entry, "InstalledComponents", where, list)
    amount, complaint = amount_of(entry.get("QuantityInstalled"))
    refused = part_of(entry, "NonInstalledComponents", where, list)
    if refused and not (components or amount or complaint):
        yield Unread(f"{INSTALLED}: NonInstalledComponents")  # tried, and nothing stayed
        return
    if complaint:
        yield Reject(line, f"{where}.QuantityInstalled", complaint)
    if row:
        yield Fact("units", row, line)
    for package in packages:
        yield from _stock(line, *package)
    groups = list(_groups(shared, components, where))
    for group in groups:
        if isinstance(group, Reject):
            yield group
            continue
        at, refdes = group
        share = amount if len(groups) == 1 else str(len(refdes)) if amount == str(len(components)) else ""
        basis = {**place, "refdes": " ".join(filter(None, refdes)), "at": at}
        yield from _used(line, packages, basis, share)


def _used(line: int, packages: list[_Package], basis: dict[str, str], quantity: str) -> Iterator[Fact]:
    """Say that a package was used here or, where it has no id, that one is missing."""
    alone = len(packages) == 1
    extra = {"quantity": quantity} if alone else {"certain": "false"}
    for lot, part, _ in packages:
        if lot:
            yield Fact("placements", {**filled({**basis, **extra}), "supplier": "", "lot": lot}, line)
            continue
        if basis["machine"]:
            visit = {"unit": basis["unit"], "machine": basis["machine"], "started_at": basis["at"]}
            yield Fact("visits", visit, line)
        reason = "no reel id at this feeder" if basis["feeder"] else "no reel id and no feeder"
        yield Fact("gaps", filled({**basis, "part": part, "reason": reason}), line)


def _stock(line: int, lot: str, part: str, batch: str) -> Iterator[Fact]:
    """Say what a package holds, and of which delivered batch it is a piece (a tray of trays)."""
    if part:
        yield Fact("components", {"part": part}, line)
    if lot and part:
        yield Fact("lots", {"supplier": "", "lot": lot, "part": part}, line)
    if batch not in {"", lot}:
        move = {"kind": "split", "from_supplier": "", "from_lot": batch, "to_supplier": "", "to_lot": lot}
        yield Fact("lot_moves", move, line)


def _groups(
    shared: _Message, components: list[Any], where: str
) -> Iterator[tuple[str, list[str]] | Reject]:
    """Group the designators of a material by time; those without a name go by themselves."""
    found: dict[tuple[str, bool], list[str]] = {}
    first: dict[tuple[str, bool], str] = {}
    for number, component in enumerate(components):
        path = f"{where}.InstalledComponents[{number}]"
        try:
            if not isinstance(component, dict):
                raise Wrong(path, "an installed component is an object")  # noqa: TRY301
            refdes = "_".join(text_of(component, "ReferenceDesignator", path).split())
            when = text_of(component, "InstallationTime", path)
        except Wrong as wrong:
            yield Reject(shared.line, *wrong.args)
            continue
        key = ("" if when.startswith(UNSET) else when, bool(refdes))
        first.setdefault(key, f"{path}.InstallationTime")
        found.setdefault(key, []).append(refdes)
    if not components:
        found["", False] = []
    for (when, named), refdes_list in found.items():
        at = when or shared.stamp
        path = "TimeStamp" if at and not when else first.get((when, named), f"{where}.InstalledComponents")
        if not at:
            yield Reject(shared.line, path, "no time: no InstallationTime, and no TimeStamp around it")
        elif not is_time(at):
            yield Reject(shared.line, path, f"not a time with an offset: {at!r}")
        else:
            yield at, refdes_list


def _feeder(entry: dict[str, Any], where: str) -> str:
    place = part_of(entry, "CarrierLocation", where, dict)
    path = f"{where}.CarrierLocation"
    carrier = part_of(place, "CarrierInformation", path, dict)
    return (
        text_of(place, "LocationIdentifier", path)
        or text_of(place, "LocationName", path)
        or text_of(carrier, "UniqueIdentifier", f"{path}.CarrierInformation")
    )


def _packages(entry: dict[str, Any], where: str) -> list[_Package]:
    """List (lot, part, batch) of the material and of what was spliced to it."""
    material, path = part_of(entry, "Material", where, dict), f"{where}.Material"
    found = []
    while True:
        batch = text_of(material, "BatchId", path)
        lot = text_of(material, "UniqueIdentifier", path) or batch
        found.append((lot, text_of(material, "InternalPartNumber", path), batch))
        material = part_of(material, "SplicedMaterialPackage", path, dict)
        path += ".SplicedMaterialPackage"
        if not material:
            return found


def _messages(data: bytes) -> list[tuple[int, Any]]:
    """List (line, message); in NDJSON, a line that is no JSON is a Reject and stops no other."""
    text = decoded(data)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") for _, line in lines):
        found = [(number, _line(number, line)) for number, line in lines]
        if not all(isinstance(message, Reject) for _, message in found):
            return found
    whole = loads(text)
    if not isinstance(whole, list):
        return [(lines[0][0], whole)]
    return list(zip(element_lines(text, text.index("[")), whole, strict=True))


def _line(number: int, line: str) -> Any:
    try:
        return loads(line, number)
    except BadInput as error:
        return Reject(number, "", error.message)
