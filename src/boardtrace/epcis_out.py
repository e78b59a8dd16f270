"""The life of a unit, and what went out in a shipment, as EPCIS 2.0 documents.

What the graph knows of them and EPCIS has an event for; docs/formats/epcis.md says what that is.
Reading such a document again (sources/epcis) gives the same units, lots, containers and shipments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from boardtrace.answer import thing
from boardtrace.gs1 import BadName, identify, link_of, own
from boardtrace.rows import shown
from boardtrace.sources.epcis.cbv import DISPOSITIONS, STEPS
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from boardtrace.graph import Graph, Transaction

__all__ = ["CONTEXT", "export"]

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"
_OWN_TERMS: Final = {"boardtrace": "urn:boardtrace:term:"}

_Row = dict[str, Any]


def export(graph: Graph, what: Literal["unit", "shipment"], name: str) -> bytes:
    """Write an EPCIS document; NotFound if the graph has no such unit or shipment."""

    def read(tx: Transaction) -> tuple[list[_Row], int]:
        known = thing(tx, what, name, what)
        rows = tx.rows(load(f"export/epcis_{what}"), **{what: known})
        batches = tx.rows(load("questions/batches"))
        return rows, max((row["at"] for row in batches), default=0)

    rows, at = graph.read(f"export epcis {what}", read)
    events = [event for make in _MAKERS for event in make(rows)]
    events.sort(key=lambda event: (event["eventTime"], orjson.dumps(event, option=orjson.OPT_SORT_KEYS)))
    document = {
        "@context": [CONTEXT, _OWN_TERMS],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": shown(at),  # of what it says: the same graph gives the same document
        "epcisBody": {"eventList": events},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _name(kind: str, name: str, supplier: str | None = None) -> str:
    """Write an identifier as a URI: as it is if it is one that is read as the same again."""
    if name.startswith(("urn:", "https://", "http://")):
        try:
            found = identify(link_of(name), kind == "lot")
        except BadName:
            pass
        else:
            same_kind = found.kind == kind or (
                kind not in {"unit", "container", "lot"} and found.kind != "class"
            )
            same_maker = kind != "lot" or found.supplier == (supplier or "")
            if same_kind and same_maker and found.text == name:
                return link_of(name)
    return own(kind, *([supplier or "", name] if kind == "lot" else [name]))


def _event(kind: str, at: int, **more: Any) -> dict[str, Any]:
    said = {"type": kind, "eventTime": shown(at), "eventTimeZoneOffset": "+00:00", **more}
    return {key: value for key, value in said.items() if value is not None}


def _place(row: _Row) -> dict[str, str] | None:
    return {"id": _name("machine", row["place"])} if row["place"] else None


def _only(kind: str) -> dict[str, str]:
    """Mark an event that says this and no more.

    Read again it is no step that the unit went through; or, as `step`, that and neither shipment nor scrap.
    """
    return {"boardtrace:kind": kind}


def _listed(rows: Iterable[_Row], instances: str, amounts: str) -> dict[str, list[Any] | None]:
    """Write things as the two lists of an event."""
    names = sorted(
        {(row["kind"] == "lot", _name(row["kind"], row["thing"], row["supplier"])) for row in rows}
    )
    epcs: list[Any] = [name for lot, name in names if not lot]
    classes: list[Any] = [{"epcClass": name} for lot, name in names if lot]
    return {instances: epcs or None, amounts: classes or None}


def _grouped(rows: list[_Row], whats: set[str], key: Callable[[_Row], tuple[Any, ...]]) -> list[list[_Row]]:
    """Put rows together that are one event: those that differ in their things only."""
    found: dict[tuple[Any, ...], list[_Row]] = {}
    for row in rows:
        if row["what"] in whats and row["at"] is not None:
            found.setdefault(key(row), []).append(row)
    return list(found.values())


def _made(rows: list[_Row]) -> Iterable[dict[str, Any]]:
    for same in _grouped(rows, {"made"}, lambda row: (row["at"],)):
        listed = _listed(same, "epcList", "quantityList")
        yield _event(
            "ObjectEvent", same[0]["at"], action="ADD", bizStep="commissioning", **listed, **_only("made")
        )


def _members(rows: list[_Row]) -> Iterable[dict[str, Any]]:
    """Write who went into what, and out of it."""
    told = [
        {**row, "at": at, "action": action}
        for row in rows
        if row["what"] in {"mounted", "packed", "removed"}
        for at, action in (
            (row["at"], "DELETE" if row["what"] == "removed" else "ADD"),
            (row["until"], "DELETE"),
        )
    ]
    steps = {
        ("packed", "ADD"): "packing",
        ("packed", "DELETE"): "unpacking",
        ("mounted", "ADD"): "installing",
    }
    for same in _grouped(
        told,
        {"mounted", "packed", "removed"},
        lambda row: (row["what"] == "packed", row["action"], row["at"], row["other"], row["place"] or ""),
    ):
        first = same[0]
        packed = first["what"] == "packed"
        yield _event(
            "AggregationEvent" if packed else "AssociationEvent",
            first["at"],
            action=first["action"],
            bizStep=steps.get((first["what"], first["action"]), "removing"),
            parentID=_name("container" if packed else "unit", first["other"]),
            readPoint=_place(first),
            **_listed(same, "childEPCs", "childQuantityList"),
            **_only("member"),
        )


def _steps(rows: list[_Row]) -> Iterable[dict[str, Any]]:
    for row in rows:
        if row["what"] not in {"step", "scrap"}:
            continue
        step, result = row["step"], row["result"]
        more = {"disposition": result} if result in DISPOSITIONS else {"boardtrace:result": result}
        yield _event(
            "ObjectEvent",
            row["at"],
            action="OBSERVE",
            bizStep=step if step in STEPS else own("step", step),
            readPoint=_place(row),
            epcList=[_name("unit", row["thing"])],
            **more,
            **_only(row["what"]),
        )


def _sent(rows: list[_Row]) -> Iterable[dict[str, Any]]:
    for same in _grouped(rows, {"sent"}, lambda row: (row["other"],)):
        first = same[0]
        party = _name("customer", first["place"]) if first["place"] else None
        back, stays = first["step"] == "return", first["step"] == "transfer"
        sources = [{"type": "owning_party", "source": party}] if party and (back or stays) else None
        targets = [{"type": "owning_party", "destination": party}] if party and not back else None
        yield _event(
            "ObjectEvent",
            first["at"],
            action="OBSERVE",
            bizStep="shipping",
            disposition="returned" if back else "in_transit",
            bizTransactionList=[{"type": "desadv", "bizTransaction": _name("shipment", first["other"])}],
            sourceList=sources,
            destinationList=targets,
            **_listed(same, "epcList", "quantityList"),
            **_only(first["step"]),
        )


_MAKERS: Final = (_made, _members, _steps, _sent)
