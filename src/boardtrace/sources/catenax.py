"""Catena-X twins as facts: the as-built aspects of the standard CX-0127 (Part Instance).

Source: the aspect models ``SerialPart``, ``JustInSequencePart``, ``Batch`` and
``SingleLevelBomAsBuilt`` of eclipse-tractusx/sldt-semantic-models, versions 1 to 4 (version 4
says ``globalAssetId`` and ``productionDate``). Read are a test-data container, an import
file (``assets[].submodels[]``) and a bare list of their entries; every other aspect is unread.
The page docs/formats/catenax.md has the mapping field by field.

What the format leaves open:

- A twin is what its entry says. A payload with another ``catenaXId`` is the twin's all the
  same, since bills of material refer to twins; the payload's id becomes an alias, unless it
  is another twin's in the file: then it is reported, too.
- The tables mount nothing in a lot, but a serial part can go into a batch, and which piece
  of the batch holds it is not known. So it is read as a lot as well, and ``merge`` leads from
  it, not certain, to the batch, as it does from a child of unknown kind and from an
  alternative; what it is built of goes the same way.
- A link's time is createdOn, else lastModifiedOn, else the parent's manufacturing date, the
  first of them that has an offset. Without any the link is refused, so that it is reported.
- Other times may lack an offset or be a date only: then they are left blank.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

from boardtrace.errors import BadInput
from boardtrace.sources import Fact, Known, Reject, Unread
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

__all__ = ["NAME", "STANDARD", "known", "read", "recognises"]

NAME: Final = "catenax"
STANDARD: Final = "Catena-X CX-0127, aspect models 1 to 4"
UNITS: Final = {"SerialPart", "JustInSequencePart"}
BATCH: Final = "Batch"
BOM: Final = "SingleLevelBomAsBuilt"
ASPECT: Final = re.compile(r"urn:[bs]amm:[^#\s]+#(\w+)")
CONTAINER: Final = "https://catenax.io/schema/TestDataContainer/"
HEAD: Final = re.compile(
    rb'"urn:[bs]amm:[^"#]*catenax[^"#]*#\w+"|"' + re.escape(CONTAINER).encode() + rb'|"assetMetaInfo"\s*:'
)
READ: Final = {*UNITS, BATCH, BOM}
BETWEEN: Final = re.compile(r"[\s,:]*")
MASTERS: Final = {"suppliers", "components", "aliases"}  # said once a file


@dataclass(frozen=True, slots=True)
class _Aspect:
    """One payload: the twin it is of, its kind, and where it stands."""

    line: int
    path: str
    twin: str
    bpnl: str
    kind: str
    payload: dict[str, Any]


@dataclass(slots=True)
class _File:
    """What must be known of a whole file before its first fact: which twin is what."""

    aspects: list[_Aspect] = field(default_factory=list)
    twins: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)
    within: set[str] = field(default_factory=set)
    """Children of lots at any depth that are no batches: read as lots, too."""
    makers: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def lot(self, twin: str) -> dict[str, str]:
        """Give the key of a twin as a lot."""
        return {"supplier": self.makers.get(twin, ""), "lot": twin}


def known() -> Iterator[Known]:
    """List the aspects."""
    for name in sorted(READ):
        yield Known(name, "taken", "")


def recognises(head: bytes) -> bool:
    """Say whether the file names an aspect of Catena-X, the test-data container or assets."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start in {b"{", b"["} and HEAD.search(head) is not None


def read(opened: IO[bytes]) -> Iterator[Fact | Reject | Unread]:
    """Yield the units, lots, mountings and placements of a file's twins."""
    file = _File()
    for line, entry in _entries(decoded(opened.read())):
        for found in _aspects(line, entry):
            if isinstance(found, Reject):
                yield found
                continue
            file.twins.add(found.twin)
            if found.kind in READ:
                file.aspects.append(found)
            else:
                yield Unread(found.kind)
    _survey(file)
    said: set[tuple[str, ...]] = set()
    for aspect in file.aspects:
        for fact in _facts(file, aspect):
            if isinstance(fact, Fact) and fact.table in MASTERS:
                row = (fact.table, *(f"{column}={value}" for column, value in sorted(fact.row.items())))
                if row in said:
                    continue
                said.add(row)
            yield fact


def _entries(text: str) -> Iterator[tuple[int, Any]]:
    """Yield (line, entry) of each twin in the file."""
    whole, start = loads(text), len(text) - len(text.lstrip())
    if isinstance(whole, dict):
        if "catenaXId" in whole or "submodels" in whole:
            yield text.count("\n", 0, start) + 1, whole
            return
        key = next((k for k in whole if k == "assets" or k.startswith(CONTAINER)), "")
        whole, start = whole.get(key), _value_of(text, start, key)
    if not isinstance(whole, list):
        raise BadInput("no Catena-X twins in it: no test-data container, no assets, no list of entries")
    yield from zip(element_lines(text, start), whole, strict=True)


def _value_of(text: str, start: int, key: str) -> int:
    """Find where the value of a key begins in the object that begins here, in good JSON."""
    decoder, at, found = json.JSONDecoder(), start + 1, start
    while True:
        at = at + len(BETWEEN.match(text, at)[0])  # type: ignore[index]  # matches anything
        if text[at] == "}":
            return found
        name, at = decoder.raw_decode(text, at)
        at = at + len(BETWEEN.match(text, at)[0])  # type: ignore[index]
        found = at if name == key else found
        at = decoder.raw_decode(text, at)[1]


def _aspects(line: int, entry: Any) -> Iterator[_Aspect | Reject]:
    """Yield the payloads of an entry, each with the twin it is of."""
    if not isinstance(entry, dict):
        yield Reject(line, "", "an entry is an object")
        return
    try:
        twin = _id(entry, "") or _id(part_of(entry, "assetMetaInfo", "", dict), "assetMetaInfo")
        bpnl, payloads = text_of(entry, "bpnl", ""), list(_payloads(entry))
    except Wrong as wrong:
        yield Reject(line, *wrong.args)
        return
    for path, name, payload in payloads:
        aspect = ASPECT.fullmatch(name)
        kind = aspect[1] if aspect else name
        if kind not in READ:
            yield _Aspect(line, path, twin, bpnl, kind, {})
        elif not isinstance(payload, dict):
            yield Reject(line, path, "a payload is an object")
        else:
            try:
                own = twin or _id(payload, path)
            except Wrong as wrong:
                yield Reject(line, *wrong.args)
                continue
            if own:
                yield _Aspect(line, path, own, bpnl, kind, payload)
            else:
                yield Reject(line, "catenaXId", "neither the entry nor its payload has one")


def _payloads(entry: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (path, name of the aspect, payload) of both shapes of an entry."""
    if "submodels" in entry:
        for number, submodel in enumerate(part_of(entry, "submodels", "", list)):
            path = f"submodels[{number}]"
            if not isinstance(submodel, dict):
                raise Wrong(path, "a submodel is an object")
            name = text_of(submodel, "aspectType", path)
            if not name:
                raise Wrong(f"{path}.aspectType", "the submodel does not say what it is")
            yield f"{path}.payload", name, submodel.get("payload")
        return
    for name, value in entry.items():
        if isinstance(value, list | dict) or ASPECT.fullmatch(name):
            for number, payload in enumerate(value if isinstance(value, list) else [value]):
                yield f"{name}[{number}]", name, payload


def _survey(file: _File) -> None:
    """Find out which twins are lots, who made what, and when."""
    owners: dict[str, str] = {}
    partners: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    for aspect in file.aspects:
        twin = aspect.twin
        if aspect.kind == BOM:
            items = aspect.payload.get("childItems")
            for item in items if isinstance(items, list) else []:
                with suppress(Wrong, AttributeError):  # what is no object names no child
                    child, partner = _id(item, ""), text_of(item, "businessPartner", "")
                    links.append((twin, child))
                    partners[child] = min(filter(None, (partners.get(child), partner)), default="")
            continue
        (file.lots if aspect.kind == BATCH else file.units).add(twin)
        if aspect.bpnl:
            owners.setdefault(twin, aspect.bpnl)
        with suppress(Wrong):
            if maker := _maker(_local(aspect)):
                file.makers.setdefault(twin, maker)
        with suppress(Wrong):
            if made := _made(aspect)[0]:
                file.made.setdefault(twin, made)
    file.makers = {**partners, **owners, **file.makers}
    file.lots -= file.units
    while new := {c for p, c in links if p in file.lots | file.within} - file.lots - file.within:
        file.within |= new


def _facts(file: _File, aspect: _Aspect) -> Iterator[Fact | Reject]:
    line, path, twin = aspect.line, aspect.path, aspect.twin
    try:
        own = _id(aspect.payload, path)
        if own not in {"", twin}:
            if own in file.twins:
                reason = "names another twin of this file; the payload was taken as its entry's"
                yield Reject(line, f"{path}.catenaXId", reason)
            else:
                yield _alias(file, aspect, own)
        if aspect.kind == BOM:
            yield from _links(file, aspect)
        elif aspect.kind == BATCH and twin in file.units:
            yield Reject(
                line, path, "the twin has a serial or sequence number: read as a unit, not as a lot"
            )
        else:
            yield from _thing(file, aspect)
    except Wrong as wrong:
        yield Reject(line, *wrong.args)


def _thing(file: _File, aspect: _Aspect) -> Iterator[Fact | Reject]:
    """Yield a unit or lot, its part, its maker and its other names."""
    line, payload, twin = aspect.line, aspect.payload, aspect.twin
    local = _local(aspect)
    maker = _maker(local)
    where = f"{aspect.path}.partTypeInformation"
    kind = part_of(payload, "partTypeInformation", aspect.path, dict)
    part = text_of(kind, "manufacturerPartId", where)
    made, complaint = _made(aspect)
    if complaint:
        yield Reject(line, f"{aspect.path}.manufacturingInformation", complaint)
    if maker:
        yield Fact("suppliers", {"supplier": maker}, line)
    if part:
        text = text_of(kind, "nameAtManufacturer", where)
        yield Fact("components", filled({"part": part, "description": text, "manufacturer": maker}), line)
    if twin not in file.lots:
        yield Fact("units", filled({"unit": twin, "product": part, "created_at": made}), line)
    if twin in file.lots or twin in file.within:
        key = file.lot(twin)
        if key["supplier"]:
            yield Fact("suppliers", {"supplier": key["supplier"]}, line)
        yield Fact("lots", {**key, **filled({"part": part, "manufactured_at": made})}, line)
    for key_, value in local:
        if key_ != "manufacturerId" and value not in {"", twin}:
            yield _alias(file, aspect, value)


def _links(file: _File, aspect: _Aspect) -> Iterator[Fact | Reject]:
    if aspect.payload.get("childItems") is None:
        raise Wrong(f"{aspect.path}.childItems", "a bill of material lists them")
    for number, item in enumerate(part_of(aspect.payload, "childItems", aspect.path, list)):
        try:
            yield from _link(file, aspect, item, f"{aspect.path}.childItems[{number}]")
        except Wrong as wrong:
            yield Reject(aspect.line, *wrong.args)


def _link(file: _File, aspect: _Aspect, item: Any, where: str) -> Iterator[Fact | Reject]:
    """Yield that a child went into its parent, as the two are units or lots."""
    if not isinstance(item, dict):
        raise Wrong(where, "a child item is an object")
    line, parent, child = aspect.line, aspect.twin, _id(item, where)
    if not child:
        raise Wrong(f"{where}.catenaXId", "the child is not named")
    certain = item.get("hasAlternatives", False) in (None, False)
    times = (
        text_of(item, "createdOn", where),
        text_of(item, "lastModifiedOn", where),
        file.made.get(parent, ""),
    )
    at = next(filter(is_time, times), "")
    number = part_of(item, "quantity", where, dict)
    quantity, complaint = amount_of(number.get("value", number.get("quantityNumber")))
    if complaint:
        yield Reject(line, f"{where}.quantity", complaint)
    if parent not in file.lots and not at:
        raise Wrong(
            f"{where}.createdOn", "no time with an offset: not here, nor modified, nor of the parent"
        )
    lot = file.lot(child)
    if lot["supplier"] and (child in file.lots or child in file.within):
        yield Fact("suppliers", {"supplier": lot["supplier"]}, line)
    if parent not in file.lots and child in file.lots:
        row = {"unit": parent, "at": at, **lot, "certain": "true" if certain else "false"}
        yield Fact("placements", row | filled({"quantity": quantity}), line)
    elif parent not in file.lots:
        row = {"child": child, "parent": parent, "at": at}
        yield Fact("mounts", row if certain else row | {"certain": "false"}, line)
    if parent in file.lots or parent in file.within:
        to = file.lot(parent)
        move = {
            "kind": "made" if certain and child in file.lots else "merge",
            "from_supplier": lot["supplier"],
            "from_lot": child,
            "to_supplier": to["supplier"],
            "to_lot": parent,
        }
        yield Fact("lot_moves", move | filled({"quantity": quantity, "at": at}), line)


def _alias(file: _File, aspect: _Aspect, alias: str) -> Fact:
    twin = aspect.twin
    if twin not in file.lots:
        return Fact("aliases", {"kind": "unit", "id": twin, "alias": alias}, aspect.line)
    supplier = file.lot(twin)["supplier"].replace("%", "%25").replace("/", "%2F")
    return Fact("aliases", {"kind": "lot", "id": f"{supplier}/{twin}", "alias": alias}, aspect.line)


def _id(holder: dict[str, Any], where: str) -> str:
    return text_of(holder, "catenaXId", where) or text_of(holder, "globalAssetId", where)


def _local(aspect: _Aspect) -> list[tuple[str, str]]:
    """List the local identifiers as (key, value)."""
    found = []
    for number, pair in enumerate(part_of(aspect.payload, "localIdentifiers", aspect.path, list)):
        where = f"{aspect.path}.localIdentifiers[{number}]"
        if not isinstance(pair, dict):
            raise Wrong(where, "a local identifier is an object")
        found.append((text_of(pair, "key", where), text_of(pair, "value", where)))
    return found


def _maker(local: list[tuple[str, str]]) -> str:
    return next((value for key, value in local if key == "manufacturerId"), "")


def _made(aspect: _Aspect) -> tuple[str, str]:
    """Give the time of manufacture, blank if it is not exact, or what is wrong with it."""
    where = f"{aspect.path}.manufacturingInformation"
    info = part_of(aspect.payload, "manufacturingInformation", aspect.path, dict)
    made = text_of(info, "date", where) or text_of(info, "productionDate", where)
    if not made or is_time(made):
        return made, ""
    try:
        datetime.fromisoformat(made)  # a date alone as well
    except ValueError:
        return "", f"not a time: {made!r}; the row was taken without it"
    return "", ""
