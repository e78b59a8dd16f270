"""Which lots are certain: the fixpoint over merges that Cypher cannot say in one statement.

Works on rows of exposure/lots.cypher or exposure/origins.cypher: each lot with the lots it is from.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

__all__ = ["certain_lots", "steps_from"]

Rows = list[dict[str, Any]]


def certain_lots(rows: Rows, origins: dict[str, bool]) -> set[str]:
    """Return the certain suspects among ``rows``, given suspects and whether each is certain.

    A lot is one if it is named as certain, if a certain suspect became it by a certain move, or if
    every lot merged into it is one. The least such set: a cycle adds nothing.
    """
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
    certain = {lot for lot, named in origins.items() if named}
    fresh = list(certain)
    while fresh:
        for lot in children[fresh.pop()] - certain:
            if sure[lot] & certain or (lot in merged and merged[lot] <= certain):
                certain.add(lot)
                fresh.append(lot)
    return certain


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
