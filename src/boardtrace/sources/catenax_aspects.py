"""The aspects of a Catena-X twin as rows of the format's own tables, payload by payload.

Keys are spelled as the versions of the aspect models spell them: ``catenaXId`` became
``globalAssetId``, ``date`` became ``productionDate``, ``childParts`` became ``childItems``,
``parentParts`` became ``parentItems`` (for a while within ``customers``), ``quantityNumber``
became ``value``. A key of another version than the one in the aspect's name is read, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from boardtrace.catenax_ids import is_uuid, same, twin_of_lot, twin_of_unit
from boardtrace.model import lot_id
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.fields import Wrong, amount_of, filled, is_time, part_of, text_of, utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ASPECTS", "Aspect", "id_of", "names_of"]

# contexts of the old AssemblyPartRelationship in which nothing was built
_NOT_BUILT: Final = frozenset({"asrequired", "asdesigned", "asplanned"})
_DEEPEST: Final = 8  # of battery codes; a pack has modules, a module has cells
_FIRST: Final = "1970"  # the ledger knows no earlier time
_LAST: Final = "2100"  # and none from then on


@dataclass(frozen=True, slots=True)
class Aspect:
    """One payload: the twin that it is of, who keeps that twin, and where it stands."""

    line: int
    path: str
    twin: str
    partner: str
    payload: dict[str, Any]

    def fact(self, what: str, **row: str) -> Fact:
        """Make a row of ``catenax_<what>`` about the twin."""
        return Fact(f"catenax_{what}", filled({"twin": self.twin, **row}), self.line)

    def refused(self, wrong: Wrong, said: Any, partner: str = "") -> Reject:
        """Refuse a piece of the payload, with what it names; ``partner`` keeps the twins in it."""
        column, reason = wrong.args
        return Reject(self.line, column, reason, names_of(said, self.twin, self.partner, partner))


def id_of(holder: dict[str, Any], where: str, *more: str) -> str:
    """Give the id of the twin that an object is about, blank if there is none."""
    return next(
        filter(None, (text_of(holder, key, where) for key in (*more, "catenaXId", "globalAssetId"))), ""
    )


_IDS: Final = ("catenaXId", "globalAssetId", "childCatenaXId", "parentCatenaXId")


def names_of(said: Any, twin: str, partner: str, other: str = "") -> tuple[tuple[str, str], ...]:
    """Name the twins and parts of a piece of an entry that cannot be used.

    ``twin`` is the entry's, which ``partner`` keeps; ``other`` keeps those of which it is not said.

    What kind of thing a twin is, and whose, any file may say. So it is named as a unit and as a lot, of
    all suppliers that the piece gives, and by its code alone: a recall of a lot looks for that, too.
    """
    twins, parts, makers = {(twin, partner)}, set[str](), set[str]()
    todo = [said]
    while todo:  # no recursion: it may be nested deeply
        one = todo.pop()
        if isinstance(one, list):
            todo += one
        elif isinstance(one, dict):
            todo += [value for value in one.values() if isinstance(value, dict | list)]
            texts = {key: value.strip() for key, value in one.items() if isinstance(value, str)}
            keeper = texts.get("businessPartner") or texts.get("bpnl") or other
            twins |= {(texts.get(key, ""), keeper) for key in _IDS}
            parts.add(texts.get("manufacturerPartId", ""))
            if texts.get("key", "").lower() == "manufacturerid":
                makers.add(texts.get("value", ""))
    twins |= {(twin, maker) for maker in makers}
    found = {("part", part) for part in parts if part}
    for name, keeper in twins:
        if name:
            found |= {("unit", name), ("lot", name), ("lot", lot_id(keeper, name))}
    return tuple(sorted(found))


# Things -------------------------------------------------------------------------------------------

_NO_NAMES: Final = frozenset({"manufacturerid", "manufacturerpartid", "customerpartid", "jiscalldate"})
"""Keys of local identifiers that are no name of one thing: many have that maker, that part, that day."""


def _thing(kind: str, aspect: Aspect) -> Iterator[Fact | Reject | Unread]:
    """Yield what a unit, batch or planned part is, and its other names."""
    local = [(key.lower(), value) for key, value in _local(aspect)]
    maker = next((value for key, value in local if key == "manufacturerid"), "")
    where = f"{aspect.path}.partTypeInformation"
    of = part_of(aspect.payload, "partTypeInformation", aspect.path, dict)
    made, complaint = _made(aspect)
    part = text_of(of, "manufacturerPartId", where)
    part = part or next((value for key, value in local if key == "manufacturerpartid"), "")
    row = {"kind": kind, "maker": maker, "partner": aspect.partner, "part": part, "made": made}
    thing = aspect.fact(
        "things", **row, description=text_of(of, "nameAtManufacturer", where) if part else ""
    )
    if complaint:
        yield Reject(aspect.line, f"{aspect.path}.manufacturingInformation", complaint)
    yield thing
    for name in dict.fromkeys(value for key, value in local if key not in _NO_NAMES):
        if name not in {"", aspect.twin}:
            yield aspect.fact("names", name=name)
            yield from _own(kind, aspect, maker or aspect.partner, name)


def _own(kind: str, aspect: Aspect, supplier: str, name: str) -> Iterator[Fact]:
    """Yield what the twin is, if our own export made its id of this name."""
    if is_uuid(name):
        return
    if kind == "unit" and same(twin_of_unit(name), aspect.twin):
        yield aspect.fact("own", unit=name)
    elif kind == "lot" and same(twin_of_lot(supplier, name), aspect.twin):
        yield aspect.fact("own", supplier=supplier, lot=name)


def _local(aspect: Aspect) -> list[tuple[str, str]]:
    """List the local identifiers as (key, value)."""
    found = []
    for number, pair in enumerate(part_of(aspect.payload, "localIdentifiers", aspect.path, list)):
        where = f"{aspect.path}.localIdentifiers[{number}]"
        if not isinstance(pair, dict):
            raise Wrong(where, "a local identifier is an object")
        found.append((text_of(pair, "key", where), text_of(pair, "value", where)))
    return found


def _made(aspect: Aspect) -> tuple[str, str]:
    """Give the time of manufacture, blank if it is not exact, or what is wrong with it."""
    where = f"{aspect.path}.manufacturingInformation"
    info = part_of(aspect.payload, "manufacturingInformation", aspect.path, dict)
    made = text_of(info, "date", where) or text_of(info, "productionDate", where)
    if not made or _exact(made):
        return _exact(made), ""
    try:
        datetime.fromisoformat(made)  # a date alone as well
    except ValueError:
        return "", f"not a time: {made!r}; the row was taken without it"
    if _FIRST <= made < _LAST:
        return "", ""
    when = f"before {_FIRST}" if made < _FIRST else f"after {_LAST}"
    return "", f"{when}; the row was taken without it"


def _exact(text: str) -> str:
    """Give a time as the ledger takes it, blank if it has no offset."""
    return text.replace(" ", "T") if is_time(text) and _FIRST <= text < _LAST else ""


# Links --------------------------------------------------------------------------------------------


def _bill(aspect: Aspect) -> Iterator[Fact | Reject | Unread]:
    """Yield what went into the twin; that there is a bill at all says something of usages."""
    children = _listed(aspect.payload, aspect.path, ("childItems", "childParts"))
    if children is None:
        raise Wrong(f"{aspect.path}.childItems", "a bill of material lists them")
    yield aspect.fact("things", kind="bom")
    yield from _links(aspect, "bom", *children)


def _usage(aspect: Aspect) -> Iterator[Fact | Reject | Unread]:
    """Yield what the twin went into."""
    lists = [_listed(aspect.payload, aspect.path, ("parentItems", "parentParts"))]
    customers = part_of(aspect.payload, "customers", aspect.path, list)
    for number, customer in enumerate(customers):
        where = f"{aspect.path}.customers[{number}]"
        if isinstance(customer, dict):  # version 2; later they are names only
            partner = text_of(customer, "businessPartner", where)
            if found := _listed(customer, where, ("parentItems", "parentParts")):
                yield from _links(aspect, "usage", *found, partner)
        elif not isinstance(customer, str):
            yield aspect.refused(Wrong(where, "a customer is a text or an object"), customer)
    if lists[0]:
        yield from _links(aspect, "usage", *lists[0])
    elif "customers" not in aspect.payload:
        raise Wrong(f"{aspect.path}.parentItems", "a usage lists them")


def _listed(holder: dict[str, Any], where: str, keys: tuple[str, ...]) -> tuple[str, list[Any]] | None:
    """Give the list under the first of these keys that is there, with its path."""
    for key in keys:
        if holder.get(key) is not None:
            return f"{where}.{key}", part_of(holder, key, where, list)
    return None


def _links(
    aspect: Aspect, side: str, where: str, listed: list[Any], partner: str = ""
) -> Iterator[Fact | Reject | Unread]:
    for number, item in enumerate(listed):
        try:
            yield from _link(aspect, side, item, f"{where}[{number}]", partner)
        except Wrong as wrong:
            yield aspect.refused(wrong, item, partner)


def _link(
    aspect: Aspect, side: str, item: Any, where: str, partner: str
) -> Iterator[Fact | Reject | Unread]:
    """Yield that a child went into its parent, as one side of the two says it."""
    what = "child" if side == "bom" else "parent"
    if not isinstance(item, dict):
        raise Wrong(where, f"a {what} item is an object")
    other = id_of(item, where, f"{what}CatenaXId")
    if not other:
        raise Wrong(f"{where}.catenaXId", f"the {what} is not named")
    if same(other, aspect.twin):
        raise Wrong(f"{where}.catenaXId", "is the twin itself: nothing is built into itself")
    context = text_of(item, "lifecycleContext", where)
    if context.lower() in _NOT_BUILT:
        yield Unread(f"AssemblyPartRelationship {context}")
        return
    doubt = item.get("hasAlternatives" if side == "bom" else "isOnlyPotentialParent")
    number = item.get("quantity")
    number = number if isinstance(number, dict) else {"value": number}  # the link counts in any case
    quantity, complaint = amount_of(number.get("value", number.get("quantityNumber")))
    if complaint:
        yield Reject(aspect.line, f"{where}.quantity", complaint)
    times = [text_of(item, key, where) for key in ("createdOn", "assembledOn", "lastModifiedOn")]
    if late := next((time for time in times if is_time(time) and not _exact(time)), ""):
        yield Reject(
            aspect.line, where, f"a time before {_FIRST} or after {_LAST}: {late}; taken without it"
        )
    row = {
        "side": side,
        "parent": aspect.twin if side == "bom" else other,
        "child": other if side == "bom" else aspect.twin,
        "certain": "true" if doubt in (None, False) else "false",
        "at": next(filter(None, map(_exact, times)), ""),
        "partner": text_of(item, "businessPartner", where) or partner,
        "quantity": quantity,
        "measure": _measure(number) if quantity else "",
    }
    yield Fact("catenax_links", filled(row), aspect.line)


def _measure(quantity: dict[str, Any]) -> str:
    """Give the unit of a quantity, `unit:litre`, a text or once an object; blank if it is no such thing."""
    said = quantity.get("unit", quantity.get("measurementUnit"))
    if isinstance(said, dict):
        said = said.get("lexicalValue")
    return utf8(said.strip()) if isinstance(said, str) else ""


# Batteries ----------------------------------------------------------------------------------------


def _battery(aspect: Aspect) -> Iterator[Fact | Reject | Unread]:
    """Yield the code of a battery and of the modules and cells in it (GB/T 34014)."""
    yield from _codes(aspect, aspect.payload, aspect.path, "", 0)


def _codes(
    aspect: Aspect, holder: Any, where: str, within: str, depth: int
) -> Iterator[Fact | Reject | Unread]:
    try:
        code, parts = _component(holder, where, depth)
    except Wrong as wrong:
        yield aspect.refused(wrong, holder)
        return
    yield aspect.fact("codes", code=code, within=within)
    for number, part in enumerate(parts):
        yield from _codes(aspect, part, f"{where}.subcomponents[{number}]", code, depth + 1)


def _component(holder: Any, where: str, depth: int) -> tuple[str, list[Any]]:
    if not isinstance(holder, dict):
        raise Wrong(where, "a subcomponent is an object")
    code = text_of(holder, "tractionBatteryCode", where)
    if not code:
        raise Wrong(f"{where}.tractionBatteryCode", "is required and blank")
    parts = part_of(holder, "subcomponents", where, list)
    if parts and depth == _DEEPEST:
        raise Wrong(f"{where}.subcomponents", "nested too deeply")
    return code, parts


ASPECTS: Final[dict[str, Callable[[Aspect], Iterator[Fact | Reject | Unread]]]] = {
    "SerialPart": partial(_thing, "unit"),
    "SerialPartTypization": partial(_thing, "unit"),
    "JustInSequencePart": partial(_thing, "unit"),
    "Batch": partial(_thing, "lot"),
    "PartAsPlanned": partial(_thing, "type"),
    "PartTypeInformation": partial(_thing, "type"),
    "SingleLevelBomAsBuilt": _bill,
    "AssemblyPartRelationship": _bill,
    "SingleLevelUsageAsBuilt": _usage,
    "TractionBatteryCode": _battery,
}
"""Kind of aspect -> what reads a payload of it; an aspect of another kind is kept as evidence."""
