"""GS1 EPCIS 2.0 in JSON-LD: documents, query documents, bare events, lists and NDJSON of them.

The reader checks and writes down each event; what it means together with others (what was
declared wrong, packed and unpacked, which link is which URN) is joined in sql/formats/epcis.
"""

from __future__ import annotations

import io
import re
from typing import IO, TYPE_CHECKING, Any, Final, cast

from boardtrace.errors import BadInput
from boardtrace.sources import Fact, Known, Reject, Unread
from boardtrace.sources.epcis.event import facts
from boardtrace.sources.epcis.master import VOCABULARIES, masters
from boardtrace.sources.epcis.told import Seen, named
from boardtrace.sources.stream import Item, items, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LISTS", "NAME", "STANDARD", "known", "read", "recognises"]

NAME: Final = "epcis"
STANDARD: Final = "GS1 EPCIS 2.0 and CBV 2.0, JSON-LD"
LISTS: Final = (("epcisBody", "eventList"), ("epcisBody", "queryResults", "resultsBody", "eventList"))
_CONTEXT: Final = "@context"
_UNNAMED: Final = "an EPCIS document without @context: what its names mean is not known"
_HELD: Final = 10_000
_DOCUMENTS: Final = ("EPCISDocument", "EPCISQueryDocument")
_JSON: Final = re.compile(
    rb'"EPCIS(?:Query|MasterData)?Document"|epcis-context\.jsonld'
    rb'|"(?:\w+:)?(?:Object|Aggregation|Transaction|Transformation|Association)Event"'
)
_XML: Final = re.compile(rb"<(?:\w+:)?EPCIS(?:Query|MasterData)?Document\b")


_EVENTS: Final = {
    "ObjectEvent": "units, lots, steps, shipments, scrap",
    "AggregationEvent": "packings; mountings where the parent is a unit",
    "AssociationEvent": "mountings; packings where the parent is a container",
    "TransformationEvent": "moves of lots, placements, mountings",
    "TransactionEvent": "steps, with the transactions as parameters",
    "error declarations": "the event that they declare does not count",
}


def known() -> Iterator[Known]:
    """List the events that are read, and the documents that are written."""
    for name, becomes in _EVENTS.items():
        yield Known(name, "taken", becomes)
    yield Known("master data", "taken", "names and countries of places and parties")
    yield Known("events of other types", "evidence", "counted, and kept in the archive")
    yield Known("EPCISDocument of a unit", "written", "boardtrace export epcis UNIT")
    yield Known("EPCISDocument of a shipment", "written", "boardtrace export epcis --shipment ID")
    yield Known("EPCISQueryDocument", "written", "GET /events")


def recognises(head: bytes) -> bool:
    """Say whether this is an EPCIS document or event; one in XML, too, so that it can be refused."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        return _XML.search(head) is not None
    return start in {b"{", b"["} and _JSON.search(head) is not None


def read(file: IO[bytes]) -> Iterator[Fact | Reject | Unread]:
    """Yield the events of a file."""
    head = file.read(1 << 10)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        raise BadInput(
            "EPCIS in XML (1.2 and before) is not read", hint="ask its sender for EPCIS 2.0 in JSON-LD"
        )
    seen = Seen()
    for item in _meant(items(cast("IO[bytes]", _Again(head, file)), *LISTS, ahead=_CONTEXT)):
        if isinstance(item, Reject):
            yield item
        else:
            yield from _item(item, seen)


def _meant(found: Iterator[Item | Reject]) -> Iterator[Item | Reject]:  # noqa: C901
    """Hold the events of a document back until its @context has come; leave them out if none comes.

    Names may stand in any order, so that it may come last.
    """
    held: list[Item] | None = []
    overflown = False
    for item in found:
        if isinstance(item, Reject):
            yield item
        elif item.path == (_CONTEXT,):
            yield from held or ()
            held = None
        elif _in_body(item.path):
            if held is None:
                yield item
                continue
            held.append(item)
            if len(held) == _HELD:  # a document so long has one at its end, or is refused with its file
                yield from held
                held, overflown = None, True
        else:
            named = not _is_document(item.value) or _CONTEXT in item.value
            if overflown and not named:
                raise BadInput(f"line {item.line}: {_UNNAMED}")
            if held and named:
                yield from held
            elif held:
                item.value[LISTS[0][0]] = {LISTS[0][1]: [one.value for one in held]}
            if not item.path:
                held, overflown = [], False
            yield item
    if held:
        yield _unnamed(held[0].line, (), [one.value for one in held])


class _Again:
    """A file of which the beginning was read."""

    def __init__(self, head: bytes, file: IO[bytes]) -> None:
        self._head: IO[bytes] = io.BytesIO(head)
        self._file = file

    def read(self, size: int) -> bytes:
        return self._head.read(size) or self._file.read(size)


def _is_document(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("type") in _DOCUMENTS or "epcisBody" in value)


def _in_body(path: tuple[str | int, ...]) -> bool:
    return bool(path) and path[0] == "epcisBody"


def _item(item: Item, seen: Seen) -> Iterator[Fact | Reject | Unread]:
    line, path, value = item
    if not isinstance(value, dict):
        yield Reject(line, shown_path(path), "an event is an object")
    elif _is_document(value) and not _in_body(path):
        yield from _document(line, path, value, seen)
    else:
        yield from facts(line, shown_path(path), value, seen)


def _document(
    line: int, path: tuple[str | int, ...], document: dict[str, Any], seen: Seen
) -> Iterator[Fact | Reject | Unread]:
    """Read what is around the events: what the document says of itself, and its master data.

    In a list of documents its events are in it, too.
    """
    if _CONTEXT not in document:
        bodies = (_at(document, steps) for steps in LISTS)
        yield _unnamed(line, path, [one for body in bodies if isinstance(body, list) for one in body])
        return
    yield from masters(line, document)
    there = _at(document, VOCABULARIES) is not None
    for steps in LISTS:
        events = _at(document, steps)
        there = there or events is not None
        if isinstance(events, list):
            for number, event in enumerate(events):
                yield from _item(Item(line, (*path, *steps, number), event), seen)
        elif events not in (None, {}):
            yield Reject(line, shown_path((*path, *steps)), "not a list")
    if not there:
        yield Reject(line, shown_path((*path, "epcisBody")), "has no list of events")


def _at(document: dict[str, Any], steps: tuple[str, ...]) -> Any:
    found: Any = document
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _unnamed(line: int, path: tuple[str | int, ...], events: list[Any]) -> Reject:
    """Refuse a document for want of its @context, with what its events are about."""
    names = {name for event in events if isinstance(event, dict) for name in named(event)}
    return Reject(line, shown_path((*path, _CONTEXT)), _UNNAMED, tuple(sorted(names)))
