"""An event while it is read: what it says, and what was found in it so far."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from boardtrace.gs1 import BadName, identify
from boardtrace.model import lot_id
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.fields import T, Wrong, filled, part_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.gs1 import Name

__all__ = ["TYPES", "Seen", "Told", "named"]

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
_LISTS: Final = {lists[:2] for of in TYPES.values() for lists in of}
_CACHED: Final = 100_000


@dataclass(slots=True)
class Seen:
    """What was said of a file once: the company prefixes and links that occurred."""

    prefixes: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Told:
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

    def part(self, field_: str, kind: type[T]) -> T:
        """Give an object or a list of the event, an empty one if it is absent or (a Reject) no such."""
        try:
            return part_of(self.said, field_, "", kind)
        except Wrong as wrong:
            self.wrong(field_, f"{wrong.args[1]}; the event was taken without it")
            return kind()

    def text(self, holder: dict[str, Any], key: str, where: str = "") -> str | None:
        """Give a text, blank if it is absent, None (and a Reject) if it is none."""
        try:
            return text_of(holder, key, where)
        except Wrong as wrong:
            column, why = wrong.args
            self.wrong(column, f"{why}; the event was taken without it")
            return None

    def where(self, path: str) -> str:
        """Give a field's path from its file."""
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


def named(said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name the units and lots of an event that cannot be used, as far as they can be read."""
    given = [(said.get("parentID"), False)]
    for instances, amounts in _LISTS:
        given += [(value, False) for value in _listed(said, instances)]
        given += [(one.get("epcClass"), True) for one in _listed(said, amounts) if isinstance(one, dict)]
    for value, of_class in given:
        with contextlib.suppress(BadName):
            name = identify(value, of_class) if isinstance(value, str) else None
            if name and name.kind == "lot":
                yield "lot", lot_id(name.supplier, name.text)
            elif name and name.kind == "unit":
                yield "unit", name.text


def _listed(said: dict[str, Any], field_: str) -> list[Any]:
    value = said.get(field_)
    return value if isinstance(value, list) else []
