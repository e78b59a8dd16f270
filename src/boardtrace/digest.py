"""One hash of what a graph says, and the graph read back as the relations it was made of.

The digest is the sum, modulo 2^256, of the SHA-256 of every node and edge: of the kind
and what it says, not of internal ids, nor of batch, file and line. So it does not depend on
order, and what a batch adds to it is known when the batch is planned (``Link.delta``). A row in
quarantine is no fact and has no part in it.

A sum of hashes finds every accident; who can choose freely what to put in could make two
sets of one sum. `boardtrace verify` therefore compares row by row (verify.py).
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from boardtrace import derivation, projection
from boardtrace.facts import Ledger
from boardtrace.kinds import EVIDENCE, KINDS, NUMBERS
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from boardtrace.graph import Graph, Transaction
    from boardtrace.kinds import Kind

__all__ = ["WHOLE", "delta", "digest", "got", "summed", "total"]

WHOLE = 1 << 256
_NO_FACT = frozenset({"quarantined"})
_OURS = frozenset({"Batch", "Graph", "Migration"})
"""Labels of what the graph knows of itself."""
_LIMBS = (1, 17, 33, 49)
# Seconds that reading a whole graph may take: hundreds of millions of edges.
_TIMEOUT = 24 * 3600.0


def digest(graph: Graph) -> str:
    """Hash what the graph holds: 64 hexadecimal digits, of an empty one all zero."""
    with tempfile.TemporaryDirectory(prefix="boardtrace-") as folder, Ledger(Path(folder)) as scratch:
        derivation.derive(scratch)  # of no facts: for the columns
        strays = got(scratch, graph)
        return total(scratch, strays)


def total(ledger: Ledger, strays: Iterable[str] = ()) -> str:
    """Hash what `got` has read."""
    found = summed(ledger, "got")
    for stray in strays:  # nothing of ours, but there
        found += int.from_bytes(hashlib.sha256(stray.encode()).digest(), "big")
    return _hex(found)


def delta(ledger: Ledger) -> str:
    """Say what the kept difference adds to the digest of the graph."""
    return _hex(summed(ledger, "todo", "NOT _gone") - summed(ledger, "todo", "_gone"))


def summed(ledger: Ledger, what: str, where: str = "true") -> int:
    """Add up the rows of all relations ``what``_<kind>."""
    total = 0
    for name, columns in derivation.relations(ledger).items():
        prefix, _, kind = name.partition("_")
        if prefix != what or kind in _NO_FACT:
            continue
        said = [column for column in columns if not column.startswith("_")]
        limbs = ", ".join(f"sum(('0x' || substr(h, {start}, 16))::UBIGINT)" for start in _LIMBS)
        found = ledger.rows(
            f"SELECT {limbs} FROM (SELECT sha256('{kind}' || chr(31) || {projection.content(said)}) AS h "
            f"FROM {name} WHERE {where})"
        )[0]
        for place, limb in enumerate(reversed(found)):
            total += int(limb or 0) << (64 * place)
    return total


def _hex(total: int) -> str:
    return f"{total % WHOLE:064x}"


# Reading back -------------------------------------------------------------------------------------


def got(ledger: Ledger, graph: Graph) -> list[str]:
    """Read the graph into relations ``got_<kind>`` with the columns of ``want_<kind>``, and evidence.

    Evidence stands in `_batch`, `_file`, `_line`. Returns what fits no kind, in words.
    """
    relations = derivation.relations(ledger)
    shapes = {kind.name: _Shape(kind, relations[f"want_{kind.name}"]) for kind in KINDS}

    def work(tx: Transaction) -> list[str]:
        for shape in shapes.values():
            shape.begin(folder)
        strays = list(_sorted_out(tx, shapes))
        for shape in shapes.values():
            shape.end()
        return strays

    with tempfile.TemporaryDirectory(prefix="boardtrace-") as name:
        folder = Path(name)
        strays = graph.read("digest", work, _TIMEOUT)
        for shape in shapes.values():
            shape.load(ledger)
    return strays


def _sorted_out(tx: Transaction, shapes: dict[str, _Shape]) -> Iterator[str]:
    nodes = {kind.label: shapes[kind.name] for kind in KINDS if kind.node}
    edges = {(kind.label, kind.start[0], kind.end[0]): shapes[kind.name] for kind in KINDS if not kind.node}
    for row in tx.each(load("digest/everything")):
        labels, key, said, leaving = row["labels"], row["key"], row["said"], row["edges"]
        if said is not None and _OURS.isdisjoint(labels):
            yield from _node(nodes, labels, said)
        start = next((label for label in labels if label in nodes), "?")
        for of, says, ends, end_key in leaving:
            end = next((label for label in ends if label in nodes), "?")
            shape = edges.get((of, start, end))
            if shape is None:
                yield f"an edge ({start} {key})-[:{of}]->({end} {end_key}) that nothing made"
            else:
                # a node with a second label may have a key of another length: it is strange itself
                yield from shape.add(says, dict(zip(shape.ends, (*key, *end_key), strict=False)))


def _node(shapes: dict[str, _Shape], labels: list[str], said: list[tuple[str, Any]]) -> Iterable[str]:
    found = [label for label in labels if label in shapes]
    if len(found) != 1:
        return [f"a node with labels {', '.join(sorted(labels)) or 'none'} that nothing made"]
    rest = sorted(label for label in labels if label != found[0])
    return shapes[found[0]].add(said, {"labels": rest} if rest else {})


class _Shape:
    """The relation of one kind, on its way from the graph by a file of JSON."""

    def __init__(self, kind: Kind, types: dict[str, str]) -> None:
        self.kind = kind
        self.types = {name: of for name, of in types.items() if name != "_src"}
        evidence = {} if kind.node else dict(zip(EVIDENCE, ("_batch", "_file", "_line"), strict=True))
        self.ends = (*kind.start[1], *kind.end[1])
        reads = {name: _READ.get(of, _as(str)) for name, of in self.types.items()}
        for name in NUMBERS & self.types.keys():
            reads[name] = _list(_as(int)) if self.types[name].endswith("[]") else _as(int)
        reads |= {"_batch": _as(int), "_file": _as(str), "_line": _as(int)}
        named = {kind.renamed.get(name, name): name for name in self.types if name != "labels"}
        self._read = {said: (name, reads[name]) for said, name in (named | evidence).items()}

    def begin(self, folder: Path) -> None:
        self._path = folder / f"{self.kind.name}.json"
        self._file = self._path.open("wb")

    def add(self, said: list[tuple[str, Any]], row: dict[str, Any]) -> Iterable[str]:
        """Add what a node or edge says to its key or labels; tell what it says that it should not."""
        strange = []
        for name, value in said:
            column, read_as = self._read.get(name, _NONE)
            read = read_as(value)
            if read is None or column in row:
                strange.append(name)
            else:
                row[column] = read
        if "labels" in self.types:
            row.setdefault("labels", [])
        elif row.get("labels"):
            strange += row.pop("labels")
        # the key of a node at an end may have become anything: the node itself is found to be strange
        self._file.write(orjson.dumps(row, default=str) + b"\n")
        if strange:
            key = " ".join(str(row.get(name)) for name in (*self.kind.key, *self.ends))
            return [f"{self.kind.label} {key} has {', '.join(sorted(strange))} that nothing said"]
        return []

    def end(self) -> None:
        self._file.close()

    def load(self, ledger: Ledger) -> None:
        types = {**self.types, "_batch": "BIGINT", "_file": "VARCHAR", "_line": "BIGINT"}
        columns = ", ".join(f"'{name}': '{of}'" for name, of in types.items())
        ledger.db.execute(
            f"CREATE OR REPLACE TEMP TABLE got_{self.kind.name} AS SELECT * FROM read_json(?, "
            f"format = 'newline_delimited', columns = {{{columns}}}, maximum_object_size = 67108864)",
            [str(self._path)],
        )


def _microseconds(value: Any) -> int | None:
    """Read a time as digest/said gives it; None for one that is not in UTC, or finer than ours."""
    if not isinstance(value, list) or len(value) != _TIME_PARTS or type(value[1]) is not int:
        return None
    seconds, nanoseconds, offset = value
    return None if offset or nanoseconds % 1000 else int(seconds) * 1_000_000 + nanoseconds // 1000


_TIME_PARTS = 3


# Of a name that is none of ours.
_NONE = ("", lambda _value: None)


def _as(of: type) -> Callable[[Any], Any]:
    return lambda value: value if type(value) is of else None


def _list(each: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        found = [each(one) for one in value] if isinstance(value, list) else None
        return None if found is None or any(one is None for one in found) else found

    return read


# Of a column's type in the ledger, what its property must be in the graph; whole numbers are times.
_READ: dict[str, Callable[[Any], Any]] = {
    "BIGINT": _microseconds,
    "BIGINT[]": _list(_microseconds),
    "DOUBLE": _as(float),
    "BOOLEAN": _as(bool),
    "VARCHAR[]": _list(_as(str)),
}
