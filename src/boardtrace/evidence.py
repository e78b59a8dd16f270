"""The original record behind an edge or a row in quarantine, from the archive."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
import orjson

from boardtrace.errors import NotFound
from boardtrace.files import File
from boardtrace.ingest import archive_of
from boardtrace.model import TABLES
from boardtrace.replay import chain_of
from boardtrace.rows import shown
from boardtrace.sources.sheets import recognises, sheets, stage_parquet, stage_sheet
from boardtrace.sources.tables import first_line_number, quoted, read_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boardtrace.chain import Link, Source
    from boardtrace.graph import Graph

__all__ = ["Evidence", "Originals", "evidence", "repairs"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record as it came: of a table its header and its own line or lines, of a message its JSON."""

    batch: int
    recorded_at: str
    file: str
    line: int
    sha256: str
    """Of the whole file."""
    header: str
    record: str


def evidence(graph: Graph, batch: int, file: str, line: int) -> Evidence:
    """Return the record at this line of a file of a batch; NotFound says what there is instead."""
    with Originals(graph) as originals:
        return originals.record(batch, file, line)


class Originals:
    """The files of a graph's batches, fetched when they are first needed."""

    def __init__(self, graph: Graph) -> None:
        self.archive = archive_of(graph)
        self.links = {link.number: link for link in chain_of(self.archive)}
        self._folder = tempfile.TemporaryDirectory(prefix="boardtrace-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def record(self, batch: int, file: str, line: int) -> Evidence:
        """Return the record at this line; NotFound if there is none."""
        link, source = self.source(batch, file)
        path = self.path(source)
        header, record = _record(path, source.name, file.removeprefix(source.name).lstrip("#"), line)
        return Evidence(batch, shown(link.at), file, line, source.sha256, header, record)

    def path(self, source: Source) -> Path:
        """Return a file of the archive, unpacked."""
        path = Path(self._folder.name) / source.sha256
        if not path.exists():
            self.archive.fetch(source.sha256, path)
        return path

    def source(self, batch: int, file: str) -> tuple[Link, Source]:
        """Find the link of a batch and the file in it; NotFound says what there is."""
        link = self.links.get(batch)
        if link is None:
            near = [f"1 to {len(self.links)}"] if self.links else []
            raise NotFound(f"the archive has no batch {batch}", parameter="batch", near=near)
        for source in link.files:
            if file == source.name or file.startswith(f"{source.name}#"):
                return link, source
        names = [source.name for source in link.files]
        raise NotFound(f"batch {batch} has no file {file}", parameter="file", near=names[:10])


def _record(path: Path, name: str, sheet: str, line: int) -> tuple[str, str]:
    with path.open("rb") as opened:
        head = opened.read(1 << 16)
    if line <= 0:
        return "", head[:2000].decode("utf-8", "replace")  # a whole file is meant: how it begins
    if recognises(head) or head.startswith(b"PAR1"):
        return _row(File(name, path), sheet, line)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    # a line ends where the readers say it does: str.splitlines knows eight more line breaks
    lines = io.StringIO(path.read_bytes().decode("utf-8", "replace"), newline="\n").readlines()
    if line > len(lines):
        raise NotFound(f"{name} has {len(lines)} lines", parameter="line")
    if start in {b"{", b"["}:
        return "", _json(lines, line)
    rest = lines[line - 1 :]
    whole = rest[0]
    for more in rest[1:]:  # a cell with line breaks: the quotes are even at its end
        if whole.count('"') % 2 == 0:
            break
        whole += more
    return lines[first_line_number(head) - 1].removeprefix("\ufeff").rstrip("\r\n"), whole.rstrip("\r\n")


def _json(lines: list[str], line: int) -> str:
    text = "".join(lines[line - 1 :]).lstrip(" \t\r\n,[")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return lines[line - 1].rstrip("\r\n")
    return text[:end]


def _row(file: File, sheet: str, line: int) -> tuple[str, str]:
    """Write a row of a workbook or of Parquet as CSV."""
    with duckdb.connect() as db:
        staged = None
        if sheet:
            for title, cells in sheets(file):
                if title == sheet:
                    staged = stage_sheet(db, file.name, cells)
        else:
            staged = stage_parquet(db, file)
        if staged:
            rows = (
                db.table(staged.relation).filter(f"_line = {line:d}").select(*map(quoted, staged.columns))
            )
            for found in rows.fetchall():
                return _csv_line(staged.columns), _csv_line(found)
    raise NotFound(f"{file.name} has no row {line}", parameter="line")


def _csv_line(cells: Iterable[Any]) -> str:
    """Write one line of a CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(["" if one is None else one for one in cells])
    return out.getvalue()


# Repairs ------------------------------------------------------------------------------------------


def repairs(graph: Graph, rows: Iterable[dict[str, Any]], folder: Path) -> Iterator[Path]:
    """Write rows of the quarantine in the form they came in, file by file, each with its id in `repairs`.

    A message or a file that was refused whole is written as it came. Yields what was written.
    """
    by_file: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in rows:
        by_file.setdefault((row["batch"], row["file"]), []).append(row)
    with Originals(graph) as originals:
        for (batch, file), bad in sorted(by_file.items()):
            path = folder / str(batch) / file.replace("#", "-")
            path.parent.mkdir(parents=True, exist_ok=True)
            yield _mended(originals, batch, file, bad, path)


def _mended(originals: Originals, batch: int, file: str, bad: list[dict[str, Any]], path: Path) -> Path:
    records = [(row["id"], originals.record(batch, file, row["line"])) for row in bad]
    if any(record.line == 0 for _, record in records):
        _, source = originals.source(batch, file)
        path.write_bytes(originals.path(source).read_bytes())
        return path
    if not records[0][1].header:
        path = path.with_suffix(".ndjson")
        path.write_text(
            "".join(f"{_with_id(record.record, entry)}\n" for entry, record in records), "utf-8"
        )
        return path
    mark = ","
    if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
        _, source = originals.source(batch, file)
        known = {column.name for table in TABLES.values() for column in table.columns}
        mark = read_header(File(file, originals.path(source)), known).delimiter
    else:
        path = path.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(f"{records[0][1].header}{mark}repairs\r\n")
        out.writelines(f"{record.record}{mark}{entry}\r\n" for entry, record in records)
    return path


def _with_id(record: str, entry: str) -> str:
    try:
        said = orjson.loads(record)
    except orjson.JSONDecodeError:
        return record
    if isinstance(said, dict) and "table" in said:
        said["repairs"] = entry
    return orjson.dumps(said).decode()
