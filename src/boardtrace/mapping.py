"""Foreign headers: a YAML file that says what the columns of an export mean.

    PLACE_*.csv:                    # a file or a sheet, by name; * is anything
      table: placements
      columns:                      # its columns -> ours
        SerialNo: unit
        Time: at
        ReelID: lot
      values:                       # what all of its rows have
        supplier: ""
      time: "%d.%m.%Y %H:%M:%S"     # how its times are written, if not as RFC 3339 has it
      zone: Europe/Berlin           # of times without an offset

An hour that a zone has twice or never (the clock goes back, or on) is no time: such a row
goes to the quarantine, for the table cannot say which of two it was.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import duckdb
import yaml
from rapidfuzz import fuzz, process, utils

from boardtrace.errors import BadInput
from boardtrace.files import File
from boardtrace.model import INPUTS
from boardtrace.sources.sheets import recognises, sheets, stage_parquet, stage_sheet
from boardtrace.sources.tables import Staged, literal, quoted, read_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from boardtrace.model import Table

__all__ = ["Mapping", "Meaning", "headers", "proposed"]

_KEYS = ("table", "columns", "values", "time", "zone")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one kind of file means; ``columns`` are its own names in lower case -> ours."""

    table: Table
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    time: str = ""
    zone: str = ""

    @property
    def known(self) -> set[str]:
        """Names that may stand in its header."""
        return {column.name for column in self.table.columns} | set(self.columns)

    def names(self, own: Iterable[str]) -> dict[str, str]:
        """Name the columns of a file as ours. One that has the name of what another means is not read."""
        given = list(own)
        meant = {self.columns[name] for name in given if name in self.columns}
        return {
            name: self.columns.get(name, f"{name} (of the file)" if name in meant else name)
            for name in given
        }

    def apply(self, db: duckdb.DuckDBPyConnection, staged: Staged) -> Staged:
        """Rename a staged relation's columns, add what all rows have, and make times of its times."""
        if not (self.columns or self.values or self.time or self.zone):
            return staged
        named = {ours: name for name, ours in self.names(staged.columns).items()}
        cells = []
        for name, was in named.items():
            kind = next((column.kind for column in self.table.columns if column.name == name), "text")
            cells.append(f"{self._time(quoted(was)) if kind == 'time' else quoted(was)} AS {quoted(name)}")
        given = [name for name in self.values if name not in named]
        cells += [f"? AS {quoted(name)}" for name in given]
        relation = f"{staged.relation}_meant"
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE {relation} AS "
            f"SELECT {', '.join(cells)}, _line FROM {staged.relation}",
            [self.values[name] for name in given],
        )
        db.execute(f"DROP TABLE {staged.relation}")
        return Staged(relation, [*named, *given], staged.rows, staged.rejects)

    def _time(self, cell: str) -> str:
        """Write what makes RFC 3339 of a cell; what it does not understand stays as it is."""
        local = (
            f"try_strptime(trim({cell}), {literal(self.time)})"
            if self.time
            else f"try_cast({cell} AS TIMESTAMP)"
        )
        if not self.zone:
            return (
                f"coalesce(strftime({local}, '%Y-%m-%dT%H:%M:%S.%fZ'), {cell})"
                if "%z" in self.time
                else cell
            )
        zone = literal(self.zone)
        at = f"timezone({zone}, {local})"
        other = " OR ".join(
            f"timezone({zone}, {at} {sign} INTERVAL {minutes} MINUTE) = {local}"
            for sign in "+-"
            for minutes in (30, 60)
        )
        offset = f"regexp_matches({cell}, '([Zz]|[+-]\\d\\d:?\\d\\d)\\s*$')"
        return (
            f"CASE WHEN {offset} OR {local} IS NULL OR timezone({zone}, {at}) <> {local} OR {other} "
            f"THEN {cell} "
            f"ELSE strftime(timezone('UTC', {at}), '%Y-%m-%dT%H:%M:%S.%fZ') END"
        )


@dataclass(frozen=True, slots=True)
class Mapping:
    """Meanings by the names of files; the first that fits counts."""

    meanings: dict[str, Meaning] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Mapping:
        """Read the YAML file; BadInput says where it is wrong."""
        try:
            said = yaml.load(path.read_text("utf-8-sig"), _Texts)  # noqa: S506  a safe one
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise BadInput(f"{path.name}: not UTF-8 text") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            where = f"line {mark.line + 1} column {mark.column + 1}: " if mark else ""
            raise BadInput(f"{path.name}: {where}{error.problem}") from None
        except yaml.YAMLError as error:
            raise BadInput(f"{path.name}: not YAML: {str(error).splitlines()[0]}") from None
        if not isinstance(said, dict) or not said:
            raise BadInput(f"{path.name}: should name files, each with its table and columns")
        return cls(
            {str(name).lower(): _meaning(f"{path.name}: {name}", entry) for name, entry in said.items()}
        )

    def of(self, name: str) -> Meaning | None:
        """Find what a file or sheet of this name means."""
        return next((m for pattern, m in self.meanings.items() if fnmatchcase(name.lower(), pattern)), None)


class _Texts(yaml.SafeLoader):
    """Reads every value as text: 00123 is a lot and no number, No is a column and not false."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as the class above has it
        first: [(tag, form) for tag, form in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _meaning(where: str, said: Any) -> Meaning:
    if not isinstance(said, dict) or not set(said) <= set(_KEYS):
        raise BadInput(f"{where}: should have {', '.join(_KEYS)}, and nothing else")
    table = INPUTS.get(str(said.get("table")))
    if table is None:
        raise BadInput(f"{where}: no table {said.get('table')!r}", hint=f"tables are {', '.join(INPUTS)}")
    known = {*(column.name for column in table.columns), "action"}
    columns, values = said.get("columns") or {}, said.get("values") or {}
    if not isinstance(columns, dict) or not isinstance(values, dict):
        raise BadInput(f"{where}: columns and values should be names with what they mean")
    for name in (*columns.values(), *values):
        if name not in known:
            raise BadInput(
                f"{where}: {table.name} has no column {name!r}", hint=f"it has {', '.join(sorted(known))}"
            )
    twice = sorted({name for name in columns.values() if list(columns.values()).count(name) > 1})
    if twice:
        raise BadInput(f"{where}: two columns mean {twice[0]}")
    zone = str(said.get("zone") or "")
    if zone and zone not in zoneinfo.available_timezones():
        raise BadInput(
            f"{where}: no time zone is called {zone!r}", hint="write Europe/Berlin, America/Chicago..."
        )
    time = str(said.get("time") or "")
    if time:
        try:
            with duckdb.connect() as db:
                db.execute("SELECT try_strptime('', ?)", [time])
        except duckdb.Error as error:
            raise BadInput(f"{where}: time: {str(error).splitlines()[0]}") from None
    return Meaning(
        table,
        {str(name).strip().lower(): str(ours) for name, ours in columns.items()},
        {str(name): "" if value is None else str(value) for name, value in values.items()},
        time,
        zone,
    )


# Proposing ----------------------------------------------------------------------------------------

# Names that exports give our columns.
_ALSO = {
    "unit": "serial serialnumber serial_no sn board boardid pcb_id panelid barcode uid dut",
    "at": "timestamp time datetime date placed_at event_time testtime",
    "lot": "reel reelid reel_id lotno lot_number lotcode batch batchno charge package packageid",
    "supplier": "vendor vendorname manufacturer maker mfr mfg suppliername lieferant",
    "refdes": "reference designator refdesignator component position location bezeichner ref",
    "part": "partno partnumber part_number material materialno itemno item article ipn",
    "mpn": "manufacturerpartnumber mfrpartno mfgpn makerpart",
    "machine": "station equipment line resource workcenter machineid",
    "feeder": "slot track feederid location",
    "program": "recipe job setup recipename programname",
    "operator": "user worker employee operatorid badge",
    "work_order": "wo workorder order orderno productionorder auftrag",
    "started_at": "start starttime begin arrival arrived",
    "ended_at": "end endtime finish finished departed",
    "loaded_at": "loadtime mounted_at start setuptime",
    "unloaded_at": "unloadtime removed_at end",
    "received_at": "receipt receiptdate goodsreceipt received",
    "date_code": "datecode dc",
    "quantity": "qty amount count menge pcs",
    "result": "status outcome passfail verdict",
    "kind": "type teststep step process operation",
    "shipment": "delivery deliverynote shipmentno asn dispatch",
    "customer": "client customerid soldto shipto",
    "container": "carton box pallet packageid tray handlingunit",
    "child": "subassembly component_serial childserial",
    "parent": "assembly parentserial product_serial",
    "product": "model article type productcode assemblyno",
}


def headers(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield name and header of a table, or of each sheet of a workbook; BadInput where there is none."""
    if not path.is_file():
        raise BadInput(f"{path}: no such file")
    with path.open("rb") as opened:
        head = opened.read(1 << 16)
    file = File(path.name, path)
    with duckdb.connect() as db:
        if recognises(head):
            for title, sheet in sheets(file):
                yield title, stage_sheet(db, title, sheet).columns
        elif head.startswith(b"PAR1"):
            yield path.name, stage_parquet(db, file).columns
        else:
            known = {column.name for table in INPUTS.values() for column in table.columns}
            yield (
                path.name,
                read_header(
                    file, known | {word for said in _ALSO.values() for word in said.split()}
                ).columns,
            )


_ENOUGH = 80.0
_FEWEST = 2


def proposed(name: str, header: list[str]) -> dict[str, dict[str, Any]]:
    """Propose what a file of this header means: an entry of a mapping, to be looked over.

    The table is that of which the most columns, required ones above all, were found.
    """

    def fits(table: Table) -> tuple[float, dict[str, str]]:
        spelled = {
            word: column.name
            for column in table.columns
            for word in (column.name, *_ALSO.get(column.name, "").split())
        }
        scored: list[tuple[float, str, str]] = []
        for theirs in header:
            near = process.extract(
                theirs, list(spelled), processor=_plain, scorer=fuzz.ratio, limit=3, score_cutoff=_ENOUGH
            )
            scored += [(-score, theirs, spelled[word]) for word, score, _ in near]
        meant: dict[str, str] = {}
        for _, theirs, ours in sorted(scored):
            if theirs not in meant and ours not in meant.values():
                meant[theirs] = ours
        required = {column.name for column in table.columns if column.required and not column.may_be_blank}
        found = set(meant.values())
        missing = len(required - found)
        return len(found) + 2 * len(required & found) - 3 * missing, meant

    tried = {table.name: fits(table) for table in INPUTS.values()}
    best = INPUTS[max(tried, key=lambda table: (tried[table][0], table))]
    meant = tried[best.name][1]
    if len(meant) < _FEWEST:
        raise BadInput(
            f"{name}: no table has columns like {', '.join(header[:6])}",
            hint=f"tables are {', '.join(INPUTS)}",
        )
    missing = [column for column in best.required if column not in meant.values()]
    entry: dict[str, Any] = {"table": best.name, "columns": {h: meant[h] for h in header if h in meant}}
    if missing:
        entry["values"] = dict.fromkeys(missing, "")
    return {name: entry}


def _plain(name: str) -> str:
    return utils.default_process(name).replace(" ", "").replace("_", "")
