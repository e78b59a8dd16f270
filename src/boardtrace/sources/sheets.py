"""Tables that are no text: workbooks (XLSX), one sheet a table, and Parquet.

A sheet's row has its own number as line, a Parquet row its place in the file from 1. A
cell becomes the text that a CSV would hold. A time without an offset stays without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import fastexcel

from boardtrace.errors import BadInput
from boardtrace.sources.tables import STAGED, Staged, column_names, quoted, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.files import File

__all__ = ["recognises", "sheets", "stage_parquet", "stage_sheet"]


def recognises(head: bytes) -> bool:
    """Say whether a file that begins so is a workbook: a zip with a list of content types."""
    return head.startswith(b"PK\x03\x04") and (b"[Content_Types].xml" in head or b"xl/" in head)


def sheets(file: File) -> Iterator[tuple[str, fastexcel.ExcelSheet]]:
    """Yield name and cells of each sheet that is not empty; BadInput where it is no workbook."""
    try:
        book = fastexcel.read_excel(str(file.path))
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            if sheet.width and sheet.height:
                yield name, sheet
    except fastexcel.FastExcelError as error:
        raise BadInput(
            f"{file.name}: a workbook that cannot be read: {str(error).splitlines()[0]}"
        ) from None


def stage_sheet(db: duckdb.DuckDBPyConnection, name: str, sheet: fastexcel.ExcelSheet) -> Staged:
    """Stage a sheet of which the first row is the header; BadInput where that is none."""
    db.register("sheet", sheet)
    try:
        db.execute(
            "CREATE OR REPLACE TEMP TABLE cells AS SELECT *, row_number() OVER () AS _line FROM sheet"
        )
    finally:
        db.unregister("sheet")
    titles = db.execute("SELECT * EXCLUDE (_line) FROM cells WHERE _line = 1").fetchone() or ()
    were = [
        column for (column, *_) in db.execute("SELECT * EXCLUDE (_line) FROM cells LIMIT 0").description
    ]
    titled = [title is not None and bool(str(title).strip()) for title in titles]
    if not any(titled):
        raise BadInput(f"{name}: empty, not even a header")
    counts = ", ".join(f"count({quoted(was)})" for was in were)
    cells_in = db.execute(f"SELECT {counts} FROM cells WHERE _line > 1").fetchone() or ()
    # a column without a name is told as not read, if there is something in it
    used = [has or count > 0 for has, count in zip(titled, cells_in, strict=True)]
    names = column_names(str(title or "") for title in titles)
    named = {name: was for name, was, use in zip(names, were, used, strict=True) if use}
    if len(named) < sum(used):
        raise BadInput(f"{name}: two columns have one name")
    cells = ", ".join(f"{quoted(was)} AS {quoted(title)}" for title, was in named.items())
    filled = " OR ".join(f"{quoted(was)} IS NOT NULL" for was in named.values())
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE {STAGED} AS SELECT {cells}, _line FROM cells "
        f"WHERE _line > 1 AND ({filled}); DROP TABLE cells"
    )
    return _counted(db, list(named))


def stage_parquet(db: duckdb.DuckDBPyConnection, file: File) -> Staged:
    """Stage a Parquet file; BadInput where it is none."""
    try:
        with duckdb.connect() as beside:
            source = beside.execute("SELECT * FROM read_parquet(?) LIMIT 0", [str(file.path)])
            columns = [(name, str(kind)) for name, kind, *_ in source.description]
    except duckdb.Error as error:
        raise _not_parquet(file, str(error).splitlines()[0]) from None
    names = column_names(name for name, _ in columns)
    named = {name: _text(*column) for name, column in zip(names, columns, strict=True)}
    if len(named) < len(columns):
        raise BadInput(f"{file.name}: two columns have one name")
    read = "read_parquet(?, file_row_number = true)"
    why = unreadable(list(named.values()), read, [str(file.path)])
    if why:
        raise _not_parquet(file, why)
    cells = ", ".join(f"{text} AS {quoted(name)}" for name, text in named.items())
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE {STAGED} AS "
        f"SELECT {cells}, file_row_number + 1 AS _line FROM {read}",
        [str(file.path)],
    )
    return _counted(db, list(named))


def _not_parquet(file: File, why: str) -> BadInput:
    # the same words wherever the file lies: they are compared when it is read again from the archive
    return BadInput(f"{file.name}: Parquet that cannot be read: {why.replace(str(file.path), file.name)}")


def _text(name: str, kind: str) -> str:
    """Write what makes the text of a CSV cell of a typed column, as `cell` does of a JSON value."""
    cell = quoted(name)
    if kind.startswith(("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")):  # the latter of nanoseconds
        return f"strftime(timezone('UTC', {cell}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind.endswith("[]") and kind.removesuffix("[]") in _LISTED:
        return f"array_to_string({cell}::VARCHAR[], ' ')"
    if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP")):
        return f"to_json({cell})::VARCHAR"
    return f"{cell}::VARCHAR"


_LISTED = {
    "VARCHAR", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
}  # fmt: skip
"""What a list may be of to be blank-separated; any other is JSON."""


def _counted(db: duckdb.DuckDBPyConnection, columns: list[str]) -> Staged:
    ((rows,),) = db.execute(f"SELECT count(*) FROM {STAGED}").fetchall()
    return Staged(STAGED, columns, int(rows))
