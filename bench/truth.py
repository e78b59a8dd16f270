"""What is right, from how the plant was made: no system that is measured has a part in it.

The generator knows which panels each reel fed, at which changes a splice was, and which parts were
replaced when. From these numbers alone the answer to each question is counted here; tables, times of
visits and loads, and joins between them are not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bench.plant import Shape, generator

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KINDS", "Asked", "Truth"]

Rows = set[tuple[Any, ...]]
_BEGAN = datetime(2026, 1, 5, 6, tzinfo=UTC)

KINDS = {
    "provenance": "via, designators, lot, origins, class",
    "recall lot": "unit, class, top, shipment, customer; or counts by shipment or customer",
    "recall component": "the same",
    "recall machine": "the same",
    "why": "from, edge, to: lot to lot, lot to board, unit to unit",
    "history": "time, kind",
}
"""Kind of question -> what a row of its right answer is."""


@dataclass(frozen=True)
class Asked:
    """A question with its parameters; of a recall ``by`` is unit, shipment or customer."""

    kind: str
    given: dict[str, str] = field(hash=False)
    by: str = ""

    @property
    def key(self) -> str:
        """Name it, parameters and all."""
        return " ".join([self.kind, self.by, *self.given.values()])


# The boards that chosen reels were on, each with the place, and whether another reel was possible there.
HITS = """
CREATE OR REPLACE TEMP TABLE hit AS
WITH near AS (
  SELECT *, lead(splice) OVER following AS ends, lead(reel) OVER following AS heir, lag(reel) OVER following AS before
  FROM reel WINDOW following AS (PARTITION BY f ORDER BY n)),
stretch AS (
  SELECT f, reel, first + CASE WHEN splice THEN 1 ELSE 0 END AS first, next, true AS sure, true AS own
  FROM near WHERE reel IN (FROM chosen)
  UNION ALL SELECT f, reel, first, first + 1, before IN (FROM chosen), true
  FROM near WHERE reel IN (FROM chosen) AND splice
  UNION ALL SELECT f, reel, next, next + 1, heir IN (FROM chosen), false
  FROM near WHERE reel IN (FROM chosen) AND ends),
fed AS (
  SELECT f, sure, own, unnest(range(first * v('panel'), least(next * v('panel'), v('boards')))) AS i FROM stretch)
-- what is named as taken off is the reel that took over at a splice, not the one before
SELECT fed.i, CASE WHEN w.i IS NULL THEN CASE WHEN sure THEN 3 ELSE 2 END ELSE 1 END AS rank,
       w.i IS NULL OR late AS reached
FROM fed LEFT JOIN rework w ON w.i = fed.i AND w.f = fed.f AND whole AND (own OR NOT named)
"""


def _class(rank: int) -> str:
    return ["past", "possible", "certain"][rank - 1]


class Truth:
    """The right answers about one plant."""

    def __init__(self, shape: Shape, temporary: Path | None = None) -> None:
        self.shape = shape
        self.db = generator(shape, temporary)

    def close(self) -> None:
        """Let go of the plant's tables."""
        self.db.close()

    def answer(self, asked: Asked) -> Rows:
        """Return the rows of the right answer, as `KINDS` says."""
        if asked.kind.startswith("recall"):
            return self._view(asked)
        return {"provenance": self._provenance, "why": self._why, "history": self._history}[asked.kind](
            asked
        )

    # Recalls ------------------------------------------------------------------------------------

    def _choose(self, where: str, given: list[Any]) -> None:
        self.db.execute("CREATE OR REPLACE TEMP TABLE chosen(reel VARCHAR)")
        self.db.execute(f"INSERT INTO chosen SELECT reel FROM reel WHERE {where}", given)

    def _exposed(self, asked: Asked) -> str:
        """Return a query of (level, j, rank) of the exposed units."""
        given = asked.given
        spare = "SELECT NULL, NULL WHERE false"
        if asked.kind == "recall machine":
            m = int(given["machine"].removeprefix("SMT-")) - 1
            where = f"visit(q, {m}) < {_seconds(given['until'])} AND visit(q, {m}) + 45 >= {_seconds(given['since'])}"
            return f"""
                SELECT level, j, 3 AS rank FROM member
                WHERE EXISTS (FROM board WHERE i BETWEEN first AND last AND {where}) ORDER BY ALL"""
        if asked.kind == "recall component":  # one lot of this part has this date code
            lots = {"2545": "SUSPECT", "2546": "STEADY", "2547": "HOT"}
            codes = [
                lots[code] for code in lots if given["date_code_from"] <= code <= given["date_code_to"]
            ]
            self._choose("part(f) = ? AND lot IN (SELECT unnest(?))", [given["part"], codes])
        else:
            self._choose("supplier(f) = ? AND lot = ?", [given["supplier"], given["lot"]])
            if given["lot"].startswith("REEL-"):
                self._choose("reel = ?", [given["lot"]])
            if given["lot"].startswith("SPARE-"):
                f = int(given["lot"].removeprefix("SPARE-")) - 1
                spare = f"SELECT i, 3 FROM rework WHERE f = {f}"
        self.db.execute(HITS)
        return f"""
            WITH board_hit AS (SELECT i, rank, reached FROM hit UNION ALL SELECT *, true FROM ({spare}) s(i, rank)),
            reached AS (
              SELECT i, max(rank) AS rank, max(CASE WHEN reached THEN rank END) AS above FROM board_hit GROUP BY i)
            SELECT 1 AS level, i AS j, rank FROM reached
            UNION ALL
            SELECT level, i // v('spans')[level], max(above) FROM reached, range(2, v('levels') + 1) l(level)
            WHERE above IS NOT NULL GROUP BY ALL"""

    def _rows(self, asked: Asked) -> str:
        return f"""
            SELECT unit(level, j) AS unit, rank, unit(v('levels'), t) AS top,
                   CASE WHEN gone_out(t) THEN shipment(t) END AS shipment,
                   CASE WHEN gone_out(t) THEN customer(t) END AS customer
            FROM (SELECT level, j, rank, j * v('spans')[level] // v('spans')[v('levels')] AS t
                  FROM ({self._exposed(asked)}))"""

    def _view(self, asked: Asked) -> Rows:
        rows = self._rows(asked)
        if asked.by == "unit":
            found = self.db.execute(rows).fetchall()
            return {(unit, _class(rank), *rest) for unit, rank, *rest in found}
        key = "shipment, customer" if asked.by == "shipment" else "customer"
        counted = f"""
            SELECT {key}, count(*) FILTER (rank = 3), count(*) FILTER (rank = 2), count(*) FILTER (rank = 1),
                   count(DISTINCT top)
            FROM ({rows}) WHERE shipment IS NOT NULL GROUP BY ALL"""
        return set(self.db.execute(counted).fetchall())

    # Of one unit ----------------------------------------------------------------------------------

    def _board(self, unit: str) -> tuple[int, int]:
        """Return the number of the board that is, or is in, this board or product, and its panel."""
        i = int(unit[1:])
        return i, i // self.shape.panel

    def _provenance(self, asked: Asked) -> Rows:
        unit = asked.given["unit"]
        i, q = self._board(unit)
        alternatives: dict[int, list[tuple[str, str, bool]]] = defaultdict(list)
        query = """
            SELECT f, reel, supplier(f) || '/' || lot, first <= $q AND $q < next
            FROM (SELECT *, lead(splice) OVER (PARTITION BY f ORDER BY n) AS ends FROM reel)
            WHERE first <= $q AND ($q < next OR $q = next AND ends)"""
        for f, reel, origin, own in self.db.execute(query, {"q": q}).fetchall():
            alternatives[f].append((reel, origin, own))
        done = self.db.execute(
            "SELECT f, whole, late, named, supplier(f) || '/' || spare(f) FROM rework WHERE i = ?", [i]
        )
        repair = done.fetchone()
        rows: Rows = set()
        for f, reels in alternatives.items():
            places = (f"R{2 * f + 1}", f"R{2 * f + 2}")
            sure = "certain" if len(reels) == 1 else "possible"
            for reel, origin, own in reels:
                parts: list[tuple[tuple[str, ...], str]] = [(places, sure)]
                if repair and repair[0] == f and (own or not repair[3]):
                    cut = 2 if repair[1] else 1  # designators that were taken off
                    gone, left = places[:cut], places[cut:]
                    parts = [(left, sure)] if left else []
                    # taken off before it was mounted: the product never had it
                    parts += [(gone, "past")] if repair[2] or unit.startswith("B") else []
                rows |= {(f"B{i:07}", " ".join(sorted(at)), f"/{reel}", origin, cls) for at, cls in parts}
        if repair:
            f, whole, *_, origin = repair
            at = [f"R{2 * f + 1}", f"R{2 * f + 2}"][: 2 if whole else 1]
            rows.add((f"B{i:07}", " ".join(sorted(at)), f"/REEL-SPARE-{f + 1:02}", origin, "certain"))
        return rows

    def _why(self, asked: Asked) -> Rows:
        """Return the links to a product that has the lot in its board, nothing of it taken off."""
        unit, lot = asked.given["unit"], f"{asked.given['supplier']}/{asked.given['lot']}"
        inside = Asked("provenance", {"unit": unit})
        reels = {row[2] for row in self._provenance(inside) if row[3] == lot}
        board = f"B{unit[1:]}"
        rows: Rows = {(board, "MOUNTED_IN", unit)} if board != unit else set()
        return (
            rows | {(lot, "BECAME", reel) for reel in reels} | {(reel, "PLACED", board) for reel in reels}
        )

    def _history(self, asked: Asked) -> Rows:
        """Return the life of a board."""
        i, q = self._board(asked.given["unit"])
        query = """
            SELECT instant(visit($q, m)), 'placement' FROM range(4) r(m)
            UNION ALL SELECT instant(visit($q, 10)), 'AOI'
            UNION ALL SELECT instant(mounted), 'mounted' FROM member WHERE level = 1 AND j = $i
            UNION ALL SELECT instant(taken), 'removal' FROM rework WHERE i = $i
            UNION ALL SELECT instant(taken + 300), 'placement' FROM rework WHERE i = $i
            UNION ALL SELECT instant(made((s + 1) * each) + 180000), 'sale'
            FROM (SELECT 200 * v('spans')[v('levels')] AS each, $i // each AS s) WHERE gone_out(s * 200)"""
        return set(self.db.execute(query, {"i": i, "q": q}).fetchall())

    # What to ask ----------------------------------------------------------------------------------

    def instant(self, seconds: int) -> str:
        """Write seconds since the plant began as a time."""
        (text,) = self.db.execute("SELECT instant(?)", [seconds]).fetchone() or ("",)
        return str(text)

    def reworked(self, most: int) -> list[int]:
        """Return some boards that had a part replaced, spread over the plant."""
        query = "SELECT i FROM (SELECT i, row_number() OVER (ORDER BY i) AS k, count(*) OVER () AS n FROM rework)"
        return [
            i
            for (i,) in self.db.execute(
                f"{query} WHERE k % greatest(n // ?, 1) = 0 LIMIT ?", [most, most]
            ).fetchall()
        ]

    def suspects(self, most: int) -> list[int]:
        """Return some boards that have the suspect lot, without rework, spread over the plant."""
        self._choose("lot = 'SUSPECT'", [])
        self.db.execute(HITS)
        query = """
            SELECT i FROM (SELECT i, row_number() OVER (ORDER BY i) AS k, count(*) OVER () AS n
                           FROM (SELECT DISTINCT i FROM hit WHERE i NOT IN (SELECT i FROM rework)))
            WHERE k % greatest(n // ?, 1) = 0 LIMIT ?"""
        return [i for (i,) in self.db.execute(query, [most, most]).fetchall()]

    def reel(self) -> str:
        """Return the first reel of the suspect lot."""
        (name,) = self.db.execute("SELECT min(reel) FROM reel WHERE lot = 'SUSPECT'").fetchone() or ("",)
        return str(name)


def _seconds(instant: str) -> int:
    return int((datetime.fromisoformat(instant) - _BEGAN).total_seconds())
