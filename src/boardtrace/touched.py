"""What a batch can have changed, derived of a part of the facts.

A batch says something of some units, or of their panel, or a load turned out otherwise at a machine where
they were: sql/touched/15_seeds.sql finds them. What they were ever mounted or packed together with is
found here: these are the *touched* units. All that the graph says of them alone follows from the facts
about them, and from all facts that are about no unit (lots, loads, shipments...), of which there are few.
So sql/*.sql are run on these facts as they are on all, and what goes beyond the touched units (the runs
that others are in too, cohorts, findings over a lot) is put together with what the graph holds, by
sql/touched. Which rows count in the end, touched_scopes.py says.

A unit that is not touched is in no row that could be another one now. That holds while a batch only
asserts: where it takes back, or changes what is said of a program, everything is derived anew, as it is
where a large part of the plant is touched, or little is known. tests/test_touched.py compares both ways.
What messages of CFX come to depends on more than the units they name (touched_cfx.py); of EPCIS and
Catena-X it is known which rows they come to now and did not before (told.py).
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from boardtrace import derivation, touched_cfx
from boardtrace.kinds import DERIVED_BY
from boardtrace.model import RAW, TABLES
from boardtrace.touched_scopes import SCOPES, TOUCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from boardtrace.facts import Ledger
    from boardtrace.told import Renewed
    from boardtrace.touched_scopes import Scope

__all__ = ["derive", "worth_while"]

_LEAST = 50_000
"""Facts, from which on it is worth while."""
_MOST = 0.25
"""Part of the graph's units that may be touched."""

# `touched_part` has their panels, too, and all units that the lots of a touched run may follow from
_PART = "IN (FROM touched_part)"
_OF = dict.fromkeys(
    ("visits", "placements", "gaps", "removals", "tests", "processes", "service"), f"unit {_PART}"
)
_OF |= {"units": f"unit {_PART} OR panel {_PART}", "mounts": f"child {TOUCHED}"}
_OF |= dict.fromkeys(("packing", "shipment_contents"), f"content_kind = 'lot' OR content {TOUCHED}")
_OF |= touched_cfx.OF_PART

# What the graph holds that is put together with what is derived.
_HELD = (
    *("placed", "processed", "tested", "serviced", "run", "ran", "operated", "fed", "missing_in", "gap"),
    *("cohort", "reached", "finding", "removed_from", "known_unit"),
)
_BEYOND = "75"
"""The first of sql/*.sql that goes beyond the touched units: cohorts and findings."""
_CONNECTED = (
    ("mounts", "child", "parent", "true"),
    ("packing", "content", "container", "content_kind <> 'lot'"),
    ("aliases", "id", "alias", "kind = 'unit'"),
    ("units", "unit", "panel", "panel IN (FROM moved_panel)"),
)


def worth_while(facts: Mapping[str, int]) -> bool:
    """Say whether there are so many facts, counted by table, that a part of them takes less time."""
    return sum(facts.values()) >= _LEAST


def derive(
    ledger: Ledger, first: int, facts: Mapping[str, int], renewed: Renewed
) -> dict[str, Scope] | None:
    """Make ``want_<kind>`` of what a batch can have changed, and say what of each counts.

    ``first`` is the least `_src` of the batch, ``facts`` counts the facts by table, ``renewed`` is what
    formats come to that are not interpreted here. None if everything is to be derived instead; what was
    made on the way counts for nothing then.
    """
    if not worth_while(facts) or not renewed.known or not _derived_alike(ledger):
        return None
    _views(ledger, first, facts, renewed)
    if _changes_more(ledger, facts):
        return None
    cfx = "cfx" in derivation.formats(facts)
    _seeds(ledger, cfx=cfx)
    ways = touched_cfx.connections() if cfx else []
    most = _MOST * ledger.scalar("SELECT count(*) FROM have_unit")
    if not _spread(ledger, "touched", [*_ways(), *ways], most):
        return None
    _runs(ledger, functools.partial(derivation.interpret, ledger, facts, told=renewed.told), ways)
    if _parts_no_longer_wrong(ledger) or _let_go(ledger, [renewed.gone, touched_cfx.GONE if cfx else {}]):
        return None
    derivation.run(ledger, "touched/30_completed.sql")
    derivation.run(ledger, "75_cohorts.sql")
    derivation.run(ledger, "touched/40_cohorts.sql")
    derivation.run(ledger, "76_cohort_lists.sql")
    derivation.run(ledger, "touched/50_placed_of_lot.sql")
    derivation.run(ledger, "80_findings.sql")
    derivation.run(ledger, "touched/60_finding_machines.sql")
    derivation.run(ledger, "85_finding_names.sql")
    return SCOPES


def _views(ledger: Ledger, first: int, facts: Mapping[str, int], renewed: Renewed) -> None:
    """Make ``new_<table>``, what the batch says or takes away, and ``all_<table>``, what is or was said."""
    ledger.db.execute(f"CREATE OR REPLACE TEMP MACRO first_source() AS {first}")
    for name, rows in derivation.live(ledger, facts).items():
        if name not in TABLES:
            continue
        gone = renewed.gone.get(name, [])
        new = f"(FROM facts.fact_{name} WHERE _src >= {first})"
        new = derivation.together(name, new, [*renewed.come.get(name, []), *gone])
        every = derivation.together(name, f"facts.{rows}", [*renewed.told.rows.get(name, []), *gone])
        ledger.db.execute(
            f"CREATE OR REPLACE TEMP VIEW new_{name} AS FROM {new};"
            f"CREATE OR REPLACE TEMP VIEW all_{name} AS FROM {every}"
        )
    quantities = [
        f'SELECT unit, "at" FROM {rows}'
        for of in (renewed.come, renewed.gone)
        for rows in of.get("quantities", [])
    ]
    nothing = 'SELECT NULL::VARCHAR AS unit, NULL::BIGINT AS "at" WHERE false'
    ledger.db.execute(
        f"CREATE OR REPLACE TEMP VIEW new_quantities AS {' UNION ALL '.join([nothing, *quantities])}"
    )


def _derived_alike(ledger: Ledger) -> bool:
    """Say whether what the graph holds was derived as it would be now."""
    last = ledger.last
    return last is not None and last.version == DERIVED_BY and "have_unit" in derivation.relations(ledger)


def _changes_more(ledger: Ledger, facts: Mapping[str, int]) -> bool:
    """Say whether it takes something back, or says of programs or lots what concerns earlier visits."""
    new = "_src >= first_source()"
    taken_back = (f"EXISTS (FROM fact_{name} WHERE _action <> 0 AND {new})" for name in facts)
    if ledger.scalar(f"SELECT {' OR '.join(taken_back)}"):
        return True
    earlier = {table: f"all_{table} WHERE _src < first_source()" for table in TABLES}
    earlier |= {table: f"fact_{table} WHERE _src < first_source()" for table in RAW}
    # a program that nothing ran by, of feeders that others have, too, makes no earlier visit another
    ran = " UNION ALL ".join(
        f"SELECT program FROM {earlier[table]} AND program IS NOT NULL"
        for table in ("visits", "cfx_works", "cfx_recipes")
    )
    if "programs" in facts and ledger.scalar(
        f"SELECT EXISTS (FROM new_programs WHERE program IN ({ran}) "
        f"OR feeder NOT IN (SELECT feeder FROM {earlier['programs']}))"
    ):
        return True
    if "programs" not in facts or facts.keys().isdisjoint({"loads", "cfx_loads"}):
        return False
    # the finding of a lot of another part than the program wants
    return bool(
        ledger.scalar(
            "SELECT EXISTS (FROM new_components WHERE part_number(part) IN "
            f"(SELECT part_number(part) FROM {earlier['lots']} AND part IS NOT NULL)) "
            "OR EXISTS (FROM (SELECT supplier, lot FROM new_lots "
            "UNION ALL SELECT to_supplier, to_lot FROM new_lot_moves) WHERE (supplier, lot) IN ("
            f"SELECT (supplier, lot) FROM {earlier['loads']} "
            f"UNION ALL SELECT ('', lot) FROM {earlier['cfx_loads']} "
            f"UNION ALL SELECT ('', label) FROM {earlier['cfx_chains']} "
            f"UNION ALL SELECT (from_supplier, from_lot) FROM {earlier['lot_moves']}))"
        )
    )


def _seeds(ledger: Ledger, *, cfx: bool) -> None:
    """Make ``touched`` of what the batch itself names, and of what was at machines in question."""
    derivation.run(ledger, "touched/10_machines.sql")
    if cfx:
        touched_cfx.machines(ledger)
    derivation.run(ledger, "touched/15_seeds.sql")
    if cfx:
        touched_cfx.seeds(ledger)


def _ways() -> list[str]:
    """Write the SELECTs of what is or was connected with one of ``latest``, by what tables say."""
    return [
        f"SELECT o.{end} FROM all_{table} o SEMI JOIN latest ON latest.id = o.{start} WHERE {which}"
        for table, one, other, which in _CONNECTED
        for start, end in ((one, other), (other, one))
    ]


def _spread(ledger: Ledger, names: str, ways: list[str], most: float = math.inf) -> bool:
    """Add to a table of names what is connected with them in these ways; False if that is too much."""
    ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE latest AS FROM {names}")
    while ways and ledger.scalar("SELECT EXISTS (FROM latest)"):
        if ledger.scalar(f"SELECT count(*) FROM {names} WHERE NOT {touched_cfx.MARKED}") > most:
            return False
        ledger.db.execute(
            "CREATE OR REPLACE TEMP TABLE found AS "
            f"SELECT DISTINCT id FROM ({' UNION ALL '.join(ways)}) one(id) "
            f"ANTI JOIN {names} USING (id) WHERE id <> '';"
            f"INSERT INTO {names} FROM found;"
            "CREATE OR REPLACE TEMP TABLE latest AS FROM found"
        )
    return True


def _runs(ledger: Ledger, interpret: Callable[[Mapping[str, str]], None], ways: Collection[str]) -> None:
    """Derive the touched units' edges and runs, and the runs that others are in, too, as far as need be."""
    _part(ledger, "FROM touched")
    if ways:
        touched_cfx.before(ledger, interpret, _OF)
    interpret(_OF)
    _units(ledger)
    if ways:
        derivation.run(ledger, "touched/18_cfx_evidence.sql")
    derivation.run(ledger, "touched/20_runs.sql")
    if ledger.scalar("SELECT EXISTS (FROM unsettled)"):
        others = "SELECT unit FROM edges('held') SEMI JOIN unsettled USING (run)"
        _part(ledger, f"FROM touched UNION {others}", ways)
        interpret(_OF)
        _units(ledger)
        derivation.run(ledger, "touched/20_runs.sql")


def _part(ledger: Ledger, units: str, ways: Collection[str] = ()) -> None:
    """Make ``touched_part`` of these units, what goes with them in these ways, and their panels."""
    ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE of_part AS SELECT id FROM ({units}) one(id)")
    _spread(ledger, "of_part", [*ways])
    ledger.db.execute(
        "CREATE OR REPLACE TEMP TABLE touched_part AS FROM of_part "
        "UNION SELECT panel FROM all_units SEMI JOIN of_part ON id = unit WHERE panel IS NOT NULL"
    )
    touched_cfx.transactions(ledger)


def _units(ledger: Ledger) -> None:
    """Derive of the facts about the part what does not go beyond the touched."""
    for name in derivation.names():
        if name < _BEYOND:
            derivation.run(ledger, name)
    found = derivation.relations(ledger)
    if any(f"have_{kind}" not in found and f"want_{kind}" not in found for kind in _HELD):
        for name in derivation.names():  # for the columns of what the graph has none of
            if name >= _BEYOND:
                derivation.run(ledger, name)
        found = derivation.relations(ledger)
    for kind in _HELD:
        held = f"FROM have_{kind}"
        if f"have_{kind}" not in found:
            names = ", ".join(f'"{name}"' for name in found[f"want_{kind}"] if name != "_src")
            held = (
                f"SELECT {names}, NULL::BIGINT AS _src, NULL::UHUGEINT AS _h FROM want_{kind} WHERE false"
            )
        ledger.db.execute(f"CREATE OR REPLACE TEMP VIEW held_{kind} AS {held}")


def _parts_no_longer_wrong(ledger: Ledger) -> bool:
    """Say whether a unit left a run that was fed from a lot of another part than its program wants."""
    return bool(
        ledger.scalar(
            "SELECT EXISTS (FROM held_finding f WHERE f.kind = 'another part than the program wants' "
            "AND f.ids[1] IN (SELECT lot_id(supplier, lot) FROM held_fed SEMI JOIN "
            '(FROM edge_before ANTI JOIN edge_now USING (run, unit, "at")) USING (run)))'
        )
    )


def _let_go(ledger: Ledger, gone: Collection[Mapping[str, Collection[str]]]) -> bool:
    """Say whether something was known only by rows that formats no longer come to; ``gone`` by table."""
    if not any(gone):
        return False
    for name in TABLES:
        relations = [relation for of in gone for relation in of.get(name, ())]
        rows = derivation.together(name, f"(FROM facts.fact_{name} WHERE false)", relations)
        ledger.db.execute(f"CREATE OR REPLACE TEMP VIEW gone_{name} AS FROM {rows}")
    derivation.run(ledger, "touched/25_let_go.sql")
    return bool(ledger.scalar("SELECT EXISTS (FROM let_go)"))
