"""The graph as a projection of the ledger: derive what it should hold, write the difference.

sql/*.sql derive one relation ``want_<kind>`` for each kind of node and edge. The ledger
remembers in ``have_<kind>`` what the graph holds. An ingest computes the difference once,
keeps it as ``todo_<kind>`` and commits that before the graph sees any of it. Then it is
written in chunks, and each chunk's transaction also moves the batch's counter in the
graph: after a crash the next command goes on with the chunk after the last one that the
graph has, so nothing is written twice and nothing is lost.
"""

from __future__ import annotations

import contextlib
import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import duckdb

from boardtrace.errors import BoardtraceError
from boardtrace.facts import LINE, SOURCE, first_line
from boardtrace.kinds import EVIDENCE, KINDS
from boardtrace.model import RAW, STORED, TABLES
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from boardtrace.facts import Ledger
    from boardtrace.graph import Graph, Transaction
    from boardtrace.kinds import Kind
    from boardtrace.model import Column
    from boardtrace.statement import Statement

__all__ = [
    "chunks",
    "clear",
    "content",
    "derive",
    "pending",
    "plan",
    "relations",
    "rows",
    "settle",
    "wanted",
    "wiping",
    "write",
]

_SQL = files("boardtrace") / "sql"
_CHUNK = 10_000
_FEW = 1_000


def plan(ledger: Ledger) -> int:
    """Derive what the graph should hold, keep the difference; return its rows."""
    with _planned_for_size(ledger) as facts:
        _derive(ledger, facts)
        return _differences(ledger)


def _differences(ledger: Ledger) -> int:
    found = relations(ledger)
    sizes = " UNION ALL ".join(f"SELECT '{k.name}' WHERE EXISTS (FROM want_{k.name})" for k in KINDS)
    filled = {name for (name,) in ledger.rows(sizes)}
    # a batch of nothing but evidence changes no node: the graph is to know of it all the same
    ledger.db.execute("CREATE TABLE IF NOT EXISTS due (since BIGINT)")
    return sum(
        _difference(ledger, kind, found[f"want_{kind.name}"], found.get(f"have_{kind.name}", {}))
        for kind in KINDS
        if kind.name in filled or f"have_{kind.name}" in found
    )


def _facts(ledger: Ledger) -> dict[str, int]:
    """Count the facts of each table that has any."""
    counts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS facts FROM fact_{name}" for name in STORED
    )
    return dict(ledger.rows(f"FROM ({counts}) WHERE facts > 0"))


@contextlib.contextmanager
def _planned_for_size(ledger: Ledger) -> Iterator[dict[str, int]]:
    """Among few facts a better plan costs more than it saves: half of a small batch's time."""
    facts = _facts(ledger)
    if few := sum(facts.values()) < _FEW:
        ledger.db.execute("PRAGMA disable_optimizer")
    try:
        yield facts
    finally:
        if few:
            ledger.db.execute("PRAGMA enable_optimizer")


def pending(ledger: Ledger) -> bool:
    """Say whether a difference is kept that the graph may not have seen whole."""
    left = "table_name = 'due' OR table_name LIKE 'todo_%'"
    return bool(ledger.scalar(f"SELECT EXISTS (FROM duckdb_tables() WHERE {left})"))


def wiping(ledger: Ledger) -> None:
    """Note that the graph is to be emptied before the kept difference is written."""
    ledger.db.execute("CREATE TABLE IF NOT EXISTS wipe (since BIGINT)")


def clear(ledger: Ledger, graph: Graph) -> None:
    """Empty the graph if that was noted, but for its name and the record of its schema."""
    if ledger.scalar("SELECT EXISTS (FROM duckdb_tables() WHERE table_name = 'wipe')"):
        graph.apply(load("write/wipe"))
        ledger.db.execute("DROP TABLE wipe")


def write(ledger: Ledger, graph: Graph, batch: int, done: Callable[[int], None]) -> None:
    """Write the kept difference, from the chunk where an earlier try ended.

    ``done`` is told the rows of each chunk.
    """
    advance = load("write/advance")
    begun = graph.read("batch", lambda tx: tx.one(load("write/progress"), number=batch))
    start = begun["chunk"] if begun else 0
    for number, parts in enumerate(chunks(ledger), 1):

        def chunk(tx: Transaction, parts: list[_Part] = parts, number: int = number) -> None:
            for statement, rows in parts:
                tx.run(statement, rows=rows)
            tx.run(advance, number=batch, chunk=number)

        if number > start:
            graph.write(f"write batch {batch}", chunk)
        done(sum(len(rows) for _, rows in parts))


def settle(ledger: Ledger) -> None:
    """Remember that the graph holds the kept difference."""
    for name in relations(ledger):
        if not name.startswith("todo_"):
            continue
        have = name.replace("todo_", "have_")
        if ledger.scalar(f"SELECT EXISTS (FROM {have})"):
            ledger.db.execute(
                f"DELETE FROM {have} WHERE _h IN (SELECT _h FROM {name} WHERE _gone);"
                f"INSERT INTO {have} SELECT * EXCLUDE (_gone) FROM {name} WHERE NOT _gone;"
                f"DROP TABLE {name}"
            )
        else:  # a first load: not a row need be copied
            ledger.db.execute(
                f"DROP TABLE {have};"
                f"ALTER TABLE {name} DROP COLUMN _gone;"
                f"ALTER TABLE {name} RENAME TO {have}"
            )
    ledger.db.execute("DROP TABLE IF EXISTS wipe; DROP TABLE IF EXISTS due")


def derive(ledger: Ledger) -> None:
    """Make the relations ``want_<kind>`` of the facts as they stand."""
    with _planned_for_size(ledger) as facts:
        _derive(ledger, facts)


def _derive(ledger: Ledger, facts: dict[str, int]) -> None:
    said = _interpret(ledger, facts)
    ledger.db.execute(_disagreements(facts.keys() | said))
    for name in sorted(entry.name for entry in _SQL.iterdir()):
        if name.endswith(".sql"):
            _run(ledger, name)


def _run(ledger: Ledger, name: str) -> None:
    for statement in _statements(name):
        try:
            ledger.db.execute(statement)
        except (duckdb.ProgrammingError, duckdb.ConversionException) as error:
            raise BoardtraceError(f"sql/{name}: {first_line(error)}") from error


@functools.cache
def _statements(name: str) -> list[duckdb.Statement]:
    return duckdb.extract_statements((_SQL / name).read_text(encoding="utf-8"))


def _interpret(ledger: Ledger, facts: dict[str, int]) -> set[str]:
    """Let each table hold, for what is derived next, also what the formats' own facts come to.

    sql/formats/<format>.sql makes relations ``<format>_says_<table>``: the columns of that table, as
    many as it has something to say of, and `_src`. Temporary views of the tables' names add them.
    `_EXTRA` are what a format may say besides, of which no table has a column. Returns the tables that
    the formats say something of.
    """
    for name, columns in _EXTRA.items():
        ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE said_{name} ({columns})")
    live = _live(ledger, facts)
    for name, rows in live.items():
        ledger.db.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS FROM facts.{rows}')
    said: dict[str, list[str]] = {}
    for form in sorted({name.partition("_")[0] for name in RAW if name in facts}):
        _run(ledger, f"formats/{form}.sql")
        for (name,) in ledger.rows(
            "SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, ?)",
            [f"{form}_says_"],
        ):
            said.setdefault(name.removeprefix(f"{form}_says_"), []).append(name)
    for extra in _EXTRA:
        for name in said.pop(extra, []):
            ledger.db.execute(f"INSERT INTO said_{extra} BY NAME FROM temp.{name}")
    for table_name, relations_ in said.items():
        columns = ", ".join(f'"{column.name}"' for column in TABLES[table_name].columns)
        rows = "".join(f" UNION ALL BY NAME FROM temp.{name}" for name in relations_)
        ledger.db.execute(
            f'CREATE OR REPLACE TEMP VIEW "{table_name}" AS '
            f"SELECT {columns}, _src FROM facts.{live[table_name]}{rows}"
        )
    return set(said)


def _live(ledger: Ledger, facts: dict[str, int]) -> dict[str, str]:
    """Return the relation in which each table's rows that hold are: its facts, if none was ever retracted.

    Else what was is looked for at every place where the table is read.
    """
    found = {name: f"fact_{name}" for name in STORED}
    retracted = [f"SELECT '{name}' WHERE EXISTS (FROM fact_{name} WHERE _action <> 0)" for name in facts]
    if retracted:
        found |= {name: f'"{name}"' for (name,) in ledger.rows(" UNION ALL ".join(retracted))}
    return found


_EXTRA = {
    # contradictions that only all facts together show
    "findings": 'kind VARCHAR, ids VARCHAR[], detail VARCHAR, "at" BIGINT',
    # visits of which it is not known that they were of this unit
    "doubts": "unit VARCHAR, machine VARCHAR, started_at BIGINT",
    # how much of a lot went onto a unit where no designators tell, and its unit of measure
    "quantities": 'unit VARCHAR, "at" BIGINT, supplier VARCHAR, lot VARCHAR, '
    "quantity DOUBLE, measure VARCHAR",
    # the unit of measure of the quantity of a move
    "measures": "from_supplier VARCHAR, from_lot VARCHAR, to_supplier VARCHAR, to_lot VARCHAR, "
    "quantity DOUBLE, measure VARCHAR",
}


def _disagreements(filled: Collection[str]) -> str:
    """Write what finds the keys of which two rows say different things, in the tables that have rows."""
    found = ["SELECT '' AS table_name, [''] AS ids, '' AS column_name, [''] AS said WHERE false"]
    for table in TABLES.values():
        said = [column.name for column in table.columns if column.name not in table.key]
        if not table.key or not said or table.name not in filled:
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


def relations(ledger: Ledger) -> dict[str, dict[str, str]]:
    """Return the columns, in order, and their types of every derived and kept relation."""
    found: dict[str, dict[str, str]] = {}
    for table, column, of in ledger.rows(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE regexp_matches(table_name, "
        "'^(want|have|todo|got)_') ORDER BY table_name, column_index"
    ):
        found.setdefault(table, {})[column] = of
    return found


def wanted(kind: Kind, columns: Collection[str]) -> str:
    """Write the SELECT of what the graph should hold of a kind: each once, where it was read first."""
    names = ", ".join(f'"{column}"' for column in columns if column != "_src")
    origin = "min(_src)" if "_src" in columns else "NULL::BIGINT"
    return f"SELECT {names}, {origin} AS _src FROM want_{kind.name} GROUP BY {names}"


def content(names: list[str]) -> str:
    """Write what makes one text of these columns of a row, in which no two rows are equal that differ."""
    cells = ", ".join(f"coalesce(to_json(\"{name}\")::VARCHAR, 'null')" for name in names)
    return f"concat_ws(chr(31), {cells})"


def _difference(ledger: Ledger, kind: Kind, columns: Collection[str], known: Collection[str]) -> int:
    have, todo = f"have_{kind.name}", f"todo_{kind.name}"
    said = [column for column in columns if column != "_src"]
    names = ", ".join(f'"{column}"' for column in said)
    hashed = f"SELECT *, md5_number({content(said)}) AS _h FROM ({wanted(kind, columns)})"
    if not known:
        ledger.db.execute(
            f"CREATE TABLE {todo} AS SELECT *, false AS _gone FROM ({hashed});"
            f"CREATE TABLE {have} AS SELECT * EXCLUDE (_gone) FROM {todo} LIMIT 0"
        )
        return int(ledger.scalar(f"SELECT count(*) FROM {todo}"))
    ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS {hashed}")
    if set(known) != {*columns, "_src", "_h"}:  # an earlier version derived other columns
        both = f"FROM (FROM wanted LIMIT 0) UNION ALL BY NAME FROM {have}"
        ledger.db.execute(f"CREATE OR REPLACE TABLE {have} AS SELECT {names}, _src, _h FROM ({both})")
    # what says the same by another row is written anew too: its evidence is another
    same = "FROM {} o WHERE o._h = w._h AND o._src IS NOT DISTINCT FROM w._src"
    ledger.db.execute(
        f"CREATE TABLE {todo} AS "
        f"SELECT *, false AS _gone FROM wanted w WHERE NOT EXISTS ({same.format(have)}) "
        f"UNION ALL SELECT *, true FROM {have} w WHERE NOT EXISTS ({same.format('wanted')})"
    )
    changed = int(ledger.scalar(f"SELECT count(*) FROM {todo}"))
    if not changed:
        ledger.db.execute(f"DROP TABLE {todo}")
    return changed


_Part = tuple["Statement", list[dict[str, Any]]]


def chunks(ledger: Ledger) -> Iterator[list[_Part]]:
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
    found = relations(ledger)
    kinds = [kind for kind in KINDS if f"todo_{kind.name}" in found]
    if not kinds:
        return
    ways = ledger.rows(
        " UNION ALL ".join(f"SELECT DISTINCT '{kind.name}', _gone FROM todo_{kind.name}" for kind in kinds)
    )
    gone = {name for name, withdrawn in ways if withdrawn}
    come = {name for name, withdrawn in ways if not withdrawn}
    for kind in kinds:
        if not kind.node and kind.name in gone:
            yield from _read(ledger, kind, _written(found, kind), f"drop/{kind.name}", "_gone")
    for kind in kinds:
        if kind.name in come:
            yield from _read(ledger, kind, _written(found, kind), f"write/{kind.name}", "NOT _gone")
    for kind in kinds:
        if kind.node and kind.name in gone:
            keys = ", ".join(f'"{key}"' for key in kind.key)
            kept = f"({keys}) NOT IN (SELECT ({keys}) FROM todo_{kind.name} WHERE NOT _gone)"
            yield from _read(ledger, kind, list(kind.key), f"drop/{kind.name}", f"_gone AND {kept}")


def rows(ledger: Ledger, kind: Kind, which: str) -> Iterator[_Part]:
    """Yield (statement, rows) of what is to be written of a kind, where ``which`` holds of ``t``."""
    yield from _read(ledger, kind, _written(relations(ledger), kind), f"write/{kind.name}", which)


def _written(found: dict[str, dict[str, str]], kind: Kind) -> list[str]:
    """Name the columns of a kept difference, but for the ledger's own."""
    return [name for name in found[f"todo_{kind.name}"] if not name.startswith("_")]


def _read(ledger: Ledger, kind: Kind, columns: list[str], statement: str, which: str) -> Iterator[_Part]:
    names = ", ".join(f't."{column}"' for column in columns)
    # the ledger's own connection: a dry run has not committed what it reads
    cursor = ledger.db.execute(
        f"SELECT {names}, s.batch, s.file, {LINE} AS line FROM todo_{kind.name} t "
        f"LEFT JOIN source s ON s.id = {SOURCE} WHERE {which} ORDER BY ALL"
    )
    # what an edge says of where it was read; a machine has a line of its own
    keys = columns if kind.node else [*columns, *EVIDENCE]
    while rows := cursor.fetchmany(_CHUNK):
        yield load(statement), [dict(zip(keys, row, strict=False)) for row in rows]
