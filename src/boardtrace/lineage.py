"""Which lots are certain: the fixpoint over merges that Cypher cannot say in one statement.

Works on rows of exposure/lots.cypher or exposure/origins.cypher: each lot with the lots it is from.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Move", "certain_lots", "chains", "steps_from"]

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Move:
    """A lot became another: certainly, with regard to what is suspected."""

    origin: str
    lot: str
    certain: bool


def certain_lots(rows: Rows, origins: dict[str, bool]) -> dict[str, list[str]]:
    """Return the certain suspects among ``rows``, each with the lots that make it one.

    A lot is one if it is named as certain, if a certain suspect became it by a certain move, or if
    every lot merged into it is one. The least such set: a cycle adds nothing, and of two ways the
    shorter one is named.
    """
    names = {row["lot"]: row["id"] for row in rows}
    children: defaultdict[str, set[str]] = defaultdict(set)
    merged: dict[str, set[str]] = {}
    sure: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for parent in row["parents"]:
            children[parent["lot"]].add(row["lot"])
            if parent["certain"]:
                sure[row["lot"]].add(parent["lot"])
            else:
                merged.setdefault(row["lot"], set()).add(parent["lot"])
    certain: dict[str, list[str]] = {lot: [] for lot, named in origins.items() if named}
    fresh = set(certain)
    while fresh:
        found: dict[str, list[str]] = {}
        for lot in {child for parent in fresh for child in children[parent]} - certain.keys():
            if sure[lot] & certain.keys():
                found[lot] = [min(sure[lot] & certain.keys(), key=lambda parent: names[parent])]
            elif lot in merged and merged[lot] <= certain.keys():
                found[lot] = sorted(merged[lot], key=lambda parent: names[parent])
        certain |= found
        fresh = set(found)
    return certain


def chains(rows: Rows, origins: dict[str, bool], ends: Collection[str]) -> dict[str, list[list[Move]]]:
    """Return for each of ``ends`` the moves by which it is a suspect, from a lot of ``origins`` to it.

    One chain of the fewest moves, as certain as there is one; for every merge on it that is certain
    because all that was merged is, one more for each other parent.
    """
    by = certain_lots(rows, origins)
    certain = set(by)
    names = {row["lot"]: row["id"] for row in rows}
    parents_of = {row["lot"]: row["parents"] for row in rows}
    level = set(by) | set(origins)
    by |= {lot: [] for lot in origins if lot not in by}
    while level and not by.keys() >= set(ends):  # not certain: the nearest way will do
        reached = {
            lot: min((p["lot"] for p in parents if p["lot"] in level), key=lambda one: names[one])
            for lot, parents in parents_of.items()
            if lot not in by and any(parent["lot"] in level for parent in parents)
        }
        by |= {lot: [parent] for lot, parent in reached.items()}
        level = set(reached)

    def move(origin: str, lot: str) -> Move:
        sure = any(p["lot"] == origin and p["certain"] for p in parents_of[lot])
        return Move(origin, lot, certain=lot in certain or sure)

    def lead(lot: str) -> list[Move]:
        chain: list[Move] = []
        while by[lot]:
            chain.append(move(by[lot][0], lot))
            lot = by[lot][0]
        return chain[::-1]

    def ways(end: str) -> list[list[Move]]:
        found = [lead(end)]
        shown: set[str] = set()
        for chain in found:  # grows meanwhile
            for place, link in enumerate(chain):
                if len(by[link.lot]) > 1 and link.lot not in shown:
                    shown.add(link.lot)
                    rest = chain[place + 1 :]
                    found += [
                        [*lead(other), move(other, link.lot), *rest]
                        for other in by[link.lot]
                        if other != link.origin
                    ]
        return found

    return {end: ways(end) for end in ends}


def steps_from(rows: Rows, start: str, *, up: bool) -> dict[str, tuple[int, str]]:
    """Return for each lot the least number of moves from ``start`` and the kind of the last of them.

    ``up`` follows moves against their direction. Of several last moves the kind that sorts first.
    """
    moves: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        for parent in row["parents"]:
            before, after = (row["lot"], parent["lot"]) if up else (parent["lot"], row["lot"])
            moves[before].append((after, parent["kind"]))
    found: dict[str, tuple[int, str]] = {start: (0, "")}
    level, steps = [start], 0
    while level:
        steps += 1
        reached: dict[str, str] = {}
        for lot in level:
            for after, kind in moves[lot]:
                if after not in found:
                    reached[after] = min(kind, reached.get(after, kind))
        found |= {lot: (steps, kind) for lot, kind in reached.items()}
        level = list(reached)
    del found[start]
    return found
