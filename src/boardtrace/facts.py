"""The ledger: every fact that was ever asserted, as rows of typed tables in one DuckDB file.

The ledger is what was said; the graph is what follows from it (see projection.py). A row is
normalised once, here: keys trimmed, times to microseconds since 1970 in UTC, lists to
sorted sets, words to lower case. Two rows that are equal after that are one fact, and
its number is the MD5 of its columns, so neither file nor order matters.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Self

import duckdb

from boardtrace.chain import Link
from boardtrace.errors import BoardtraceError, Busy, Damaged
from boardtrace.model import STORED, same_part
from boardtrace.settings import Settings
from boardtrace.sources.fields import utf8
from boardtrace.sources.tables import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from boardtrace.model import Column, Table
    from boardtrace.sources import Reject
    from boardtrace.sources.tables import Staged

__all__ = [
    "LINE", "LINE_BITS", "REPAIRS", "SOURCE", "Counts", "Ledger", "first_line", "last_link",
]  # fmt: skip

# `_src` of a fact: the file's number in `source` above so many bits, the line below.
LINE_BITS = 36
ACTIONS = ("assert", "retract", "reassert")
SOURCE = f"_src >> {LINE_BITS}"
LINE = f"_src & {(1 << LINE_BITS) - 1}"
"""Of a row with `_src`: the number of its file in `source`, and its line there."""
REPAIRS = "repairs"
"""A column that any table may have: the entry of the quarantine that the row makes good."""

_SQL_TYPES = {"time": "BIGINT", "number": "DOUBLE", "flag": "BOOLEAN"}
# RFC 3339, section 5.6; DuckDB alone would take a day 24:00 and a time without offset.
_TIME = (
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?"
    r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
# Characters of an identifier: two, of four bytes each, must fit the key of an index (8 kB).
_LONGEST = 500
_SHOWN = 100  # characters of a cell that cannot be used
_PROSE = frozenset({"description", "detail", "image"})
# What is taken off a parameter, too: Unicode's White_Space.
_BLANKS = "".join(filter(str.isspace, map(chr, (*range(0x1C), *range(0x20, 0x3001)))))


@dataclass(slots=True)
class Counts:
    """What became of the rows that were read: accepted + duplicate + quarantined = read."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0

    def add(self, other: Counts) -> None:
        """Add another file's counts."""
        self.read += other.read
        self.accepted += other.accepted
        self.duplicate += other.duplicate
        self.quarantined += other.quarantined


class Ledger:
    """One graph's facts, in ``folder``/facts.duckdb; one process writes at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "facts.duckdb"
        try:
            self.db = duckdb.connect(str(self.path))
        except duckdb.Error as error:
            if "lock on file" in str(error).lower():
                raise Busy(f"another command writes to {folder}", hint="wait until it is done") from None
            message = f"{self.path} cannot be opened: {first_line(error)}"
            if not os.access(self.path, os.R_OK | os.W_OK):
                raise BoardtraceError(message) from None
            raise Damaged(message, hint="`boardtrace rebuild` makes it again from the archive") from None
        self.db.execute(f"SET temp_directory = {literal(folder / 'spill')}")
        self.db.execute(f"SET memory_limit = {literal(Settings().memory + 'B')}")
        self.db.execute("SET threads = 2; SET TimeZone = 'UTC'")
        # no bar of the library's own: it takes any interpreter without a file for somebody who looks on
        self.db.execute("SET enable_progress_bar = false")
        self.db.execute((files("boardtrace") / "sql" / "00_spelling.sql").read_text(encoding="utf-8"))
        made = ""
        for table in STORED.values():
            columns = ", ".join(f'"{c.name}" {_SQL_TYPES.get(c.kind, "VARCHAR")}' for c in table.columns)
            made += (
                f"CREATE TABLE IF NOT EXISTS fact_{table.name} ({columns}, _id UHUGEINT, "
                f"_action UTINYINT, _src BIGINT);{_live(table)};"
            )
        # in one transaction: each by itself would wait for the disk a hundred times
        self.db.execute(
            f"BEGIN; {made}"
            "CREATE TABLE IF NOT EXISTS quarantine "
            '(batch INTEGER, file VARCHAR, line BIGINT, "column" VARCHAR, reason VARCHAR, names VARCHAR[]);'
            "CREATE TABLE IF NOT EXISTS repaired (id VARCHAR, batch INTEGER);"
            "CREATE TABLE IF NOT EXISTS source (id INTEGER, batch INTEGER, file VARCHAR);"
            "CREATE TABLE IF NOT EXISTS chain (number INTEGER, link VARCHAR); COMMIT"
        )
        if self.scalar("SELECT EXISTS (FROM duckdb_tables() WHERE table_name = 'batch')"):
            self.close()
            raise BoardtraceError(
                f"the ledger in {folder} is from before sources were archived",
                hint="take its files into a new graph",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file, so that the next command can write."""
        self.db.close()

    @contextlib.contextmanager
    def transaction(self, state: str = "nothing was written") -> Iterator[None]:
        """All or nothing; what DuckDB raises becomes an error of ours, which says ``state``."""
        self.db.execute("BEGIN")
        try:
            yield
            self.db.execute("COMMIT")
        except duckdb.Error as error:
            with contextlib.suppress(duckdb.Error):
                self.db.execute("ROLLBACK")
            short = isinstance(error, duckdb.OutOfMemoryException)
            way_out = "set BOARDTRACE_MEMORY higher" if short else "is the disk full?"
            raise BoardtraceError(
                f"the ledger {self.path} refused: {first_line(error)}",
                hint=f"{state}; {way_out}",
            ) from error
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self.db.execute("ROLLBACK")
            raise

    def scalar(self, query: str, values: list[Any] | None = None) -> Any:
        """First cell of the first row."""
        rows = self.rows(query, values)  # all: what is not fetched to its end stays in the connection's way
        return rows[0][0] if rows else None

    def rows(self, query: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Every row."""
        return self.db.execute(query, values or []).fetchall()

    @property
    def last(self) -> Link | None:
        """The last link of the chain, None before the first batch."""
        text = self.scalar("SELECT arg_max(link, number) FROM chain")
        return Link.parse(text) if text else None

    def links(self) -> list[Link]:
        """Every link, the first first."""
        return [Link.parse(text) for (text,) in self.rows("SELECT link FROM chain ORDER BY number")]

    def record(self, link: Link) -> None:
        """Put a link at the end of the chain."""
        self.db.execute("INSERT INTO chain VALUES (?, ?)", [link.number, link.text()])

    def admit(self, table: Table, staged: Staged, batch: int, file: str, site: str = "") -> Counts:
        """Take the good rows of a staged relation into the ledger, the others into quarantine.

        ``site`` goes before every id of the site's own.
        """
        relation = f"norm_{table.name}"
        self.db.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {_normalise(table, staged, site)}")
        self.reject(batch, file, staged.rejects)
        bad = self._quarantine(table, relation, batch, file)
        fact = f"fact_{table.name}"
        names = ", ".join(f'"{c.name}"' for c in table.columns)
        new = f"FROM {relation} n WHERE _column IS NULL"
        if self.scalar(f"SELECT EXISTS (FROM {fact})"):
            new += f" AND NOT EXISTS (FROM {fact} f WHERE f._id = n._id AND f._action = n._action)"
        source = self._source(batch, file)
        distinct = self.scalar(f"SELECT count(DISTINCT (_id, _action)) {new}")
        pick = (
            ""
            if distinct == self.scalar(f"SELECT count(*) {new}")
            else " QUALIFY row_number() OVER (PARTITION BY _id, _action ORDER BY _line) = 1"
        )
        self.db.execute(
            f"INSERT INTO {fact} SELECT {names}, _id, _action, {source << LINE_BITS} + _line {new}{pick}"
        )
        if REPAIRS in staged.columns:
            self.db.execute(
                f"INSERT INTO repaired SELECT DISTINCT _repairs, ? FROM {relation} r WHERE _column IS NULL "
                "AND _repairs IS NOT NULL AND NOT EXISTS (FROM repaired o WHERE o.id = r._repairs)",
                [batch],
            )
        read = staged.rows + len(staged.rejects)
        quarantined = bad + len(staged.rejects)
        self.db.execute(f"DROP TABLE {relation}; DROP TABLE {staged.relation}")
        return Counts(read, distinct, read - quarantined - distinct, quarantined)

    def newly_quarantined(self, batch: int) -> bool:
        """Say whether this batch holds a bad row that no earlier one holds."""
        return bool(
            self.scalar(
                "SELECT EXISTS (FROM quarantine q WHERE batch = ? AND NOT EXISTS (FROM quarantine o "
                "WHERE o.batch < q.batch AND o.file = q.file AND o.line = q.line AND o.reason = q.reason))",
                [batch],
            )
        )

    def repaired(self, batch: int) -> bool:
        """Say whether this batch makes good a row in quarantine."""
        return bool(self.scalar("SELECT EXISTS (FROM repaired WHERE batch = ?)", [batch]))

    def reject(self, batch: int, file: str, rejects: Iterable[Reject], site: str = "") -> None:
        """Keep what cannot be used, with where it stands, why, and what it names."""
        rows = [
            [
                *(batch, file, reject.line, utf8(reject.column) or None, utf8(reject.reason)),
                sorted({_name(kind, utf8(of), site) for kind, of in reject.names}),
            ]
            for reject in rejects
        ]
        if rows:
            self.db.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?::VARCHAR[])", rows)

    def first_source(self, batch: int) -> int:
        """Return the least `_src` that a fact of this batch has, or could have if it has none."""
        first = "SELECT coalesce(min(id) FILTER (batch = ?), max(id) + 1, 1) FROM source"
        return int(self.scalar(first, [batch])) << LINE_BITS

    def _source(self, batch: int, file: str) -> int:
        """Give a file of a batch its number, so that a row's origin is one integer: number and line."""
        known = self.scalar("SELECT id FROM source WHERE batch = ? AND file = ?", [batch, file])
        if known is None:
            known = self.scalar("SELECT coalesce(max(id), 0) + 1 FROM source")
            self.db.execute("INSERT INTO source VALUES (?, ?, ?)", [known, batch, file])
        return int(known)

    def _quarantine(self, table: Table, relation: str, batch: int, file: str) -> int:
        bad = int(self.scalar(f"SELECT count(*) FROM {relation} WHERE _column IS NOT NULL"))
        if bad:
            self.db.execute(
                f"INSERT INTO quarantine SELECT ?, ?, _line, _column, _reason, {_named(table)} "
                f"FROM {relation} WHERE _column IS NOT NULL ORDER BY _line",
                [batch, file],
            )
        return bad


def last_link(folder: Path) -> Link | None:
    """Read the last link of the ledger in a folder, changing nothing; Busy while a command writes to it."""
    path = folder / "facts.duckdb"
    try:
        with duckdb.connect(str(path), read_only=True) as db:
            found = db.execute("SELECT arg_max(link, number) FROM chain").fetchone()
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise Busy(f"another command writes to {folder}", hint="wait until it is done") from None
        raise BoardtraceError(f"{path} cannot be read: {first_line(error)}") from None
    return Link.parse(found[0]) if found and found[0] else None


def _name(kind: str, of: str, site: str) -> str:
    """Write what a record names as `_named` does; ``site`` goes before its own ids."""
    if kind == "part":
        return f"part {same_part(of)}"
    if site and kind == "lot":
        return f"lot /{site}:{of[1:]}" if of.startswith("/") else f"lot {of}"
    return f"{kind} {site}:{of}" if site else f"{kind} {of}"


def _named(table: Table) -> str:
    """Write the list of what a row of this table names: `lot supplier/lot`, `unit id`, `part number`..."""
    columns = {column.name for column in table.columns}
    keys = (("supplier", "lot"), ("from_supplier", "from_lot"), ("to_supplier", "to_lot"))
    names = [_lot_named(*key) for key in keys if columns.issuperset(key)]
    if "lot" in columns and "supplier" not in columns:  # a format's own table: the site's reels
        names += [_lot_named("''", "lot")]
    if "content_kind" in columns:
        names += [_lot_named("supplier", "CASE WHEN content_kind = 'lot' THEN content END")]
        names += ["'unit ' || CASE WHEN content_kind = 'unit' THEN content END"]
    names += [f"'{kind} ' || {column}" for column, kind in _NAMED_BY.items() if column in columns]
    names += [f"'part ' || part_number({column})" for column in ("part", "mpn") if column in columns]
    return f"list_distinct(list_filter([{', '.join(names)}]::VARCHAR[], lambda name: name IS NOT NULL))"


def _lot_named(supplier: str, lot: str) -> str:
    return f"'lot ' || lot_id(coalesce({supplier}, ''), {lot})"


# Columns that name a thing by which a recall may be asked for.
_NAMED_BY = {
    "unit": "unit",
    "child": "unit",
    "parent": "unit",
    "supplier": "supplier",
    "vendor": "supplier",
    "machine": "machine",
    "operator": "operator",
    "program": "program",
    "firmware": "firmware",
}


def first_line(error: BaseException) -> str:
    """Return what a library says, without its second thoughts."""
    return str(error).partition("\n")[0]


def _live(table: Table) -> str:
    """Define the view of what holds now: retract wins over assert, reassert over both."""
    fact = f"fact_{table.name}"
    return f"""
    CREATE VIEW IF NOT EXISTS {table.name} AS
    SELECT * FROM {fact} f
    WHERE (_action = 0 AND NOT EXISTS (
             FROM {fact} r WHERE r._id = f._id AND r._action = 1 AND NOT EXISTS (
               FROM {fact} a WHERE a._id = f._id AND a._action = 2)))
       OR (_action = 2 AND NOT EXISTS (FROM {fact} a WHERE a._id = f._id AND a._action = 0))
    """


def _normalise(table: Table, staged: Staged, site: str) -> str:
    """Write the SELECT that makes typed columns, number, action and fault of staged text."""
    raw, typed, checks, lists = [], [], [], ""
    for column in table.columns:
        quoted = f'"{column.name}"'
        there = column.name in staged.columns
        raw.append(f"{_trimmed(quoted)} AS {quoted}" if there else f"NULL AS {quoted}")
        if column.kind == "list" and there:  # few lists, many rows: each list is put in order once
            lists += (
                f" LEFT JOIN (SELECT _raw, {_TYPED['list'].format('_raw')} AS _{column.name} FROM "
                f"(SELECT DISTINCT {_trimmed(quoted)} AS _raw FROM {staged.relation})) AS of_{column.name} "
                f"ON of_{column.name}._raw = {quoted}"
            )
            typed.append(f"_{column.name} AS {quoted}")
        else:
            typed.append(f"{_sited(table, column, _typed(table, column), site)} AS {quoted}")
        checks += _checks(table, column, there=there)
    has_action = "action" in staged.columns
    raw.append(f"lower({_trimmed('action')}) AS _word" if has_action else "NULL AS _word")
    raw.append(f"{_trimmed(REPAIRS)} AS _repairs" if REPAIRS in staged.columns else "NULL AS _repairs")
    known = ", ".join(f"'{action}'" for action in ACTIONS)
    checks.append(("action", f"_word <> '' AND _word NOT IN ({known})", f"is one of {', '.join(ACTIONS)}"))
    checks += _ROW_RULES.get(table.name, [])
    fault = " ".join(f"WHEN {bad} THEN '{column}'" for column, bad, _ in checks)
    reason = " ".join(f"WHEN {bad} THEN {_reason(column, why)}" for column, bad, why in checks)
    parts = ", ".join(f'coalesce("{c.name}"::VARCHAR, chr(30))' for c in table.columns)
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    return f"""
    SELECT {names}, md5_number(concat_ws(chr(31), {parts})) AS _id, _action, _line, _column, _reason,
      _repairs
    FROM (
      SELECT {", ".join(typed)}, _repairs,
        (CASE _word WHEN 'retract' THEN 1 WHEN 'reassert' THEN 2 ELSE 0 END)::UTINYINT AS _action,
        _line::BIGINT AS _line, CASE {fault} END AS _column, CASE {reason} END AS _reason
      FROM (SELECT {", ".join(raw)}, _line FROM {staged.relation}){lists})
    """


def _trimmed(column: str) -> str:
    """Trim a cell and make nothing of a blank one; to look at both ends first is ten times quicker."""
    perhaps = f"{column} < '!' OR {column}[-1] < '!' OR strlen({column}) <> length({column})"
    return f"nullif(CASE WHEN {perhaps} THEN trim({column}, '{_BLANKS}') ELSE {column} END, '')"


def _reason(column: str, why: str) -> str:
    text = f"'{why}'"
    if why.startswith(("is one of", "is not")):
        text += (
            f" || ': ' || coalesce(left(\"{column}\"::VARCHAR, {_SHOWN}), '')"
            if column != "action"
            else " || ': ' || _word"
        )
    return text


def _typed(table: Table, column: Column) -> str:
    quoted = f'"{column.name}"'
    if column.kind == "text":
        if column.may_be_blank:
            return f"coalesce({quoted}, '')"
        # a lot without supplier is the site's own; without a lot there is no supplier
        of_lot = _OF_LOT.get(table.name) if column.name == "supplier" else None
        return f"CASE WHEN {of_lot} THEN coalesce({quoted}, '') END" if of_lot else quoted
    typed = _TYPED[column.kind].format(quoted)
    if column.name in _OPEN_ENDS:
        return f"CASE WHEN {typed} < {_NEVER} THEN {typed} END"
    return f"CASE WHEN {typed} > {_LAST} THEN {_LAST} ELSE {typed} END" if column.name in _ENDS else typed


def _sited(table: Table, column: Column, value: str, site: str) -> str:
    """Put the site before an id of its own: two factories' reels R1 stay two."""
    of_site = _OWN_CONTENT if column.name == "content" else _OWN_LOTS.get(column.name)
    if not site:
        return value
    if column.name in table.site:
        of_site = "true"
    if table.name == "aliases" and column.name == "id":
        kinds = ", ".join(f"'{kind}'" for kind in ("unit", "machine", "operator", "container", "shipment"))
        lot = f"lower(kind) = 'lot' AND ({value} NOT LIKE '%/%' OR {value} LIKE '/%')"
        slash = f"lower(kind) = 'lot' AND {value} LIKE '/%/%'"  # in the code: the blank supplier must stay
        return (
            f"CASE WHEN lower(kind) IN ({kinds}) THEN '{site}:' || {value} "
            f"WHEN {slash} THEN '/{site}:' || substr({value}, 2) "
            f"WHEN {lot} THEN '{site}:' || ltrim({value}, '/') ELSE {value} END"
        )
    return f"CASE WHEN {of_site} THEN '{site}:' || {value} ELSE {value} END" if of_site else value


_OWN_LOTS = {
    lot: f"coalesce({lot.replace('lot', 'supplier')}, '') = ''" for lot in ("lot", "from_lot", "to_lot")
}
_OWN_CONTENT = "lower(content_kind) <> 'lot' OR coalesce(supplier, '') = ''"


_BARE = r"""regexp_replace({}, '"(?:[^"\\]|\\.)*"', '', 'g')"""
"""A text of JSON without its strings."""
_ODD = "(?i)nan|inf"
_OF_LOT = {
    "removals": "lot IS NOT NULL",
    "packing": "lower(content_kind) = 'lot'",
    "shipment_contents": "lower(content_kind) = 'lot'",
}
_TYPED = {
    "time": "epoch_us(try_cast(upper(replace({0}, ',', '.')) AS TIMESTAMPTZ))",
    "number": "try_cast({0} AS DOUBLE)",
    "flag": "CASE lower({0}) WHEN 'true' THEN true WHEN 'false' THEN false END",
    "list": "nullif(array_to_string(list_sort(list_distinct(string_split_regex({0}, '\\s+'))), ' '), '')",
    "json": "CASE WHEN json_valid({0}) THEN json({0})::VARCHAR END",
    "word": "lower({0})",
}


def _checks(table: Table, column: Column, *, there: bool) -> list[tuple[str, str, str]]:
    """List (column, condition under which the row is bad, reason) for one column."""
    quoted, checks = f'"{column.name}"', []
    if column.required and not there:
        return [(column.name, "true", f"is a required column of {table.name} and not in this file")]
    if column.required and not column.may_be_blank:
        checks.append((column.name, f"{quoted} IS NULL", "is required and blank"))
    match column.kind:
        case "text" if column.name not in _PROSE:
            # what is indexed has a limit, and it must be met before the ledger has the row
            checks.append(
                (column.name, f"length({quoted}) > {_LONGEST}", f"has more than {_LONGEST} characters")
            )
        case "time":
            bad = (
                f"{quoted} IS NOT NULL AND (NOT regexp_full_match({quoted}, '{_TIME}') OR "
                f"try_cast(upper(replace({quoted}, ',', '.')) AS TIMESTAMPTZ) IS NULL)"
            )
            checks.append((column.name, bad, "is not a time with an offset (RFC 3339)"))
            # an offset may lead there from the first day of 1970
            instant = _TYPED["time"].format(quoted)
            early = f"{quoted} < '1970-01-02' AND coalesce({instant} < 0, {quoted} < '1970')"
            checks.append((column.name, early, "is before 1970"))
            if column.name not in _ENDS:
                checks.append((column.name, f"{quoted} >= '2100'", "is after 2100"))
        case "number":
            bad = f"{quoted} IS NOT NULL AND NOT coalesce(isfinite(try_cast({quoted} AS DOUBLE)), false)"
            checks.append((column.name, bad, "is not a number"))
        case "flag":
            bad = f"lower({quoted}) NOT IN ('true', 'false')"
            checks.append((column.name, bad, "is not true or false"))
        case "json":
            # DuckDB takes NaN and Infinity for numbers of JSON
            bare = _BARE.format(quoted)
            odd = f"regexp_matches({quoted}, '{_ODD}') AND regexp_matches({bare}, '{_ODD}')"
            checks.append((column.name, f"NOT json_valid({quoted}) OR ({odd})", "is not JSON"))
        case "word":
            words = ", ".join(f"'{word}'" for word in column.words)
            bad = f"lower({quoted}) NOT IN ({words})"
            checks.append((column.name, bad, f"is one of {', '.join(column.words)}"))
        case _:
            pass
    return checks


# Ends that systems write as the last day of their calendar; what is there until then was not ended.
_OPEN_ENDS = frozenset({"unloaded_at", "removed_at"})
_ENDS = _OPEN_ENDS | {"expires_at", "ended_at"}
_NEVER = 4_102_444_800_000_000  # 2100
_LAST = 253_402_300_799_999_999  # the end of the year 9999, which an offset may lead beyond

# What a row says of itself that cannot be.
_ROW_RULES: dict[str, list[tuple[str, str, str]]] = {
    "mounts": [("parent", "child = parent", "is the child itself: a unit cannot be mounted in itself")],
    "packing": [
        (
            "container",
            "lower(content_kind) = 'container' AND content = container",
            "is its own content: a container cannot be packed in itself",
        )
    ],
    "lot_moves": [
        (
            "to_lot",
            "coalesce(from_supplier, '') = coalesce(to_supplier, '') AND from_lot = to_lot",
            "is from_lot: a lot cannot become itself",
        )
    ],
    "removals": [("refdes", "refdes IS NULL AND lot IS NULL", "is blank, and so is lot: one is needed")],
}
