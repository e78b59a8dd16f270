"""The graph as a projection of the ledger: derive what it should hold, write the difference.

sql/*.sql derive one relation ``want_<kind>`` for each kind of node and edge. The ledger
remembers in ``have_<kind>`` what the graph holds. An ingest computes the difference once,
keeps it as ``todo_<kind>`` and commits that before the graph sees any of it. Then it is
written in chunks, and each chunk's transaction also moves the batch's counter in the
graph: after a crash the next command goes on with the chunk after the last one that the
graph has, so nothing is written twice and nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import duckdb

from boardtrace.errors import BoardtraceError
from boardtrace.facts import LINE_BITS, first_line
from boardtrace.model import TABLES
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boardtrace.facts import Ledger
    from boardtrace.graph import Graph, Transaction
    from boardtrace.model import Column

__all__ = ["KINDS", "Kind", "pending", "plan", "settle", "write"]

_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of node (``node``: written by its key, in place) or edge (written anew)."""

    name: str
    node: bool = False
    key: tuple[str, ...] = ()


def _nodes(*names: str) -> list[Kind]:
    keys = {"lot": ("supplier", "lot"), "component": ("part",), "part_number": ("number",)}
    return [Kind(name, node=True, key=keys.get(name, (name,))) for name in names]


_NAMED = (
    "unit",
    "lot",
    "supplier",
    "component",
    "machine",
    "operator",
    "container",
    "shipment",
    "customer",
)

# In the order of writing: nodes before the edges between them.
KINDS: tuple[Kind, ...] = (
    *_nodes(*_NAMED, "program", "firmware", "part_number", "alias", "run", "gap", "quarantined", "finding"),
    *(
        Kind(name)
        for name in [
            "supplied",
            "stocked_as",
            "numbered_component",
            "numbered_lot",
            "became",
            "ran",
            "operated",
            "fed",
            "placed",
            "processed",
            "tested",
            "serviced",
            "removed_from",
            "mounted_in",
            "packed_unit",
            "packed_lot",
            "packed_container",
            "shipped_unit",
            "shipped_lot",
            "shipped_container",
            "delivered_to",
            "missing_in",
            "loaded_at",
        ]
    ),
    *(Kind(f"known_{name}") for name in _NAMED),
)


def plan(ledger: Ledger) -> int:
    """Derive what the graph should hold, keep the difference; return its rows."""
    _derive(ledger)
    columns = _columns(ledger)
    sizes = " UNION ALL ".join(f"SELECT '{k.name}' WHERE EXISTS (FROM want_{k.name})" for k in KINDS)
    wanted = {name for (name,) in ledger.rows(sizes)}
    return sum(
        _difference(ledger, kind, columns[f"want_{kind.name}"], columns.get(f"have_{kind.name}", []))
        for kind in KINDS
        if kind.name in wanted or f"have_{kind.name}" in columns
    )


def pending(ledger: Ledger) -> bool:
    """Say whether a difference is kept that the graph may not have seen whole."""
    return bool(ledger.scalar("SELECT EXISTS (FROM duckdb_tables() WHERE table_name LIKE 'todo_%')"))


def write(ledger: Ledger, graph: Graph, batch: int, done: Callable[[int], None]) -> None:
    """Write the kept difference, from the chunk where an earlier try ended.

    ``done`` is told the rows of each chunk.
    """
    advance = load("write/advance")
    begun = graph.read("batch", lambda tx: tx.one(load("write/progress"), number=batch))
    start = begun["chunk"] if begun else 0
    for number, parts in enumerate(_chunks(ledger), 1):

        def chunk(tx: Transaction, parts: list[_Part] = parts, number: int = number) -> None:
            for statement, rows in parts:
                tx.run(load(statement), rows=rows)
            tx.run(advance, number=batch, chunk=number)

        if number > start:
            graph.write(f"write batch {batch}", chunk)
        done(sum(len(rows) for _, rows in parts))


def settle(ledger: Ledger) -> None:
    """Remember that the graph holds the kept difference."""
    for name in _columns(ledger):
        if not name.startswith("todo_"):
            continue
        have = name.replace("todo_", "have_")
        ledger.db.execute(
            f"DELETE FROM {have} WHERE _h IN (SELECT _h FROM {name} WHERE _gone);"
            f"INSERT INTO {have} SELECT * EXCLUDE (_gone) FROM {name} WHERE NOT _gone;"
            f"DROP TABLE {name}"
        )


def _derive(ledger: Ledger) -> None:
    ledger.db.execute(_disagreements())
    folder = files("boardtrace") / "sql"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".sql"):
            continue
        for statement in ledger.db.extract_statements(file.read_text(encoding="utf-8")):
            try:
                ledger.db.execute(statement)
            except (duckdb.ProgrammingError, duckdb.ConversionException) as error:
                raise BoardtraceError(f"sql/{file.name}: {first_line(error)}") from error


def _disagreements() -> str:
    """Write what finds the keys of which two rows say different things, in every table."""
    found = []
    for table in TABLES.values():
        said = [column.name for column in table.columns if column.name not in table.key]
        if not table.key or not said:
            continue
        texts = {c.name: _text(c) for c in table.columns}
        key = ", ".join(f"coalesce({texts[name]}, '')" for name in table.key)
        values = ", ".join(f'{texts[name]} AS "{name}"' for name in said)
        names = ", ".join(f'"{name}"' for name in said)
        found.append(
            f"SELECT '{table.name}' AS table_name, ids, column_name, "
            "list_sort(list(DISTINCT said)) AS said "
            f"FROM (UNPIVOT (SELECT [{key}] AS ids, {values} FROM {table.name} "
            f"WHERE [{key}] IN (SELECT [{key}] FROM {table.name} GROUP BY ALL HAVING count(*) > 1)) "
            f"ON {names} INTO NAME column_name VALUE said) "
            "GROUP BY ids, column_name HAVING count(DISTINCT said) > 1"
        )
    return f"CREATE OR REPLACE TEMP TABLE disagreement AS {' UNION ALL '.join(found)}"


def _text(column: Column) -> str:
    quoted = f'"{column.name}"'
    return f"shown_time({quoted})" if column.kind == "time" else f"{quoted}::VARCHAR"


def _columns(ledger: Ledger) -> dict[str, list[str]]:
    """Return the columns of every derived and kept relation."""
    found: dict[str, list[str]] = {}
    for table, column in ledger.rows(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE regexp_matches(table_name, "
        "'^(want|have|todo)_') ORDER BY table_name, column_index"
    ):
        found.setdefault(table, []).append(column)
    return found


def _difference(ledger: Ledger, kind: Kind, columns: list[str], known: list[str]) -> int:
    want, have, todo = f"want_{kind.name}", f"have_{kind.name}", f"todo_{kind.name}"
    said = [f'"{column}"' for column in columns if column != "_src"]
    names = ", ".join(said)
    content = ", ".join(f"coalesce(to_json({name})::VARCHAR, 'null')" for name in said)
    origin = "min(_src)" if "_src" in columns else "NULL::BIGINT"
    ledger.db.execute(
        f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT {names}, {origin} AS _src, "
        f"md5_number(concat_ws(chr(31), {content})) AS _h FROM {want} GROUP BY {names};"
        f"CREATE TABLE IF NOT EXISTS {have} AS FROM wanted LIMIT 0"
    )
    if known and set(known) != {*columns, "_src", "_h"}:  # an earlier version derived other columns
        both = f"FROM (FROM wanted LIMIT 0) UNION ALL BY NAME FROM {have}"
        ledger.db.execute(f"CREATE OR REPLACE TABLE {have} AS SELECT {names}, _src, _h FROM ({both})")
    ledger.db.execute(
        f"CREATE TABLE {todo} AS SELECT *, false AS _gone FROM wanted ANTI JOIN {have} USING (_h) "
        f"UNION ALL SELECT *, true FROM {have} ANTI JOIN wanted USING (_h)"
    )
    changed = int(ledger.scalar(f"SELECT count(*) FROM {todo}"))
    if not changed:
        ledger.db.execute(f"DROP TABLE {todo}")
    return changed


_Part = tuple[str, list[dict[str, Any]]]


def _chunks(ledger: Ledger) -> Iterator[list[_Part]]:
    """Yield what goes into one transaction: (statement, rows), at least so many rows but for the last."""
    parts: list[_Part] = []
    size = 0
    for statement, rows in _parts(ledger):
        parts.append((statement, rows))
        size += len(rows)
        if size >= _CHUNK:
            yield parts
            parts, size = [], 0
    if parts:
        yield parts


def _parts(ledger: Ledger) -> Iterator[_Part]:
    """Yield (statement, rows): edges that vanish, nodes, edges that come, nodes that vanish."""
    columns = _columns(ledger)
    kinds = [kind for kind in KINDS if f"todo_{kind.name}" in columns]
    for kind in kinds:
        names = [column for column in columns[f"todo_{kind.name}"] if not column.startswith("_")]
        if not kind.node:
            yield from _read(ledger, kind, names, f"drop/{kind.name}", "_gone")
    for kind in kinds:
        names = [column for column in columns[f"todo_{kind.name}"] if not column.startswith("_")]
        yield from _read(ledger, kind, names, f"write/{kind.name}", "NOT _gone")
    for kind in kinds:
        if kind.node:
            keys = ", ".join(f'"{key}"' for key in kind.key)
            kept = f"({keys}) NOT IN (SELECT ({keys}) FROM todo_{kind.name} WHERE NOT _gone)"
            yield from _read(ledger, kind, list(kind.key), f"drop/{kind.name}", f"_gone AND {kept}")


def _read(ledger: Ledger, kind: Kind, columns: list[str], statement: str, which: str) -> Iterator[_Part]:
    names = ", ".join(f't."{column}"' for column in columns)
    # a cursor of its own: the ledger's connection is used between two chunks
    cursor = ledger.db.cursor()
    cursor.execute(
        f"SELECT {names}, s.batch, s.file, t._src & {(1 << LINE_BITS) - 1} AS line FROM todo_{kind.name} t "
        f"LEFT JOIN source s ON s.id = t._src >> {LINE_BITS} WHERE {which} ORDER BY ALL"
    )
    keys = [*columns, "batch", "file", "line"]
    while rows := cursor.fetchmany(_CHUNK):
        yield statement, [dict(zip(keys, row, strict=True)) for row in rows]
