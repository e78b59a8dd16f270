"""Which rows count where a part was derived, and which of the graph's these stand for (touched.py)."""

from __future__ import annotations

from boardtrace.kinds import KINDS

__all__ = ["SCOPES", "TOUCHED", "Scope"]

Scope = tuple[str, str]
"""Of a kind: which rows of ``want_<kind>`` count, and which of ``have_<kind>`` these stand for; SQL."""
TOUCHED = "IN (FROM touched)"


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
        "known_unit": "id",
        "mounted_in": "child",
        "container": "container",
        "packed_unit": "content",
        "packed_container": "content",
        "shipped_unit": "content",
        "shipped_container": "content",
    }
    found = {kind: (f'"{key}" {TOUCHED}',) * 2 for kind, key in keys.items()}
    found |= dict.fromkeys(
        ("run", "ran", "operated", "fed", "missing_in"), ("run IN (FROM touched_run)",) * 2
    )
    found["gap"] = ("gap IN (FROM touched_gap)",) * 2
    found |= dict.fromkeys(("cohort", "reached"), ("true", "cohort IN (FROM touched_cohort)"))
    # what is referred to by facts about units: it stays, unless it was let go (25_let_go.sql)
    referred = {
        **{kind.name: kind.key for kind in KINDS if kind.name in _REFERRED_TO},
        "supplied": ("supplier", "lot"),
    }
    for kind, columns in referred.items():
        key = f"({', '.join(columns)})"
        found[kind] = ("true", f"{key} IN (SELECT {key} FROM want_{kind})")
    # a name that a unit beside the part has stays
    others = f"SELECT alias FROM held_known_unit WHERE id NOT {TOUCHED}"
    found["alias"] = ("true", f"alias NOT IN ({others}) OR alias IN (SELECT alias FROM want_alias)")
    found["finding"] = (_FINDINGS, _FINDINGS)
    return found


_REFERRED_TO = frozenset({"supplier", "lot", "machine", "operator", "program", "firmware", "shipment"})

# contradictions of a format's own, which are known of all that it says
_OF_FORMATS = "'different events of one id', 'correction of nothing'"
_FINDINGS = f"""
CASE WHEN kind = 'values disagree' THEN
       CASE split_part(detail, '.', 1) WHEN 'packing' THEN ids[1] = 'lot' OR ids[3] {TOUCHED}
            WHEN 'units' THEN ids[1] {TOUCHED} WHEN 'visits' THEN ids[1] {TOUCHED}
            WHEN 'mounts' THEN ids[1] {TOUCHED} ELSE true END
     WHEN kind = 'never there' THEN starts_with(detail, 'at feeder ') OR ids[1] {TOUCHED}
     WHEN kind = 'fed more than it held' THEN ids[1] IN (SELECT lot_id(supplier, lot) FROM touched_lot)
     WHEN kind = 'another part than the program wants' THEN
       (kind, ids[1], detail) IN (SELECT (kind, ids[1], detail) FROM finding)
     WHEN kind = 'one name of several' THEN
       detail <> 'alias of several: unit' OR list_has_any(ids[2:], (SELECT list(id) FROM touched))
     WHEN kind IN ('packed again elsewhere', 'lots in a circle', {_OF_FORMATS}) THEN true
     WHEN kind = 'end without a beginning' THEN chr(31) || ids[2] {TOUCHED}
     WHEN kind = 'removal of nothing' AND starts_with(detail, 'taken out of it') THEN true
     ELSE ids[1] {TOUCHED} END
"""
SCOPES = _scopes()
"""The scope of each kind of which not every row is derived."""
