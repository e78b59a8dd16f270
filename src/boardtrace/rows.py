"""Rows of an answer: in their order, with times as text and lists sorted.

Where many rows say mostly the same they are kept as `Blocks`: what a block shares is read,
sorted and written once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, overload

import orjson

from boardtrace.questions import HistoryRow, MeasurementsRow, columns, times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.questions import Row

__all__ = ["Blocks", "in_order", "shown"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Cells = tuple[Any, ...]

_IN_TIME = (HistoryRow, MeasurementsRow)


def shown(microseconds: int) -> str:
    """Write microseconds since 1970 as RFC 3339 in UTC, seconds always, a fraction only if there is one."""
    minutes, rest = divmod(microseconds, 60_000_000)
    seconds, fraction = divmod(rest, 1_000_000)
    return f"{_minute(minutes)}{seconds:02d}{f'.{fraction:06d}' if fraction else ''}Z"


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
        first = list(chain.from_iterable(block[names[0]] for block in self._blocks))
        if len(set(first)) < len(first):
            return None
        texts: list[str] = []
        for block in self._blocks:
            texts += self._written(block, names, at)
        return [texts[place] for place in sorted(range(len(first)), key=first.__getitem__)]

    def _written(self, block: dict[str, Any], names: list[str], at: set[str]) -> list[str]:
        text, parts = "{", list[Iterable[str]]()
        for name in names:
            value = block[name]
            text += f'"{name}":'
            if name in self._own:
                parts += [repeat(text), _times(value) if name in at else _quoted(value)]
                text = ","
                continue
            if name in at and value is not None:
                value = shown(value)
            elif isinstance(value, list):
                value = sorted(set(value))
            text += orjson.dumps(value).decode() + ","
        parts.append(repeat(text[:-1] + "}"))
        return list(map("".join, zip(*parts, strict=False)))  # ends with the columns of its own


def _times(values: list[int | None]) -> list[str]:
    return ["null" if value is None else f'"{shown(value)}"' for value in values]


def _quoted(values: list[str | None]) -> list[str]:
    """Write texts as JSON; mostly none has anything to escape."""
    whole = "".join(filter(None, values))
    if whole.isascii() and whole.isprintable() and '"' not in whole and "\\" not in whole:
        return ["null" if value is None else f'"{value}"' for value in values]
    return [orjson.dumps(value).decode() for value in values]
