"""One EPCIS event -> rows of the format's own tables (EPCIS 2.0, section 7.4)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import orjson

from boardtrace.gs1 import OWN, BadName, identify
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.epcis.cbv import DATES, DISPOSITIONS, PARTIES, STEPS, local, word
from boardtrace.sources.fields import Wrong, amount_of, filled, is_time, part_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_UNHASHED: Final = {
    "eventID", "recordTime", "bizLocation", "bizTransactionList", "sourceList", "destinationList",
}  # fmt: skip
"""What does not make two events, and what is compared by its names."""
_OWN_KIND: Final = "boardtrace:kind"
_OWN_RESULT: Final = "boardtrace:result"
_STEP: Final = f"{OWN}step:"
_OFFSET: Final = 6  # characters of +01:00
_CACHED: Final = 100_000
_LARGEST: Final = 15_000_000  # characters of a row on its way to the ledger


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
                raise BadName("not a text")  # noqa: TRY301
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
    except Wrong as wrong:
        yield _refused(line, path, wrong)
        return
    try:
        _read(event)
    except Wrong as wrong:  # what its names showed of prefixes stays said: it is not said again
        yield from (found for found in event.found if isinstance(found, Fact))
        yield _refused(line, path, wrong)
    else:
        yield from event.found


def _refused(line: int, path: str, wrong: Wrong) -> Reject:
    column, why = wrong.args
    return Reject(line, f"{path}.{column}".strip("."), why)


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
    action = text_of(said, "action", "") if "action" in said else ""
    if kind != "TransformationEvent" and action not in _ACTIONS:
        raise Wrong("action", f"is one of {', '.join(sorted(_ACTIONS))}: {action[:40]!r}")
    _things(event, action)
    parameters = {key: value for key, value in said.items() if key not in _KNOWN}
    papers = _papers(event)
    step, state = _word(event, "bizStep", STEPS), _word(event, "disposition", DISPOSITIONS)
    read_point, location = _place(event, "readPoint"), _place(event, "bizLocation")
    content = [
        kind, _instant(event.at), said.get("eventTimeZoneOffset"), action, step, state,
        read_point and read_point.same, location and location.same,
        sorted((role, name.same, *rest) for role, name, *rest in event.things),
        papers.same(), {key: value for key, value in parameters.items() if key not in _UNHASHED},
    ]  # fmt: skip
    row = {
        "event": hashlib.md5(_text(content), usedforsecurity=False).hexdigest(),
        "type": kind,
        "verb": action,  # `action` is a word of every table
        "at": event.at,
        "step": step,
        "disposition": state,
        "things": _text(
            [
                [role, name.kind, name.supplier, name.text, *more, name.same]
                for role, name, *more in event.things
            ]
        ).decode(),
        "json": _text(said).decode(),
    }
    if read_point:
        row["read_point"] = read_point.text
    if location:
        row["location"] = location.text
    if _OWN_KIND in said or _OWN_RESULT in said:  # of our own export (epcis_out.py)
        row["quiet"] = "true" if _OWN_KIND in said else ""
        row["disposition"] = state or text_of(said, _OWN_RESULT, "")
    if parameters:
        row["parameters"] = _text(parameters).decode()
        row |= papers.columns(said, state)
        if "ilmd" in said:
            row |= _ilmd(event)
    if sum(len(cell) + cell.count('"') for cell in row.values()) > _LARGEST:
        raise Wrong("", "an event of more than 15 MB cannot be kept")
    if said.get("errorDeclaration") is not None:
        part_of(said, "errorDeclaration", "", dict)
        row["declared"] = "true"
    event.found.append(Fact("epcis_events", row, event.line))


@dataclass(slots=True)
class _Papers:
    """Documents and parties of an event: (word of the type, name)."""

    documents: list[tuple[str, Name]] = field(default_factory=list)
    sources: list[tuple[str, Name]] = field(default_factory=list)
    destinations: list[tuple[str, Name]] = field(default_factory=list)

    def same(self) -> list[list[tuple[str, str]]]:
        """Give what is equal for all spellings."""
        lists = (self.documents, self.sources, self.destinations)
        return [sorted((kind, name.same) for kind, name in pairs) for pairs in lists]

    def columns(self, said: dict[str, Any], state: str) -> dict[str, str]:
        """Give what of an event is said of it as a whole."""
        row = {
            "event_id": text_of(said, "eventID", ""),
            "transformation": text_of(said, "transformationID", ""),
        }
        if state == "returned" or any(kind == "rma" for kind, _ in self.documents):
            row["returned"] = "true"
        if said.get(_OWN_KIND) == "transfer":  # where no party may be known
            row["transfer"] = "true"
        if self is _NO_PAPERS:
            return row
        row |= {
            "shipment": _first(self.documents, "desadv", "bol"),
            "work_order": _first(self.documents, "prodorder"),
            "source": _first(self.sources, *PARTIES),
            "destination": _first(self.destinations, *PARTIES),
        }
        if self.sources and self.destinations:
            owners = [{name.same for kind, name in pairs if kind == "owning_party"}
                      for pairs in (self.sources, self.destinations)]  # fmt: skip
            if owners[0] & owners[1]:  # goods stay with who owns them
                row["transfer"] = "true"
        return row


_LISTS: Final = frozenset({"bizTransactionList", "sourceList", "destinationList"})
_NO_PAPERS: Final = _Papers()


def _papers(event: _Event) -> _Papers:
    if not _LISTS.intersection(event.said):
        return _NO_PAPERS
    return _Papers(
        _pairs(event, "bizTransactionList", "bizTransaction", None),
        _pairs(event, "sourceList", "source", PARTIES),
        _pairs(event, "destinationList", "destination", PARTIES),
    )


@lru_cache(1 << 10)
def _instant(at: str) -> str:
    """Write a time in one way, whatever its offset."""
    return datetime.fromisoformat(at.upper()).astimezone(UTC).isoformat()


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


def _things(event: _Event, action: str) -> None:  # noqa: C901
    """Read the lists of an event; Wrong if it is about nothing."""
    said, kind = event.said, event.kind
    listed = 0
    for instances, quantities, role in TYPES[kind]:
        epcs = part_of(said, instances, "", list) if instances in said else ()
        amounts = part_of(said, quantities, "", list) if quantities in said else ()
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
    if field_ not in event.said:
        return ""
    said = text_of(event.said, field_, "")
    found = word(said)
    if found.startswith(_STEP):  # a step of ours that the CBV has no word for (epcis_out.py)
        return unquote(found.removeprefix(_STEP))
    if found and found == said and ":" not in found and found not in known:
        event.wrong(
            field_, f"no word of the CBV, and no URI: {found[:60]!r}; the event was taken without it"
        )
        return ""
    return found


def _place(event: _Event, field_: str) -> Name | None:
    if field_ not in event.said:
        return None
    place = part_of(event.said, field_, "", dict)
    return event.name(place["id"], f"{field_}.id") if place.get("id") is not None else None


def _pairs(event: _Event, field_: str, key: str, known: tuple[str, ...] | None) -> list[tuple[str, Name]]:
    """Read a list of typed names as (word of the type, name)."""
    if field_ not in event.said:
        return []
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
            found.append((kind, name))
    return found


def _first(pairs: list[tuple[str, Name]], *kinds: str) -> str:
    """Pick of typed names one of the first of these types; of several the least."""
    for kind in kinds:
        if found := [name.text for one, name in pairs if one == kind]:
            return min(found)
    return ""


def _ilmd(event: _Event) -> dict[str, str]:
    """Read what columns of a lot there are in the master data of instance or lot."""
    said = part_of(event.said, "ilmd", "", dict)
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
