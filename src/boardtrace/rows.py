"""Rows of an answer: in their order, with times as text and lists sorted.

Where many rows say mostly the same they are kept as `Blocks`: what a block shares is read,
sorted and written once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any, overload

import orjson

from boardtrace.questions import HistoryRow, MeasurementsRow, columns, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.questions import Row

__all__ = ["Blocks", "in_order", "shown"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = [f"{second:02d}Z" for second in range(60)]

Cells = tuple[Any, ...]

_IN_TIME = (HistoryRow, MeasurementsRow)


def shown(microseconds: int) -> str:
    """Write microseconds since 1970 as RFC 3339 in UTC, seconds always, a fraction only if there is one."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    minutes, second = divmod(seconds, 60)
    return _minute(minutes) + (f"{second:02d}.{fraction:06d}Z" if fraction else _SECONDS[second])


@functools.lru_cache(maxsize=65536)
def _minute(minutes: int) -> str:
    """Write all of a time but its seconds: of ten thousand units many are of one minute."""
    return (_EPOCH + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()[:17]


def in_order(row: type[Row], found: dict[str, list[Any]]) -> list[Cells]:
    """Return the rows of these columns, as an answer has them: by all columns, nulls last.

    Columns are compared by code point, times as they are written; only what happened to one unit is in
    order of time.
    """
    names = columns(row)
    for name in times(row):
        said = {value: None if value is None else shown(value) for value in set(found[name])}
        found[name] = [said[value] for value in found[name]]
    for name in names:
        if found[name] and isinstance(found[name][0], list):
            found[name] = [sorted(set(value)) for value in found[name]]
    rows = list(zip(*(found[name] for name in names), strict=True))
    first = found[names[0]]
    if row in _IN_TIME:
        rows.sort(key=_in_time)
    elif None not in first and len(set(map(str, first))) == len(first):
        rows.sort(key=lambda one: one[0])  # the first column alone decides, as it mostly does
    else:
        rows.sort(key=_null_last)
    return rows


def _in_time(row: Cells) -> Cells:
    # As text a fraction stands before the full second: without the Z it follows.
    at, *others = row
    return _null_last((at and at.removesuffix("Z"), *others))


def _null_last(row: Cells) -> Cells:
    return tuple(
        (value is None, sorted(value.items()) if isinstance(value, dict) else value) for value in row
    )


class Blocks(Sequence[Cells]):
    """Rows in blocks: in a block some columns have a list of a value for each row, the others one for all.

    A block is a dict from column to value; ``own`` names the columns of which each row has its own.
    The rows are made when somebody looks at them; `lines` does without.
    """

    def __init__(self, row: type[Row], own: Sequence[str], blocks: list[dict[str, Any]]) -> None:
        self._row = row
        self._own = own
        self._blocks = blocks

    def __len__(self) -> int:
        return sum(len(block[self._own[0]]) for block in self._blocks)

    @overload
    def __getitem__(self, place: int) -> Cells: ...
    @overload
    def __getitem__(self, place: slice) -> list[Cells]: ...
    def __getitem__(self, place: int | slice) -> Cells | list[Cells]:
        return self._rows[place]

    def __iter__(self) -> Iterator[Cells]:
        return iter(self._rows)

    @functools.cached_property
    def _rows(self) -> list[Cells]:
        found: dict[str, list[Any]] = {name: [] for name in columns(self._row)}
        for block in self._blocks:
            size = len(block[self._own[0]])
            for name, cells in found.items():
                cells.extend(block[name] if name in self._own else repeat(block[name], size))
        return in_order(self._row, found)

    def lines(self) -> list[str] | None:
        """Write each row as an object of JSON, in order; None where the first column has a value twice."""
        names, at = columns(self._row), times(self._row)
        own = [name for name in self._own if name not in at]
        # a backslash stands where something had to be escaped: mostly nowhere, then quotes are enough
        plain = b"\\" not in orjson.dumps([[block[name] for name in own] for block in self._blocks])
        said = _Said({None: "null"})
        firsts: list[str] = []
        texts: list[str] = []
        for block in self._blocks:
            whole, cells = dict[str, Any](), list[Iterable[str]]()
            for name in names:
                value = block[name]
                if name in self._own:
                    bare = plain and name in own and None not in value
                    whole[name] = _QUOTED if bare else _PLACE
                    write = said.__getitem__ if name in at else _json
                    cells.append(value if bare else map(write, value))
                elif name in at and value is not None:
                    whole[name] = shown(value)
                else:
                    whole[name] = sorted(set(value)) if isinstance(value, list) else value
            text, *others = orjson.dumps(whole).decode().split("\0")
            parts: list[Iterable[str]] = [repeat(text)]
            for cell, other in zip(cells, others, strict=True):
                parts += [cell, repeat(other)]
            texts += map("".join, zip(*parts, strict=False))  # ends with the columns of its own
            firsts += block[names[0]]
        written = dict(zip(firsts, texts, strict=True))
        return [written[first] for first in sorted(written)] if len(written) == len(texts) else None


class _Said(dict[int | None, str]):
    """Times as JSON, each written once: boards of a panel have the same."""

    def __missing__(self, microseconds: int) -> str:
        text = self[microseconds] = f'"{shown(microseconds)}"'
        return text


# Where a row's own value goes into the text of its block: no other text of JSON has this character.
_PLACE, _QUOTED = orjson.Fragment(b"\0"), orjson.Fragment(b'"\0"')


def _json(value: str | None) -> str:
    return orjson.dumps(value).decode()
