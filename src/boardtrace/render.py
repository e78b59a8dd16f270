"""An answer in a form: JSON, NDJSON, CSV and Parquet for programs, a table for people.

The same answer gives the same bytes, whatever order a server happened to send a map in.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from boardtrace.errors import AskedWrong, NotAcceptable
from boardtrace.questions import QUESTIONS, VIEWS, columns
from boardtrace.rows import Blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console

    from boardtrace.answer import Answer

__all__ = ["FORMS", "META", "Form", "header", "negotiate", "packs", "preferred", "render", "table"]

META = "Boardtrace-Meta"
"""Where ``meta`` is when a form has no place for it: a header of HTTP, a key of Parquet's metadata."""

_SUMMARY = (
    "units", "tops", "certain", "possible", "past", "in_stock", "shipped", "returned", "scrapped",
    "shipments", "customers", "gaps",
)  # fmt: skip
_WHOLE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


@dataclass(frozen=True, slots=True)
class Form:
    """A form of answers: its name, its media type and how it is written."""

    name: str
    media_type: str
    write: Callable[[Answer], bytes]


def render(answer: Answer, form: str) -> bytes:
    """Write an answer in the form of this name; AskedWrong if there is none such."""
    return _form(form).write(answer)


def negotiate(name: str | None, accept: str | None) -> Form:
    """Choose a form: by its name if one is given, else by an Accept header, else JSON.

    Of two forms equally wanted the one named more exactly wins, then the one that stands
    first in ``FORMS``. Raises AskedWrong for an unknown name, NotAcceptable if the header
    excludes every form.
    """
    if name is not None:
        return _form(name)
    forms = {form.media_type.partition(";")[0]: form for form in FORMS.values()}
    best = preferred(accept, [*forms])
    if best is None:
        raise NotAcceptable(
            f"no answer is of the type {accept}", parameter="Accept", hint=f"there is {', '.join(forms)}"
        )
    return forms[best]


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """Choose a media type by an Accept header, the first if there is none; None if it takes no such."""
    ranges = [_range(part) for part in (accept or "").split(",") if part.strip()]
    if not ranges:
        return offered[0]
    wanted = [(*_quality(media, ranges), -place, media) for place, media in enumerate(offered)]
    quality, _, _, best = max(wanted)
    return best if quality > 0 else None


def packs(accept: str | None) -> bool:
    """Say whether an Accept-Encoding header takes gzip, and no less gladly than nothing done."""
    ranges = dict(_range(part) for part in (accept or "").split(","))
    quality = ranges.get("gzip", ranges.get("*", 0.0))
    return quality > 0 and quality >= ranges.get("identity", 0.0)


def header(answer: Answer) -> str:
    """Write meta in one line of ASCII, as a header of HTTP can carry it."""
    # By way of orjson, so that a time among the parameters is written as everywhere.
    return json.dumps(orjson.loads(orjson.dumps(_meta(answer))), separators=(",", ":"))


def table(answer: Answer, console: Console) -> None:
    """Write an answer to a terminal, as wide as that is: what does not fit is named."""
    from boardtrace.table import write  # noqa: PLC0415  rich takes a while, programs need none of it

    write(answer, _meta(answer), console)


def _form(name: str) -> Form:
    if name not in FORMS:
        raise AskedWrong(
            f"format: {name!r} is no form", parameter="format", hint=f"there is {', '.join(FORMS)}"
        )
    return FORMS[name]


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (word.strip().lower() for word in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return media, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return media, 0.0
    return media, 1.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Tell how much a type is wanted, and by how exact a range: the most exact one decides."""
    exact = {media: 2, f"{media.partition('/')[0]}/*": 1, "*/*": 0}
    found = [(exact[name], quality) for name, quality in ranges if name in exact]
    best = max(found, default=(0, 0.0))
    return best[1], best[0]


def _meta(answer: Answer) -> dict[str, Any]:
    """Put the summary in its order: it comes as the server's map."""
    if "summary" not in answer.meta:
        return answer.meta
    given = answer.meta["summary"]
    names = [name for name in _SUMMARY if name in given] + sorted(set(given) - set(_SUMMARY))
    return {**answer.meta, "summary": {name: given[name] for name in names}}


def _records(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows as objects, objects in them with their keys in order."""
    records = answer.records()
    for name, value in zip(answer.columns, answer.rows[0] if answer.rows else (), strict=False):
        if isinstance(value, dict):
            for record in records:
                record[name] = dict(sorted(record[name].items())) if record[name] else record[name]
    return records


def _json(answer: Answer) -> bytes:
    lines = answer.rows.lines() if isinstance(answer.rows, Blocks) else None
    if lines is not None:
        meta = orjson.dumps(_meta(answer), option=orjson.OPT_UTC_Z)
        return b"".join((b'{"meta":', meta, b',"rows":[', ",".join(lines).encode(), b"]}\n"))
    return orjson.dumps(
        {"meta": _meta(answer), "rows": _records(answer)},
        option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z,
    )


def _ndjson(answer: Answer) -> bytes:
    lines = answer.rows.lines() if isinstance(answer.rows, Blocks) else None
    rows = _lines(_records(answer)) if lines is None else "\n".join([*lines, ""]).encode()
    last = {"meta": _meta(answer), "sha256": hashlib.sha256(rows).hexdigest()}
    return rows + orjson.dumps(last, option=_WHOLE)


def _lines(records: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)


def _csv(answer: Answer) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(answer.columns)
    writer.writerows([_cell(value) for value in row] for row in answer.rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return value


# Parquet ------------------------------------------------------------------------------------------

_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN",
          "array": "VARCHAR[]", "object": "MAP(VARCHAR, VARCHAR)"}  # fmt: skip
_OF_VALUES = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", list: "VARCHAR[]", dict: _TYPES["object"]}


def _parquet(answer: Answer) -> bytes:
    """Write by DuckDB: times stay text as in the other forms, an object is a map."""
    import duckdb  # noqa: PLC0415  takes a tenth of a second, and other forms do without

    types = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in _types(answer).items())
    meta = _quoted(orjson.dumps(_meta(answer), option=orjson.OPT_UTC_Z).decode())
    with (
        tempfile.TemporaryDirectory(prefix="boardtrace-") as folder,
        # One thread: how rows fall into groups must not depend on the machine.
        duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as database,
    ):
        rows, file = Path(folder, "rows.ndjson"), Path(folder, "answer.parquet")
        rows.write_bytes(_lines(_records(answer)))
        database.execute(
            f"COPY (SELECT * FROM read_json({_quoted(rows)}, format = 'newline_delimited', "  # noqa: S608
            f"columns = {{{types}}})) TO {_quoted(file)} "
            f"(FORMAT parquet, KV_METADATA {{{_quoted(META)}: {meta}}})"
        )
        return file.read_bytes()


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _types(answer: Answer) -> Mapping[str, str]:
    """Name the type of each column: the question's, so that an empty answer has the same."""
    known = _known_types().get(tuple(answer.columns))
    if known:
        return known
    types = {}
    for place, name in enumerate(answer.columns):
        value = next((row[place] for row in answer.rows if row[place] is not None), "")
        types[name] = _OF_VALUES.get(type(value), "VARCHAR")
    return types


@functools.cache
def _known_types() -> dict[tuple[str, ...], dict[str, str]]:
    known = {}
    for row in (*(question.row for question in QUESTIONS.values()), *VIEWS.values()):
        properties = row.model_json_schema(by_alias=True)["properties"]
        kinds = {name: properties[name].get("anyOf", [properties[name]])[0] for name in columns(row)}
        known[tuple(kinds)] = {name: _TYPES[kind["type"]] for name, kind in kinds.items()}
    return known


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("json", "application/json", _json),
        Form("ndjson", "application/x-ndjson", _ndjson),
        Form("csv", "text/csv; charset=utf-8; header=present", _csv),
        Form("parquet", "application/vnd.apache.parquet", _parquet),
    )
}
