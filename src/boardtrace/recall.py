"""Recall and why: from a suspect to the units, and back along the evidence.

A suspect is a file of cypher/suspects. It finds lots, then everything they became is under
suspicion and cypher/exposure leads on; or it leads by itself from visits to units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boardtrace.lineage import certain_lots, chains
from boardtrace.questions import CLASSES, STATES, UnitView, WhyRow, columns
from boardtrace.rows import Blocks
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from boardtrace.graph import Transaction
    from boardtrace.lineage import Move
    from boardtrace.questions import Suspect, Why
    from boardtrace.statement import Statement

__all__ = ["missing", "parameters", "recall", "why"]

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)

Found = tuple[dict[str, list[Any]], dict[str, Any]]
"""Columns of an answer, and what else its meta says."""


@dataclass(frozen=True, slots=True)
class _Lots:
    """Lots under suspicion: those that were asked for, and everything they became."""

    asked: list[dict[str, Any]]
    """Rows of the suspect's file."""
    reached: list[dict[str, Any]]
    """Rows of exposure/lots."""
    certain: Collection[str]
    """Element ids."""

    def parameters(self) -> dict[str, Any]:
        """Return what the traversals from lots to units ask for."""
        return {
            "suspects": [
                {"lot": row["lot"], "id": row["id"], "certain": row["lot"] in self.certain}
                for row in self.reached
            ],
            "certain": {row["id"]: True for row in self.reached if row["lot"] in self.certain},
        }


def recall(tx: Transaction, question: Suspect, known: dict[str, Any]) -> Found:
    """Return the rows of the view that was asked for, and gaps and summary."""
    given = parameters(tx, question, known)

    def asked(name: str) -> dict[str, Any]:
        statement = load(name, *question.reach)
        return tx.columns(statement, **statement.asked(given))

    if known["by"] == "unit":
        found = _by_unit(tx, load("views/unit", *question.reach), given)
    else:
        found = asked(f"views/{known['by']}")
    if known["by"] == "gap":
        extra = {"gaps": len(found["reason"])}
        summary = asked("views/summary")["summary"]
    else:
        extra = missing(tx, "gaps/recall", given)
        summary = found.pop("summary")
    return found, {**extra, "summary": {**summary, "gaps": extra["gaps"]}}


def missing(tx: Transaction, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return `gaps`, how many links a file of cypher/gaps misses, and `batch`, the last one by then."""
    statement = load("gaps/counted", name)
    found = tx.columns(statement, **statement.asked(given))
    return {"gaps": found.pop("gaps"), "batch": found}


def _by_unit(tx: Transaction, statement: Statement, given: dict[str, Any]) -> dict[str, Any]:
    """Return summary and rows, which come in groups: in one each unit has its own serial, top..."""
    records = tx.rows(statement, **statement.asked(given))
    groups = [
        dict(zip(statement.returns, group, strict=True)) for record in records for group in record["part"]
    ]
    for group in groups:
        group["top"] = group["top"] or group["unit"]
        if "" in group["container"]:
            group["container"] = [name or None for name in group["container"]]
        group["since"] = group["since"] or [None] * len(group["unit"])
    blocks = Blocks(UnitView, ("unit", "since", "top", "container"), groups)
    return {"summary": records[0]["summary"], "blocks": blocks}


def parameters(tx: Transaction, question: Suspect, known: dict[str, Any]) -> dict[str, Any]:
    """Return what the statements of a recall ask for; the suspected lots are found here."""
    lots = _suspected(tx, question, known)
    given = known | lots.parameters() | _hiding(tx, question, known, lots) | _window(known)
    state, cls = known.get("state"), known.get("class_")
    given["states"] = [state] if state else list(STATES)
    given["classes"] = [cls] if cls else list(CLASSES)
    given["only"] = None  # every run
    given["left_out"] = known.get("unit", "")  # of `recall unit` the unit itself
    given["unfiltered"] = not (state or cls or given["left_out"])
    return given


def _window(known: dict[str, Any]) -> dict[str, datetime]:
    """Bound an open window: visits are found by an index of their time."""
    return {"since": known.get("since") or _EARLIEST, "until": known.get("until") or _LATEST}


def _suspected(tx: Transaction, question: Suspect, known: dict[str, Any]) -> _Lots:
    if not question.of_lots:
        return _Lots([], [], set())
    asked = tx.rows(question.statement, **question.statement.asked(known))
    reached = tx.rows(load("exposure/lots"), origins=[row["lot"] for row in asked])
    return _Lots(asked, reached, certain_lots(reached, {row["lot"]: row["certain"] for row in asked}))


def _hiding(tx: Transaction, question: Suspect, known: dict[str, Any], lots: _Lots) -> dict[str, Any]:
    """Return what gaps/hidden asks for: by what a missing link could belong to the suspect."""
    numbers = {number for row in lots.reached for number in row["numbers"] or ()}
    numbers |= {known["part"]} if known.get("part") else set()
    if question.of_lots:
        reached = [row["lot"] for row in lots.reached]
        numbers |= {*tx.columns(load("gaps/called"), numbers=list(numbers), lots=reached)["numbers"]}
    kind = question.name.split()[-1]
    sought = (kind in {"supplier", "component"} and known.get("supplier")) or ""
    # A quarantined row names a lot in one string, and the part as it is compared, by any of its numbers.
    named = {f"lot {name}" for row in lots.reached for name in (row["id"], row["code"])}
    named |= {f"part {number}" for number in numbers} if kind == "component" else {f"{kind} {known[kind]}"}
    return {
        "lots": question.of_lots,
        # Maps and blanks rather than lists and nulls: of these each type is planned anew.
        "numbers": dict.fromkeys(numbers, True),
        "any": any(not row["numbers"] for row in lots.reached),
        "foreign": bool(sought) or any(row["supplier"] for row in lots.reached),
        "by_part": bool(known.get("part")),
        "of_supplier": sought,
        "names": dict.fromkeys(named, True),
    }


# Why ----------------------------------------------------------------------------------------------

_FIRST = {"machine": "RAN", "operator": "OPERATED", "program": "RAN"}
_Link = dict[str, Any]


def why(tx: Transaction, question: Why, known: dict[str, Any]) -> Found:
    """Return every path from the suspect to the unit link by link, the strongest first, and its class."""
    asked = {**known, "unit": known["suspect"]} if "suspect" in known else known
    lots = _suspected(tx, question.suspect, asked)
    if known["goods"]:
        # a lot is exposed as it is where it was packed or shipped so
        exposed = {row["id"] for row in lots.reached if row["goods"]} & {known["goods"]}
        paths = [path for lot in exposed for path in _to_lots(tx, lots, exposed)[lot]]
        extra: dict[str, Any] = {"gaps": 0}
    else:
        runs = tx.columns(load("exposure/runs_of_unit"), unit=known["unit"])["runs"]
        given = asked | lots.parameters() | _window(asked) | {"unit": known["unit"], "only": runs}
        rows = tx.rows(question.statement, **question.statement.asked(given))
        if question.suspect.of_lots:
            paths = list(_by_lots(tx, lots, rows))
        else:
            paths = [_by_visit(question.suspect, asked, row) for row in rows]
        extra = missing(tx, "gaps/unit", known)
    ranked = sorted(
        (_class(links), [list(map(str, link.values())) for link in links], links) for links in paths
    )
    found: dict[str, list[Any]] = {name: [] for name in columns(WhyRow)}
    for number, (_, _, links) in enumerate(ranked, 1):
        for step, link in enumerate(links, 1):
            for name, cells in found.items():
                cells.append({**link, "path": number, "step": step}[name])
    return found, {**extra, "class": CLASSES[ranked[0][0]] if ranked else None}


def _class(links: list[_Link]) -> int:
    """Rank a path that is not empty: certain, possible, past."""
    if any(link["until"] is not None for link in links):
        return 2
    return 0 if all(link["certain"] for link in links) else 1


def _link(edge: str, start: str, end: str, *, certain: bool, said: dict[str, Any] | None) -> _Link:
    """Make a link that has no time of its own."""
    evidence = {name: (said or {}).get(name) for name in ("batch", "file", "line")}
    times = {"since": None, "until": None}
    return {"from": start, "edge": edge, "to": end, **times, "certain": certain, **evidence}


def _by_visit(suspect: Suspect, known: dict[str, Any], row: dict[str, Any]) -> list[_Link]:
    """Lead from a machine, operator or program by its run; the row that names the visit says that too."""
    name = suspect.name.split()[-1]
    visit, *mounts = row["links"]
    if name not in _FIRST:
        return [{**visit, "from": known[name]}, *mounts]
    return [_link(_FIRST[name], known[name], row["run"], certain=True, said=visit), visit, *mounts]


def _by_lots(tx: Transaction, lots: _Lots, rows: list[dict[str, Any]]) -> Iterator[list[_Link]]:
    ids = {row["id"]: row["lot"] for row in lots.reached}
    leading = _to_lots(tx, lots, {row["lot"] for row in rows})
    for row in rows:
        lot = row["lot"]
        # Where every lot that was possible at the place is a certain suspect, the place is certain.
        sure = row["certain"] if ids[lot] in lots.certain else row["fed"]["certain"]
        fed = _link("FED", lot, row["run"], certain=sure, said=row["fed"])
        for chain in leading[lot]:
            yield [*chain, fed, *row["links"]]


def _to_lots(tx: Transaction, lots: _Lots, ends: set[str]) -> dict[str, list[list[_Link]]]:
    """Return for each lot the chains of moves that make it a suspect.

    It is one chain, and one more for each lot that was merged beside it. Lots are named as
    supplier/lot; one that is no suspect is left out.
    """
    names = {row["lot"]: row["id"] for row in lots.reached}
    asked = {row["lot"]: row for row in lots.asked}
    origins = {row["lot"]: row["certain"] for row in lots.asked}
    # A lot that has its part from the lot it came from is shown by way of that: there are the rows.
    told = {
        lot: origins[lot]
        for lot, row in asked.items()
        if not row["link"] or row["link"]["line"] is not None
    }
    shown = certain_lots(lots.reached, told)
    origins = told | {lot: sure for lot, sure in origins.items() if lot not in shown}
    found = chains(lots.reached, origins, [lot for lot, name in names.items() if name in ends])
    pairs = {(move.origin, move.lot) for ways in found.values() for chain in ways for move in chain}
    moves = [{"from": origin, "to": became} for origin, became in sorted(pairs)]
    said = {(row["from"], row["to"]): row for row in tx.rows(load("exposure/moves"), moves=moves)}

    def leading(chain: list[Move], end: str) -> list[_Link]:
        first = asked[chain[0].origin if chain else end]
        link, named, sure = first["link"], names[first["lot"]], first["certain"]
        links = [_link(link["edge"], link["from"], named, certain=sure, said=link)] if link else []
        return links + [
            _link("BECAME", names[m.origin], names[m.lot], certain=m.certain, said=said[m.origin, m.lot])
            for m in chain
        ]

    return {names[end]: [leading(chain, end) for chain in ways] for end, ways in found.items()}
