"""A graph as a folder of Parquet files: which files, which columns, and the manifest over them.

    manifest.json                        version, batch, digest, and of each file rows, bytes, SHA-256
    batches.parquet                      the links of the chain, as `boardtrace batches` lists them
    measurements.parquet                 what tests measured at length (measured.py)
    nodes/Lot.parquet                    one file for each kind of node ...
    edges/Lot-FED-Run.parquet            ... and of edge

A node has ``id`` (``Lot:supplier/lot``), ``label`` and its properties, an edge ``src``, ``dst``, ``type``,
the keys of both ends as ``src_...`` and ``dst_...``, its properties and its evidence. Ids are made of
the keys, so the ids of two exports of one graph are the same. graph_out.py writes such a
folder, graph_in.py reads it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import TypeAdapter, ValidationError

from boardtrace.errors import BadInput
from boardtrace.kinds import EVIDENCE, KINDS, NUMBERS
from boardtrace.sources.tables import literal, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.kinds import Kind

__all__ = [
    "BATCHES",
    "MANIFEST",
    "MEASUREMENTS",
    "Column",
    "File",
    "Manifest",
    "columns",
    "described",
    "identity",
    "path_of",
    "properties",
]

MANIFEST = "manifest.json"
BATCHES = "batches.parquet"
MEASUREMENTS = "measurements.parquet"
_TIME = "TIMESTAMP WITH TIME ZONE"
_EVIDENCE = dict(zip(EVIDENCE, ("BIGINT", "VARCHAR", "BIGINT"), strict=True))


def path_of(kind: Kind) -> str:
    """Name the file of a kind."""
    if kind.node:
        return f"nodes/{kind.label}.parquet"
    return f"edges/{kind.start[0]}-{kind.label}-{kind.end[0]}.parquet"


# Columns ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind's relation (``name``, of type ``of``), called ``known_as`` in the file."""

    name: str
    of: str
    known_as: str

    @property
    def _is_time(self) -> bool:
        return self.of in {"BIGINT", "BIGINT[]"} and self.name not in NUMBERS

    @property
    def type(self) -> str:
        """Its type in the file: a time is one there, where the relation has microseconds."""
        return self.of.replace("BIGINT", _TIME) if self._is_time else self.of

    def written(self) -> str:
        """Write what makes the file's value of the relation's."""
        return self._converted(quoted(self.name), "make_timestamptz")

    def read(self) -> str:
        """Write what makes the relation's value of the file's."""
        return self._converted(quoted(self.known_as), "epoch_us")

    def _converted(self, cell: str, time: str) -> str:
        if not self._is_time:
            return cell
        return (
            f"list_transform({cell}, lambda one: {time}(one))"
            if self.of.endswith("[]")
            else f"{time}({cell})"
        )


def columns(kind: Kind, types: dict[str, str]) -> list[Column]:
    """List what a kind says, of the columns of its relation ``want_<kind>``, and their ``types``."""
    keys = _ends(kind)
    # kinds of edges of one type may share a relation: the key of a lot says nothing of a unit
    others = {name for other in KINDS if other.label == kind.label for name in _ends(other)} - keys.keys()
    return [
        Column(name, of, keys.get(name) or kind.renamed.get(name, name))
        for name, of in types.items()
        if not name.startswith("_") and name not in others
    ]


def _ends(kind: Kind) -> dict[str, str]:
    """Map the columns of an edge's relation that are a key of an end to their names in the file."""
    nodes = {one.label: one.key for one in KINDS if one.node}
    return {
        column: f"{side}_{key}"
        for side, (label, names) in (("src", kind.start), ("dst", kind.end))
        if label
        for column, key in zip(names, nodes[label], strict=True)
    }


def identity(label: str, names: tuple[str, ...]) -> str:
    """Write the id of a node whose key stands in these columns; of a lot as `model.lot_id`."""
    *first, last = map(quoted, names)
    escaped = [f"replace(replace({name}, '%', '%25'), '/', '%2F') || '/'" for name in first]
    return " || ".join([literal(f"{label}:"), *escaped, last])


def properties(kind: Kind, said: list[Column]) -> dict[str, str]:
    """Map the columns of a kind's file to their types."""
    own = {column.known_as: column.type for column in said}
    if kind.node:
        return {"id": "VARCHAR", "label": "VARCHAR", **own}
    return {"src": "VARCHAR", "dst": "VARCHAR", "type": "VARCHAR", **own, **_EVIDENCE}


# Manifest -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder, by its path there, as ``nodes/Lot.parquet``."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export is: written by which version, of which batch, with which digest (digest.py)."""

    version: str
    batch: int
    hash: str
    """Of the batch: the last link of the chain."""
    rules: int | None
    """By which the graph was derived (kinds.py)."""
    digest: str
    nodes: int
    edges: int
    files: tuple[File, ...]
    format: Literal["boardtrace graph"] = "boardtrace graph"
    form: Literal[1] = 1
    """Another number is another layout of the folder."""

    def text(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @property
    def sha256(self) -> str:
        """What tells it from any other export."""
        return hashlib.sha256(self.text().encode()).hexdigest()

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a folder; BadInput if there is none, or one of another program or layout."""
        path = folder / MANIFEST
        try:
            return TypeAdapter(cls).validate_json(path.read_bytes(), strict=True)
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            raise BadInput(
                f"{path}: no manifest of an exported graph: {place or 'all of it'}: {fault['msg']}"
            ) from None
        except FileNotFoundError:
            raise BadInput(
                f"{path} is missing", hint="an export is a folder that `boardtrace export graph` wrote"
            ) from None
        except OSError as error:
            raise BadInput(f"{path} cannot be read: {error.strerror}") from None


def described(folder: Path, name: str, rows: int) -> File:
    """Measure and hash a file of the folder."""
    with (folder / name).open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return File(name, rows, (folder / name).stat().st_size, sha256)
