"""Constraints and indexes: numbered files of cypher/schema, applied once, checked ever after."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boardtrace.errors import BoardtraceError
from boardtrace.statement import CYPHER, Statement, load

if TYPE_CHECKING:
    from boardtrace.graph import Graph

__all__ = ["Migration", "migrate", "migrations"]


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file; ``applied_at`` is microseconds since 1970, None if this graph has not seen it."""

    number: int
    name: str
    title: str
    checksum: str
    applied_at: int | None
    statement: Statement


def migrations(graph: Graph) -> list[Migration]:
    """List every migration and when this graph saw it; BoardtraceError if a file was changed since."""
    seen = {
        row["number"]: row for row in graph.read("schema", lambda tx: tx.rows(load("write/migrations")))
    }
    found = []
    for path in sorted((CYPHER / "schema").glob("*.cypher")):
        number, _, name = path.stem.partition("_")
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        row = seen.get(int(number))
        if row and row["checksum"] != checksum:
            raise BoardtraceError(
                f"cypher/schema/{path.name} is not the file that was applied to {graph.endpoint.label}",
                hint="a migration is never edited: add one with the next number",
            )
        statement = load(f"schema/{path.stem}")
        at = row["applied_at"] if row else None
        found.append(Migration(int(number), name, statement.title, checksum, at, statement))
    return found


def migrate(graph: Graph) -> int:
    """Apply what this graph has not seen, in order; return how many."""
    fresh = [migration for migration in migrations(graph) if migration.applied_at is None]
    record = load("write/migration")
    for migration in fresh:
        graph.apply(migration.statement)
        graph.apply(record, number=migration.number, name=migration.name, checksum=migration.checksum)
    return len(fresh)
