"""Fields of JSON messages: read with their path, so that what is wrong can be named."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from boardtrace.errors import BadInput
from boardtrace.sources import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boardtrace.sources import Reject, Unread

__all__ = [
    "Once",
    "T",
    "Wrong",
    "amount_of",
    "decoded",
    "element_lines",
    "filled",
    "is_time",
    "loads",
    "part_of",
    "text_of",
]

T = TypeVar("T", dict[str, Any], list[Any])
TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
LARGEST: Final = 1e15  # of a quantity; more is no number of parts
SURROGATE: Final = re.compile("[\ud800-\udfff]")  # half a character: JSON can say it, UTF-8 cannot


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


def amount_of(value: Any) -> tuple[str, str]:
    """Give a quantity as text (0 is .NET's default and says nothing), or what is wrong with it."""
    if value is None:
        return "", ""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LARGEST:
        return "", "not a quantity; the row was taken without it"
    if value == 0:
        return "", ""
    return str(int(value) if value == int(value) else value), ""


def is_time(text: str) -> bool:
    """Say whether this is a time of RFC 3339, with an offset."""
    if not TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def filled(row: dict[str, str]) -> dict[str, str]:
    """Leave out what is blank."""
    return {column: value for column, value in row.items() if value}


def text_of(holder: dict[str, Any], key: str, where: str) -> str:
    """Give a field as text: absent and null are blank, a whole number is its digits."""
    value = holder.get(key)
    if value is None:
        return ""
    if isinstance(value, str) and not SURROGATE.search(value):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Wrong(f"{where}.{key}".lstrip("."), "not a text")


def part_of(holder: dict[str, Any], key: str, where: str, kind: type[T]) -> T:
    """Give an object or a list of a message, an empty one if it is absent or null."""
    value = holder.get(key)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise Wrong(f"{where}.{key}".lstrip("."), "not an object" if kind is dict else "not a list")
    return value


def decoded(data: bytes) -> str:
    """Give a file's text, with or without a mark at its beginning."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        column = error.start - error.object.rfind(b"\n", 0, error.start)
        raise BadInput(f"not UTF-8: line {line} column {column}") from error


def loads(text: str, line: int = 1) -> Any:
    """Give a JSON document, of which the first line is this line of its file."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        at = f"line {line + error.lineno - 1} column {error.colno}"
        raise BadInput(f"not JSON: {error.msg}: {at}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not JSON that can be read: {error}: line {line} column 1") from error


def element_lines(text: str, start: int) -> Iterator[int]:
    """Yield the line of each element of the list that begins here in a text known to be JSON."""
    decoder, line, end = json.JSONDecoder(), text.count("\n", 0, start) + 1, start + 1
    while True:
        while text[end] in " \t\r\n,":  # between two elements
            end += 1
        if text[end] == "]":
            return
        line += text.count("\n", start, end)
        yield line
        start, end = end, decoder.raw_decode(text, end)[1]
