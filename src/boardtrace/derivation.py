"""Facts -> what the graph should hold: one relation ``want_<kind>`` for each kind of node and edge.

sql/*.sql make them, in the order of their names; sql/formats/<format>/*.sql first make rows of the
contract's tables of what a format's own tables say. What is derived of a part of the facts is asked for
by touched.py.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb

from boardtrace.errors import BoardtraceError
from boardtrace.facts import first_line
from boardtrace.model import RAW, STORED, TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from boardtrace.facts import Ledger
    from boardtrace.model import Column

__all__ = [
    "Told",
    "counted",
    "derive",
    "everything",
    "formats",
    "interpret",
    "live",
    "names",
    "planned_for_size",
    "relations",
    "run",
    "says",
    "together",
]

_SQL = files("boardtrace") / "sql"
_FEW = 1_000


def derive(ledger: Ledger) -> None:
    """Make the relations ``want_<kind>`` of the facts as they stand."""
    with planned_for_size(ledger) as facts:
        everything(ledger, facts)


@dataclass(frozen=True, slots=True)
class Told:
    """What some formats' own facts come to, if that is kept: of each table the relations with its rows."""

    formats: frozenset[str] = frozenset()
    rows: Mapping[str, Sequence[str]] = field(default_factory=dict)


_NOTHING = Told()


def everything(ledger: Ledger, facts: Mapping[str, int], told: Told = _NOTHING) -> None:
    """Do what `derive` does; ``facts`` counts them by table."""
    interpret(ledger, facts, told=told)
    for name in names():
        run(ledger, name)


@functools.cache
def names(folder: str = ".") -> list[str]:
    """Name the files of a folder of sql/ in their order; without one, those that derive."""
    found = (entry.name for entry in (_SQL / folder).iterdir() if entry.name.endswith(".sql"))
    return sorted(name if folder == "." else f"{folder}/{name}" for name in found)


def formats(facts: Collection[str]) -> list[str]:
    """Name the formats of which tables of their own have facts."""
    return sorted({name.partition("_")[0] for name in RAW if name in facts})


def run(ledger: Ledger, name: str) -> None:
    """Run the statements of a file of sql/."""
    for statement in _statements(name):
        try:
            ledger.db.execute(statement)
        except (duckdb.ProgrammingError, duckdb.ConversionException) as error:
            raise BoardtraceError(f"sql/{name}: {first_line(error)}") from error


@functools.cache
def _statements(name: str) -> list[duckdb.Statement]:
    return duckdb.extract_statements((_SQL / name).read_text(encoding="utf-8"))


def interpret(
    ledger: Ledger,
    facts: Mapping[str, int],
    only: Mapping[str, str] | None = None,
    told: Told = _NOTHING,
) -> None:
    """Let each table hold, for what is derived next, also what the formats' own facts come to.

    Temporary views of the tables' names do so. Of a table in ``only`` there are the rows of which that
    holds. What of one key is said in two ways is in `disagreement`.
    """
    for name, columns in _EXTRA.items():
        ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE said_{name} ({columns})")
    given = {
        name: together(name, f"facts.{rows}", told.rows.get(name, ()))
        for name, rows in live(ledger, facts).items()
    }
    for name, of in given.items():
        if only and name in only:  # it is read several times
            part = f"FROM {of} WHERE {only[name]}"
            ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE part_of_{name} AS {part}")
            given[name] = f"temp.part_of_{name}"
        ledger.db.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS FROM {given[name]}')
    said: dict[str, list[str]] = {}
    for form in formats(facts):
        if form not in told.formats:
            for name in says(ledger, form):
                said.setdefault(name, []).append(f"temp.{form}_says_{name}")
    for extra in _EXTRA:
        for rows in (*told.rows.get(extra, ()), *said.pop(extra, [])):
            ledger.db.execute(f"INSERT INTO said_{extra} BY NAME FROM {rows}")
    for name, more in said.items():
        ledger.db.execute(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS FROM {together(name, given[name], more)}'
        )
    ledger.db.execute(_disagreements({*facts, *told.rows, *said}))


def says(ledger: Ledger, form: str) -> list[str]:
    """Make relations ``<format>_says_<table>`` of all facts of a format's own; return these tables.

    sql/formats/<format>/*.sql do so: the columns of the table, as many as it has something to say of, and
    `_src`. `_EXTRA` are what a format may say besides, of which no table has a column.
    """
    for name in names(f"formats/{form}"):
        run(ledger, name)
    made = "SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, ?)"
    before = f"{form}_says_"
    return [name.removeprefix(before) for (name,) in ledger.rows(made, [before])]


def together(table: str, rows: str, more: Iterable[str]) -> str:
    """Write the relation of a table's rows here and there, of which some may lack columns."""
    others = "".join(f" UNION ALL BY NAME FROM {relation}" for relation in more)
    columns = ", ".join(f'"{column.name}"' for column in STORED[table].columns)
    return f"(SELECT {columns}, _src FROM {rows}{others})" if others else rows


def live(ledger: Ledger, facts: Mapping[str, int]) -> dict[str, str]:
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


def counted(ledger: Ledger) -> dict[str, int]:
    """Count the facts of each table that has any."""
    counts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS facts FROM fact_{name}" for name in STORED
    )
    return dict(ledger.rows(f"FROM ({counts}) WHERE facts > 0"))


@contextlib.contextmanager
def planned_for_size(ledger: Ledger) -> Iterator[dict[str, int]]:
    """Count the facts of each table that has any, and have what is asked meanwhile planned as they need it.

    Among few a better plan costs more than it saves: half of a small batch's time.
    """
    facts = counted(ledger)
    if few := sum(facts.values()) < _FEW:
        ledger.db.execute("PRAGMA disable_optimizer")
    try:
        yield facts
    finally:
        if few:
            ledger.db.execute("PRAGMA enable_optimizer")
