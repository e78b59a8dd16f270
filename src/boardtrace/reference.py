"""The reference of questions, written from the questions: ``python -m boardtrace.reference``.

Its output is docs/questions.md; a test says whether they agree.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from boardtrace.api_docs import RecallMeta
from boardtrace.cli_questions import command
from boardtrace.questions import QUESTIONS, VIEWS, Question, Suspect
from boardtrace.render import FORMS, META

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from boardtrace.questions import Row

__all__ = ["main", "page"]

_KINDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list of texts",
    "object": "object",
}
_COMMON = {"as_of"}  # parameters of every question

_INTRODUCTION = """\
Each question is a route, a command and a file of Cypher; the three have the same parameters.
Required parameters are arguments of the command, in the order of the table; the others are
options, with `-` for `_`. The graph of all examples is the one that `boardtrace demo` makes.
"""
_BEFORE_FORMS = """\
A batch or time that cannot be gone back to is refused, never answered as of now.

**Identifiers** are text, exact in every letter; an alias stands for what it names. One that
nothing carries is an error with what is spelled almost like it, never an empty answer. The
`supplier` of a lot is blank (`""`) for an id of the site's own, such as a reel.

**Forms.** Without a choice the API answers in JSON, the command line with a table for people.
The API chooses by `Accept` or by `format=` among the query parameters, the command line by
`--format`.
"""
_AFTER_FORMS = """\
Absent is null, in CSV an empty cell. Times are UTC with `Z`. A list in a cell of CSV is a JSON
array. Rows are sorted by their columns from left to right, null last (`history` by time): the
same graph gives the same bytes.

**`meta`** says how much is known:
"""
_ERRORS = """\
**Errors** of the API are problem documents (RFC 9457): 404 where nothing carries an identifier,
with `near`; 406 where no form of the answer is wanted; 422 for a parameter that is unknown,
missing or wrong; 503 where the graph cannot be asked. The command line says each in one line:
see [running](running.md).
"""


def main() -> None:
    """Write the page to stdout."""
    sys.stdout.buffer.write(page().encode())  # whatever the terminal's encoding is


def page() -> str:
    """Return docs/questions.md."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "<!-- Generated: python -m boardtrace.reference > docs/questions.md -->"
    yield "# Questions"
    yield ""
    yield from _INTRODUCTION.splitlines()
    yield ""
    for question in QUESTIONS.values():
        yield f"- [`{question.name}`](#{question.name.replace(' ', '-')}): {question.statement.title}"
    yield ""
    yield from _common()
    for question in QUESTIONS.values():
        yield ""
        yield from _question(question)


def _common() -> Iterator[str]:
    some = next(iter(QUESTIONS.values()))
    yield "## What all have in common"
    yield ""
    yield f"**`as_of`**: {some.parameter('as_of')}."
    yield from _BEFORE_FORMS.splitlines()
    yield ""
    yield from _grid(
        ("form", "media type", "where `meta` is"),
        ((f"`{name}`", f"`{form.media_type}`", _META[name]) for name, form in FORMS.items()),
    )
    yield ""
    yield from _AFTER_FORMS.splitlines()
    yield ""
    about = {**_ABOUT_META, "summary": f"of a recall: {', '.join(_summary_names())}"}
    about["class"] = (
        "of a why: certain, possible or past as the recall says, null if the unit is not exposed"
    )
    keys = [*RecallMeta.model_fields, "class"]
    yield from _grid(("key", "is"), ((f"`{name}`", about[name]) for name in keys))
    yield ""
    yield from _ERRORS.splitlines()


_META = {
    "json": '`{"meta": ..., "rows": [...]}`',
    "ndjson": 'last line, `{"meta": ..., "sha256": ...}`: the digest of all lines before it',
    "csv": f"header `{META}` of the answer; not on the command line",
    "parquet": f"key `{META}` of the file's metadata",
}
_ABOUT_META = {
    "question": "name of the question",
    "parameters": "what was asked",
    "batch": "number and hash of the last batch that the graph saw whole, null before the first",
    "rows": "number of rows",
    "complete": "true, or a sentence that says why not",
    "gaps": "links that should be there and are not, and could lead to more: "
    "at the things that were asked about, or for the suspects of a recall",
}


def _summary_names() -> list[str]:
    return list(RecallMeta.model_json_schema()["$defs"]["Summary"]["properties"])


def _question(question: Question) -> Iterator[str]:
    yield f"## {question.name}"
    yield ""
    yield question.statement.title
    if question.statement.notes:
        yield ""
        yield question.statement.notes
    yield ""
    yield from _parameters(question)
    views = VIEWS if isinstance(question, Suspect) else {"": question.row}
    for view, row in views.items():
        yield ""
        yield f"A row, `by={view}`:" if view else "A row:"
        yield ""
        yield from _grid(("column", "is"), _row(row))
    yield ""
    yield "Examples:"
    yield ""
    yield "```sh"
    for example in question.statement.examples:
        yield f"curl '{_route(question, example)}'"
        yield command(question, example)
    yield "```"
    yield ""
    yield f"Cypher: `cypher/{question.statement.name}.cypher`. Cost: {question.statement.cost}."


def _route(question: Question, parameters: Mapping[str, Any]) -> str:
    return f"localhost:8000/v1/{question.path}?{urlencode(parameters)}"


def _parameters(question: Question) -> Iterator[str]:
    schema = question.asked.model_json_schema()
    rows = []
    required = schema.get("required", [])
    for name, field in sorted(schema["properties"].items(), key=lambda one: one[0] not in required):
        if name in _COMMON:
            continue
        needed = "required" if name in required else "optional"
        about = question.parameter(name)
        kind = _kind(field)
        rows.append((f"`{name}`", needed, about if kind == "text" else f"{about}: {kind}"))
    yield from _grid(("parameter", "", "is"), rows)


def _row(row: type[Row]) -> Iterator[tuple[str, str]]:
    schema = row.model_json_schema()
    for name, field in schema["properties"].items():
        yield f"`{name}`", _kind(field)


def _kind(field: Mapping[str, Any]) -> str:
    """Say in words what a JSON schema allows."""
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    null = " or null" if len(options) < len(field.get("anyOf", [field])) and "default" not in field else ""
    option = options[0]
    if "enum" in option:
        kind = ", ".join(f"`{word}`" for word in option["enum"])
        default = field.get("default")
        return f"{kind} (default `{default}`)" if default else kind + null
    if option.get("format") == "date-time":
        return f"time{null}"
    return _KINDS.get(option.get("type", ""), "text") + null


def _grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    main()
