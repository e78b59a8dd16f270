"""What every CFX message has: envelope, transaction, units with positions, packages at places.

Source: the standard's public SDK: ``CFXEnvelope``, and of ``CFX.Structures`` ``UnitPosition``,
``MaterialPackage``, ``MaterialLocation``, ``MaterialCarrier``, ``Operator``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from boardtrace.model import lot_id
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.fields import Wrong, filled, is_time, part_of, text_of
from boardtrace.sources.stream import shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

__all__ = ["Message", "is_unset", "names_of", "operator_of", "place_of", "time_of", "unit_of"]

_Found = Fact | Reject | Unread
_UNSET: Final = "0001-01-01T00:00:00"  # .NET's default of a DateTime
_NO_TRANSACTION: Final = "00000000-0000-0000-0000-000000000000"
_SKIP: Final = {"skip", "skipped"}
_WHOLE: Final = re.compile(r"-?\d{1,9}", re.ASCII)


def is_unset(when: str) -> bool:
    """Say whether a time is absent, or the one that .NET writes for none."""
    return not when or when.startswith(_UNSET)


@dataclass(frozen=True)
class Message:
    """One message: where it stands, who sent it when, and what it says."""

    name: str
    line: int
    path: str
    """Of the body, from the record on: `MessageBody`, or blank where there is no envelope."""
    machine: str
    stamp: str
    body: dict[str, Any]

    def where(self, *steps: str | int) -> str:
        """Write the path of a field of the body."""
        return shown_path((self.path, *steps) if self.path else steps)

    @cached_property
    def at(self) -> str:
        """The time of the message; Wrong if it has none that can be used."""
        if is_unset(self.stamp):
            raise Wrong("TimeStamp", "no time")
        if not is_time(self.stamp):
            raise Wrong("TimeStamp", f"not a time with an offset: {self.stamp!r}")
        return self.stamp

    @property
    def source(self) -> str:
        """The machine that says it; Wrong if the envelope names none."""
        if not self.machine:
            raise Wrong("Source", "no machine is named")
        return self.machine

    @cached_property
    def transaction(self) -> str:
        """The id that joins the messages of one piece of work; the nil UUID is none."""
        found = (self.text("TransactionID") or self.text("TransactionId")).strip("{}").lower()
        return "" if found == _NO_TRANSACTION else found

    def text(self, key: str) -> str:
        """Give a field of the body as text."""
        return text_of(self.body, key, self.path)

    def fact(self, table: str, row: dict[str, str]) -> Fact:
        """Make a row, of which the blank columns are left out, with its place."""
        return Fact(table, filled(row), self.line)

    @property
    def known_at(self) -> str:
        """The time of the message, blank if it has none; Wrong if it is none."""
        return self.at if self.stamp else ""

    def about(self, unit: str = "", position: str = "", at: str | None = None) -> dict[str, str]:
        """Give the columns that all rows about a unit share; ``at`` is the message's unless it is given."""
        return {
            "unit": unit,
            "position": position,
            "transaction": self.transaction,
            "machine": self.machine,
            "at": self.at if at is None else at,
        }

    def listed(self, key: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield (entry, path) of a list of objects; Wrong if the body does not have that list."""
        entries = self.body.get(key)
        if not isinstance(entries, list):
            raise Wrong(self.where(key), f"a {self.name.rpartition('.')[2]} lists them")
        for number, entry in enumerate(entries):
            path = self.where(key, number)
            yield (entry if isinstance(entry, dict) else {"": entry}), path

    def each(
        self, key: str, read: Callable[[Message, dict[str, Any], str], Iterator[_Found]]
    ) -> Iterator[_Found]:
        """Yield what each entry of a list says; one that cannot be used stops no other."""
        for entry, where in self.listed(key):
            try:
                yield from read(self, entry, where)
            except Wrong as wrong:
                yield self.refused(wrong, entry)

    def refused(self, wrong: Wrong, said: Any) -> Reject:
        """Refuse a piece of the message, with what it names."""
        column, reason = wrong.args
        return Reject(self.line, column, reason, names_of(said))

    def work_order(self) -> str:
        """Give the work order, without its batch."""
        if isinstance(self.body.get("WorkOrderIdentifier"), str):
            return self.text("WorkOrderIdentifier")
        return text_of(
            part_of(self.body, "WorkOrderIdentifier", self.path, dict),
            "WorkOrderId",
            self.where("WorkOrderIdentifier"),
        )

    def lane(self) -> str:
        """Give the lane; 0 is no specific one."""
        found = self.text("Lane")
        return "" if found == "0" else found

    def units(
        self, panel: str, missing: str
    ) -> Generator[Reject, None, list[tuple[str, str, bool | None]]]:
        """Yield the units that cannot be used, return (identifier, position, skipped) of the others.

        That is the ``panel`` itself, if none is listed; Wrong, ``missing``, if there is neither.
        """
        found, refused = self._positions(panel)
        yield from refused
        if not found and not refused and not panel:
            raise Wrong(self.where("Units"), missing)
        return found or ([(panel, "", None)] if panel else [])

    def _positions(self, panel: str) -> tuple[list[tuple[str, str, bool | None]], list[Reject]]:
        """Give (identifier, position, skipped) of the body's ``Units``, and those that cannot be used.

        They are on ``panel``, which an entry without an identifier is a position of. Where one identifier,
        or the panel, has one number twice, or several entries and a number is missing, the numbers say
        nothing: its entries are counted, which needs all of them; Wrong if one cannot be used then.
        """
        found, refused = list[tuple[str, str, bool | None]](), list[tuple[Wrong, Any]]()
        for entry, path in self.listed("Units") if self.body.get("Units") is not None else ():
            try:
                unit, position = unit_of(entry, path, "PositionNumber", panel)
                status = text_of(entry, "Status", path).lower()
                found.append((unit, position, status in _SKIP if status else None))
            except Wrong as wrong:
                refused.append((wrong, entry))
        numbers: dict[str, list[str]] = {}
        for unit, position, _ in found:
            numbers.setdefault(panel or unit, []).append(position)
        counted = {
            holder
            for holder, given in numbers.items()
            if _says_nothing(given, alone=panel in {"", *(unit for unit, *_ in found)})
        }
        if counted and refused:
            raise refused[0][0]
        seen: dict[str, int] = {}
        for number, (unit, position, skipped) in enumerate(found):
            holder = panel or unit
            seen[holder] = seen.get(holder, 0) + 1
            found[number] = (unit, str(seen[holder]) if holder in counted else position, skipped)
        return found, [self.refused(wrong, entry) for wrong, entry in refused]


def names_of(said: Any) -> tuple[tuple[str, str], ...]:
    """Name the packages, lots and units of a piece of a message that cannot be used."""
    found: dict[tuple[str, str], None] = {}
    todo: list[tuple[str, Any]] = [("", said)]
    while todo:  # no recursion: it may be nested deeply
        key, one = todo.pop()
        if isinstance(one, list):
            todo += [(key, value) for value in one]
        elif isinstance(one, dict):
            todo += [(key, value) for key, value in one.items() if isinstance(value, dict | list)]
            texts = {key: value.strip() for key, value in one.items() if isinstance(value, str)}
            package = key.startswith("Material") or key.endswith("MaterialPackage") or "BatchId" in one
            package = package or "InternalPartNumber" in one
            own = (texts.get("UniqueIdentifier") or texts.get("BatchId")) if package else ""
            code = texts.get("ManufacturerLotCode") or texts.get("ManufacuterLotCode")
            maker = texts.get("Manufacturer")
            names = {
                ("lot", f"/{own}" if own else ""),
                ("lot", lot_id(maker, code) if maker and code else ""),
                ("part", texts.get("InternalPartNumber", "")),
                ("unit", texts.get("UnitIdentifier", "")),
            }
            found |= dict.fromkeys((kind, of) for kind, of in names if of)
    return tuple(sorted(found))


def _says_nothing(numbers: list[str], *, alone: bool) -> bool:
    """Say whether these position numbers tell nothing apart; ``alone``: of a unit that is on no panel."""
    if len(numbers) == 1:
        return numbers[0] in {"", "0"} and not alone
    return "" in numbers or len(set(numbers)) < len(numbers)


def unit_of(
    entry: dict[str, Any], where: str, number: str = "UnitPositionNumber", panel: str = ""
) -> tuple[str, str]:
    """Give (identifier, position) of an entry that names a unit, else ``panel``; Wrong if there is none."""
    if "" in entry:
        raise Wrong(where, "an entry of this list is an object")
    identifier = text_of(entry, "UnitIdentifier", where) or panel
    if not identifier:
        raise Wrong(f"{where}.UnitIdentifier", "no unit is named")
    position = entry.get(number)
    if position is None or (type(position) is str and not position.strip()):
        return identifier, ""
    if type(position) is str and _WHOLE.fullmatch(position.strip()):
        position = int(position)  # a number in quotes, or with a point, is the number
    elif type(position) is float and position.is_integer():
        position = int(position)
    if type(position) is not int:
        raise Wrong(f"{where}.{number}", "a position is a whole number")
    return identifier, str(position)


def operator_of(holder: dict[str, Any], key: str, where: str) -> str:
    """Give the identifier of an operator, else the name by which they log in, or blank."""
    operator, path = part_of(holder, key, where, dict), f"{where}.{key}".lstrip(".")
    return text_of(operator, "OperatorIdentifier", path) or text_of(operator, "LoginName", path)


def place_of(location: dict[str, Any], where: str) -> dict[str, str]:
    """Give where a package is: the feeder as answers show it, and all that it is known by."""
    carrier = part_of(location, "CarrierInformation", where, dict)
    inner = f"{where}.CarrierInformation"
    found = {
        "location": text_of(location, "LocationIdentifier", where),
        "place": text_of(location, "LocationName", where),
        "carrier": text_of(carrier, "UniqueIdentifier", inner),
        "lane": text_of(carrier, "LaneNumber", inner),
    }
    return {**found, "feeder": found["location"] or found["place"] or found["carrier"]}


def time_of(entry: dict[str, Any], key: str, where: str) -> str:
    """Give a time of an entry, blank if it is absent or unset; Wrong if it has no offset."""
    when = text_of(entry, key, where)
    if is_unset(when):
        return ""
    if not is_time(when):
        raise Wrong(f"{where}.{key}", f"not a time with an offset: {when!r}")
    return when
