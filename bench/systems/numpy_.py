"""Arrays in memory, neighbours beside each other (CSR): what the machine can do, and no database.

Everything is numbers: identifiers are places in arrays, and texts are only taken for the rows of the
answer. It knows this plant: an edge has the columns that these questions want, in their order.
"""

from __future__ import annotations

import time
from typing import Any

import duckdb
import numpy as np
import psutil  # type: ignore[import-untyped]

from bench.relations import OPEN
from bench.systems.base import Loaded, Plant, Sql, Unasked, _micros

__all__ = ["MEASURED", "Numpy"]

_CLASSES = np.array(["", "past", "possible", "certain"])


class _Csr:
    """Edges of a kind, sorted by where they start."""

    def __init__(self, starts: Any, size: int, **columns: Any) -> None:
        order = np.argsort(starts, kind="stable")
        self.first = np.searchsorted(starts[order], np.arange(size + 1))
        self.columns = {name: np.ascontiguousarray(column[order]) for name, column in columns.items()}

    def of(self, nodes: Any) -> tuple[Any, Any]:
        """Return the edges that start at these nodes, and for each the place of its node among them."""
        first, last = self.first[nodes], self.first[nodes + 1]
        counts = last - first
        ends = np.cumsum(counts)
        edges = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - ends + counts, counts)
        return edges, np.repeat(np.arange(len(nodes)), counts)

    def bytes(self) -> int:
        """Return the bytes of the arrays."""
        return self.first.nbytes + sum(column.nbytes for column in self.columns.values())


class Numpy(Sql):
    """The arrays, in this process."""

    name = "NumPy"
    ways = ("in memory",)
    colds = ()

    def load(self, plant: Plant) -> Loaded:
        """Read the derived tables into arrays."""
        began = time.perf_counter()
        with duckdb.connect(str(plant.relations), read_only=True) as source:
            self._fill(lambda query: source.execute(query).fetchnumpy())
        edges = (
            self._moves,
            self._fed,
            self._feeds,
            self._placed,
            self._runs,
            self._parents,
            self._children,
        )
        size = (
            sum(one.bytes() for one in edges)
            + sum(a.nbytes for a in self._unit.values())
            + self._names.nbytes
        )
        return Loaded(time.perf_counter() - began + plant.derived_seconds, {"arrays": size})

    def _fill(self, read: Any) -> None:
        lots = read("SELECT supplier || '/' || code AS name, part, date_code FROM lot ORDER BY id")
        self._lots = {name: at for at, name in enumerate(lots["name"])}
        self._lot_names = np.array(lots["name"], dtype=object)
        self._parts, self._codes = np.array(lots["part"], dtype="S"), np.array(lots["date_code"], dtype="S")
        unit = read("""
            SELECT unit, top_id - 1 AS top, coalesce(shipment, '') AS shipment,
                   coalesce(customer, '') AS customer
            FROM unit ORDER BY id""")
        self._names = np.array(unit["unit"], dtype="S")
        self._ids = {name: at for at, name in enumerate(unit["unit"])}
        self._unit = {"top": np.asarray(unit["top"])}
        self._words = {}
        for name in ("shipment", "customer"):  # nothing is number 0
            texts = np.concatenate([[b""], np.array(unit[name], dtype="S")])
            self._words[name], codes = np.unique(texts, return_inverse=True)
            self._unit[name] = codes[1:]
        runs = read("SELECT id - 1 AS id, machine, first_at, last_at FROM run ORDER BY id")
        self._machines = np.array([str(m) for m in runs["machine"]], dtype="S")
        n_lots, n_units, n_runs = len(self._lot_names), len(self._names), len(self._machines)
        move = read("SELECT parent - 1 AS parent, child - 1 AS child FROM move")
        self._moves = _Csr(move["parent"], n_lots, child=move["child"])
        self._origins = _Csr(move["child"], n_lots, parent=move["parent"])
        feed = read("""
            SELECT run - 1 AS run, lot - 1 AS lot, dense_rank() OVER (ORDER BY run, feeder) - 1 AS place,
                   certain::TINYINT AS certain, alternatives::TINYINT AS alternatives, refdes FROM feed""")
        self._fed = _Csr(
            feed["lot"], n_lots, **{k: feed[k] for k in ("run", "place", "certain", "alternatives")}
        )
        self._feeds = _Csr(
            feed["run"],
            n_runs,
            lot=feed["lot"],
            certain=feed["certain"],
            refdes=np.array(feed["refdes"], dtype="S"),
        )
        placed = read('SELECT run - 1 AS run, unit - 1 AS unit, "at", ended FROM placed')
        self._placed = _Csr(
            placed["run"], n_runs, unit=placed["unit"], at=placed["at"], ended=placed["ended"]
        )
        self._runs = _Csr(placed["unit"], n_units, run=placed["run"], at=placed["at"])
        mount = read('SELECT child - 1 AS child, parent - 1 AS parent, "at" FROM mount')
        self._parents = _Csr(mount["child"], n_units, unit=mount["parent"], at=mount["at"])
        self._children = _Csr(mount["parent"], n_units, unit=mount["child"], at=mount["at"])
        gone = read("SELECT unit - 1, run - 1, lot - 1, whole, refdes, rest, until FROM gone")
        self._gone = {
            key[:3]: key[3:] for key in zip(*(column.tolist() for column in gone.values()), strict=True)
        }
        gone_keys = sorted((self._key(*key), rest[3]) for key, rest in self._gone.items() if rest[0])
        self._gone_keys = np.array([key for key, _ in gone_keys], dtype=np.int64)
        self._gone_until = np.array([until for _, until in gone_keys], dtype=np.int64)

    @staticmethod
    def _key(unit: Any, run: Any, lot: Any) -> Any:
        return (
            (np.int64(unit) if np.isscalar(unit) else unit.astype(np.int64)) * (1 << 42)
            + run * (1 << 21)
            + lot
        )

    def start(self) -> None:
        """There is nothing to start: what was loaded is there, or is lost."""

    def stop(self) -> None:
        """There is nothing to stop."""

    def run(self, text: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """There are no statements."""
        raise Unasked(text)

    def ask(self, way: str, asked: Any) -> Any:
        """Answer from the arrays."""
        if asked.kind in {"why", "history"}:
            raise Unasked("texts of evidence and events are not in the arrays")
        if asked.kind == "provenance":
            return self._provenance(asked.given["unit"])
        boards = self._visited(asked.given) if asked.kind == "recall machine" else self._exposed(asked)
        return getattr(self, f"_by_{asked.by}")(*self._up(*boards))

    def _suspects(self, asked: Any) -> Any:
        given = asked.given
        if asked.kind == "recall lot":
            layer = np.array([self._lots[f"{given['supplier']}/{given['lot']}"]])
        else:
            codes = self._codes
            inside = (codes >= given["date_code_from"].encode()) & (codes <= given["date_code_to"].encode())
            layer = np.flatnonzero((self._parts == given["part"].encode()) & inside)
        found = layer
        while len(layer):
            layer = np.setdiff1d(self._moves.columns["child"][self._moves.of(layer)[0]], found)
            found = np.concatenate([found, layer])
        return np.unique(found)

    def _exposed(self, asked: Any) -> tuple[Any, Any, Any, Any]:
        lots = self._suspects(asked)
        feeds, of_lot = self._fed.of(lots)
        place, alternatives = self._fed.columns["place"][feeds], self._fed.columns["alternatives"][feeds]
        _, where, counts = np.unique(place, return_inverse=True, return_counts=True)
        sure = (self._fed.columns["certain"][feeds] == 1) | (counts[where] == alternatives)
        runs = self._fed.columns["run"][feeds]
        edges, of_feed = self._placed.of(runs)
        units, since = self._placed.columns["unit"][edges], self._placed.columns["at"][edges]
        until = np.full(len(units), OPEN)
        if len(self._gone_keys):
            keys = self._key(units, runs[of_feed], lots[of_lot][of_feed])
            at = np.minimum(np.searchsorted(self._gone_keys, keys), len(self._gone_keys) - 1)
            until = np.where(self._gone_keys[at] == keys, self._gone_until[at], until)
        return units, since, until, sure[of_feed]

    def _visited(self, given: dict[str, str]) -> tuple[Any, Any, Any, Any]:
        runs = np.flatnonzero(self._machines == given["machine"].encode())
        edges, _ = self._placed.of(runs)
        at, ended = self._placed.columns["at"][edges], self._placed.columns["ended"][edges]
        edges = edges[(at < _micros(given["until"])) & (ended >= _micros(given["since"]))]
        size = len(edges)
        return (
            self._placed.columns["unit"][edges],
            self._placed.columns["at"][edges],
            np.full(size, OPEN),
            np.ones(size, bool),
        )

    def _up(self, units: Any, since: Any, until: Any, sure: Any) -> tuple[Any, Any]:
        """Return every exposed unit and the rank of its class."""
        rank = np.zeros(len(self._names), dtype=np.int8)
        while len(units):
            np.maximum.at(rank, units, np.where(until == OPEN, sure + 2, 1).astype(np.int8))
            edges, of_unit = self._parents.of(units)
            since = np.maximum(since[of_unit], self._parents.columns["at"][edges])
            units, until, sure = self._parents.columns["unit"][edges], until[of_unit], sure[of_unit]
            keep = since < until
            units, since, until, sure = units[keep], since[keep], until[keep], sure[keep]
        found = np.flatnonzero(rank)
        return found, rank[found]

    def _by_unit(self, units: Any, rank: Any) -> tuple[Any, ...]:
        shipment, customer = self._unit["shipment"][units], self._unit["customer"][units]
        top = self._names[self._unit["top"][units]]
        return (
            self._names[units],
            _CLASSES[rank],
            top,
            self._words["shipment"][shipment],
            self._words["customer"][customer],
        )

    def _counted(self, by: str, units: Any, rank: Any) -> tuple[Any, Any, Any]:
        sold = self._unit["shipment"][units] > 0
        units, rank = units[sold], rank[sold]
        group = self._unit[by][units]
        counts = np.zeros((len(self._words[by]), 4), dtype=np.int64)
        np.add.at(counts, (group, 3 - rank), 1)
        tops = np.unique(self._unit["top"][units])
        counts[:, 3] = np.bincount(self._unit[by][tops], minlength=len(counts))
        found = np.flatnonzero(counts[:, :3].any(axis=1))
        one = np.zeros(len(counts), dtype=np.int64)
        one[group] = units
        return found, counts[found], one[found]

    def _by_shipment(self, units: Any, rank: Any) -> tuple[Any, ...]:
        found, counts, one = self._counted("shipment", units, rank)
        customer = self._words["customer"][self._unit["customer"][one]]
        return self._words["shipment"][found], customer, *counts.T

    def _by_customer(self, units: Any, rank: Any) -> tuple[Any, ...]:
        found, counts, _ = self._counted("customer", units, rank)
        return self._words["customer"][found], *counts.T

    def _provenance(self, name: str) -> list[tuple[Any, ...]]:
        rows = []
        below = [(self._ids[name], 0)]
        for unit, since in below:  # grows as it is read
            down, _ = self._children.of(np.array([unit]))
            for child, at in zip(
                self._children.columns["unit"][down], self._children.columns["at"][down], strict=True
            ):
                below.append((child, max(since, at)))
            edges, _ = self._runs.of(np.array([unit]))
            runs = self._runs.columns["run"][edges]
            feeds, of_run = self._feeds.of(runs)
            columns = self._feeds.columns
            own = zip(
                runs[of_run].tolist(),
                *(columns[name][feeds].tolist() for name in ("lot", "certain", "refdes")),
                strict=True,
            )
            for run, lot, sure, refdes in own:
                parts = [(refdes.decode(), OPEN)]
                if (unit, run, lot) in self._gone:
                    whole, gone, rest, until = self._gone[unit, run, lot]
                    parts = [(gone, until)] + ([] if whole else [(rest, OPEN)])
                origin = self._lot_names[
                    self._origins.columns["parent"][self._origins.of(np.array([lot]))[0]]
                ]
                rows += [
                    (self._names[unit].decode(), places, self._lot_names[lot], " ".join(origin),
                     "past" if until < OPEN else "certain" if sure else "possible")
                    for places, until in parts if since < until
                ]  # fmt: skip
        return rows

    def rows(self, asked: Any, answer: Any) -> Any:
        """Bring columns into the form of the truth."""
        if asked.kind == "provenance":
            return {(via, " ".join(sorted(places.split())), *rest) for via, places, *rest in answer}
        columns = [column.tolist() for column in answer]
        return {tuple(_text(cell) for cell in row) for row in zip(*columns, strict=True)}

    def memory(self) -> int:
        """Return the memory of this process."""
        return int(psutil.Process().memory_info().rss)

    def about(self) -> dict[str, str]:
        """Return version and settings."""
        return {
            "version": np.__version__,
            "settings": "one thread, one process; no writes, no names but these",
        }


def _text(cell: Any) -> Any:
    return (cell.decode() or None) if isinstance(cell, bytes) else cell


MEASURED = Numpy
