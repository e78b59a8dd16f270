"""What files come to, without a graph: the ledger's tables and what is derived of them."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace import derivation
from boardtrace.admit import Options, admit
from boardtrace.facts import Counts, Ledger
from boardtrace.files import collect

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Derived", "derived"]

Row = dict[str, Any]


class Derived:
    """A ledger with what was derived of it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.counts = Counts()
        self.notes: list[str] = []

    def add(self, number: int, paths: list[Path], options: Options | None = None) -> None:
        """Take files as one batch."""
        with tempfile.TemporaryDirectory() as folder:
            files = collect(paths, Path(folder))
            counts, passed = admit(self._ledger, number, files, options or Options(), lambda *_: None)
        self.counts.add(counts)
        self.notes += passed.notes

    def rows(self, relation: str) -> list[Row]:
        """Give the rows of a table or derived relation, sorted, without the ledger's own columns."""
        cursor = self._ledger.db.execute(f"FROM {relation}")
        names = [column[0] for column in cursor.description or []]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        kept = [{k: v for k, v in row.items() if not k.startswith("_") and v is not None} for row in found]
        return sorted(kept, key=repr)

    def quarantine(self) -> list[tuple[int, str, str]]:
        """Give (line, column, reason) of every record that could not be used."""
        query = "SELECT line, coalesce(\"column\", ''), reason FROM quarantine ORDER BY ALL"
        return [(line, column, reason) for line, column, reason in self._ledger.rows(query)]

    def relations(self) -> list[str]:
        """Name what was derived: what the graph would hold, and what formats say in rows of our tables."""
        names = "SELECT table_name FROM duckdb_tables() WHERE regexp_matches(table_name, '^want_|_says_')"
        return sorted(name for (name,) in self._ledger.rows(names))

    def everything(self) -> dict[str, list[Row]]:
        """Give all that the graph would hold."""
        return {name: self.rows(name) for name in self.relations() if name.startswith("want_")}


@contextmanager
def derived(*batches: list[Path], options: Options | None = None) -> Iterator[Derived]:
    """Take each list of files as a batch and derive the graph."""
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder)) as ledger:
        found = Derived(ledger)
        for number, paths in enumerate(batches, 1):
            found.add(number, paths, options)
        derivation.derive(ledger)
        yield found
