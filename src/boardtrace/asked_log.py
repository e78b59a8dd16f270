"""The last recalls that were asked of a graph: a dry run tells which of them would change."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boardtrace.graph import Graph

__all__ = ["Asked", "last", "note"]

_MOST = 1 << 18  # bytes; then the older half is dropped


@dataclass(frozen=True, slots=True)
class Asked:
    """A recall: the question's name and its parameters."""

    question: str
    parameters: dict[str, Any]


def note(graph: Graph, question: str, parameters: Mapping[str, Any]) -> None:
    """Remember a recall; that it cannot be written is no reason not to answer."""
    line = json.dumps([question, dict(parameters)], default=str) + "\n"
    with contextlib.suppress(OSError):
        path = _path(graph)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _MOST:
            lines = path.read_text("utf-8").splitlines(keepends=True)
            path.write_text("".join(lines[len(lines) // 2 :]), "utf-8")
        with path.open("a", encoding="utf-8") as file:
            file.write(line)


def last(graph: Graph, count: int) -> list[Asked]:
    """Return the last recalls that differ, the latest first."""
    path = _path(graph)
    if not count or not path.exists():
        return []
    found: dict[str, Asked] = {}
    for line in reversed(path.read_text("utf-8", "replace").splitlines()):
        with contextlib.suppress(ValueError, TypeError):
            question, parameters = json.loads(line)
            found.setdefault(line, Asked(question, parameters))
        if len(found) == count:
            break
    return list(found.values())


def _path(graph: Graph) -> Path:
    return graph.endpoint.data / "asked.ndjson"
