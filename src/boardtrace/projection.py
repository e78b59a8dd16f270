"""The graph as a projection of the ledger: derive what it should hold, write the difference.

derivation.py makes one relation ``want_<kind>`` for each kind of node and edge. The ledger
remembers in ``have_<kind>`` what the graph holds. An ingest computes the difference once,
keeps it as ``todo_<kind>`` and commits that before the graph sees any of it. Then it is
written in chunks, and each chunk's transaction also moves the batch's counter in the
graph: after a crash the next command goes on with the chunk after the last one that the
graph has, so nothing is written twice and nothing is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boardtrace import derivation, told, touched
from boardtrace.facts import LINE, SOURCE
from boardtrace.kinds import EVIDENCE, KINDS
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from boardtrace.facts import Ledger
    from boardtrace.graph import Graph, Transaction
    from boardtrace.kinds import Kind
    from boardtrace.statement import Statement
    from boardtrace.touched_scopes import Scope

__all__ = [
    "chunks",
    "clear",
    "content",
    "pending",
    "plan",
    "rows",
    "settle",
    "wanted",
    "wiping",
    "write",
]

_CHUNK = 10_000


def plan(ledger: Ledger, first: int | None = None) -> int:
    """Derive what the graph should hold, keep the difference; return its rows.

    ``first`` is the least `_src` of the facts that are new since the last time, if that is known.
    """
    with derivation.planned_for_size(ledger) as facts:
        renewed = told.renew(ledger, facts) if touched.worth_while(facts) else told.Renewed()
        scopes = touched.derive(ledger, first, facts, renewed) if first is not None else None
        if scopes is None:
            derivation.everything(ledger, facts, renewed.told)
        return _differences(ledger, scopes or {})


def _differences(ledger: Ledger, scopes: Mapping[str, Scope]) -> int:
    found = derivation.relations(ledger)
    sizes = " UNION ALL ".join(f"SELECT '{k.name}' WHERE EXISTS (FROM want_{k.name})" for k in KINDS)
    filled = {name for (name,) in ledger.rows(sizes)}
    # a batch of nothing but evidence changes no node: the graph is to know of it all the same
    ledger.db.execute("CREATE TABLE IF NOT EXISTS due (since BIGINT)")
    return sum(
        _difference(
            ledger,
            kind,
            found[f"want_{kind.name}"],
            found.get(f"have_{kind.name}", {}),
            scopes.get(kind.name, ("true", "true")),
        )
        for kind in KINDS
        if kind.name in filled or f"have_{kind.name}" in found
    )


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
    for name in derivation.relations(ledger):
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


def wanted(kind: Kind, columns: Collection[str], which: str = "true") -> str:
    """Write the SELECT of what the graph should hold of a kind, where ``which`` holds.

    It is each row once, where it was read first.
    """
    names = ", ".join(f'"{column}"' for column in columns if column != "_src")
    origin = "min(_src)" if "_src" in columns else "NULL::BIGINT"
    return f"SELECT {names}, {origin} AS _src FROM want_{kind.name} WHERE {which} GROUP BY {names}"


def content(names: list[str]) -> str:
    """Write what makes one text of these columns of a row, in which no two rows are equal that differ."""
    cells = ", ".join(f"coalesce(to_json(\"{name}\")::VARCHAR, 'null')" for name in names)
    return f"concat_ws(chr(31), {cells})"


def _difference(
    ledger: Ledger, kind: Kind, columns: Collection[str], known: Collection[str], scope: Scope
) -> int:
    have, todo = f"have_{kind.name}", f"todo_{kind.name}"
    which, instead_of = scope
    said = [column for column in columns if column != "_src"]
    names = ", ".join(f'"{column}"' for column in said)
    hashed = f"SELECT *, md5_number({content(said)}) AS _h FROM ({wanted(kind, columns, which)})"
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
        f"UNION ALL SELECT *, true FROM (FROM {have} WHERE {instead_of}) w "
        f"WHERE NOT EXISTS ({same.format('wanted')})"
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
    found = derivation.relations(ledger)
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
    yield from _read(
        ledger, kind, _written(derivation.relations(ledger), kind), f"write/{kind.name}", which
    )


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
