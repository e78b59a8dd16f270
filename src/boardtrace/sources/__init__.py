"""One reader per format: bytes of a file -> facts.

A fact is a row of one of the contract's tables, or of the format's own (`model.py`), of which
sql/formats makes such rows once all is known. A reader is a module with ``NAME``,
``recognises(head)`` and ``read(file)``. It knows nothing of batches, ledgers or the graph:
whatever it yields goes the way that a row of a CSV table goes. A new format is one module and
its line in ``READERS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["READERS", "Fact", "Known", "Reader", "Reject", "Unread"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a table: column -> text as a CSV would hold it (times RFC 3339, lists blank-separated)."""

    table: str
    row: dict[str, str]
    line: int
    """Line of the file where the record begins, from 1."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be used: where it is and why."""

    line: int
    column: str
    """The field, as a path from the record (``MessageBody.InstalledMaterials[0].UnitIdentifier``)."""
    reason: str
    names: tuple[tuple[str, str], ...] = ()
    """What it would have been about, so that a recall of that has a gap there: (`lot`, supplier/lot),
    (`unit`, identifier), (`part`, number)."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A record of a kind that is not read: kept as evidence, counted, no error."""

    kind: str


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of message, event or aspect, and what becomes of it: ``taken``, or kept as ``evidence``."""

    kind: str
    what: str
    becomes: str


class Reader(Protocol):
    """What a module of this package offers."""

    NAME: str
    STANDARD: str
    """The standard, with the versions of it that are read."""
    LISTS: tuple[tuple[str, ...], ...]
    """Paths of lists in a document of which each element is a record (stream.items)."""

    def known(self) -> Iterator[Known]:
        """List what the standard has, and what becomes of it here."""
        ...

    def recognises(self, head: bytes) -> bool:
        """Say whether a file that begins with these bytes (64 KiB) is of this format."""
        ...

    def read(self, file: IO[bytes]) -> Iterator[Fact | Reject | Unread]:
        """Yield what the file says; BadInput if it is not what it seems as a whole."""
        ...


def _readers() -> dict[str, Reader]:
    # below the classes above: the readers import them
    from boardtrace.sources import catenax, cfx, epcis  # noqa: PLC0415

    return {module.NAME: module for module in (epcis, cfx, catenax)}


READERS: dict[str, Reader] = _readers()
