"""Catena-X twins: the aspects of CX-0127 (Industry Core: Part Instance) and CX-0126 (Part Type).

Source: the aspect models of eclipse-tractusx/sldt-semantic-models, every version of them, and
the names they had before. A file is a test-data container, an import file
(``assets[].submodels[]``), a list of their entries, or entries one after the other. The page
docs/formats/catenax.md has the mapping field by field.

A twin is what its entry says: a payload with another id is the twin's all the same, since
bills of material refer to twins. Which twin is a batch, who made it and when may stand in any
file, so the facts are rows of the format's own tables, and sql/formats/catenax decides.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Final

from boardtrace.errors import BadInput
from boardtrace.sources import Fact, Known, Reject, Unread
from boardtrace.sources.catenax_aspects import ASPECTS, Aspect, id_of, names_of
from boardtrace.sources.fields import Wrong, part_of, text_of, utf8
from boardtrace.sources.stream import items

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CONTAINER", "LISTS", "NAME", "STANDARD", "known", "read", "recognises"]

NAME: Final = "catenax"
STANDARD: Final = "Catena-X CX-0127 (as built), CX-0126 (as planned), aspect models 1 to 4"
CONTAINER: Final = "https://catenax.io/schema/TestDataContainer/"
LISTS: Final = (("assets",), (f"{CONTAINER}*",))
# urn:samm:io.catenax.batch:3.0.0#Batch, and as a container once said it: .../schema/Batch/1.0.0
NAMED: Final = re.compile(r"urn:[bs]amm:[^#\s]+#(\w+)|https://catenax\.io/schema/(\w+)/[\d.]+")
HEAD: Final = re.compile(
    rb'"urn:[bs]amm:[^"#]*catenax[^"#]*#\w+"|"' + re.escape(CONTAINER).encode() + rb'|"assetMetaInfo"\s*:'
)


_BECOME: Final = {
    "SerialPart": "a unit",
    "SerialPartTypization": "a unit",
    "JustInSequencePart": "a unit",
    "Batch": "a lot",
    "PartAsPlanned": "a component",
    "PartTypeInformation": "a component",
    "SingleLevelBomAsBuilt": "mountings, placements and moves of lots",
    "AssemblyPartRelationship": "mountings, placements and moves of lots",
    "SingleLevelUsageAsBuilt": "the same, seen from the child",
    "TractionBatteryCode": "aliases",
}
_WRITTEN: Final = ("SerialPart", "Batch", "SingleLevelBomAsBuilt")


def known() -> Iterator[Known]:
    """List the aspects that are read and written."""
    for name in ASPECTS:
        yield Known(name, "taken", _BECOME[name])
    yield Known("every other aspect", "evidence", "counted, and kept in the archive")
    for name in _WRITTEN:
        yield Known(name, "written", "boardtrace export catenax UNIT")


def recognises(head: bytes) -> bool:
    """Say whether the file names an aspect of Catena-X, the test-data container or assets."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start in {b"{", b"["} and HEAD.search(head) is not None


def read(file: IO[bytes]) -> Iterator[Fact | Reject | Unread]:
    """Yield what the twins of a file say of themselves and of each other."""
    found = False
    for item in items(file, *LISTS):
        if isinstance(item, Reject):
            found = True
            yield item
        elif item.path or _is_entry(item.value):
            found = True
            yield from _entry(item.line, item.value)
    if not found:
        raise BadInput("no Catena-X twins in it: no test-data container, no assets, no list of entries")


def _is_entry(whole: Any) -> bool:
    return isinstance(whole, dict) and any(
        key in {"catenaXId", "globalAssetId", "submodels"}
        or (NAMED.fullmatch(key) and not key.startswith(CONTAINER))
        for key in whole
    )


def _entry(line: int, entry: Any) -> Iterator[Fact | Reject | Unread]:
    """Yield the facts of an entry: those of each payload, by the twin that it is of."""
    if not isinstance(entry, dict):
        yield Reject(line, "", "an entry is an object")
        return
    twin = ""
    try:
        twin = id_of(entry, "") or id_of(part_of(entry, "assetMetaInfo", "", dict), "assetMetaInfo")
        partner, payloads = text_of(entry, "bpnl", ""), _payloads(entry)
    except Wrong as wrong:
        column, reason = wrong.args
        yield Reject(line, column, reason, names_of(entry, twin, ""))
        return
    for number, submodel in enumerate(payloads):
        try:
            path, kind, payload = submodel if isinstance(submodel, tuple) else _submodel(number, submodel)
        except Wrong as wrong:
            column, reason = wrong.args
            yield Reject(line, column, reason, names_of(submodel, twin, partner))
            continue
        if kind not in ASPECTS:
            yield Unread(kind)
            continue
        aspect = Aspect(line, path, twin, partner, payload)
        try:
            yield from _aspect(kind, aspect)
        except Wrong as wrong:
            yield aspect.refused(wrong, payload)


def _aspect(kind: str, aspect: Aspect) -> Iterator[Fact | Reject | Unread]:
    if not isinstance(aspect.payload, dict):
        raise Wrong(aspect.path, "a payload is an object")
    own = id_of(aspect.payload, aspect.path)
    if not aspect.twin:
        aspect = replace(aspect, twin=own)
    if not aspect.twin:
        raise Wrong("catenaXId", "neither the entry nor its payload has one")
    if own not in {"", aspect.twin}:
        yield aspect.fact("names", name=own, payload="true")
    yield from ASPECTS[kind](aspect)


def _payloads(entry: dict[str, Any]) -> list[Any]:
    """List the submodels of an entry; of the other shape (path, kind of aspect, payload)."""
    if "submodels" in entry:
        return part_of(entry, "submodels", "", list)
    return [
        (f"{utf8(name)}[{number}]", _kind(utf8(name)), payload)
        for name, value in entry.items()
        if isinstance(value, list | dict) or NAMED.fullmatch(name)
        for number, payload in enumerate(value if isinstance(value, list) else [value])
    ]


def _submodel(number: int, submodel: Any) -> tuple[str, str, Any]:
    path = f"submodels[{number}]"
    if not isinstance(submodel, dict):
        raise Wrong(path, "a submodel is an object")
    name = text_of(submodel, "aspectType", path)
    if not name:
        raise Wrong(f"{path}.aspectType", "the submodel does not say what it is")
    return f"{path}.payload", _kind(name), submodel.get("payload")


def _kind(name: str) -> str:
    named = NAMED.fullmatch(name)
    return (named[1] or named[2]) if named else name
