"""CSV tables, in any dialect that a spreadsheet writes, staged in DuckDB as text with their lines.

DuckDB parses; the only thing that it does not tell is the line of a good row. Where a
file has one line for each record the line follows from the row's number. Where it has
not (blank lines, line breaks inside quotes) the file is read once more by Python's csv
module, which knows, at a fifth of the speed.
"""

from __future__ import annotations

import csv
import mmap
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self

import duckdb
import orjson

from boardtrace.errors import BadInput
from boardtrace.model import INPUTS
from boardtrace.sources import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boardtrace.files import File
    from boardtrace.model import Table

__all__ = [
    "STAGED",
    "Header",
    "Spool",
    "Staged",
    "cell",
    "column_names",
    "first_line_number",
    "literal",
    "quoted",
    "read_header",
    "stage_csv",
    "table_named",
    "unreadable",
]

_HEAD = 1 << 16
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# A cell that a person typed may hold a long JSON document, never a photograph.
_MAX_LINE = 16 << 20
# Each broken row costs a pass over the good ones; past so many, Python's reader is quicker.
_FEW = 20


@dataclass(frozen=True, slots=True)
class Header:
    """First line of a CSV: its columns, its separator, how many lines stand before the data."""

    columns: list[str]
    delimiter: str
    lines: int


@dataclass(slots=True)
class Staged:
    """A relation of text columns and `_line`, ready to be admitted to the ledger."""

    relation: str
    columns: list[str]
    rows: int
    rejects: list[Reject] = field(default_factory=list)


def table_named(name: str) -> Table:
    """Find the table that a file is named after: visits.csv, visits-2026-07.csv, visits_3.csv.

    BadInput if there is none.
    """
    stem = PurePosixPath(name).name.lower().split(".")[0]
    found = INPUTS.get(stem) or INPUTS.get(stem.split("-")[0]) or INPUTS.get(re.sub(r"_\d+$", "", stem))
    if found is None:
        names = ", ".join(INPUTS)
        raise BadInput(f"{name}: no table has this name; tables are {names}")
    return found


def column_names(titles: Iterable[str]) -> list[str]:
    """Name the columns that a header has, as ours are named: small, without blanks at their ends.

    A spreadsheet writes columns without a name. One of these, or of a name that is taken here, goes
    by its place: it is a column like any other that we do not know.
    """
    named = [title.strip().lower() for title in titles]
    return [f"#{place}" if name in {"", "_line"} else name for place, name in enumerate(named, 1)]


def first_line_number(head: bytes) -> int:
    """Return the line of the header of a file that begins so: a spreadsheet may stand a hint before it."""
    return 2 if head.removeprefix(_BOM).lower().startswith(b"sep=") else 1


def read_header(file: File, known: set[str]) -> Header:
    """Read the first line; BadInput where the file is no text or has no header.

    The separator is the one that splits it into the most ``known`` names.
    """
    with file.path.open("rb") as opened:
        head = opened.read(_HEAD)
    if head.startswith(_UTF16):
        raise BadInput(f"{file.name}: UTF-16 text", hint="save it as 'CSV UTF-8'")
    if b"\0" in head:
        raise BadInput(f"{file.name}: not a text file (a NUL byte at offset {head.index(0)})")
    head = head.removeprefix(_BOM)
    lines = first_line_number(head)
    first = [*head.split(b"\n", lines), b""][lines - 1]
    try:
        text = first.decode().strip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file.name}: not UTF-8 text (byte {error.start} of the header)") from None
    if not text.strip():
        raise BadInput(f"{file.name}: empty, not even a header")
    try:
        splits = {
            delimiter: column_names(next(csv.reader([text], delimiter=delimiter))) for delimiter in ",;\t|"
        }
    except csv.Error as error:  # a line that ends as those of old Macs do, or never
        raise BadInput(f"{file.name}: line {lines}: no header of a CSV: {error}") from None
    delimiter = max(splits, key=lambda d: (len(known.intersection(splits[d])), len(splits[d])))
    columns = splits[delimiter]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise BadInput(f"{file.name}: line {lines}: column {twice[0]!r} stands there twice")
    return Header(columns, delimiter, lines)


def stage_csv(db: duckdb.DuckDBPyConnection, file: File, known: set[str]) -> Staged:
    """Stage a CSV file; rows of a wrong width become rejects with their line."""
    header, path = read_header(file, known), file.path
    staged = _stage_fast(db, path, header)
    if staged is None:
        rejects: list[Reject] = []
        with Spool(header.columns) as spool:
            for line, cells in _records(path, header, rejects):
                spool.add(line, cells)
            staged = spool.stage(db)
        staged.rejects = rejects
    return staged


class Spool:
    """Rows on their way to a relation, in a file so that memory stays flat."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns
        self.rows = 0
        self._folder = tempfile.TemporaryDirectory(prefix="boardtrace-")
        self._path = Path(self._folder.name) / "rows.csv"
        self._file = self._path.open("w", encoding="utf-8", newline="")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._folder.cleanup()

    def add(self, line: int, cells: Iterable[str]) -> None:
        """Add the cells of a row, in the order of the columns."""
        # csv.writer looks at each character, at twice the cost; what is blank is read as none either way
        said = ",".join(['"' + cell.replace('"', '""') + '"' if cell else "" for cell in cells])
        self._file.write(f"{line},{said}\n")
        self.rows += 1

    def stage(self, db: duckdb.DuckDBPyConnection) -> Staged:
        """Make a relation of all rows."""
        self._file.flush()
        # a cell may hold line ends of another kind, which it would take for the rows'
        reader = _reader(["_line", *self.columns], ", new_line = '\\n'")
        _create(db, f"SELECT * FROM {reader}", [str(self._path), ",", 0])
        return Staged(STAGED, self.columns, self.rows)


STAGED = "staged"
"""The relation of rows that wait for the ledger."""


def cell(value: Any, kind: str = "text") -> str:
    """Write a JSON value as a CSV would hold it in a column of this kind; absent is blank.

    Lists are blank-separated, but where the column is JSON.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind != "json" and isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return " ".join(map(str, value))
    return orjson.dumps(value).decode()


def literal(text: str | Path) -> str:
    """Write a text for SQL, where it cannot be a parameter."""
    return "'" + str(text).replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Write a column's name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def unreadable(cells: list[str], source: str, given: list[Any]) -> str:
    """Say why DuckDB cannot read these cells, blank if it can.

    It is tried beside the ledger, whose transaction would not outlive the error.
    """
    looked_at = ", ".join(f"max(strlen({cell}))" for cell in cells)
    try:
        with duckdb.connect() as beside:
            beside.execute("SET enable_progress_bar = false; SET threads = 2")
            beside.execute(f"SELECT {looked_at} FROM {source}", given)
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return ""


def _reader(columns: list[str], options: str = "") -> str:
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv(?, delim = ?, skip = ?, header = false, auto_detect = false, quote = '\"', "
        f"escape = '\"', max_line_size = {_MAX_LINE}, columns = {{{types}}}{options})"
    )


def _create(db: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> None:
    db.execute(f"CREATE OR REPLACE TEMP TABLE {STAGED} AS {query}", values)


def _stage_fast(db: duckdb.DuckDBPyConnection, path: Path, header: Header) -> Staged | None:
    """Let DuckDB read it; None where the line of a row does not follow from its number."""
    read = _reader(header.columns, ", store_rejects = true, rejects_limit = 0")
    given = [str(path), header.delimiter, header.lines]
    if unreadable([quoted(name) for name in header.columns], read, given):
        return None  # Python's reader says more precisely what is wrong
    db.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    _create(db, f"SELECT *, (row_number() OVER ())::BIGINT + {header.lines} AS _line FROM {read}", given)
    rows = _scalar(db, f"SELECT count(*) FROM {STAGED}")
    broken = db.execute("SELECT DISTINCT line FROM reject_errors ORDER BY line").fetchall()
    if header.lines + rows + len(broken) != _lines(path) or len(broken) > _FEW:
        return None
    if len(header.columns) == 1:  # then a blank line is read as a row
        db.execute(f"DELETE FROM {STAGED} WHERE {quoted(header.columns[0])} IS NULL")
        rows = _scalar(db, f"SELECT count(*) FROM {STAGED}")
    rejects = [
        Reject(line, column or "", reason)
        for line, column, reason in db.execute(
            "SELECT line, min(column_name), min(error_message) FROM reject_errors "
            "GROUP BY line ORDER BY line"
        ).fetchall()
    ]
    # The n-th good row stands n lines below the header, and one lower for each broken one above it.
    for (line,) in broken:
        db.execute(f"UPDATE {STAGED} SET _line = _line + 1 WHERE _line >= ?", [line])
    return Staged(STAGED, header.columns, rows, rejects)


def _scalar(db: duckdb.DuckDBPyConnection, query: str) -> int:
    row = db.execute(query).fetchone()
    return int(row[0]) if row else 0


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return 0
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            count = 0
            size = len(data)
            for start in range(0, size, 1 << 24):
                count += data[start : start + (1 << 24)].count(b"\n")
            return count + (data[size - 1] != ord("\n"))


def _records(path: Path, header: Header, rejects: list[Reject]) -> Iterator[tuple[int, list[str]]]:
    width = len(header.columns)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        for _ in range(header.lines):
            file.readline()
        reader = csv.reader(file, delimiter=header.delimiter, strict=True)
        csv.field_size_limit(_MAX_LINE)
        line = header.lines
        while True:
            begin = line + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                # the reader begins anew with the next line; where a quote never ends there is none
                rejects.append(Reject(begin, "", f"broken off here: {error}"))
                line = header.lines + reader.line_num
                continue
            line = header.lines + reader.line_num
            if not any(cells) and len(cells) <= 1:
                continue
            if len(cells) != width:
                rejects.append(Reject(begin, "", f"{len(cells)} cells where the header has {width}"))
            elif not _utf8(cells):
                rejects.append(Reject(begin, "", "not UTF-8 text"))
            else:
                yield begin, cells


def _utf8(cells: list[str]) -> bool:
    """Say whether no byte had to be escaped in reading these cells."""
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True
