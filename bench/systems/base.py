"""What a measured system is, and what the three that speak SQL have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.relations import COMMON, PASSING, PLAIN, ROLLUP, RUNS
from bench.statements import closure, statement

if TYPE_CHECKING:
    from pathlib import Path

    from bench.truth import Asked, Rows

__all__ = ["Loaded", "Plant", "Sql", "System", "Unasked"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_COMMON = [name for name in COMMON if name not in PASSING]
SCHEMAS = {
    "runs": [*_COMMON, *RUNS],
    "plain": [*_COMMON, *PLAIN],
    "roll-up": [*_COMMON, *RUNS, *ROLLUP],
}
"""What is kept -> its tables."""
KEPT = {"recursive": "runs", "two": "runs", "plain": "plain", "roll-up": "roll-up"}
"""Way of asking -> what is kept for it."""


class Unasked(Exception):
    """A system, or one of its ways, has no answer to a question; says why."""


@dataclass(frozen=True)
class Plant:
    """A plant on disk: its input tables, and what is derived from them."""

    folder: Path
    relations: Path
    boards: int
    rows: int
    derived_seconds: float


@dataclass(frozen=True)
class Loaded:
    """What it took to load a plant; ``bytes`` by what is kept, if a system keeps several things."""

    seconds: float
    bytes: dict[str, int]


class System(ABC):
    """A system that answers; each runs in a process of its own."""

    name: str
    ways: tuple[str, ...]
    colds: tuple[str, ...] | None = None
    """Ways that a restart makes cold; None: all."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @abstractmethod
    def load(self, plant: Plant) -> Loaded:
        """Take the plant in, ready to be asked; the clock runs from its tables to there."""

    @abstractmethod
    def start(self) -> None:
        """Start what was stopped."""

    @abstractmethod
    def stop(self) -> None:
        """Stop every process that was started here; what was loaded stays."""

    @abstractmethod
    def ask(self, way: str, asked: Asked) -> Any:
        """Answer to the last row; Unasked if there is no such answer."""

    @abstractmethod
    def rows(self, asked: Asked, answer: Any) -> Rows:
        """Bring an answer into the form in which the truth is told."""

    @abstractmethod
    def memory(self) -> int:
        """Return the bytes of memory that the processes of this system hold."""

    @abstractmethod
    def about(self) -> dict[str, str]:
        """Return version and settings, for the report."""

    def close(self) -> None:  # noqa: B027  most have nothing
        """Remove what is not in the home folder."""

    def prepare(self, way: str, asked: Asked) -> None:  # noqa: B027
        """Do what a way needs before the clock runs: mostly nothing."""


class Sql(System):
    """A system that takes the shared statements."""

    ways: tuple[str, ...] = ("recursive",)
    placeholder = r":\1"

    def start(self) -> None:
        """Connect."""
        self._texts: dict[tuple[str, str, str], tuple[str | None, str | None]] = {}

    @abstractmethod
    def run(self, text: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run a statement, return all its rows."""

    def ask(self, way: str, asked: Asked) -> list[tuple[Any, ...]]:
        """Answer by the statement, or the two, of this way."""
        first, text = self._text(asked, way)
        if text is None:
            raise Unasked("this way has nothing of its own for it")
        given: dict[str, Any] = {
            name: _micros(value) if name in {"since", "until"} else value
            for name, value in asked.given.items()
        }
        if first:
            lots = [lot for (lot,) in self.run(first, given)]
            return self.run(text, {"lots": lots})
        return self.run(text, given)

    def _text(self, asked: Asked, way: str) -> tuple[str | None, str | None]:
        key = (asked.kind, asked.by, way)
        if key not in self._texts:
            text = statement(*key)
            first = closure(asked.kind) if text and ":lots" in text else None
            self._texts[key] = (first and self.dialect(first), text and self.dialect(text))
        return self._texts[key]

    def dialect(self, text: str) -> str:
        """Turn the shared text into this system's own."""
        return re.sub(r"(?<!:):(\w+)", self.placeholder, text)

    def rows(self, asked: Asked, answer: list[tuple[Any, ...]]) -> Rows:
        """Bring rows into the form of the truth."""
        if asked.kind == "provenance":
            return {
                (via, " ".join(sorted(places.split())), f"{supplier}/{lot}", origins, row[-1])
                for via, places, _, supplier, lot, origins, *row in answer
            }
        if asked.kind == "history":
            return {(_shown(row[0]), row[1]) for row in answer}
        width = {"unit": 5, "shipment": 6, "customer": 5}.get(asked.by, 3)
        if asked.by in {"shipment", "customer"}:
            return {tuple(_plain(cell) for cell in row[:width]) for row in answer}
        return {tuple(row[:width]) for row in answer}


def _plain(cell: Any) -> Any:
    """Return a number as an int: a sum may come as a Decimal."""
    return cell if isinstance(cell, str) else int(cell)


def _micros(instant: str) -> int:
    return int((datetime.fromisoformat(instant) - _EPOCH).total_seconds()) * 1_000_000


def _shown(micros: int) -> str:
    return (_EPOCH + timedelta(microseconds=micros)).replace(tzinfo=None).isoformat() + "Z"
