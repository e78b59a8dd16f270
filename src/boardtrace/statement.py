"""Cypher from files: a statement, its header, and that the two agree.

A header is the comment at the top of a file:

    // Every lot that is or was in a unit, or in anything mounted in it.
    //
    // @param unit   serial of the unit
    // @returns via, refdes, part
    // @cost index seek on Unit.unit, then the unit's own edges
    // @example {"unit": "SN000001"}

``// @include exposure/carried`` on a line of its own, further down, stands for the text of
that file: an analyst can read a part by itself, and it has one home. ``// @include $reach``
is filled by whoever loads the file: the seam between a suspect and a view. What fills it may
have such a place itself.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace.errors import BoardtraceError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CYPHER", "Statement", "load"]


def _folder() -> Path:
    """Find cypher/: inside an installed package, beside src/ in a checkout."""
    packaged = Path(__file__).parent / "cypher"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "cypher"


CYPHER = _folder()

# The language version that the files are written in (`coll.` functions).
_LANGUAGE = "CYPHER 25\n"
# A parameter, outside of what only looks like one: strings, quoted names, comments.
_TOKENS = re.compile(
    r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/|\$(\w+)", re.DOTALL
)


_INCLUDE = re.compile(r"\s*// @include (\S+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One file of cypher/: what it says and what it needs."""

    name: str
    """Path below cypher/ without its ending."""
    path: Path
    title: str
    """First sentence: what a question answers."""
    notes: str
    """The rest of the prose."""
    parameters: dict[str, str]
    """Name -> what it is, in the order of the header."""
    returns: tuple[str, ...]
    cost: str
    examples: tuple[dict[str, Any], ...]
    text: str = field(repr=False)

    def asked(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Take what it has parameters for from what is known; KeyError if something is not."""
        return {name: known[name] for name in self.parameters}


@functools.cache
def load(name: str, *reach: str) -> Statement:
    """Read and check cypher/``name``.cypher; BoardtraceError names the file and line at fault.

    ``reach`` is the file that stands where it says ``@include $reach``, then the one that stands
    where that one says it.
    """
    path = CYPHER / f"{name}.cypher"
    if not path.is_file():
        raise BoardtraceError(f"cypher/{name}.cypher is missing")
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next(
        (i for i, line in enumerate(lines) if not line.startswith("//") or _INCLUDE.fullmatch(line)),
        len(lines),
    )
    prose: list[str] = []
    tags: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(lines[:end], 1):
        content = line.removeprefix("//").strip()
        if content.startswith("@"):
            tag, _, value = content[1:].partition(" ")
            tags.setdefault(tag, []).append((number, value.strip()))
        else:
            prose.append(content)
    unknown = set(tags) - {"param", "returns", "cost", "example"}
    if unknown:
        tag = min(unknown)
        raise _fault(path, tags[tag][0][0], f"no header line is called @{tag}")
    body, included = _body(lines, end, reach)
    parameters = {**included, **_parameters(path, tags.get("param", []))}
    used = {match for match in _TOKENS.findall(body) if match}
    if used != set(parameters):
        odd = min(used ^ set(parameters))
        problem = "used and not declared" if odd in used else "declared and not used"
        raise _fault(path, 1, f"${odd} is {problem}")
    title, _, notes = "\n".join(prose).partition("\n\n")
    return Statement(
        name=name,
        path=path,
        title=" ".join(title.split()),
        notes=notes.strip(),
        parameters=parameters,
        returns=tuple(
            column.strip()
            for _, value in tags.get("returns", [])
            for column in value.split(",")
            if column.strip()
        ),
        cost=" ".join(value for _, value in tags.get("cost", [])),
        examples=tuple(_example(path, number, value) for number, value in tags.get("example", [])),
        text=_LANGUAGE + body,
    )


def _body(lines: list[str], end: int, reach: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    body = [""] * end
    parameters: dict[str, str] = {}
    for line in lines[end:]:
        match = _INCLUDE.fullmatch(line)
        if match:
            part = load(*reach) if match[1] == "$reach" else load(match[1], *reach)
            parameters |= part.parameters
            body.append(part.text.removeprefix(_LANGUAGE).strip())
        else:
            body.append(line)
    return "\n".join(body).strip() + "\n", parameters


def _parameters(path: Path, tags: list[tuple[int, str]]) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for number, value in tags:
        name, _, description = value.partition(" ")
        if not description.strip():
            raise _fault(path, number, f"@param {name} says nothing about itself")
        parameters[name] = description.strip()
    return parameters


def _example(path: Path, number: int, value: str) -> dict[str, Any]:
    try:
        example = json.loads(value)
    except ValueError as error:
        raise _fault(path, number, f"@example is no JSON: {error}") from None
    if not isinstance(example, dict):
        raise _fault(path, number, "@example is no JSON object")
    return example


def _fault(path: Path, line: int, problem: str) -> BoardtraceError:
    return BoardtraceError(f"cypher/{path.relative_to(CYPHER)}:{line}: {problem}")
