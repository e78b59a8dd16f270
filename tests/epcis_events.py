"""EPCIS events for tests."""

from __future__ import annotations

from typing import Any

__all__ = [
    "AT",
    "DEVICE",
    "LOT",
    "PARTY",
    "PLACE",
    "SSCC",
    "aggregated",
    "document",
    "event",
    "made",
    "shipped",
    "unit",
]

AT = "2026-01-05T08:00:00Z"
DEVICE = "urn:epc:id:sgtin:4012345.099999.D1"
LOT = "urn:epc:class:lgtin:4023333.000001.A"
PARTY = "urn:epc:id:pgln:4012345.00001"
PLACE = "urn:epc:id:sgln:4012345.00001.1"
SSCC = "urn:epc:id:sscc:4012345.0000000333"


def unit(number: int) -> str:
    return f"urn:epc:id:sgtin:4012345.012345.{number}"


def document(*events: Any) -> dict[str, Any]:
    return {
        "@context": [
            "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
            {"x": "https://example.com/x/"},
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": AT,
        "epcisBody": {"eventList": list(events)},
    }


def event(**more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventTime": AT,
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "readPoint": {"id": PLACE},
    } | more


def made(*units: str, **more: Any) -> dict[str, Any]:
    return event(action="ADD", bizStep="commissioning", epcList=list(units), **more)


def shipped(*things: str, **more: Any) -> dict[str, Any]:
    to = [{"type": "owning_party", "destination": "urn:epc:id:pgln:4099999.00007"}]
    return event(epcList=list(things), bizStep="shipping", destinationList=to) | more


def aggregated(action: str, parent: str, *children: str, day: int, **more: Any) -> dict[str, Any]:
    said = {"type": "AggregationEvent", "action": action, "parentID": parent, "childEPCs": list(children)}
    return event(eventTime=f"2026-01-{day:02}T08:00:00Z", **said | more)
