"""Small random plants: valid tables in which the traps of the contract happen often.

Rows are drawn from a few ids and twelve instants (several written with another offset, two within one
second), so intervals touch, orders tie and keys collide. Everything shrinks towards fewer rows with the
first id of each pool. Features that are `ambiguous` in the contract are left out unless asked for.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from oracle import COLUMNS, TIMES, Row, Tables, instant

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

FEATURES = frozenset(
    {
        "aliases",  # other names for units, lots, suppliers, containers
        "box",  # placements into products
        "containers",  # packing, repacking, pallets
        "cycles",  # mountings and moves that go in circles
        "dates",  # date codes and receipts, own and inherited
        "disagree",  # two rows of one lot or unit with different values
        "duplicates",  # the same row twice, once with times written otherwise
        "events",  # processes and tests
        "firmware",
        "goods",  # lots that are packed and shipped themselves
        "mounts",
        "moves",
        "offsets",  # one instant written in two ways
        "panels",
        "panel_ids",  # a panel as content, child or parent
        "placements",
        "reference",  # things that no table lists
        "removals",
        "retract",  # and reassert
        "returns",  # and transfers
        "scrap",
        "shipments",
        "skipped",  # a position of the panel that is no unit
        "uncertain_mounts",  # alternatives of a bill of materials
        "visits",  # with loads and programs
    }
)
AMBIGUOUS = frozenset(
    {
        "codes",  # date codes that cannot be read
        "disagree_intervals",  # two ends, programs, operators or dates of one visit, mounting, shipment...
    }
)

INSTANTS = (
    "2024-03-01T08:00:00Z",
    "2024-03-01T09:00:00Z",
    "2024-03-01T10:00:00Z",
    "2024-03-01T10:00:00.500000Z",
    "2024-03-02T00:00:00Z",
    "2024-03-03T00:00:00Z",
    "2024-03-04T00:00:00Z",
    "2024-03-05T00:00:00Z",
    "2024-03-06T23:59:59Z",
    "2024-03-07T00:00:00Z",
    "2024-03-08T00:00:00Z",
    "2024-12-31T23:30:00Z",
)
OTHERWISE = {
    "2024-03-01T08:00:00Z": "2024-03-01T10:00:00+02:00",
    "2024-03-01T10:00:00Z": "2024-03-01T10:00:00.000+00:00",
    "2024-03-01T10:00:00.500000Z": "2024-03-01T15:30:00.5+05:30",
    "2024-03-02T00:00:00Z": "2024-03-01T19:00:00-05:00",
    "2024-03-05T00:00:00Z": "2024-03-05T09:00:00+09:00",
    "2024-12-31T23:30:00Z": "2025-01-01T00:30:00+01:00",
}
BOARDS = ("B1", "B2", "B3", "00123")
PRODUCTS = ("P1", "P2")
PANEL = "PN1"
LOTS = (("A", "L1"), ("", "R1"), ("B", "L1"), ("", "R2"), ("A", "L2"), ("C/D%", "L/1"))
SUPPLIERS = ("A", "B", "C/D%", "V")
PARTS = ("10K", "100N", "10 k")
MACHINES = ("M1", "M2")
FEEDERS = ("F1", "F2", "F3")
PROGRAMS = ("G1", "G2")
OPERATORS = ("O1", "O2")
CONTAINERS = ("C1", "C2")
PALLET = "PAL"
SHIPMENTS = ("S1", "S2", "S3")
CUSTOMERS = ("K1", "K2")
REFDES = ("", "R1", "R2", "R1 R2", "C1")
NAMES = frozenset(  # columns that hold identifiers, or names that are compared
    {
        *("supplier", "vendor", "lot", "from_supplier", "from_lot", "to_supplier", "to_lot"),
        *("part", "mpn", "machine", "operator", "program", "feeder", "firmware"),
        *("unit", "panel", "child", "parent", "content", "container", "shipment", "customer", "alias"),
    }
)
ORDER = {time: place for place, time in enumerate(INSTANTS)}


def pick(values: Sequence[str]) -> SearchStrategy[str]:
    return st.sampled_from(values)


def maybe(values: Sequence[str]) -> SearchStrategy[str]:
    """Blank, or one of them."""
    return st.sampled_from(("", *values))


def times(features: Collection[str], pool: Sequence[str] = INSTANTS) -> SearchStrategy[str]:
    written = [*pool]
    if "offsets" in features:
        written += [OTHERWISE[time] for time in pool if time in OTHERWISE]
    return st.sampled_from(written)


class Maker:
    """Draws rows table by table."""

    def __init__(self, draw: DrawFn, features: Collection[str]) -> None:
        self.draw = draw
        self.features = features
        narrow = draw(st.booleans())  # fewer ids still, so that more meets
        self.units: tuple[str, ...] = ("B1", "P1", "B2") if narrow else BOARDS + PRODUCTS
        self.lots = LOTS[:4] if narrow else LOTS
        self.machines = MACHINES[:1] if narrow else MACHINES
        self.feeders = FEEDERS[:2] if narrow else FEEDERS
        self.containers = (CONTAINERS[0], PALLET) if narrow else (*CONTAINERS, PALLET)
        self.time = times(features)
        self.tables: Tables = {}

    def has(self, *features: str) -> bool:
        return all(feature in self.features for feature in features)

    def rows(self, table: str, most: int, **cells: SearchStrategy[str]) -> None:
        """Draw rows of a table, each cell from its own strategy."""
        drawn = self.draw(st.lists(st.fixed_dictionaries(cells), max_size=most))
        self.tables.setdefault(table, []).extend(drawn)

    def fixed(self, table: str, rows: Sequence[Row]) -> None:
        """Draw some of these rows."""
        drawn = self.draw(st.lists(st.sampled_from(rows), unique_by=id, max_size=len(rows)))
        self.tables.setdefault(table, []).extend(dict(row) for row in drawn)

    def of_lot(self, rows: Sequence[Row], column: str = "lot", prefix: str = "") -> None:
        """Fill supplier and lot of rows together."""
        for row in rows:
            supplier, row[prefix + column] = self.draw(st.sampled_from(self.lots))
            row[prefix + "supplier"] = supplier

    def interval(self, rows: Sequence[Row], start: str, end: str) -> None:
        """Order the two times of rows; a blank end stays open."""
        for row in rows:
            if row[end] and instant(row[end]) < instant(row[start]):
                row[start], row[end] = row[end], row[start]

    def once(self, table: str, *key: str) -> None:
        """One row for each key."""
        kept: dict[tuple[str, ...], Row] = {}
        for row in self.tables.get(table, []):
            kept.setdefault(tuple(instant(row[c]) if c in TIMES else row[c] for c in key), row)
        self.tables[table] = list(kept.values())

    def agree(self, table: str, key: Sequence[str], *columns: str) -> None:
        """Rows of one key say at most one value of these columns: others are left blank."""
        said: dict[tuple[str, ...], str] = {}
        for row in self.tables.get(table, []):
            of_key = tuple(instant(row[c]) if c in TIMES else row[c] for c in key)
            for column in columns:
                if row.get(column):
                    first = said.setdefault((*of_key, column), row[column])
                    row[column] = row[column] if row[column] == first else ""

    # tables

    def master(self) -> None:
        part = maybe(PARTS)
        lots = st.fixed_dictionaries(
            {
                "part": part,
                "vendor": maybe(("V", "B")),
                "mpn": maybe(("MPN-1", "10 k")),
                "quantity": maybe(("100", "2500")),
                "date_code": maybe(self.date_codes()) if self.has("dates") else st.just(""),
                "received_at": st.just("") | self.time if self.has("dates") else st.just(""),
            }
        )
        drawn = self.draw(st.lists(lots, max_size=6))
        self.of_lot(drawn)
        self.tables["lots"] = drawn
        if not self.has("disagree"):
            self.once("lots", "supplier", "lot")
        self.rows("components", 2, part=pick(PARTS), mpn=maybe(("MPN-1", "mpn-1 ")))
        self.rows("suppliers", 2, supplier=pick(SUPPLIERS), name=st.just("a name"))
        self.rows("customers", 2, customer=pick(CUSTOMERS), name=pick(("one", "two")))
        self.once("components", "part")
        self.once("suppliers", "supplier")
        self.once("customers", "customer")

    def date_codes(self) -> tuple[str, ...]:
        return ("2401", "2352", "2410", *(("??", "2499") if self.has("codes") else ()))

    def unit_rows(self) -> None:
        rows = [{"unit": unit, "kind": "board", "product": "X"} for unit in BOARDS]
        rows += [{"unit": unit, "kind": "product", "product": "Y"} for unit in PRODUCTS]
        if self.has("reference"):
            self.fixed("units", rows)
        else:
            self.tables["units"] = rows
        if self.has("panels") and self.draw(st.booleans()):
            panel = [{"unit": unit, "kind": "board", "panel": PANEL, "product": "X"} for unit in BOARDS[:3]]
            self.tables["units"] += panel[:2]
            if self.has("skipped") and self.draw(st.booleans()):
                self.tables["units"].append({**panel[2], "skipped": "true"})
            self.units += (PANEL,)
        if self.has("disagree") and self.draw(st.booleans()):
            self.tables["units"].append({"unit": BOARDS[0], "product": "Z"})

    def moves(self) -> None:
        kinds = ("reel", "merge", "merge", "merge", "split", "relabel", "made")
        self.rows("lot_moves", 6, kind=pick(kinds), at=st.just("") | self.time)
        rows = self.tables["lot_moves"]
        self.of_lot(rows, prefix="from_")
        self.of_lot(rows, prefix="to_")
        if self.draw(st.booleans()):  # two lots in one bin
            poured = {"kind": "merge", "to_supplier": self.lots[-1][0], "to_lot": self.lots[-1][1]}
            rows += [
                {**poured, "from_supplier": supplier, "from_lot": lot} for supplier, lot in self.lots[:2]
            ]
        order = {lot: place for place, lot in enumerate(self.lots)}
        for row in rows:
            origin, became = ((row[f"{way}_supplier"], row[f"{way}_lot"]) for way in ("from", "to"))
            if origin == became:  # no move of a lot into itself: into the next one
                became = self.lots[(order[origin] + 1) % len(self.lots)]
            if not self.has("cycles") and order[origin] > order[became]:
                origin, became = became, origin
            row["from_supplier"], row["from_lot"] = origin
            row["to_supplier"], row["to_lot"] = became

    def placements(self) -> None:
        units = self.units if self.has("box") else tuple(u for u in self.units if u not in PRODUCTS)
        self.rows(
            "placements",
            7,
            unit=pick(units),
            at=self.time,
            refdes=pick(REFDES),
            machine=maybe(self.machines),
            program=maybe(PROGRAMS),
            operator=maybe(OPERATORS),
            certain=pick(("", "false", "true")),
        )
        self.of_lot(self.tables["placements"])

    def visits(self) -> None:
        rows = [
            {"program": "G1", "feeder": "F1", "refdes": "R1 R2", "part": "10K"},
            {"program": "G1", "feeder": "F2", "refdes": "C1", "part": "100N"},
            {"program": "G2", "feeder": "F2", "refdes": "R1", "part": "10 k"},
            {"program": "G1", "feeder": "F2", "refdes": "R1", "part": "100N"},
            {"program": "G2", "feeder": "F1", "refdes": "R2", "part": ""},
        ]
        if self.draw(st.booleans()):
            self.fixed("programs", rows)
        else:
            self.tables["programs"] = rows
        late = st.just("") | self.time
        self.rows(
            "loads",
            6,
            machine=pick(self.machines),
            feeder=pick(self.feeders),
            loaded_at=self.time,
            unloaded_at=late,
        )
        self.of_lot(self.tables["loads"])
        self.interval(self.tables["loads"], "loaded_at", "unloaded_at")
        self.rows(
            "visits",
            5,
            unit=pick(self.units),
            machine=pick(self.machines),
            started_at=self.time,
            ended_at=late,
            program=pick(("G1", "G1", "", "G2")),
            operator=maybe(OPERATORS),
        )
        self.interval(self.tables["visits"], "started_at", "ended_at")
        if not self.has("disagree_intervals"):
            self.agree("loads", ("machine", "feeder", "supplier", "lot", "loaded_at"), "unloaded_at")
            self.agree("visits", ("unit", "machine", "started_at"), "ended_at", "program", "operator")
            self.apart_from_panel()

    def apart_from_panel(self) -> None:
        """A visit of a panel and one of its units at one machine and time would be ambiguous."""
        panels = {
            (row["machine"], instant(row["started_at"]))
            for row in self.tables["visits"]
            if row["unit"] == PANEL
        }
        self.tables["visits"] = [
            row
            for row in self.tables["visits"]
            if row["unit"] == PANEL or (row["machine"], instant(row["started_at"])) not in panels
        ]

    def removals(self) -> None:
        self.rows(
            "removals",
            3,
            unit=pick(self.units),
            at=self.time,
            refdes=pick(REFDES),
            operator=maybe(OPERATORS),
            named=pick(("", "lot")),
        )
        for row in self.tables["removals"]:
            if row.pop("named") or not row["refdes"]:
                self.of_lot([row])
        placed = self.tables.get("placements", [])
        for row in self.draw(st.lists(st.sampled_from(placed), max_size=3)) if placed else []:
            self.removed(row)

    def removed(self, placed: Row) -> None:
        """Take off what a placement put on: by lot, by refdes or by both."""
        by_lot, by_refdes = self.draw(st.sampled_from([(True, False), (False, True), (True, True)]))
        row = {"unit": placed["unit"], "at": self.draw(self.time)}
        if by_refdes:
            row["refdes"] = self.draw(pick([*placed["refdes"].split(), placed["refdes"]]))
        if by_lot or not row.get("refdes"):
            row["supplier"], row["lot"] = placed["supplier"], placed["lot"]
        self.tables["removals"].append(row)

    def mounts(self) -> None:
        units = [PANEL] if PANEL in self.units and self.has("panel_ids") else []
        units += [u for u in self.units if u != PANEL]
        late = st.just("") | self.time
        self.rows("mounts", 5, child=pick(units), parent=pick(units[::-1]), at=self.time, removed_at=late)
        rows = self.tables["mounts"]
        for row in rows:
            if self.has("uncertain_mounts"):
                row["certain"] = self.draw(pick(("true", "false")))
            if row["child"] == row["parent"]:
                row["parent"] = units[(units.index(row["child"]) + 1) % len(units)]
            if not self.has("cycles") and units.index(row["child"]) > units.index(row["parent"]):
                row["child"], row["parent"] = row["parent"], row["child"]
        self.interval(rows, "at", "removed_at")
        if not self.has("disagree_intervals"):
            self.agree("mounts", ("child", "parent", "at"), "removed_at")

    def contents(self, rows: Sequence[Row], containers: Sequence[str]) -> None:
        """Fill content and its kind."""
        things = [("unit", "", unit) for unit in self.units if unit != PANEL or self.has("panel_ids")]
        things += [("container", "", container) for container in containers]
        things += things[:2] * 2
        if self.has("goods"):
            things += [("lot", *lot) for lot in self.lots]
        for row in rows:
            row["content_kind"], row["supplier"], row["content"] = self.draw(st.sampled_from(things))

    def packing(self) -> None:
        late = st.just("") | self.time
        self.rows("packing", 6, container=pick(self.containers), at=self.time, removed_at=late)
        rows = self.tables["packing"]
        self.contents(rows, self.containers)
        for row in rows:
            inner = row["content_kind"] == "container"
            if inner and row["content"] == row["container"]:
                row["content"], row["container"] = CONTAINERS[0], PALLET
            if inner and not self.has("cycles") and row["content"] == PALLET:
                row["content"], row["container"] = row["container"], PALLET
        self.interval(rows, "at", "removed_at")
        if not self.has("disagree_intervals"):
            key = ("content_kind", "supplier", "content", "container", "at")
            self.agree("packing", key, "removed_at")

    def shipments(self) -> None:
        kinds = maybe(("sale", "return", "transfer")) if self.has("returns") else maybe(("sale",))
        late = times(self.features, INSTANTS[4:])
        self.rows(
            "shipments", 3, shipment=pick(SHIPMENTS), shipped_at=late, kind=kinds, customer=maybe(CUSTOMERS)
        )
        if not self.has("disagree_intervals"):
            self.once("shipments", "shipment")
        listed = [row["shipment"] for row in self.tables["shipments"]]
        if self.has("reference"):
            listed = [*listed, *(shipment for shipment in SHIPMENTS if shipment not in listed)]
        if listed:
            self.rows("shipment_contents", 6, shipment=pick(listed))
            containers = self.containers if self.has("containers") else ()
            rows = self.tables["shipment_contents"]
            self.contents(rows, containers)
            out_again = self.draw(st.booleans())  # the first thing in every shipment
            if rows and out_again:
                rows += [{**rows[0], "shipment": shipment} for shipment in listed]

    def events(self) -> None:
        who = {"machine": maybe(self.machines), "program": maybe(PROGRAMS), "operator": maybe(OPERATORS)}
        self.rows("processes", 2, unit=pick(self.units), at=self.time, kind=st.just("reflow"), **who)
        result = pick(("pass", "fail"))
        self.rows(
            "tests", 2, unit=pick(self.units), at=self.time, kind=st.just("AOI"), result=result, **who
        )

    def service(self) -> None:
        kinds = ["repair", *(["scrap"] if self.has("scrap") else [])]
        kind = pick(kinds)
        self.rows("service", 2, unit=pick(self.units), at=self.time, kind=kind, operator=maybe(OPERATORS))
        if self.has("firmware"):
            firmware = pick(("FW1", "FW2"))
            kind = st.just("firmware")
            self.rows("service", 3, unit=pick(self.units), at=self.time, kind=kind, firmware=firmware)

    def aliases(self) -> None:
        rows = [
            {"kind": "unit", "id": "B1", "alias": "board one"},
            {"kind": "supplier", "id": "A", "alias": "Acme"},
            {"kind": "container", "id": "C1", "alias": "carton one"},
            {"kind": "lot", "id": "A/L1", "alias": "lot one"},
        ]
        self.fixed("aliases", rows)

    def again(self) -> None:
        """Duplicates, retractions and reassertions of what was drawn."""
        every = [(table, row) for table, rows in self.tables.items() for row in rows]
        if not every:
            return
        chosen = self.draw(st.lists(st.tuples(st.sampled_from(every), pick(self.actions())), max_size=3))
        for (table, row), action in chosen:
            copy = {column: self.written(column, cell) for column, cell in row.items()}
            if action != "duplicate":
                copy["action"] = "retract"
            self.tables[table].append(copy)
            if action == "reassert":
                self.tables[table].append({**row, "action": "reassert"})

    def actions(self) -> list[str]:
        twice = ["duplicate"] if self.has("duplicates") else []
        return twice + (["retract", "reassert"] if self.has("retract") else [])

    def written(self, column: str, cell: str) -> str:
        if column in TIMES and self.has("offsets"):
            return OTHERWISE.get(cell, cell)
        return cell


@st.composite
def plants(draw: DrawFn, features: Collection[str] = FEATURES) -> Tables:
    """Tables of a small plant: table name -> rows as text, as a CSV would hold them."""
    unknown = set(features) - FEATURES - AMBIGUOUS
    if unknown:
        raise ValueError(f"no such features: {unknown}")
    maker = Maker(draw, features)
    maker.unit_rows()
    steps = {
        "placements": maker.placements,
        "visits": maker.visits,
        "moves": maker.moves,
        "mounts": maker.mounts,
        "removals": maker.removals,
        "containers": maker.packing,
        "shipments": maker.shipments,
        "events": maker.events,
        "aliases": maker.aliases,
    }
    for feature, step in steps.items():
        if feature in features:
            step()
    if {"scrap", "firmware"} & set(features):
        maker.service()
    maker.master()
    if maker.actions():
        maker.again()
    return {table: rows for table, rows in maker.tables.items() if rows}


def renamed(tables: Tables, prefix: str) -> Tables:
    """The same plant under other names throughout; an alias of a lot names it as supplier/lot."""

    def other(row: Row) -> Row:
        cells = {
            column: prefix + cell if cell and column in NAMES else cell for column, cell in row.items()
        }
        if "alias" in row:
            cells["id"] = "/".join(prefix + word for word in row["id"].split("/"))
        return cells

    return {table: [other(row) for row in rows] for table, rows in tables.items()}


@st.composite
def shuffled(draw: DrawFn, tables: Tables) -> Tables:
    """The same rows in another order."""
    return {table: draw(st.permutations(rows)) for table, rows in tables.items()}


@st.composite
def batches(draw: DrawFn, tables: Tables, most: int = 3) -> list[Tables]:
    """The same rows dealt out to several folders, in another order; some of them may be empty."""
    dealt: list[Tables] = [{} for _ in range(draw(st.integers(1, most)))]
    for table, rows in draw(shuffled(tables)).items():
        for row in rows:
            dealt[draw(st.integers(0, len(dealt) - 1))].setdefault(table, []).append(row)
    return dealt


ODD = ['a"b', "a,b", "two\nlines", "back\\slash", "\x1f", "=1+1", "é💥", "'", "\\N", "null", "a;b", "50%/2"]


def every_trap() -> Tables:
    """All plants of tests/cases side by side, and identifiers that no format likes."""
    together: Tables = {}
    for number, path in enumerate(sorted((Path(__file__).parent / "cases").glob("*.json"))):
        for table, rows in renamed(json.loads(path.read_text()), f"{number}:").items():
            together.setdefault(table, []).extend(rows)
    at = {"at": "2026-01-01T00:00:00.123456Z"}
    for number, odd in enumerate(ODD):
        unit = {"unit": f"O{odd}{number}", **at}
        together["placements"] += [{**unit, "supplier": odd, "lot": odd, "refdes": f"C{number} R1"}]
        together["placements"] += [{**unit, "supplier": "", "lot": f"{odd}2", "refdes": ""}]
        together.setdefault("tests", []).append(
            {**unit, "kind": odd, "result": "fail", "defects": f"x{odd}@C1"}
        )
        lot = {"supplier": odd, "lot": odd, "part": odd, "quantity": f"{number}e15"}
        days = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
        together.setdefault("lots", []).extend(
            {**lot, "received_at": day, "date_code": day[:4]} for day in days
        )
    return together


def write_csv(tables: Tables, folder: Path) -> None:
    """Write each table as `folder/TABLE.csv`, with the contract's columns (and `action` where needed)."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        columns = [*COLUMNS[table], *(["action"] if any("action" in row for row in rows) else [])]
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
