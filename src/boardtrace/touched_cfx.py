"""What a batch can have changed of what CFX messages say (see touched.py).

A message names a panel, a carrier or a unit, and often a transaction; what it means depends on the others
that name the same ones, and on what went on at its machine then (sql/formats/cfx). So with a name all go
that share a message with it, and transactions stand among the names, each with a mark before it. Where
packages, operators or the recipe of a machine turned out otherwise, what was there meanwhile is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boardtrace import derivation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boardtrace.facts import Ledger

__all__ = ["GONE", "MARKED", "OF_PART", "before", "connections", "machines", "seeds", "transactions"]

_MACHINES = ("cfx_loads", "cfx_unloads", "cfx_chains", "cfx_recipes", "cfx_operators")
_MARK = "chr(31)"
MARKED = f"starts_with(id, {_MARK})"
"""Whether a name is a transaction."""
_SERIAL = "CASE WHEN serial IS NOT NULL THEN value END"
# Of a table the names in it that bear what is said of each other, but for the transaction.
_NAMES: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("works", "placements", "removals", "processes", "tests", "service"), ("unit",)
)
_NAMES |= {"units": ("unit", "panel"), "panels": ("unit", "panel"), "names": ("unit", _SERIAL)}

_PART = "IN (FROM touched_part)"
_OF_TRANSACTION = "transaction IN (FROM touched_transaction)"
OF_PART = {
    f"cfx_{table}": " OR ".join([*(f"{name} {_PART}" for name in names), _OF_TRANSACTION])
    for table, names in _NAMES.items()
} | {"cfx_ends": _OF_TRANSACTION}
"""Of each table that speaks of units: which rows are about the names in ``touched_part``."""
_SAID = ("placements", "visits", "gaps", "processes", "tests", "service", "removals")
GONE = {table: [f"(FROM before_{table} EXCEPT FROM cfx_says_{table})"] for table in _SAID}
"""Of each table the relation of rows that messages come to no longer."""


def machines(ledger: Ledger) -> None:
    """Add to ``reloaded`` when something of a machine turned out otherwise than without this batch."""
    ledger.db.execute("CREATE OR REPLACE TEMP VIEW loads AS FROM all_loads")
    for which in ("WHERE _src < first_source()", ""):
        for name in _MACHINES:
            ledger.db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM facts.fact_{name} {which}")
        derivation.run(ledger, "formats/cfx/machines.sql")
        if which:
            for name in ("load", "says_loads", "crew", "recipe"):
                ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE before_{name} AS FROM cfx_{name}")
    derivation.run(ledger, "touched/12_cfx_machines.sql")


def seeds(ledger: Ledger) -> None:
    """Add to ``touched`` what messages of the batch name, and what was at machines in question."""
    ledger.db.execute(f"CREATE OR REPLACE TEMP MACRO cfx_mark(transaction) AS {_MARK} || transaction")
    derivation.run(ledger, "touched/17_cfx_seeds.sql")
    for table, names in _NAMES.items():
        ids = ", ".join([*names, "cfx_mark(transaction)"])
        new = f"SELECT unnest([{ids}]) AS id FROM fact_cfx_{table} WHERE _src >= first_source()"
        ledger.db.execute(f"INSERT INTO touched SELECT DISTINCT id FROM ({new}) WHERE id IS NOT NULL")


def connections() -> list[str]:
    """Write the SELECTs of what shares a message with one of ``latest``; some of their ids are null."""
    found = [
        # a position of a panel or carrier may be a unit by itself
        "SELECT regexp_extract(id, '(?s)^(.+)#[^#]*$', 1) FROM latest",
        "SELECT panel FROM all_units SEMI JOIN latest ON id = unit",
        "SELECT unit FROM all_units SEMI JOIN latest ON id = panel",
    ]
    for table, names in _NAMES.items():
        fact = f"fact_cfx_{table}"
        for name in names:
            ids = ", ".join([*names, "cfx_mark(transaction)", f"{name} || '#' || position"])
            found.append(f"SELECT unnest([{ids}]) FROM {fact} SEMI JOIN latest ON id = {name}")
        marked = f"(SELECT substr(id, 2) AS transaction FROM latest WHERE {MARKED})"
        found.append(
            f"SELECT unnest([{', '.join(names)}]) FROM {fact} SEMI JOIN {marked} USING (transaction)"
        )
    return found


def transactions(ledger: Ledger) -> None:
    """Make ``touched_transaction`` of those that stand among the names in ``touched_part``."""
    ledger.db.execute(
        "CREATE OR REPLACE TEMP TABLE touched_transaction AS "
        f"SELECT substr(id, 2) AS transaction FROM touched_part WHERE {MARKED}"
    )


def before(ledger: Ledger, interpret: Callable[[Mapping[str, str]], None], only: Mapping[str, str]) -> None:
    """Keep what messages said of the part without this batch, as ``before_<table>``."""
    earlier = "_src < first_source()"
    told = {name: f"({only[name]}) AND {earlier}" for name in OF_PART}
    told |= dict.fromkeys((*_MACHINES, "loads"), earlier)
    interpret({**only, **told})
    for table in _SAID:
        ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE before_{table} AS FROM cfx_says_{table}")
