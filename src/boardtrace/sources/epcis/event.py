"""One EPCIS event -> rows of the format's own tables (EPCIS 2.0, section 7.4)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from boardtrace.gs1 import BadName, identify
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.epcis.cbv import DATES, DISPOSITIONS, PARTIES, STEPS, local, word
from boardtrace.sources.fields import Wrong, amount_of, filled, is_time, part_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boardtrace.gs1 import Name

__all__ = ["TYPES", "Seen", "facts"]

# event type -> (list of instances, list of quantities, role)
TYPES: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "ObjectEvent": (("epcList", "quantityList", "object"),),
    "AggregationEvent": (("childEPCs", "childQuantityList", "child"),),
    "AssociationEvent": (("childEPCs", "childQuantityList", "child"),),
    "TransactionEvent": (("epcList", "quantityList", "object"),),
    "TransformationEvent": (
        ("inputEPCList", "inputQuantityList", "input"),
        ("outputEPCList", "outputQuantityList", "output"),
    ),
}
_ACTIONS: Final = {"ADD", "OBSERVE", "DELETE"}
_MEMBERS: Final = {"AggregationEvent", "AssociationEvent"}
_LAST_YEAR: Final = 2100
_KNOWN: Final = {
    "type", "eventTime", "recordTime", "eventTimeZoneOffset", "bizStep", "disposition", "readPoint",
    "parentID", "errorDeclaration", "@context",
    *(name for lists in TYPES.values() for pair in lists for name in pair[:2]),
}  # fmt: skip
"""What has a column or row of its own; everything else of an event is a parameter."""
_UNHASHED: Final = {"eventID", "recordTime"}
_OFFSET: Final = 6  # characters of +01:00
_CACHED: Final = 100_000


@dataclass(slots=True)
class Seen:
    """What was said of a file once: the company prefixes and links that occurred."""

    prefixes: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Event:
    """An event while it is read."""

    line: int
    said: dict[str, Any]
    kind: str
    at: str
    seen: Seen
    path: str
    things: list[tuple[str, Name, str, str]] = field(default_factory=list)
    """role, name, quantity, unit of measure"""
    found: list[Fact | Reject | Unread] = field(default_factory=list)

    def wrong(self, where: str, why: str) -> None:
        """Note what was left out of the event; the rest is taken."""
        self.found.append(Reject(self.line, self.where(where), why))

    def where(self, path: str) -> str:
        return f"{self.path}.{path}" if self.path and path else path or self.path

    def name(self, value: Any, where: str, *, of_class: bool = False) -> Name | None:
        """Read an identifier, None (and a Reject) if it is none."""
        try:
            if not isinstance(value, str):
                raise BadName("not a text")
            name = identify(value, of_class)
        except BadName as error:
            self.wrong(where, f"{error}; the event was taken without it")
            return None
        if name.link is not None:
            if name.link.given not in self.seen.links:
                self._link(name)
        elif name.prefix and name.prefix not in self.seen.prefixes:
            self.seen.prefixes.add(name.prefix)
            self.found.append(Fact("epcis_prefixes", {"prefix": name.prefix}, self.line))
        return name

    def _link(self, name: Name) -> None:
        link = name.link
        assert link is not None  # noqa: S101
        if len(self.seen.links) > _CACHED:  # said once more is a duplicate, no other fact
            self.seen.links.clear()
        self.seen.links.add(link.given)
        row = {
            "name": name.text, "kind": name.kind, "start": link.start, "head": link.head,
            "digits": link.digits, "tail": link.tail, "given": link.given,
        }  # fmt: skip
        self.found.append(Fact("epcis_links", filled(row), self.line))


def facts(line: int, path: str, said: dict[str, Any], seen: Seen) -> Iterator[Fact | Reject | Unread]:
    """Yield the rows of an event; one Reject if it cannot be used."""
    try:
        kind = local(text_of(said, "type", ""))
        if kind not in TYPES:
            if not kind:
                raise Wrong("type", "the event does not say what it is")  # noqa: TRY301
            yield Unread(f"{kind[:100]} (not of the standard)")
            return
        event = _Event(line, said, kind, _time(said), seen, path)
        _read(event)
    except Wrong as wrong:
        where = f"{path}.{wrong.args[0]}" if path else wrong.args[0]
        yield Reject(line, where, wrong.args[1])
        return
    yield from event.found


def _time(said: dict[str, Any]) -> str:
    at = text_of(said, "eventTime", "")
    if not at:
        raise Wrong("eventTime", "is required")
    if not is_time(at):
        raise Wrong("eventTime", f"is not a time with an offset (RFC 3339): {at[:40]!r}")
    if int(at[:4]) > _LAST_YEAR:
        raise Wrong("eventTime", f"is after {_LAST_YEAR}: {at[:40]!r}")
    if int(at[:4]) < 1970:  # noqa: PLR2004
        raise Wrong("eventTime", f"is before 1970: {at[:40]!r}")
    return at


def _read(event: _Event) -> None:
    said, kind = event.said, event.kind
    action = text_of(said, "action", "")
    if kind != "TransformationEvent" and action not in _ACTIONS:
        raise Wrong("action", f"is one of {', '.join(sorted(_ACTIONS))}: {action[:40]!r}")
    _things(event, action)
    step = _word(event, "bizStep", STEPS)
    state = _word(event, "disposition", DISPOSITIONS)
    read_point, location = _place(event, "readPoint"), _place(event, "bizLocation")
    declared = part_of(said, "errorDeclaration", "", dict) if "errorDeclaration" in said else None
    papers = _pairs(event, "bizTransactionList", "bizTransaction", None)
    sources = _pairs(event, "sourceList", "source", PARTIES)
    destinations = _pairs(event, "destinationList", "destination", PARTIES)
    transformation = text_of(said, "transformationID", "")
    event_id = text_of(said, "eventID", "")
    parameters = {key: value for key, value in said.items() if key not in _KNOWN}
    content = [
        kind, datetime.fromisoformat(event.at.upper()).astimezone(UTC).isoformat(),
        text_of(said, "eventTimeZoneOffset", ""), action, step, state,
        read_point.same if read_point else "", location.same if location else "",
        sorted((role, name.same, *rest) for role, name, *rest in event.things),
        {key: value for key, value in parameters.items() if key not in _UNHASHED},
    ]  # fmt: skip
    number = hashlib.md5(_text(content), usedforsecurity=False).hexdigest()
    first = _first(PARTIES)
    row = {
        "event": number,
        "event_id": event_id,
        "declared": "true" if declared is not None else "",
        "type": kind,
        "verb": action,  # `action` is a word of every table
        "at": event.at,
        "step": step,
        "disposition": state,
        "read_point": read_point.text if read_point else "",
        "location": location.text if location else "",
        "transformation": transformation,
        "shipment": _first(("desadv", "bol"))(papers),
        "work_order": _first(("prodorder",))(papers),
        "source": first(sources),
        "destination": first(destinations),
        "returned": "true" if state == "returned" or any(name == "rma" for name, _ in papers) else "",
        "transfer": "true" if _transfer(sources, destinations) else "",
        "parameters": _text(parameters).decode() if parameters else "",
        "json": _text(said).decode(),
        **_ilmd(event),
    }
    event.found.append(Fact("epcis_events", row, event.line))
    for role, name, quantity, measure in event.things:
        thing = {
            "event": number, "role": role, "kind": name.kind, "supplier": name.supplier,
            "thing": name.text, "quantity": quantity, "uom": measure,
        }  # fmt: skip
        event.found.append(Fact("epcis_things", thing, event.line))


def _text(value: Any) -> bytes:
    """Write JSON in one way."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        try:  # whole numbers of more than 64 bits
            return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            raise Wrong("", f"cannot be kept: {error}") from None


# What an event is about ----------------------------------------------------------------------------


def _things(event: _Event, action: str) -> None:
    """Read the lists of an event; Wrong if it is about nothing."""
    said, kind = event.said, event.kind
    listed = 0
    for instances, quantities, role in TYPES[kind]:
        epcs, amounts = part_of(said, instances, "", list), part_of(said, quantities, "", list)
        listed += len(epcs) + len(amounts)
        for number, value in enumerate(epcs):
            if name := event.name(value, f"{instances}[{number}]"):
                _about(event, role, name)
        for number, value in enumerate(amounts):
            _amount(event, role, value, f"{quantities}[{number}]")
    if listed and not event.things:
        raise Wrong(TYPES[kind][0][0], "none of its identifiers can be used")
    parent = said.get("parentID")
    if parent is not None:
        name = event.name(parent, "parentID")
        if name is None:
            raise Wrong("parentID", "cannot be used")
        event.things.append(("parent", name, "", ""))
    elif kind == "AssociationEvent" or (kind == "AggregationEvent" and action != "OBSERVE"):
        raise Wrong("parentID", "is required")
    if not listed:
        _without_things(event, action, parent)
    if kind == "TransactionEvent" and not part_of(said, "bizTransactionList", "", list):
        raise Wrong("bizTransactionList", "is required")


def _about(event: _Event, role: str, name: Name, quantity: str = "", measure: str = "") -> None:
    if name.kind == "place":
        event.found.append(Unread("place as an object"))
        return
    if name.kind == "class":
        event.found.append(Unread("amount of a product without lot"))
    event.things.append((role, name, quantity, measure))


def _amount(event: _Event, role: str, value: Any, where: str) -> None:
    if not isinstance(value, dict):
        event.wrong(where, "not an object; the event was taken without it")
        return
    if name := event.name(value.get("epcClass"), f"{where}.epcClass", of_class=True):
        try:
            quantity, complaint = amount_of(value.get("quantity"))
            measure = text_of(value, "uom", where)
        except Wrong as wrong:
            quantity, complaint, measure = "", wrong.args[1], ""
        if complaint:
            event.wrong(f"{where}.quantity", complaint)
        _about(event, role, name, quantity, measure)


def _without_things(event: _Event, action: str, parent: Any) -> None:
    """Say what an event without lists is: a container emptied or seen, or data of a place."""
    lists = " or ".join(name for pair in TYPES[event.kind] for name in pair[:2])
    if event.kind in _MEMBERS and action == "ADD":
        raise Wrong(TYPES[event.kind][0][0], f"is required: {lists}")
    if parent is not None:
        return
    if event.kind != "ObjectEvent" or not event.said.get("sensorElementList"):
        raise Wrong(TYPES[event.kind][0][0], f"is required: {lists}")
    event.found.append(Unread("sensor data of a place"))


# Where, why, for whom ------------------------------------------------------------------------------


def _word(event: _Event, field_: str, known: frozenset[str]) -> str:
    """Read a word of the vocabulary: bare words are its own, others are URIs."""
    said = text_of(event.said, field_, "")
    found = word(said)
    if found and found == said and ":" not in found and found not in known:
        event.wrong(field_, f"no word of the CBV, and no URI: {found[:60]!r}; the event was taken without it")
        return ""
    return found


def _place(event: _Event, field_: str) -> Name | None:
    place = part_of(event.said, field_, "", dict)
    return event.name(place["id"], f"{field_}.id") if place.get("id") is not None else None


def _pairs(event: _Event, field_: str, key: str, known: tuple[str, ...] | None) -> list[tuple[str, str]]:
    """Read a list of typed names as (word of the type, name)."""
    found = []
    for number, pair in enumerate(part_of(event.said, field_, "", list)):
        where = f"{field_}[{number}]"
        if not isinstance(pair, dict):
            event.wrong(where, "not an object; the event was taken without it")
            continue
        kind = word(text_of(pair, "type", where))
        if known and ":" not in kind and kind not in known:
            event.wrong(f"{where}.type", f"is one of {', '.join(known)}; the event was taken without it")
        elif name := event.name(pair.get(key), f"{where}.{key}"):
            found.append((kind, name.text))
    return found


def _first(kinds: tuple[str, ...]) -> Callable[[list[tuple[str, str]]], str]:
    """Make what picks of typed names one of the first of these types; of several the least."""

    def pick(pairs: list[tuple[str, str]]) -> str:
        for kind in kinds:
            if found := [name for one, name in pairs if one == kind]:
                return min(found)
        return ""

    return pick


def _transfer(sources: list[tuple[str, str]], destinations: list[tuple[str, str]]) -> bool:
    """Say whether the goods stay with their owner: the same on both sides."""
    owner = _first(PARTIES[:1])
    return bool(owner(sources)) and owner(sources) == owner(destinations)


def _ilmd(event: _Event) -> dict[str, str]:
    """Read what columns of a lot there are in the master data of instance or lot."""
    said = part_of(event.said, "ilmd", "", dict)
    if not said:
        return {}
    offset = event.at[-_OFFSET:] if event.at[-_OFFSET] in "+-" else "Z"
    found, own = {}, {}
    for key, value in said.items():
        if ":" not in key:
            event.wrong(f"ilmd.{key}", "no name with a prefix; the event was taken without it")
        else:
            own[local(key)] = value
    for column, names in DATES.items():
        for name in names:
            value = own.get(name)
            if isinstance(value, str) and value:
                at = f"{value}T00:00:00{offset}" if len(value) == len("2024-01-01") else value
                if is_time(at) and at >= "1970":
                    found[column] = at
                    break
                event.wrong(f"ilmd.{name}", "neither a date nor a time; the event was taken without it")
    for column, name in (("date_code", "dateCode"), ("mpn", "manufacturerPartNumber")):
        value = own.get(name)
        if isinstance(value, str):
            found[column] = value.strip()[:500]
    return found
