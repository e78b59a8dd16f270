"""EPCIS events of a plausible plant, as one document: commissioning, packing, shipping, receiving.

``python bench/epcis_events.py 50000 FILE`` writes so many events.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 1, 5, 6, tzinfo=UTC)
SITE = "urn:epc:id:sgln:4012345.00001"
BOXED = 10


def events(number: int) -> Iterator[dict[str, Any]]:
    """Yield so many events: of each box its boards, their lots, the packing, the shipment, the receipt."""
    made = 0
    for box in range(number):
        boards = [f"urn:epc:id:sgtin:4012345.012345.{box * BOXED + place}" for place in range(BOXED)]
        sscc = f"urn:epc:id:sscc:4012345.0{box:09}"
        for event in _box(box, boards, sscc):
            if made == number:
                return
            made += 1
            at = START + timedelta(seconds=made)
            yield {
                "eventID": f"urn:uuid:00000000-0000-4000-8000-{made:012}",
                "eventTime": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "eventTimeZoneOffset": "+00:00",
                **event,
            }


def _box(box: int, boards: list[str], sscc: str) -> Iterator[dict[str, Any]]:
    place = {"readPoint": {"id": f"{SITE}.{box % 20}"}, "bizLocation": {"id": f"{SITE}.0"}}
    for board in boards:
        lots = [f"urn:epc:class:lgtin:4023333.0{part:05}.L{box // 500}" for part in range(4)]
        yield {
            "type": "TransformationEvent", **place, "bizStep": "assembling", "disposition": "in_progress",
            "inputQuantityList": [{"epcClass": lot, "quantity": 2} for lot in lots],
            "outputEPCList": [board],
        }  # fmt: skip
        yield {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "bizStep": "inspecting",
            "epcList": [board],
            **place,
        }
    yield {
        "type": "AggregationEvent", "action": "ADD", "bizStep": "packing", "parentID": sscc,
        "childEPCs": boards, **place,
    }  # fmt: skip
    note = f"urn:epcglobal:cbv:bt:4012345000009:{box // 20}"
    customer = f"urn:epc:id:pgln:4099999.{box // 20 % 300:05}"
    for step, state in (("shipping", "in_transit"), ("receiving", "in_progress")):
        yield {
            "type": "ObjectEvent", "action": "OBSERVE", "bizStep": step, "disposition": state,
            "epcList": [sscc], **place,
            "bizTransactionList": [{"type": "desadv", "bizTransaction": note}],
            "destinationList": [{"type": "owning_party", "destination": customer}],
        }  # fmt: skip


def main() -> None:
    """Write the document."""
    number, path = int(sys.argv[1]), Path(sys.argv[2])
    with path.open("w") as file:
        head = {
            "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"],
            "type": "EPCISDocument",
        }
        head |= {"schemaVersion": "2.0", "creationDate": START.isoformat()}
        file.write(json.dumps(head)[:-1] + ', "epcisBody": {"eventList": [\n')
        for at, event in enumerate(events(number)):
            file.write((",\n" if at else "") + json.dumps(event))
        file.write("\n]}}\n")


if __name__ == "__main__":
    main()
