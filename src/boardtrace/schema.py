"""Constraints and indexes: numbered files of cypher/schema, applied once, checked ever after."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boardtrace.errors import BoardtraceError, GraphUnreachable
from boardtrace.statement import CYPHER, Statement, load

if TYPE_CHECKING:
    from boardtrace.graph import Graph

__all__ = ["Migration", "mend", "migrate", "migrations", "missing"]

# Seconds that indexes may take to be filled.
_FILLED = 600


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file; ``applied_at`` is microseconds since 1970, None if this graph has not seen it."""

    number: int
    name: str
    title: str
    checksum: str
    applied_at: int | None
    statement: Statement

    @property
    def makes(self) -> tuple[str, str]:
        """The names that its index may have: its own, or as a constraint's."""
        return self.name, f"{self.name}_key"


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
    made: list[dict[str, Any]] = []
    try:
        for migration in fresh:
            graph.apply(migration.statement)
            made.append({name: getattr(migration, name) for name in ("number", "name", "checksum")})
    finally:
        # At once: a change of the schema makes the server forget its plans, the one of this too. What was
        # made and not noted is there already when it is made again.
        if made:
            graph.apply(load("write/migration"), migrations=made)
            graph.apply(load("write/names"))
    return len(fresh)


def missing(graph: Graph) -> list[tuple[Migration, str]]:
    """List what was applied and is not there, or failed, with what became of it.

    Somebody dropped an index past us; or it could not be filled, as on a full disk.
    """
    rows = graph.read("schema", lambda tx: tx.rows(load("doctor/indexes")))
    states = {row["name"]: row for row in rows}
    found = []
    for migration in migrations(graph):
        row = next((states[name] for name in migration.makes if name in states), None)
        if migration.applied_at is None:
            continue
        if row is None:
            found.append((migration, "missing"))
        elif row["state"] == "FAILED":
            found.append((migration, f"failed: {' '.join(row['failure'].split())}"))
    return found


def mend(graph: Graph) -> list[Migration]:
    """Make again what is missing or failed, and wait until it is filled; return what it was.

    Raises BoardtraceError if two nodes have what a constraint wants to be one's own.
    """
    gone = [migration for migration, _ in missing(graph)]
    for migration in gone:
        own, key = migration.makes
        graph.apply(load("write/drop_index"), name=own)
        graph.apply(load("write/drop_constraint"), name=key)
        try:
            graph.apply(migration.statement)
        except GraphUnreachable:
            raise
        except BoardtraceError as error:
            raise BoardtraceError(
                error.message,
                hint="`boardtrace rebuild` makes the graph again, with each thing once; then mend it",
            ) from error
    if gone:
        graph.apply(load("write/settled_indexes"), seconds=_FILLED)
    return gone
