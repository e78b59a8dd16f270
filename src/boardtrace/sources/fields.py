"""Fields of JSON messages: read with their path, so that what is wrong can be named."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

import orjson

from boardtrace.sources import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boardtrace.sources import Reject, Unread

__all__ = [
    "Once",
    "T",
    "Wrong",
    "amount_of",
    "filled",
    "has_long_number",
    "instant",
    "is_time",
    "may_name_twice",
    "part_of",
    "text_of",
    "utf8",
]

T = TypeVar("T", dict[str, Any], list[Any])
TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
LARGEST: Final = 1e15  # of a quantity; more is no number of parts
_DIGITS: Final = bytes.maketrans(b"0123456789", b"0" * 10)
_LONG: Final = b"0" * 19
_SURROGATE: Final = re.compile("[\ud800-\udfff]")  # half a character: JSON can say it, UTF-8 cannot


class Once:
    """Passes on once what a file says again and again of one thing, as far back as it remembers."""

    _MOST = 100_000

    def __init__(self, tables: set[str]) -> None:
        self._tables = tables
        self._said: dict[tuple[str, ...], None] = {}

    def of(self, found: Iterable[Fact | Reject | Unread]) -> Iterator[Fact | Reject | Unread]:
        """Yield what is new, and all that is not of these tables."""
        for one in found:
            if isinstance(one, Fact) and one.table in self._tables:
                row = (one.table, *one.row, *one.row.values())
                if row in self._said:
                    continue
                if len(self._said) >= self._MOST:
                    self._said.pop(next(iter(self._said)))
                self._said[row] = None
            yield one


class Wrong(Exception):
    """A field cannot be used: its path and why."""


def amount_of(value: Any, *, zero: str = "") -> tuple[str, str]:
    """Give a quantity as text, or what is wrong with it.

    0 is .NET's default, so of what was put in or moved it says nothing; of what is left, ``zero`` is "0".
    """
    if value is None:
        return "", ""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LARGEST:
        return "", "not a quantity; the row was taken without it"
    if value == 0:
        return zero, ""
    return str(int(value) if value == int(value) else value), ""


def is_time(text: str) -> bool:
    """Say whether this is a time of RFC 3339, with an offset."""
    if not TIME.fullmatch(text):
        return False
    try:
        instant(text)
    except ValueError:
        return False
    return True


def instant(time: str) -> datetime:
    """Give what a time says, so that times of several offsets compare; ValueError if it is none."""
    return datetime.fromisoformat(time.upper())


def filled(row: dict[str, str]) -> dict[str, str]:
    """Leave out what is blank."""
    return {column: value for column, value in row.items() if value}


def text_of(holder: dict[str, Any], key: str, where: str) -> str:
    """Give a field as text: absent and null are blank, a whole number is its digits."""
    value = holder.get(key)
    if value is None:
        return ""
    if isinstance(value, str) and (value.isascii() or not _SURROGATE.search(value)):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Wrong(f"{where}.{key}".lstrip("."), "not a text")


def has_long_number(data: bytes) -> bool:
    """Say whether JSON has so many digits together that a float in their place would lose some."""
    return _LONG in data.translate(_DIGITS)


def may_name_twice(data: bytes, value: Any) -> bool:
    """Say whether JSON may have a name twice in one object: of the two one is gone, with its colon."""
    return orjson.dumps(value).count(b":") != data.count(b":")


def utf8(text: str) -> str:
    """Write half a character by its number, as JSON does, so that what cannot be used can be told of."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def part_of(holder: dict[str, Any], key: str, where: str, kind: type[T]) -> T:
    """Give an object or a list of a message, an empty one if it is absent or null."""
    value = holder.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise Wrong(f"{where}.{key}".lstrip("."), "not an object" if kind is dict else "not a list")
    return value
