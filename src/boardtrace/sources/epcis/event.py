"""One EPCIS event -> rows of the format's own tables (EPCIS 2.0, section 7.4)."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import orjson

from boardtrace.gs1 import OWN
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.epcis.cbv import DISPOSITIONS, STEPS, local, word
from boardtrace.sources.epcis.papers import OWN_KIND, ilmd, papers_of
from boardtrace.sources.epcis.told import TYPES, Seen, Told, named
from boardtrace.sources.fields import Wrong, amount_of, is_time, part_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.gs1 import Name

__all__ = ["Seen", "facts"]

_TYPED: Final = ("type", "isA", "@type")
"""Where the type stands: EPCIS 2.0, its drafts, JSON-LD without the context's names."""
_ACTIONS: Final = {"ADD", "OBSERVE", "DELETE"}
_MEMBERS: Final = {"AggregationEvent", "AssociationEvent"}
_LAST_YEAR: Final = 2100
_KNOWN: Final = {
    *_TYPED, "eventTime", "recordTime", "eventTimeZoneOffset", "bizStep", "disposition", "readPoint",
    "parentID", "errorDeclaration", "@context",
    *(name for lists in TYPES.values() for pair in lists for name in pair[:2]),
}  # fmt: skip
"""What has a column or row of its own; everything else of an event is a parameter."""
_UNHASHED: Final = {
    "eventID", "recordTime", "bizLocation", "bizTransactionList", "sourceList", "destinationList",
}  # fmt: skip
"""What does not make two events, and what is compared by its names."""
_OWN_RESULT: Final = "boardtrace:result"
_STEP: Final = f"{OWN}step:"
_NUMBERED: Final = f"{OWN}event:"
_LARGEST: Final = 15_000_000  # characters of a row on its way to the ledger
_EXACT: Final = 2**53  # to which floats are exact whole numbers
_LONG: Final = 500_000  # of an event; of a shorter one no row is too large


def facts(line: int, path: str, said: dict[str, Any], seen: Seen) -> Iterator[Fact | Reject | Unread]:
    """Yield the rows of an event; one Reject if it cannot be used."""
    try:
        kind = local(next(filter(None, (text_of(said, key, "") for key in _TYPED)), ""))
        if kind not in TYPES:
            if not kind:
                raise Wrong("type", "the event does not say what it is")  # noqa: TRY301
            yield Unread(f"{kind[:100]} (not of the standard)")
            return
        event = Told(line, said, kind, _time(said), seen, path)
    except Wrong as wrong:
        yield _refused(line, path, said, wrong)
        return
    try:
        _read(event)
    except Wrong as wrong:  # what its names showed of prefixes stays said: it is not said again
        yield from (found for found in event.found if isinstance(found, Fact))
        yield _refused(line, path, said, wrong)
    else:
        yield from event.found


def _refused(line: int, path: str, said: dict[str, Any], wrong: Wrong) -> Reject:
    column, why = wrong.args
    return Reject(line, f"{path}.{column}".strip("."), why, tuple(sorted(set(named(said)))))


def _time(said: dict[str, Any]) -> str:
    at = text_of(said, "eventTime", "")
    if not at:
        raise Wrong("eventTime", "is required")
    if not is_time(at):
        raise Wrong("eventTime", f"is not a time with an offset (RFC 3339): {at[:40]!r}")
    if int(at[:4]) >= _LAST_YEAR:
        raise Wrong("eventTime", f"is after {_LAST_YEAR}: {at[:40]!r}")
    if int(at[:4]) < 1970:  # noqa: PLR2004
        raise Wrong("eventTime", f"is before 1970: {at[:40]!r}")
    return at


def _read(event: Told) -> None:
    said, kind = event.said, event.kind
    action = text_of(said, "action", "") if "action" in said else ""
    if kind != "TransformationEvent" and action not in _ACTIONS:
        raise Wrong("action", f"is one of {', '.join(sorted(_ACTIONS))}: {action[:40]!r}")
    _things(event, action)
    parameters = {key: value for key, value in said.items() if key not in _KNOWN}
    papers = papers_of(event)
    step, state = _word(event, "bizStep", STEPS), _word(event, "disposition", DISPOSITIONS)
    read_point, location = _place(event, "readPoint"), _place(event, "bizLocation")
    content = [
        kind, _instant(event.at), said.get("eventTimeZoneOffset"), action, step, state,
        read_point and read_point.same, location and location.same,
        sorted((role, name.same, *rest) for role, name, *rest in event.things),
        papers.same(), {key: value for key, value in parameters.items() if key not in _UNHASHED},
    ]  # fmt: skip
    number = hashlib.md5(_alike(content), usedforsecurity=False).hexdigest()
    if said.get("eventID") == f"{_NUMBERED}{number}":  # it has none, and was told by GET /events
        said = {key: value for key, value in said.items() if key != "eventID"}
        parameters.pop("eventID")
    row = {
        "event": number,
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
    if OWN_KIND in said or _OWN_RESULT in said:  # of our own export (epcis_out.py)
        row["quiet"] = "" if OWN_KIND not in said else "false" if said[OWN_KIND] == "step" else "true"
        row["disposition"] = state or text_of(said, _OWN_RESULT, "")
    if parameters:
        row["parameters"] = _text(parameters).decode()
        row |= papers.columns(said, state)
        if "ilmd" in said:
            row |= ilmd(event)
    if len(row["json"]) > _LONG and sum(len(cell) + cell.count('"') for cell in row.values()) > _LARGEST:
        raise Wrong("", "an event of more than 15 MB cannot be kept")
    if said.get("errorDeclaration") is not None:
        part_of(said, "errorDeclaration", "", dict)
        row["declared"] = "true"
    event.found.append(Fact("epcis_events", row, event.line))


@lru_cache(1 << 10)
def _instant(at: str) -> str:
    """Write a time in one way, whatever its offset."""
    return datetime.fromisoformat(at.upper()).astimezone(UTC).isoformat()


def _alike(content: list[Any]) -> bytes:
    """Write JSON as `_text` does, and a whole number in one way: who passes on 26.0 may write 26."""
    text = _text(content)
    if b".0" not in text:
        return text
    try:
        return _text(_whole(content))
    except RecursionError:
        return text


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value


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


def _things(event: Told, action: str) -> None:  # noqa: C901
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
            raise Wrong("parentID", event.found[-1].reason.partition(";")[0])  # type: ignore[union-attr]  # a Reject
        event.things.append(("parent", name, "", ""))
    elif kind == "AssociationEvent" or (kind == "AggregationEvent" and action != "OBSERVE"):
        raise Wrong("parentID", "is required")
    if not listed:
        _without_things(event, action, parent)
    if kind == "TransactionEvent" and not said.get("bizTransactionList"):
        raise Wrong("bizTransactionList", "is required")


def _about(event: Told, role: str, name: Name, quantity: str = "", measure: str = "") -> None:
    if name.kind == "place":
        event.found.append(Unread("place as an object"))
        return
    if name.kind == "class":
        event.found.append(Unread("amount of a product without lot"))
    event.things.append((role, name, quantity, measure))


def _amount(event: Told, role: str, value: Any, where: str) -> None:
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


def _without_things(event: Told, action: str, parent: Any) -> None:
    """Say what an event without lists is: a container emptied or seen, a paper's end, data of a place."""
    lists = " or ".join(name for pair in TYPES[event.kind] for name in pair[:2])
    if event.kind in _MEMBERS and action == "ADD":
        raise Wrong(TYPES[event.kind][0][0], f"is required: {lists}")
    if parent is not None:
        return
    if event.kind == "TransactionEvent" and action == "DELETE":
        event.found.append(Unread("end of a transaction"))  # of all that belonged to it (section 7.4.4)
        return
    if event.kind != "ObjectEvent" or not event.said.get("sensorElementList"):
        raise Wrong(TYPES[event.kind][0][0], f"is required: {lists}")
    event.found.append(Unread("sensor data of a place"))


# Where, why, for whom ------------------------------------------------------------------------------


def _word(event: Told, field_: str, known: frozenset[str]) -> str:
    """Read a word of the vocabulary: bare words are its own, others are URIs."""
    if field_ not in event.said:
        return ""
    said = event.text(event.said, field_) or ""
    found = word(said)
    if found.startswith(_STEP):  # a step of ours that the CBV has no word for (epcis_out.py)
        return unquote(found.removeprefix(_STEP))
    if found and found == said and ":" not in found and found not in known:
        if found.lower() in known:
            return found.lower()
        event.wrong(
            field_, f"no word of the CBV, and no URI: {found[:60]!r}; the event was taken without it"
        )
        return ""
    return found


def _place(event: Told, field_: str) -> Name | None:
    if field_ not in event.said:
        return None
    place = event.part(field_, dict)
    return event.name(place["id"], f"{field_}.id") if place.get("id") is not None else None
