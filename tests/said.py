"""What files come to without a graph: the rows that formats say, and what the graph should hold."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace import derivation, projection
from boardtrace.admit import Options, admit
from boardtrace.facts import Counts, Ledger
from boardtrace.files import collect
from boardtrace.kinds import KINDS
from boardtrace.model import TABLES
from boardtrace.rows import shown

if TYPE_CHECKING:
    from collections.abc import Iterable


class Said:
    """The rows of each table, as a CSV would hold them, and of each `want_` relation, as JSON."""

    def __init__(
        self, files: Iterable[tuple[str, bytes]], options: Options | None = None, *, whole: bool = False
    ) -> None:
        """Take each file as a batch of its own; ``whole``: derive the graph as well, not only the rows."""
        self.counts, self.notes = Counts(), list[str]()
        with tempfile.TemporaryDirectory() as name, Ledger(Path(name) / "ledger") as ledger:
            for number, (file, data) in enumerate(files, 1):
                folder = Path(name) / str(number)
                (folder / "room").mkdir(parents=True)
                (folder / file).write_bytes(data)
                found = collect([folder / file], folder / "room")
                counts, passed = admit(ledger, number, found, options or Options(), lambda *_: None)
                self.counts.add(counts)
                self.notes += passed.notes
            if whole:
                derivation.derive(ledger)
            else:
                derivation.interpret(ledger, derivation.counted(ledger))
            self.rejects = ledger.rows('SELECT "column", reason FROM quarantine ORDER BY ALL')
            self.tables = {table: _rows(ledger, table) for table in TABLES}
            self.findings = ledger.rows("SELECT kind, ids, detail FROM said_findings ORDER BY ALL")
            self.want = _wanted(ledger) if whole else {}


def _wanted(ledger: Ledger) -> dict[str, list[str]]:
    """Take the rows of each `want_` relation as JSON, without their evidence."""
    relations = derivation.relations(ledger)
    found = {}
    for kind in KINDS:
        rows = ledger.rows(projection.wanted(kind, relations[f"want_{kind.name}"]))
        found[kind.name] = sorted(json.dumps(row[:-1], default=str) for row in rows)
    return found


def _rows(ledger: Ledger, table: str) -> list[dict[str, str]]:
    columns = [(column.name, column.kind) for column in TABLES[table].columns]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    return [
        {
            name: _text(value, kind)
            for (name, kind), value in zip(columns, row, strict=True)
            if value is not None
        }
        for row in ledger.rows(f"SELECT {names} FROM {table} ORDER BY ALL")  # noqa: S608
    ]


def _text(value: Any, kind: str) -> str:
    if kind == "time":
        return shown(value)
    if kind == "number":
        return f"{value:g}"
    return str(value).lower() if kind == "flag" else str(value)
