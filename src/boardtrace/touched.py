"""What a batch can have changed, derived of a part of the facts.

A batch says something of some units, or of their panel, or a load turned out otherwise at a machine where
they were: sql/touched/10_seeds.sql finds them. What they were ever mounted or packed together with is
found here: these are the *touched* units. All that the graph says of them alone follows from the facts
about them, and from all facts that are about no unit (lots, loads, shipments...), of which there are few.
So sql/*.sql are run on these facts as they are on all, and what goes beyond the touched units (the runs
that others are in too, cohorts, findings over a lot) is put together with what the graph holds, by
sql/touched.

A unit that is not touched is in no row that could be another one now. That holds while a batch only
asserts: where it takes back, or changes what is said of a program, everything is derived anew, as it is
where a large part of the plant is touched, or little is known. tests/test_touched.py compares both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boardtrace import derivation
from boardtrace.kinds import DERIVED_BY, KINDS
from boardtrace.model import RAW, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boardtrace.facts import Ledger

__all__ = ["Scope", "derive"]

Scope = tuple[str, str]
"""Of a kind: which rows of ``want_<kind>`` count, and which of ``have_<kind>`` these stand for; SQL."""

_LEAST = 50_000
"""Facts, from which on it is worth while."""
_MOST = 0.25
"""Part of the graph's units that may be touched."""

_TOUCHED = "IN (FROM touched)"
# `touched_part` has their panels, too, and all units that the lots of a touched run may follow from
_PART = "IN (FROM touched_part)"
_OF = dict.fromkeys(
    ("visits", "placements", "gaps", "removals", "tests", "processes", "service"), f"unit {_PART}"
)
_OF |= {"units": f"unit {_PART} OR panel {_PART}", "mounts": f"child {_TOUCHED}"}
_OF |= dict.fromkeys(("packing", "shipment_contents"), f"content_kind = 'lot' OR content {_TOUCHED}")

_CONNECTED = (
    ("mounts", "child", "parent", "true"),
    ("packing", "content", "container", "content_kind <> 'lot'"),
)


def derive(ledger: Ledger, first: int, facts: Mapping[str, int]) -> dict[str, Scope] | None:
    """Make ``want_<kind>`` of what a batch can have changed, and say what of each counts.

    ``first`` is the least `_src` of the batch, ``facts`` counts the facts by table. None if everything is
    to be derived instead; what was made on the way counts for nothing then.
    """
    if sum(facts.values()) < _LEAST or not facts.keys().isdisjoint(RAW):
        return None
    last = ledger.last
    if last is None or last.version != DERIVED_BY or "have_unit" not in derivation.relations(ledger):
        return None  # what the graph holds was derived otherwise
    there = derivation.live(ledger, facts)
    ledger.db.execute(f"CREATE OR REPLACE TEMP MACRO first_source() AS {first}")
    for name in TABLES:
        ledger.db.execute(
            f"CREATE OR REPLACE TEMP VIEW all_{name} AS FROM facts.{there[name]};"
            f"CREATE OR REPLACE TEMP VIEW new_{name} AS FROM facts.fact_{name} WHERE _src >= {first}"
        )
    if _changes_more(ledger, facts):
        return None
    derivation.run(ledger, "touched/10_seeds.sql")
    if not _connected(ledger):
        return None
    _units(ledger, facts, "FROM touched")
    if ledger.scalar("SELECT EXISTS (FROM unsettled)"):
        others = "SELECT unit FROM edges('held') SEMI JOIN unsettled USING (run)"
        _units(ledger, facts, f"FROM touched UNION {others}")
    if _parts_no_longer_wrong(ledger):
        return None
    derivation.run(ledger, "touched/30_completed.sql")
    derivation.run(ledger, "75_cohorts.sql")
    derivation.run(ledger, "touched/40_cohorts.sql")
    derivation.run(ledger, "76_cohort_lists.sql")
    derivation.run(ledger, "touched/50_placed_of_lot.sql")
    derivation.run(ledger, "80_findings.sql")
    derivation.run(ledger, "touched/60_finding_machines.sql")
    derivation.run(ledger, "85_finding_names.sql")
    return _SCOPES


def _changes_more(ledger: Ledger, facts: Mapping[str, int]) -> bool:
    """Say whether it takes something back, or says of programs or lots what concerns earlier visits."""
    taken_back = " OR ".join(f"EXISTS (FROM new_{name} WHERE _action <> 0)" for name in facts)
    if ledger.scalar(f"SELECT {taken_back}"):
        return True
    # a program that nothing ran by, of feeders that others have, too, makes no earlier visit another
    if "programs" in facts and ledger.scalar(
        "SELECT EXISTS (FROM new_programs WHERE program IN "
        "(SELECT program FROM fact_visits WHERE program IS NOT NULL AND _src < first_source()) "
        "OR feeder NOT IN (SELECT feeder FROM all_programs WHERE _src < first_source()))"
    ):
        return True
    if "programs" not in facts or "loads" not in facts:
        return False
    # the finding of a lot of another part than the program wants
    return bool(
        ledger.scalar(
            "SELECT EXISTS (FROM new_components WHERE part_number(part) IN "
            "(SELECT part_number(part) FROM fact_lots WHERE part IS NOT NULL AND _src < first_source())) "
            "OR EXISTS (FROM (SELECT supplier, lot FROM new_lots "
            "UNION ALL SELECT to_supplier, to_lot FROM new_lot_moves) WHERE (supplier, lot) IN ("
            "SELECT (supplier, lot) FROM fact_loads WHERE _src < first_source() "
            "UNION ALL SELECT (from_supplier, from_lot) FROM fact_lot_moves WHERE _src < first_source()))"
        )
    )


def _connected(ledger: Ledger) -> bool:
    """Add to the touched what is or was connected with it; False if that is too much."""
    most = _MOST * ledger.scalar("SELECT count(*) FROM have_unit")
    ledger.db.execute("CREATE OR REPLACE TEMP TABLE latest AS FROM touched")
    ways = " UNION ALL ".join(
        f"SELECT {end} AS id FROM all_{table} SEMI JOIN latest ON id = {start} WHERE {which}"
        for table, one, other, which in _CONNECTED
        for start, end in ((one, other), (other, one))
    )
    while ledger.scalar("SELECT EXISTS (FROM latest)"):
        if ledger.scalar("SELECT count(*) FROM touched") > most:
            return False
        ledger.db.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS "
            f"SELECT DISTINCT id FROM ({ways}) ANTI JOIN touched USING (id);"
            "INSERT INTO touched FROM found;"
            "CREATE OR REPLACE TEMP TABLE latest AS FROM found"
        )
    return True


def _units(ledger: Ledger, facts: Mapping[str, int], units: str) -> None:
    """Derive of the facts about these units what does not go beyond the touched, and find their runs."""
    ledger.db.execute(f"CREATE OR REPLACE TEMP TABLE of_part AS SELECT id FROM ({units}) one(id)")
    ledger.db.execute(
        "CREATE OR REPLACE TEMP TABLE touched_part AS FROM of_part "
        "UNION SELECT panel FROM all_units SEMI JOIN of_part ON id = unit WHERE panel IS NOT NULL"
    )
    derivation.interpret(ledger, facts, _OF)
    for name in derivation.names():
        if name < "75":  # cohorts and findings
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
    derivation.run(ledger, "touched/20_runs.sql")


def _parts_no_longer_wrong(ledger: Ledger) -> bool:
    """Say whether a unit left a run that was fed from a lot of another part than its program wants."""
    return bool(
        ledger.scalar(
            "SELECT EXISTS (FROM held_finding f WHERE f.kind = 'another part than the program wants' "
            "AND f.ids[1] IN (SELECT lot_id(supplier, lot) FROM held_fed SEMI JOIN "
            '(FROM edge_before ANTI JOIN edge_now USING (run, unit, "at")) USING (run)))'
        )
    )


# What counts --------------------------------------------------------------------------------------

_HELD = (
    *("placed", "processed", "tested", "serviced", "run", "ran", "operated", "fed", "missing_in", "gap"),
    *("cohort", "reached", "finding"),
)


def _scopes() -> dict[str, Scope]:
    """Give the scope of each kind; one that is not there follows from all facts that are about no unit."""
    keys = {
        "unit": "unit",
        "placed": "unit",
        "processed": "unit",
        "tested": "unit",
        "serviced": "unit",
        "removed_from": "unit",
        "singled_out": "unit",
        "mounted_in": "child",
        "container": "container",
        "packed_unit": "content",
        "packed_container": "content",
        "shipped_unit": "content",
        "shipped_container": "content",
    }
    found = {kind: (f'"{key}" {_TOUCHED}',) * 2 for kind, key in keys.items()}
    found |= dict.fromkeys(
        ("run", "ran", "operated", "fed", "missing_in"), ("run IN (FROM touched_run)",) * 2
    )
    found["gap"] = ("gap IN (FROM touched_gap)",) * 2
    found |= dict.fromkeys(("cohort", "reached"), ("true", "cohort IN (FROM touched_cohort)"))
    # what is referred to by facts about units: what such a fact said of it once it will always say
    referred = {
        **{kind.name: kind.key for kind in KINDS if kind.name in _REFERRED_TO},
        "supplied": ("supplier", "lot"),
    }
    for kind, columns in referred.items():
        key = f"({', '.join(columns)})"
        found[kind] = ("true", f"{key} IN (SELECT {key} FROM want_{kind})")
    found["finding"] = (_FINDINGS, _FINDINGS)
    return found


_REFERRED_TO = frozenset({"supplier", "lot", "machine", "operator", "program", "firmware", "shipment"})

_FINDINGS = f"""
CASE WHEN kind = 'values disagree' THEN
       CASE split_part(detail, '.', 1) WHEN 'packing' THEN ids[1] = 'lot' OR ids[3] {_TOUCHED}
            WHEN 'units' THEN ids[1] {_TOUCHED} WHEN 'visits' THEN ids[1] {_TOUCHED}
            WHEN 'mounts' THEN ids[1] {_TOUCHED} ELSE true END
     WHEN kind = 'never there' THEN starts_with(detail, 'at feeder ') OR ids[1] {_TOUCHED}
     WHEN kind = 'fed more than it held' THEN ids[1] IN (SELECT lot_id(supplier, lot) FROM touched_lot)
     WHEN kind = 'another part than the program wants' THEN
       (kind, ids[1], detail) IN (SELECT (kind, ids[1], detail) FROM finding)
     WHEN kind IN ('packed again elsewhere', 'lots in a circle', 'one name of several') THEN true
     ELSE ids[1] {_TOUCHED} END
"""
_SCOPES = _scopes()
