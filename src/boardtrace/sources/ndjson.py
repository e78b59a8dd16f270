"""Tables as NDJSON: one object a line, its keys the columns.

The table is the file's (visits.ndjson), or each object's own (``{"table": "visits", ...}``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from boardtrace.errors import BadInput
from boardtrace.model import INPUTS
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.fields import Wrong, has_long_number, may_name_twice
from boardtrace.sources.tables import cell, table_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.files import File
    from boardtrace.mapping import Meaning

__all__ = ["objects"]

_OWN = ("action", "repairs")


def _whole(digits: str) -> int | str:
    number = int(digits)
    return number if -(1 << 63) <= number < 1 << 64 else digits


def _said(line: bytes) -> Any:
    """Read a line; the names of an object are made small. Wrong if it has one of them twice."""
    said = orjson.loads(line)
    if may_name_twice(line, said) or has_long_number(line):  # such a number is an identifier
        said = json.loads(line, parse_int=_whole, object_pairs_hook=_once)
    if not isinstance(said, dict):
        return said
    return _once([(str(name).strip().lower(), value) for name, value in said.items()])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Wrong(twice, "stands there twice in one object")
    return dict(pairs)


def _renamed(said: dict[str, Any], mapped: Meaning | None) -> dict[str, Any]:
    names = mapped.names(said) if mapped else {}
    return {names.get(name, name): value for name, value in said.items()}


def objects(file: File, mapped: Meaning | None) -> Iterator[Fact | Reject | Unread]:
    """Yield the rows of a file; BadInput where neither its name nor its first object has a table.

    ``mapped`` says what its keys mean, if they are not ours.
    """
    try:
        named = mapped.table.name if mapped else table_named(file.base).name
    except BadInput:
        named = ""
    values = mapped.values if mapped else {}
    known = {name: {*(column.name for column in table.columns), *_OWN} for name, table in INPUTS.items()}
    kinds = {name: {column.name: column.kind for column in table.columns} for name, table in INPUTS.items()}
    strange: set[tuple[str, str]] = set()
    with file.path.open("rb") as opened:
        for number, text in enumerate(opened, 1):
            line = text.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else text.strip()
            if not line:
                continue
            try:
                said = _said(line)
            except json.JSONDecodeError as error:  # orjson's, too
                yield Reject(number, "", f"not JSON: {error.msg} at column {error.colno}")
                continue
            except Wrong as wrong:
                yield Reject(number, *wrong.args)
                continue
            if not isinstance(said, dict):
                yield Reject(number, "", "not an object")
                continue
            foreign = number == 1 and "table" not in said
            table = str(said.pop("table", named))
            if table not in INPUTS:
                names = ", ".join(INPUTS)
                if foreign:
                    raise BadInput(f"{file.name}: no table {table!r}; an object names one of {names}")
                yield Reject(number, "table", f"is one of {names}: {table}")
                continue
            keys = _renamed(said, mapped)
            row = values | {name: cell(value, kinds[table].get(name, "")) for name, value in keys.items()}
            for name in row.keys() - known[table] - {one for _, one in strange}:
                strange.add((table, name))
                yield Unread(f"column {name} in {table}")
            yield Fact(table, row, number)
