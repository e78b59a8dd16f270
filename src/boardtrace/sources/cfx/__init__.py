"""IPC-CFX messages (IPC-2591) as facts.

Source: the standard's public SDK. A file is one message, an array of them, or messages one after
the other (NDJSON); a message is an envelope, or its body alone. Messages mean something together:
what they say goes into tables of the format's own (``cfx_...`` in model.py), and
sql/formats/cfx joins them once all of them are known, in whatever order and file they came.
The page docs/formats/cfx.md has the mapping field by field.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any, Final, cast

import orjson

from boardtrace.sources import Fact, Known, Reject, Unread
from boardtrace.sources.cfx import materials, production, quality
from boardtrace.sources.cfx.message import Message, names_of
from boardtrace.sources.fields import Once, Wrong, text_of, utf8
from boardtrace.sources.stream import items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LISTS", "MESSAGES", "NAME", "STANDARD", "known", "read", "recognises"]

NAME: Final = "cfx"
STANDARD: Final = "IPC-2591 (IPC-CFX) 1.0 to 2.1"
LISTS: Final = ()

MESSAGES: Final[dict[str, Callable[[Message], Iterator[Fact | Reject | Unread]]]] = {
    "CFX.Materials.Management.MaterialsInitialized": materials.initialized,
    "CFX.Materials.Management.MaterialsModified": materials.initialized,
    "CFX.Materials.Management.MaterialsSplit": materials.split,
    "CFX.Materials.Management.MaterialsJoined": materials.joined,
    "CFX.Materials.Management.MaterialsConsumed": materials.consumed,
    "CFX.Materials.Management.MaterialsRetired": materials.retired,
    "CFX.Materials.Storage.MaterialsLoaded": materials.loaded,
    "CFX.Materials.Storage.MaterialsUnloaded": materials.unloaded,
    "CFX.Materials.Storage.SplicePointDetected": materials.spliced,
    "CFX.Production.UnitsInitialized": production.initialized,
    "CFX.Production.UnitsArrived": production.arrived,
    "CFX.Production.UnitsDeparted": production.departed,
    "CFX.Production.WorkStarted": production.started,
    "CFX.Production.WorkCompleted": production.completed,
    "CFX.Production.RecipeActivated": production.activated,
    "CFX.Production.OperatorActivated": production.operator_activated,
    "CFX.Production.OperatorDeactivated": production.operator_deactivated,
    "CFX.Production.UnitsDisqualified": quality.disqualified,
    "CFX.Production.Assembly.MaterialsInstalled": materials.installed,
    "CFX.Production.Assembly.MaterialsUninstalled": materials.uninstalled,
    "CFX.Production.Assembly.UnitsPersonalized": production.personalized,
    "CFX.Production.Processing.UnitsProcessed": quality.processed,
    "CFX.Production.TestAndInspection.UnitsTested": quality.tested,
    "CFX.Production.TestAndInspection.UnitsInspected": quality.inspected,
    "CFX.Production.ReworkAndRepair.UnitsRepaired": quality.repaired,
}
"""The messages that are read; every other is kept as evidence."""

# A body without its envelope: keys that it has, keys that it has not, and which message that is.
_BODIES: Final = [
    ("InstalledMaterials", "", "CFX.Production.Assembly.MaterialsInstalled"),
    ("UninstalledMaterials", "", "CFX.Production.Assembly.MaterialsUninstalled"),
    ("PersonalizedUnits", "", "CFX.Production.Assembly.UnitsPersonalized"),
    ("UnitProcessData", "", "CFX.Production.Processing.UnitsProcessed"),
    ("RepairedUnits", "", "CFX.Production.ReworkAndRepair.UnitsRepaired"),
    ("InspectedUnits", "", "CFX.Production.TestAndInspection.UnitsInspected"),
    ("TestedUnits", "", "CFX.Production.TestAndInspection.UnitsTested"),
    ("ConsumedMaterials", "", "CFX.Materials.Management.MaterialsConsumed"),
    ("LeadingMaterialPackage", "", "CFX.Materials.Management.MaterialsJoined"),
    ("SourceMaterialPackageIdentifier", "", "CFX.Materials.Management.MaterialsSplit"),
    ("MaterialPackageIdentifiers", "", "CFX.Materials.Storage.MaterialsUnloaded"),
    ("DepletedMaterial", "", "CFX.Materials.Storage.SplicePointDetected"),
    ("Materials[].InitialQuantity", "Result", "CFX.Materials.Management.MaterialsInitialized"),
    ("Materials[].MaterialPackage", "Result", "CFX.Materials.Storage.MaterialsLoaded"),
    ("TransactionID Units Lane", "", "CFX.Production.WorkStarted"),
    ("TransactionID Result", "", "CFX.Production.WorkCompleted"),
    ("TransactionID Units WorkOrderIdentifier", "", "CFX.Production.UnitsInitialized"),
    ("RecipeName Revision", "SetupRequirements", "CFX.Production.RecipeActivated"),
]
# Further keys that give CFX away, in bodies that could be of several messages.
_KEYS: Final = (
    *(keys for keys, _, _ in _BODIES if keys.isalpha()),
    "RecipeName",
    "UnitCount",
    "InternalPartNumber",
    "SetupRequirements",
    "OperatorIdentifier",
)
_HEAD: Final = re.compile(
    rb'"(?:[Mm]essageName|\$type)"\s*:\s*"CFX\.|"(?:' + "|".join(_KEYS).encode() + rb')"\s*:'
)
_MASTERS: Final = {"suppliers", "components", "lots", "lot_moves", "operators", "aliases"}


def known() -> Iterator[Known]:
    """List the messages that are read."""
    for name, reader in MESSAGES.items():
        about = (reader.__doc__ or "").partition(": ")[2].partition("\n")[0].rstrip(".")
        yield Known(name, "taken", about)
    yield Known("every other message", "evidence", "counted, and kept in the archive")


def recognises(head: bytes) -> bool:
    """Say whether this is an envelope of CFX, or a body with a key that only CFX has."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")[:1]
    return start in {b"{", b"["} and _HEAD.search(head) is not None


def read(file: IO[bytes]) -> Iterator[Fact | Reject | Unread]:
    """Yield what a file's messages say."""
    once = Once(_MASTERS)
    for item in items(file, *LISTS):
        if isinstance(item, Reject):
            yield item
            continue
        whole = item.value
        listed = whole.get("$values") if isinstance(whole, dict) else None
        for said in listed if isinstance(listed, list) else [whole]:
            yield from once.of(_message(item.line, said))


def _message(line: int, said: Any) -> Iterator[Fact | Reject | Unread]:
    if not isinstance(said, dict):
        yield Reject(line, "", "a message is an object")
        return
    said = _spelled(said)
    wrapped = _wrapped(said)
    envelope, body = (said, said.get("MessageBody")) if wrapped else ({}, said)
    try:
        if _has_typed_lists(body):
            body = _plain_lists(body)
        name = _name(envelope, body)
        reader = MESSAGES.get(name)
        if reader is None:
            yield Unread(name)
            return
        if not isinstance(body, dict):
            raise Wrong("MessageBody", "not an object")  # noqa: TRY301
        machine, stamp = text_of(envelope, "Source", ""), text_of(envelope, "TimeStamp", "")
        message = Message(name, line, "MessageBody" if wrapped else "", machine, stamp, body)
        empty = True
        for one in reader(message):
            empty = False
            yield one
        if empty:
            yield Unread(f"{name} without entries")
    except Wrong as wrong:
        column, reason = wrong.args
        yield Reject(line, column, reason, names_of(body))
    except RecursionError:
        yield Reject(line, "MessageBody" if wrapped else "", "nested too deeply", names_of(body))


def _wrapped(said: dict[str, Any]) -> bool:
    return "MessageName" in said or "MessageBody" in said


def _spelled(said: dict[str, Any]) -> dict[str, Any]:
    """Spell the names of a message as the standard does, if a serialiser wrote them with small letters."""
    if not _wrapped(said) and any("a" <= key[:1] <= "z" for key in said):
        try:
            return cast("dict[str, Any]", _capitalised(said))
        except RecursionError:
            return cast("dict[str, Any]", _capitalised(said, deep=False))  # refused for what it lacks
    return said


def _capitalised(said: Any, *, deep: bool = True) -> Any:
    if isinstance(said, list):
        return [_capitalised(one) for one in said]
    if not isinstance(said, dict):
        return said
    spelled = {key: key[:1].upper() + key[1:] if "a" <= key[:1] <= "z" else key for key in said}
    if len({*spelled.values()}) < len(said):  # names that differ in this alone: as they are
        spelled = {key: key for key in said}
    return {spelled[key]: _capitalised(one) if deep else one for key, one in said.items()}


def _has_typed_lists(said: Any) -> bool:
    """Say whether there are such lists in it, at any depth; as text it is sooner searched."""
    try:
        return b'"$values":' in orjson.dumps(said)
    except orjson.JSONEncodeError:  # half a character, a number that is too long, nested deeply
        todo = [said]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if "$values" in one:
                return True
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return False


def _plain_lists(said: Any) -> Any:
    """Make lists of objects as .NET writes a list with its type: {"$type": ..., "$values": [...]}."""
    if isinstance(said, dict):
        listed = said.get("$values")
        return (
            _plain_lists(listed)
            if isinstance(listed, list)
            else {key: _plain_lists(one) for key, one in said.items()}
        )
    return [_plain_lists(one) for one in said] if isinstance(said, list) else said


def _name(envelope: dict[str, Any], body: Any) -> str:
    """Name the message: by its envelope, by the type its body states, by the body's keys."""
    given = text_of(envelope, "MessageName", "").partition(",")[0].strip()
    body = body if isinstance(body, dict) else {}
    kind = body.get("$type")
    if not given and isinstance(kind, str) and kind.startswith("CFX."):
        given = utf8(kind.partition(",")[0])
    listed = body.get("Materials")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    keys = {*body, *(f"Materials[].{key}" for key in first)}
    by_keys = (name for has, lacks, name in _BODIES if keys.issuperset(has.split()) and lacks not in keys)
    return given or next(by_keys, f"CFX without envelope: {utf8(' '.join(sorted(body)))}")
