"""What EPCIS events and the twins of Catena-X come to, kept in the ledger: ``told_<format>_<table>``.

What one of these means depends on all others, so where there are new ones of a format all of it is
interpreted again. What it came to is kept, with the number of facts that it is of. So a batch without new
ones need not interpret any, and of one with them it is known which rows came and which are said no
longer: ``come_<format>_<table>``, ``gone_<format>_<table>``. CFX messages, of which a plant has many more,
are interpreted by the units that they name instead (touched_cfx.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boardtrace import derivation
from boardtrace.derivation import Told
from boardtrace.kinds import DERIVED_BY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boardtrace.facts import Ledger

__all__ = ["Renewed", "renew"]

_Rows = dict[str, list[str]]


@dataclass(slots=True)
class Renewed:
    """What is kept, and of each table the relations of rows that came and that went with this batch."""

    told: Told = field(default_factory=Told)
    come: _Rows = field(default_factory=dict)
    gone: _Rows = field(default_factory=dict)
    known: bool = True
    """Whether that is known: it is not if nothing was kept before, or by another version."""


def renew(ledger: Ledger, facts: Mapping[str, int]) -> Renewed:
    """Interpret the formats, but CFX, of which there are new facts; ``facts`` counts them by table."""
    formats = [form for form in derivation.formats(facts) if form != "cfx"]
    if not formats:
        return Renewed()
    ledger.db.execute("CREATE TABLE IF NOT EXISTS told (format VARCHAR, facts BIGINT, version VARCHAR)")
    rows = _Rows()
    found = Renewed(Told(frozenset(formats), rows))
    for form in formats:
        of = {name: count for name, count in facts.items() if name.startswith(f"{form}_")}
        now = (sum(of.values()), DERIVED_BY)
        kept = ledger.rows("SELECT facts, version FROM told WHERE format = ?", [form])
        if kept != [now]:
            known = [version for _, version in kept] == [DERIVED_BY]
            found.known &= known
            _keep(ledger, form, of, found if known else None)
            ledger.db.execute("DELETE FROM told WHERE format = ?", [form])
            ledger.db.execute("INSERT INTO told VALUES (?, ?, ?)", [form, *now])
        for name in _kept(ledger, form):
            rows.setdefault(name, []).append(f"told_{form}_{name}")
    return found


def _keep(ledger: Ledger, form: str, of: Mapping[str, int], compared: Renewed | None) -> None:
    """Interpret a format, and put what it comes to in the place of what it came to before."""
    for name, rows in derivation.live(ledger, of).items():
        if name.startswith(f"{form}_"):
            ledger.db.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM facts.{rows}")
    said = derivation.says(ledger, form)
    if compared:
        for name in said:
            now, before = f"temp.{form}_says_{name}", f"told_{form}_{name}"
            _differ(ledger, f"come_{form}_{name}", now, before, compared.come.setdefault(name, []))
            _differ(ledger, f"gone_{form}_{name}", before, now, compared.gone.setdefault(name, []))
    for name in _kept(ledger, form):
        ledger.db.execute(f"DROP TABLE told_{form}_{name}")
    for name in said:
        ledger.db.execute(
            f"CREATE TABLE told_{form}_{name} AS FROM temp.{form}_says_{name};"
            f"DROP TABLE temp.{form}_says_{name}"
        )


def _differ(ledger: Ledger, name: str, one: str, other: str, found: list[str]) -> None:
    ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {one} EXCEPT FROM {other}")
    found.append(name)


def _kept(ledger: Ledger, form: str) -> list[str]:
    """Name the tables of which what a format comes to is kept."""
    made = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND starts_with(table_name, ?)"
    before = f"told_{form}_"
    return [name.removeprefix(before) for (name,) in ledger.rows(made, [before])]
