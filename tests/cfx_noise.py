"""A plant of odd CFX messages and some tables, in batches: names, places and times as they may meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cfx_messages import Message, envelope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

__all__ = ["noise"]

_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_OPERATORS, _RECIPES, _FEEDERS = ("O1", "O2", "O3"), ("G1", "G2"), ("F1", "F2", "F3")
# of a table, or of messages: when, which, the row or message
_Said = tuple[int, str, Any]


def noise(random: Random) -> list[dict[str, list[Any]]]:
    """Deal the plant out: mostly as it happened, some of it late, or all of it anyhow."""
    plant = _Plant(random)
    everything = sorted([*plant.materials(), *plant.people(), *plant.work()], key=lambda said: said[0])
    batches: list[dict[str, list[Any]]] = [{} for _ in range(random.randint(2, 5))]
    in_time, first = random.random() < 0.6, random.choice([0.5, 0.8, 0.95])
    for number, (_, table, row) in enumerate(everything):
        part = number / len(everything)
        later = 1 + int((part - first) / (1 - first) * (len(batches) - 1))
        anyhow = not in_time or random.random() < 0.05
        known = random.random() < first if anyhow else part < first
        at = 0 if known or table == "programs" else random.randrange(len(batches)) if anyhow else later
        batches[at].setdefault(table, []).append(row)
    return batches


class _Group:
    """Units on a panel or carrier, or one alone."""

    def __init__(self, plant: _Plant, holder: str, size: int) -> None:
        self.holder = holder
        self._may, self._one = plant.may, plant.one
        first = self._one(0, 1, 1, 1)
        self.positions = range(first, first + size)
        self.serials = [f"S-{holder}-{position}" for position in self.positions]

    def listed(self, names: list[str] | None) -> list[Message]:
        return [
            {"UnitIdentifier": name, "PositionNumber": position}
            | ({"Status": self._one("Pass", "Skip")} if self._may(0.15) else {})
            for name, position in zip(
                names or [self.holder] * len(self.serials), self.positions, strict=True
            )
        ]

    def about(self) -> Message:
        name = self._one(self.holder, self.holder, self.serials[0])
        position = self._one(None, *self.positions, *self.positions)
        return {"UnitIdentifier": name, "UnitPositionNumber": position}


class _Plant:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._machines = ("M1", "M2", "M3")[: random.randint(1, 3)]
        self._reels = tuple(f"R{number}" for number in range(random.choice([2, 4, 8])))
        self._carriers = tuple(f"CR{number}" for number in range(random.choice([0, 0, 1, 2])))
        self._transactions = 0

    def may(self, part: float) -> bool:
        return self._random.random() < part

    def one(self, *of: Any) -> Any:
        return self._random.choice(of)

    def _some_time(self) -> int:
        return self._random.randrange(0, 600, self.one(1, 10, 60))

    def _transaction(self) -> str:
        self._transactions += 1
        return f"T{self._transactions}"

    def _place(self) -> dict[str, Any]:
        feeder = self.one(*_FEEDERS)
        found: dict[str, Any] = {"LocationIdentifier": feeder} if self.may(0.8) else {}
        if self.may(0.3):
            found["LocationName"] = f"SLOT-{feeder}"
        if self.may(0.3) or not found:
            lane = self.one(None, 1, 2)
            found["CarrierInformation"] = {"UniqueIdentifier": f"FEEDER-{feeder}", "LaneNumber": lane}
        return found

    def materials(self) -> Iterator[_Said]:
        for reel in self._reels:
            if self.may(0.6):
                package = {
                    "UniqueIdentifier": reel,
                    "InternalPartNumber": self.one("PA", "PB", ""),
                    "Manufacturer": "MAKER",
                    "ManufacturerLotCode": self.one("L1", "L2"),
                    "InitialQuantity": self.one(2.0, 50.0),
                }
                yield _message(0, "MaterialsInitialized", {"Materials": [package]}, "STORE")
        for _ in range(self.one(3, 8, 20)):
            at, machine = self._some_time(), self.one(*self._machines)
            reel, other = self.one(*self._reels), self.one(*self._reels)
            place = {**self._place(), "MaterialPackage": {"UniqueIdentifier": reel}}
            yield _message(at, "MaterialsLoaded", {"Materials": [place]}, machine)
            if self.may(0.5):
                gone = {"MaterialPackageIdentifiers": [reel]}
                yield _message(at + self.one(1, 60, 200), "MaterialsUnloaded", gone, machine)
            if self.may(0.2) and other != reel:
                tape = {"LeadingMaterialPackage": reel, "TrailingMaterialPackage": other}
                body = {key: {"UniqueIdentifier": lot} for key, lot in tape.items()}
                yield _message(at + self.one(0, 5, 30), "MaterialsJoined", body, machine)
            if self.may(0.15):
                row = {
                    "machine": machine,
                    "feeder": self.one(*_FEEDERS),
                    "lot": reel,
                    "loaded_at": _time(at),
                }
                yield at, "loads", row | ({"unloaded_at": _time(at + 50)} if self.may(0.5) else {})
        if self.may(0.4):
            for program in _RECIPES:
                for feeder in _FEEDERS[: self.one(1, 2, 3)]:
                    row = {"program": program, "feeder": feeder, "refdes": f"C{feeder}"}
                    yield 0, "programs", row | {"part": self.one("PA", "PB", "")}

    def people(self) -> Iterator[_Said]:
        for _ in range(self.one(0, 3, 8)):
            at, machine = self._some_time(), self.one(*self._machines)
            body = {"Operator": {"OperatorIdentifier": self.one(*_OPERATORS)}}
            yield _message(at, "OperatorActivated", body, machine)
            if self.may(0.6):
                yield _message(at + self.one(5, 60, 300), "OperatorDeactivated", body, machine)
        for _ in range(self.one(0, 2, 6)):
            body = {"RecipeName": self.one(*_RECIPES), "Lane": self.one(None, None, 1, 2)}
            yield _message(self._some_time(), "RecipeActivated", body, self.one(*self._machines))

    def work(self) -> Iterator[_Said]:
        for number in range(self.one(3, 6, 15)):
            style = self._random.random()
            if self._carriers and style < 0.3:
                holder, size = self.one(*self._carriers), self.one(1, 2)
            else:
                holder, size = (f"P{number}", self.one(2, 4)) if style < 0.7 else (f"U{number}", 1)
            yield from self._units(number, holder, size, self._random.randrange(0, 500))

    def _units(self, number: int, holder: str, size: int, begin: int) -> Iterator[_Said]:
        group = _Group(self, holder, size)
        of_all = self._transaction()
        yield from self._named(group, begin, of_all)
        for step, machine in enumerate(self._machines):
            transaction = of_all if self.may(0.2) else self._transaction()
            yield from self._step(
                group, begin + 10 * step + self._random.randrange(9), machine, transaction
            )
        yield from self._afterwards(group, begin)
        yield from self._tables(number, begin, [holder, group.serials[0], f"{holder}#{group.positions[0]}"])

    def _named(self, group: _Group, begin: int, transaction: str) -> Iterator[_Said]:
        if self.may(0.4):
            given: Message = {
                "PrimaryIdentifier": self.one(group.holder, group.holder, None),
                "TransactionID": self.one(transaction, None, None),
                "WorkOrderIdentifier": self.one("W1", None),
                "Units": group.listed(group.serials),
            }
            yield _message(begin + self.one(0, 50), "UnitsInitialized", given, "LASER")
        for serial in group.serials:
            if self.may(0.3):
                told = {"Name": self.one("SerialNumber", "MAC", "Color"), "Value": self.one(serial, "SAME")}
                entry = {**group.about(), "Characteristics": [told]}
                body = {"PersonalizedUnits": [entry]}
                yield _message(begin + self.one(0, 30, 90), "UnitsPersonalized", body, "LASER")

    def _step(self, group: _Group, at: int, machine: str, transaction: str) -> Iterator[_Said]:
        if self.may(0.6):
            panel = self.one(group.holder, None, None)
            work: Message = {"TransactionID": transaction, "RecipeName": self.one(*_RECIPES, None)}
            work |= {"Lane": self.one(None, 1, 2), "PrimaryIdentifier": panel}
            work["Units"] = group.listed(group.serials if panel and self.may(0.5) else None)
            yield _message(at, "WorkStarted", work, machine)
        if self.may(0.5):
            end: Message = {"TransactionID": transaction, "Result": self.one("Completed", "Aborted")}
            end["Units"] = group.listed(group.serials) if self.may(0.3) else None
            end["PrimaryIdentifier"] = self.one(group.holder, None, None)
            yield _message(at + self.one(0, 2, 40), "WorkCompleted", end, machine)
        if self.may(0.2):
            moved = {
                "PrimaryIdentifier": group.holder,
                "Units": group.listed(self.one(None, group.serials)),
            }
            yield _message(at, self.one("UnitsArrived", "UnitsDeparted"), moved, machine)
        if self.may(0.7):
            placed = [self._placed(group.about()) for _ in range(self.one(1, 2, 3))]
            body: Message = {"TransactionId": self.one(transaction, None), "InstalledMaterials": placed}
            yield _message(at + self.one(0, 1), "MaterialsInstalled", body, machine)
        if self.may(0.2):
            body = {"TransactionID": transaction, "CommonProcessData": {"x": 1}}
            body |= {"UnitProcessData": [group.about() | {"UnitResult": "Ok"}]} if self.may(0.6) else {}
            yield _message(at + 1, "UnitsProcessed", body, machine)

    def _afterwards(self, group: _Group, begin: int) -> Iterator[_Said]:
        machine = self.one(*self._machines)
        if self.may(0.3):
            test = {**group.about(), "OverallResult": self.one("Passed", "Failed"), "Tests": []}
            yield _message(begin + 60, "UnitsTested", {"TestedUnits": [test]}, machine)
        if self.may(0.2):
            gone = {**group.about(), "Material": {"UniqueIdentifier": self.one(*self._reels, "")}}
            gone["UninstalledComponents"] = [{"ReferenceDesignator": "C1"}]
            yield _message(begin + 70, "MaterialsUninstalled", {"UninstalledMaterials": [gone]}, machine)
        if self.may(0.1):
            body = {"Reason": "x", "Units": group.listed(None)}
            yield _message(begin + 80, "UnitsDisqualified", body, machine)

    def _placed(self, about: dict[str, Any]) -> dict[str, Any]:
        material = {
            "UniqueIdentifier": self.one(*self._reels, "", ""),
            "InternalPartNumber": self.one("PA", "PB", None),
        }
        if self.may(0.1):
            material["LeadingMaterialPackage"] = {"UniqueIdentifier": self.one(*self._reels)}
        where = {} if self.may(0.2) else {"CarrierLocation": self._place()}
        components = [{"ReferenceDesignator": self.one("C1", "C2")}]
        return {**about, **where, "Material": material, "InstalledComponents": components}

    def _tables(self, number: int, begin: int, names: list[str]) -> Iterator[_Said]:
        """Say something of these units in tables, too."""
        at = _time(begin + 90)
        machine, operator = self.one(*self._machines), self.one(*_OPERATORS)
        rows: dict[str, dict[str, str]] = {
            "mounts": {"child": self.one(*names), "parent": f"PR{number // 2}", "at": at},
            "packing": {
                "content": self.one(*names),
                "content_kind": "unit",
                "container": f"CT{number // 3}",
                "at": at,
            },
            "tests": {
                "unit": self.one(*names),
                "at": at,
                "kind": "ICT",
                "result": "pass",
                "operator": operator,
            },
            "visits": {
                "unit": self.one(*names),
                "machine": machine,
                "started_at": _time(begin + 5),
                "program": self.one(*_RECIPES),
            },
            "placements": {
                "unit": self.one(*names),
                "at": _time(begin + 5),
                "lot": self.one(*self._reels),
                "refdes": "C1",
                "machine": machine,
            },
            "units": {"unit": names[1], "panel": self.one(names[0], f"P{number + 1}"), "position": "1"},
            "aliases": {"kind": "unit", "id": self.one(*names), "alias": self.one("SAME", *names)},
        }
        for table, row in rows.items():
            if self.may(0.12):
                yield begin + 90, table, row


def _time(minute: int) -> str:
    return (_DAY + timedelta(minutes=minute)).isoformat()


def _message(at: int, name: str, body: dict[str, Any], machine: str) -> _Said:
    return at, "messages", envelope(name, body, _time(at), machine)
