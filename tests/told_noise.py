"""Plants of odd EPCIS events, or of odd twins, and some tables, in batches: names as they may meet."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from epcis_events import PLACE, event
from test_catenax import child, thing, twin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

__all__ = ["events", "twins"]

Said = tuple[str, Any]
_PARTIES = tuple(f"urn:epc:id:pgln:4099999.{number:05}" for number in range(3))


def events(random: Random) -> list[dict[str, list[Any]]]:
    """Goods that are made, put together, packed, sent, come back; some of it declared wrong."""
    return _dealt(random, list(_Goods(random).life()))


def twins(random: Random) -> list[dict[str, list[Any]]]:
    """Twins of units and batches with bills of material and tables that speak of the same units."""
    return _dealt(random, list(_twins(random)))


def _dealt(random: Random, everything: list[Said]) -> list[dict[str, list[Any]]]:
    batches: list[dict[str, list[Any]]] = [{} for _ in range(random.randint(2, 5))]
    in_time, first = random.random() < 0.5, random.choice([0.5, 0.8, 0.95])
    for number, (table, row) in enumerate(everything):
        part = number / len(everything)
        later = 1 + int((part - first) / (1 - first) * (len(batches) - 1))
        anyhow = not in_time or random.random() < 0.1
        known = random.random() < first if anyhow else part < first
        at = 0 if known else random.randrange(len(batches)) if anyhow else later
        batches[at].setdefault(table, []).append(row)
    return batches


def _time(hour: int) -> str:
    return f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:00:00Z"


class _Goods:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._units = [f"urn:epc:id:sgtin:4012345.012345.{n}" for n in range(random.choice([4, 8, 16]))]
        self._devices = [f"urn:epc:id:sgtin:4012345.099999.D{n}" for n in range(4)]
        self._lots = [f"urn:epc:class:lgtin:4023333.000001.L{n}" for n in range(random.choice([2, 4]))]
        self._cartons = [f"urn:epc:id:sscc:4012345.00000003{n:02}" for n in range(random.choice([2, 6]))]
        self._trays = [f"urn:epc:id:grai:4012345.00001.T{n}" for n in range(2)]

    def _may(self, part: float) -> bool:
        return self._random.random() < part

    def _one(self, *of: Any) -> Any:
        return self._random.choice(of)

    def _some(self, of: list[str], most: int) -> list[str]:
        return self._random.sample(of, min(len(of), self._random.randint(1, most)))

    def _spelled(self, name: str) -> str:
        """Write some names as Digital Links, of which the prefix is known by other events."""
        if name.startswith("urn:epc:id:sgtin:4012345.012345.") and self._may(0.2):
            return f"https://id.gs1.org/01/04012345123456/21/{name.rpartition('.')[2]}"
        return name

    def life(self) -> Iterator[Said]:
        said: list[dict[str, Any]] = []
        for hour in range(self._one(10, 25, 40)):
            one = self._one(self._made, self._packed, self._packed, self._turned, self._sent, self._seen)
            told = one() | {"eventTime": _time(hour + self._one(0, 0, 5)), "readPoint": {"id": PLACE}}
            if self._may(0.3):
                told["eventID"] = f"urn:uuid:{uuid.UUID(int=self._random.getrandbits(128))}"
            said.append(told)
            yield "events", told
            if self._may(0.08):
                wrong = self._one(*said)
                yield "events", wrong | {"errorDeclaration": {"declarationTime": _time(hour + 1)}}
            if self._may(0.3):
                yield self._row(hour)

    def _quantities(self) -> list[dict[str, Any]]:
        return [{"epcClass": lot, "quantity": self._one(1, 2, 3)} for lot in self._some(self._lots, 2)]

    def _names(self, of: list[str], most: int) -> list[str]:
        return [self._spelled(name) for name in self._some(of, most)]

    def _made(self) -> dict[str, Any]:
        if self._may(0.3):
            return event(action="ADD", bizStep="commissioning", quantityList=self._quantities())
        return event(action="ADD", bizStep="commissioning", epcList=self._names(self._units, 3))

    def _packed(self) -> dict[str, Any]:
        parent = self._one(*self._cartons, *self._trays, *self._devices)
        inside = self._one(self._units, self._units, self._devices, self._cartons)
        told: dict[str, Any] = {
            "type": self._one("AggregationEvent", "AssociationEvent"),
            "parentID": parent,
        }
        told["action"] = self._one("ADD", "ADD", "OBSERVE", "DELETE")
        if told["action"] != "DELETE" or self._may(0.6):
            told["childEPCs"] = [name for name in self._names(inside, 3) if name != parent]
        if self._may(0.2):
            told["childQuantityList"] = self._quantities()
        return event(**told)

    def _turned(self) -> dict[str, Any]:
        told: dict[str, Any] = {"type": "TransformationEvent"}
        if self._may(0.7):
            told["inputQuantityList"] = self._quantities()
        if self._may(0.5) or len(told) == 1:
            told["inputEPCList"] = self._names(self._one(self._units, self._cartons), 2)
        if self._may(0.2):
            told["outputQuantityList"] = self._quantities()
        else:
            told["outputEPCList"] = self._names(self._one(self._units, self._devices), 2)
        if self._may(0.2):
            told["transformationID"] = f"urn:uuid:00000000-0000-4000-8000-00000000000{self._one(1, 2)}"
        found = event(**told)
        del found["action"]
        return found

    def _sent(self) -> dict[str, Any]:
        step = self._one("shipping", "shipping", "departing", "receiving", "arriving", "void_shipping")
        told: dict[str, Any] = {"bizStep": step, "action": "OBSERVE"}
        told["epcList"] = self._names(self._one(self._units, self._devices, self._cartons), 3)
        if self._may(0.2):
            told["quantityList"] = self._quantities()
        for side, may in (("source", 0.3), ("destination", 0.7)):
            if self._may(may):
                told[f"{side}List"] = [{"type": "owning_party", side: self._one(*_PARTIES)}]
        if self._may(0.5):
            told["bizTransactionList"] = [
                {"type": "desadv", "bizTransaction": f"urn:epc:id:gdti:4012345.00001.{self._one(1, 2, 3)}"}
            ]
        if self._may(0.1):
            told["disposition"] = "returned"
        return event(**told)

    def _seen(self) -> dict[str, Any]:
        step = self._one("inspecting", "storing", "destroying", "repairing")
        return event(bizStep=step, epcList=self._names(self._units, 2), action="OBSERVE")

    def _row(self, hour: int) -> Said:
        """Say something of these goods in a table."""
        unit, at = self._one(*self._units, *self._devices), _time(hour)
        lot = self._one(*self._lots)
        rows: dict[str, dict[str, str]] = {
            "tests": {"unit": unit, "at": at, "kind": "ICT", "result": "pass", "machine": "T1"},
            "mounts": {"child": self._one(*self._units), "parent": self._one(*self._devices), "at": at},
            "packing": {"content": unit, "content_kind": "unit", "container": self._cartons[0], "at": at},
            "placements": {"unit": unit, "at": at, "supplier": "4023333", "lot": lot, "refdes": "C1"},
            "service": {"unit": unit, "at": at, "kind": "scrap"},
            "lots": {"supplier": "4023333", "lot": lot, "part": self._one("PA", "PB"), "quantity": "3"},
            "aliases": {"kind": "unit", "id": unit, "alias": self._one("SAME", "OTHER")},
            "shipments": {"shipment": "urn:epc:id:gdti:4012345.00001.1", "customer": "K", "shipped_at": at},
        }
        table = self._one(*rows)
        return table, rows[table]


def _twins(random: Random) -> Iterator[Said]:
    names = [str(uuid.UUID(int=number + 1, version=4)) for number in range(random.choice([5, 10, 20]))]

    def spelled(name: str) -> str:
        return random.choice([name, f"urn:uuid:{name}", name.upper()])

    order = list(range(len(names)))
    random.shuffle(order)
    for number in order:
        name = names[number]
        aspects: dict[str, Any] = {}
        own = thing(
            f"P{number % 3}",
            maker=random.choice(["BPNL1", "BPNL2", ""]),
            made=random.choice([None, "2024-05-01T08:00:00Z"]),
        )
        kind = random.choice(["serial", "serial", "batch", "jis", "none"])
        below = names[number + 1 :]
        if kind != "none" or not below:
            aspects["serial" if kind == "none" else kind] = own
        if below and (not aspects or random.random() < 0.7):
            listed = random.sample(below, min(len(below), random.randint(1, 3)))
            aspects["bom"] = [
                child(spelled(one), quantity={"value": random.choice([1, 2]), "unit": "unit:piece"})
                | ({"hasAlternatives": True} if random.random() < 0.1 else {})
                for one in listed
            ]
        yield "twins", twin(spelled(name), bpnl=random.choice(["", "BPNL1"]), **aspects)
        if random.random() < 0.2:
            yield "twins", twin(spelled(name), batch=own)
        if random.random() < 0.4:
            at, unit = f"2026-01-01T{number:02}:00:00Z", random.choice([name, f"urn:uuid:{name}"])
            rows: dict[str, dict[str, str]] = {
                "tests": {"unit": unit, "at": at, "kind": "ICT", "result": "pass"},
                "mounts": {"child": unit, "parent": f"urn:uuid:{names[0]}", "at": at},
                "placements": {
                    "unit": unit,
                    "at": at,
                    "supplier": "BPNL1",
                    "lot": names[-1],
                    "refdes": "C1",
                },
                "aliases": {"kind": "unit", "id": unit, "alias": "SAME"},
            }
            table = random.choice([*rows])
            if not (table == "mounts" and rows[table]["child"] == rows[table]["parent"]):
                yield table, rows[table]
