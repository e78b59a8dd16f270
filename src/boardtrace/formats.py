"""What is read and written: `boardtrace formats`, message by message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boardtrace.errors import AskedWrong
from boardtrace.model import INPUTS
from boardtrace.sources import READERS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["COLUMNS", "formats"]

COLUMNS = ["format", "standard", "direction", "kind", "what", "becomes"]
_OURS = "boardtrace tables: CSV, NDJSON, Parquet, XLSX"
_Row = tuple[str, str, str, str, str, str]


def formats(name: str | None = None) -> list[_Row]:
    """List a format, or all of them; AskedWrong where there is none of this name."""
    known = ("tables", *READERS)
    if name is not None and name not in known:
        raise AskedWrong(f"format: should be one of {', '.join(known)}, not {name!r}", parameter="format")
    return [row for row in _all() if name in (None, row[0])]


def _all() -> Iterator[_Row]:
    for table in INPUTS.values():
        columns = " ".join(f"{column.name}{'*' if column.required else ''}" for column in table.columns)
        yield "tables", _OURS, "read", table.name, "taken", columns
    for reader in READERS.values():
        for one in reader.known():
            direction = "written" if one.what == "written" else "read"
            yield reader.NAME, reader.STANDARD, direction, one.kind, one.what, one.becomes
