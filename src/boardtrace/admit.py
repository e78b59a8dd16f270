"""Files -> facts: each file by the reader that it needs, into the ledger or its quarantine."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import TYPE_CHECKING

from boardtrace.errors import AskedWrong, BadInput
from boardtrace.facts import REPAIRS, Counts
from boardtrace.files import UNNAMED, broken
from boardtrace.mapping import Mapping, Meaning
from boardtrace.model import STORED
from boardtrace.sources import READERS, Fact, Reject
from boardtrace.sources.fields import utf8
from boardtrace.sources.ndjson import objects
from boardtrace.sources.sheets import recognises as is_workbook
from boardtrace.sources.sheets import sheets, stage_parquet, stage_sheet
from boardtrace.sources.tables import Spool, stage_csv, table_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boardtrace.facts import Ledger
    from boardtrace.files import File
    from boardtrace.sources import Reader, Unread
    from boardtrace.sources.tables import Staged

__all__ = ["FORMATS", "HEAD", "Options", "Passed", "Progress", "admit", "reader_of"]

FORMATS = ("tables", *READERS)
HEAD = 1 << 16
_BOM = b"\xef\xbb\xbf"

Progress = Callable[[str, int, int], None]
"""Who is told how far an ingest is: a step, how much of it is done, of how much (files, or rows)."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the files of a batch are read.

    ``source`` is one of FORMATS where detection fails, ``site`` stands before ids of the
    site's own, ``mapping`` is a file that says what foreign columns are.
    """

    source: str | None = None
    site: str = ""
    mapping: Path | None = None

    def __post_init__(self) -> None:
        if self.source is not None and self.source not in FORMATS:
            raise AskedWrong(
                f"from: should be one of {', '.join(FORMATS)}, not {self.source!r}", parameter="from"
            )
        if self.site and not re.fullmatch(r"[A-Za-z0-9_.-]+", self.site):
            raise AskedWrong(
                f"site: should be letters, digits, '.', '_' or '-', not {self.site!r}", parameter="site"
            )


@dataclass(slots=True)
class Passed:
    """What of a batch made no row: notes for its user, and whether it has messages to keep as evidence."""

    notes: list[str] = field(default_factory=list)
    evidence: bool = False


def admit(
    ledger: Ledger, number: int, files: list[File], options: Options, progress: Progress
) -> tuple[Counts, Passed]:
    """Take the files of a batch; return what became of their rows, and what was passed over.

    A file that cannot be read is one record in quarantine; BadInput if none can.
    """
    mapping = Mapping.read(options.mapping) if options.mapping else Mapping()
    counts, passed = Counts(), Passed()
    refused: list[tuple[File, str]] = []
    for done, file in enumerate(files):
        progress("read", done, len(files))
        try:
            for taken in _parts(ledger, number, file, options, mapping, passed):
                counts.add(taken)
        except BadInput as error:
            refused.append((file, str(error)))
    if refused and not counts.read:
        raise BadInput("; ".join(_named(file, why) for file, why in refused[:5]))
    for file, why in refused:
        counts.add(_refused(ledger, number, file.name, why))
    return counts, passed


def _named(file: File, why: str) -> str:
    """Say of which file a reason is; some name it, a reader knows only its lines."""
    return why if why.startswith(file.name) else f"{file.name}: {why}"


def _refused(ledger: Ledger, number: int, file: str, reason: str) -> Counts:
    """Count a whole file, or sheet, as one record that cannot be used."""
    ledger.reject(number, file, [Reject(0, "", reason)])
    return Counts(read=1, quarantined=1)


def _parts(
    ledger: Ledger, number: int, file: File, options: Options, mapping: Mapping, passed: Passed
) -> Iterator[Counts]:
    """Take each table of a file; yield what became of it."""

    def take(staged: Staged, meaning: Meaning, name: str) -> Counts:
        staged = meaning.apply(ledger.db, staged)
        unknown = sorted(
            set(staged.columns) - {c.name for c in meaning.table.columns} - {"action", REPAIRS}
        )
        if unknown:
            passed.notes.append(f"{name}: unknown column {', '.join(unknown)}: not read")
        return ledger.admit(meaning.table, staged, number, name, options.site)

    def meaning(name: str) -> Meaning:
        return mapping.of(name) or Meaning(table_named(name))

    with file.path.open("rb") as opened:
        head = opened.read(HEAD)
    reader = reader_of(options.source, head)
    if reader:
        own = any(table.site for name, table in STORED.items() if name.startswith(f"{reader.NAME}_"))
        with file.path.open("rb") as opened:
            yield from _records(
                ledger,
                number,
                file.name,
                reader.read(opened),
                take,
                passed,
                of_format=True,
                site=options.site if own else "",  # names of GS1 and Catena-X are nobody's own
            )
    elif is_workbook(head):
        for title, sheet in sheets(file):
            name = f"{file.name}#{title}"
            try:
                yield take(stage_sheet(ledger.db, name, sheet), meaning(title), name)
            except BadInput as error:
                yield _refused(ledger, number, name, str(error))
    elif head.startswith(b"PAR1"):
        yield take(stage_parquet(ledger.db, file), meaning(file.base), file.name)
    elif head.removeprefix(_BOM).lstrip().startswith(b"{"):
        mapped = mapping.of(file.base)
        yield from _records(ledger, number, file.name, objects(file, mapped), take, passed, mapped)
    else:
        _must_be_text(file, head)
        said = meaning(file.base)
        yield take(stage_csv(ledger.db, file, said.known), said, file.name)


def reader_of(source: str | None, head: bytes) -> Reader | None:
    """Find the reader of this name, without one that which knows a file that begins so; None: tables."""
    if source:
        return READERS.get(source)
    return next((reader for reader in READERS.values() if reader.recognises(head)), None)


def _must_be_text(file: File, head: bytes) -> None:
    if broken(file, head):
        raise BadInput(f"{file.name}: a broken archive, or an empty one")
    if not file.base.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt")):
        unnamed = "; of CSV, --name says which table it is" if file.name == UNNAMED else ""
        raise BadInput(f"{file.name}: not a table in CSV, NDJSON, Parquet or XLSX{unnamed}")


def _records(
    ledger: Ledger,
    number: int,
    file: str,
    records: Iterator[Fact | Reject | Unread],
    take: Callable[[Staged, Meaning, str], Counts],
    passed: Passed,
    mapped: Meaning | None = None,
    *,
    of_format: bool = False,
    site: str = "",
) -> Iterator[Counts]:
    """Take what a reader yields, table by table; its times are written as ``mapped`` says."""
    said = Meaning(STORED["units"]) if mapped is None else replace(mapped, columns={}, values={})
    unread: dict[str, int] = {}
    rejects: list[Reject] = []
    with contextlib.ExitStack() as stack:
        spools: dict[str, Spool] = {}
        for item in records:
            if isinstance(item, Fact):
                spool = spools.get(item.table)
                if spool is None:
                    columns = [*(column.name for column in STORED[item.table].columns), "action", REPAIRS]
                    spool = spools[item.table] = stack.enter_context(Spool(columns))
                try:
                    spool.add(item.line, map(item.row.get, spool.columns, repeat("")))
                except UnicodeEncodeError:  # JSON may name half of a character
                    rejects.append(Reject(item.line, "", f"not Unicode: {utf8(str(item.row))[:100]}"))
            elif isinstance(item, Reject):
                rejects.append(item)
            else:
                unread[item.kind] = unread.get(item.kind, 0) + 1
        for name, spool in spools.items():
            yield take(spool.stage(ledger.db), replace(said, table=STORED[name]), file)
    ledger.reject(number, file, rejects, site)
    yield Counts(read=len(rejects), quarantined=len(rejects))
    passed.notes += [f"{file}: {count} of {kind}: not read" for kind, count in sorted(unread.items())]
    # what a table of ours says beyond its columns is no message
    passed.evidence = passed.evidence or (bool(unread) and of_format)
