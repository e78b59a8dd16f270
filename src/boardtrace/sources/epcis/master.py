"""Master data in the header of an EPCIS document (EPCIS 2.0, section 9.5): names of parties and places.

A document of master data alone (EPCISMasterDataDocument, of 1.2 and the drafts of 2.0) has it in its body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from boardtrace.gs1 import BadName, identify
from boardtrace.sources import Fact, Reject
from boardtrace.sources.epcis.cbv import local
from boardtrace.sources.fields import Wrong, filled, part_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["VOCABULARIES", "masters"]

_HEADER: Final = ("epcisHeader", "epcisMasterData", "vocabularyList")
VOCABULARIES: Final = ("epcisBody", "vocabularyList")
"""Where a document of master data alone has it."""
_COLUMNS: Final = {
    "name": "name", "descriptionShort": "name", "partyName": "name", "countryCode": "country",
}  # fmt: skip


def masters(line: int, document: dict[str, Any]) -> Iterator[Fact | Reject]:
    """Yield the prefixes that a document's names are written with, and the names of parties and places."""
    context = document.get("@context")
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            for prefix, uri in part.items():
                if isinstance(uri, str) and prefix and not prefix.startswith("@"):
                    yield Fact("epcis_contexts", {"prefix": prefix, "uri": uri}, line)
    yield from _vocabularies(line, document, _HEADER)
    if isinstance(document.get(VOCABULARIES[0]), dict):  # else it is told of as without events
        yield from _vocabularies(line, document, VOCABULARIES)


def _vocabularies(line: int, document: dict[str, Any], steps: tuple[str, ...]) -> Iterator[Fact | Reject]:
    try:
        holder, path = document, ""
        for step in steps[:-1]:
            holder, path = part_of(holder, step, path, dict), f"{path}.{step}".lstrip(".")
        for number, vocabulary in enumerate(part_of(holder, steps[-1], path, list)):
            where = f"{path}.{steps[-1]}[{number}]"
            if not isinstance(vocabulary, dict):
                raise Wrong(where, "not an object")  # noqa: TRY301
            for at, element in enumerate(part_of(vocabulary, "vocabularyElementList", where, list)):
                yield from _element(line, element, f"{where}.vocabularyElementList[{at}]")
    except Wrong as wrong:
        yield Reject(line, *wrong.args)


def _element(line: int, element: Any, where: str) -> Iterator[Fact | Reject]:
    try:
        if not isinstance(element, dict):
            raise Wrong(where, "not an object")  # noqa: TRY301
        name = identify(text_of(element, "id", where))
        row = {"place": name.text}
        for attribute in part_of(element, "attributes", where, list):
            if isinstance(attribute, dict):
                column = _COLUMNS.get(local(text_of(attribute, "id", where)))
                value = attribute.get("attribute")
                if column and isinstance(value, str):
                    row.setdefault(column, value.strip()[:500])
        if len(row) > 1:
            yield Fact("epcis_masters", filled(row), line)
    except BadName as error:
        yield Reject(line, f"{where}.id", str(error))
    except Wrong as wrong:
        yield Reject(line, *wrong.args)
