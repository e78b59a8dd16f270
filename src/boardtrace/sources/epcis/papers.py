"""Documents, parties and master data of an event: EPCIS 2.0, sections 7.3.5 and 7.3.6, and ILMD."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from boardtrace.sources.epcis.cbv import DATES, PARTIES, local, word
from boardtrace.sources.fields import is_time, text_of

if TYPE_CHECKING:
    from boardtrace.gs1 import Name
    from boardtrace.sources.epcis.told import Told

__all__ = ["OWN_KIND", "Papers", "ilmd", "papers_of"]

OWN_KIND: Final = "boardtrace:kind"
"""What our own export marks events with that are no step of their units, or `step`: that and no more."""
_LATEST: Final = {"manufactured_at": "2100", "expires_at": ":"}
"""Before when a time of the ledger is; 9999 is how many write that a thing never expires."""
_OFFSET: Final = 6  # characters of +01:00


@dataclass(slots=True)
class Papers:
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
        if said.get(OWN_KIND) == "transfer":  # where no party may be known
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
_NO_PAPERS: Final = Papers()


def papers_of(event: Told) -> Papers:
    """Read the documents and parties of an event."""
    if not _LISTS.intersection(event.said):
        return _NO_PAPERS
    return Papers(
        _pairs(event, "bizTransactionList", "bizTransaction", None),
        _pairs(event, "sourceList", "source", PARTIES),
        _pairs(event, "destinationList", "destination", PARTIES),
    )


def _pairs(event: Told, field_: str, key: str, known: tuple[str, ...] | None) -> list[tuple[str, Name]]:
    """Read a list of typed names as (word of the type, name)."""
    if field_ not in event.said:
        return []
    found = []
    listed = event.said[field_]
    # JSON-LD writes a list of one as that one, as an example of the standard does
    for number, pair in enumerate([listed] if isinstance(listed, dict) else event.part(field_, list)):
        where = f"{field_}[{number}]"
        if not isinstance(pair, dict):
            event.wrong(where, "not an object; the event was taken without it")
            continue
        said = event.text(pair, "type", where)
        if said is None:
            continue
        kind = word(said)
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


def ilmd(event: Told) -> dict[str, str]:
    """Read what columns of a lot there are in the master data of instance or lot."""
    said = event.part("ilmd", dict)
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
                if is_time(at) and "1970" <= at < _LATEST[column]:
                    found[column] = at
                    break
                event.wrong(
                    f"ilmd.{name}", "no date or time from 1970 to 2100; the event was taken without it"
                )
    for column, name in (("date_code", "dateCode"), ("mpn", "manufacturerPartNumber")):
        value = own.get(name)
        if isinstance(value, str):
            found[column] = value.strip()[:500]
    return found
