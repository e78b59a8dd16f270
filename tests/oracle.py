"""A slow, plain oracle: the answers of the contract, computed from the tables directly.

It shares nothing with the product. Every link becomes a `Span`, every path is enumerated by plain
recursion, every answer is a list of dicts with the contract's columns and order. Rows are taken to be
valid (nothing is quarantined here).

Decided by the lead: (a) a removal ends only placements strictly before it; (b) a removal that names a
lot ends also that lot's placement without refdes, one without refdes every placement of the lot;
(c) what makes FED uncertain, alternatives only promote; (d) the part shown is own, else inherited;
(e) lineage's kind, steps, certain; (f) `certain` of mounts; (g) a link holds if at <= t < until, a
shipment by reference carries what was ever in what it lists; (h) lists in rows; (i) parallel mountings,
cycles; (j) the container of two open packings.

Readings (where the contract leaves a choice, the most literal one):

1.  Times are compared as instants, rows are sorted by the text shown: `08:00:00.500000Z` comes before
    `08:00:00Z`. Lists are compared element by element, false before true, numbers by value.
2.  A retraction takes away a row equal in all its columns; `certain=true` does not equal blank. What
    only a retracted row named is unknown. A reassertion without an assertion is a row.
3.  "No unit" of a panel: an id that `units` does not list. A panel stands for its units as `unit`, as
    `child` and as `content`. As `parent` it stands for each of them, uncertain if they are several; that a
    unit is mounted in its own panel, or that in it, says nothing.
    A unit is skipped if every value of `skipped` said of it is true; two panels of a unit both count.
4.  Completion is by the key as written: a visit of the panel and one of its unit are two visits (but a
    mounting or packing of the panel is one of each of its units).
5.  Two programs said of one visit: its feeders are those of each, as if each were said alone; the
    greater is shown. Two lots of one place are alternatives whatever made them links.
6.  A load or packing of no length was never there. A load ends only by its own `unloaded_at`.
7.  All merges into one lot are one merge: promotion needs every parent that ever merged into it.
8.  A row of `provenance unit` is what one (unit, time, machine, program, operator, work order, feeder,
    lot, certainty) placed, with and without refdes apart, split by end; `placed_at` and `removed_at`
    are the placement's own (not the mounting's); equal rows are one; its class is the best of its paths.
9.  Origins and lineage never list the lot itself, whatever cycle.
10. A date code is read if it is four digits with a week from 01 to 53. One of its own that cannot be
    read is unknown and not inherited past. Of two values that disagree one inside is enough: certain.
11. A lot whose part is unknown is no suspect of `recall component`, nor of `recall supplier` with part,
    unless its own mpn is the one asked. Inherited parts that differ in case or blanks only do differ.
12. `supplier` as an option of `recall component` is maker or vendor, as in `recall supplier`. The blank
    supplier is no supplier to recall.
13. `program` and `machine` as options are equality: a visit with a blank there is not meant. An option
    that names something unknown is a KeyError too.
14. Machine, program and operator count in visits, placements, processes and tests; operator also in
    removals and service; firmware in every service row that names it, until the next row strictly later
    that names any.
15. `recall unit` takes the lots of the provenance rows, not their origins, each as a certain suspect.
16. A lot row: one for each shipment that carried the lot, and one without shipment if it was packed (for
    some time) but never carried; class by its being a (certain) suspect; since, until and product null,
    lots and refdes empty, top is itself, nobody is its former holder; state by that shipment's kind.
    Lots are subject to "a later packing elsewhere ends the earlier one" like any content.
17. Counts of units count distinct units (a lot with two rows is one). `tops` likewise.
18. "Anything it is now mounted in" is the chain of mountings that count, up to the top.
19. A later sale is one with a known `shipped_at` strictly after the scrapping.
20. `customer` in `by=shipment` is the shipment's, also of a return. A former holder is known by name.
21. `contents`: `at` and `removed_at` are the link's own (packing: with its implied end); the asked thing
    is never inside itself; one row per link and depth; `contents container` follows packing only.
22. `contents shipment` lists also what was mounted in what went out, under the container of the latter;
    a thing listed and packed in something listed has a row for each; top and product only of units.
23. `provenance container`: the path includes the packing, so what has left is past; `units` counts the
    units that the lot was placed on, over all classes; lots packed as such count no unit.
24. `provenance shipment`: what was in a carried unit at shipped_at; the class is by the placement now
    (gone since: past), mountings and packings do not end it.
25. `by=lot`: every suspect lot, a row per feeder where it is loaded without an end, `units` the unit rows
    that name it, quantity of `lots`. `by=gap`: a row for each unit, machine, feeder, part, time and
    reason, once: an empty feeder of a suspect's part or of none; a placement of a lot that is no suspect
    and of which nothing is known, or that comes from an own lot without origin while a suspect has a
    supplier (both by part), or whose part is not known while suspects are sought by part; and for a
    lot that went out as it is, a row for each shipment, or one where it is packed only; and for a
    suspect that was itself packed, each shipment of a container that only a packing elsewhere ended, at
    or after that and before what `removed_at` says.
26. A name that is an id is that id; else it is an alias if exactly one id has it. The alias of a lot
    has `supplier/lot` as id, and is asked as `lot` with its own supplier or a blank one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

Row = dict[str, str]
Tables = dict[str, list[Row]]
Answer = dict[str, Any]
Lot = tuple[str, str]
Node = tuple[str, str, str]  # kind (unit, lot, container), supplier of a lot, id
Facts = dict[str, set[str]]  # column -> all values said

COLUMNS = {
    "suppliers": ("supplier", "name", "country"),
    "components": ("part", "description", "manufacturer", "mpn", "category"),
    "lots": (
        *("supplier", "lot", "vendor", "part", "mpn", "manufacturer", "quantity"),
        *("date_code", "manufactured_at", "received_at", "expires_at"),
    ),
    "lot_moves": ("kind", "from_supplier", "from_lot", "to_supplier", "to_lot", "quantity", "at"),
    "consumptions": ("supplier", "lot", "at", "used", "spoiled", "remaining"),
    "machines": ("machine", "name", "kind", "line", "site"),
    "operators": ("operator", "role"),
    "units": (
        *("unit", "kind", "product", "revision", "work_order", "panel", "position"),
        *("skipped", "created_at"),
    ),
    "placements": (
        *("unit", "at", "supplier", "lot", "refdes", "quantity", "feeder", "machine", "program"),
        *("operator", "work_order", "certain"),
    ),
    "programs": ("program", "feeder", "refdes", "part"),
    "loads": ("machine", "feeder", "supplier", "lot", "loaded_at", "unloaded_at"),
    "visits": ("unit", "machine", "started_at", "ended_at", "program", "operator", "work_order"),
    "removals": ("unit", "at", "refdes", "supplier", "lot", "reason", "operator"),
    "processes": ("unit", "at", "kind", "machine", "program", "operator", "result", "parameters"),
    "tests": (
        *("unit", "at", "kind", "result", "machine", "program", "operator", "defects"),
        *("measurements", "image"),
    ),
    "mounts": ("child", "parent", "at", "removed_at", "position", "certain"),
    "packing": ("content", "content_kind", "supplier", "container", "at", "removed_at"),
    "shipments": ("shipment", "shipped_at", "kind", "customer", "carrier"),
    "shipment_contents": ("shipment", "content", "content_kind", "supplier"),
    "customers": ("customer", "name", "country"),
    "service": ("unit", "at", "kind", "site", "operator", "firmware", "detail"),
    "aliases": ("kind", "id", "alias"),
}
TIMES = frozenset(
    column for columns in COLUMNS.values() for column in columns if column == "at" or column.endswith("_at")
)
CLASSES = ("certain", "possible", "past")
STATES = ("in_stock", "shipped", "returned", "scrapped")
KIND_STATE = {"sale": "shipped", "return": "returned", "transfer": "in_stock"}


# --- values -----------------------------------------------------------------------------------------


def instant(text: str) -> str:
    """A time as text of one length in UTC: comparing texts compares instants."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds")


def shown(time: str | None) -> str | None:
    return None if not time else time.removesuffix("+00:00").removesuffix(".000000") + "Z"


def one_string(lot: Lot) -> str:
    return lot[0].replace("%", "%25").replace("/", "%2F") + "/" + lot[1]


def as_lot(name: str) -> Lot:
    supplier, slash, lot = name.partition("/")
    return (supplier.replace("%2F", "/").replace("%25", "%"), lot) if slash else ("", name)


def same_part(text: str) -> str:
    return "".join(text.split()).casefold()


def greatest(values: Iterable[str]) -> str | None:
    return max(values, default=None)


def ordered(rows: Iterable[Answer]) -> list[Answer]:
    """Distinct rows, by their columns from left to right, null last."""
    distinct: list[Answer] = []
    for row in rows:
        if row not in distinct:
            distinct.append(row)
    return sorted(distinct, key=lambda row: [(cell is None, cell) for cell in row.values()])


def joined(rows: Iterable[Answer]) -> list[Answer]:
    """Provenance rows that differ in nothing but refdes as one: whatever split them in the input."""
    groups: list[Answer] = []
    for row in rows:
        for group in groups:
            if all(group[column] == row[column] for column in row if column != "refdes"):
                group["refdes"] = sorted({*group["refdes"], *row["refdes"]})
                break
        else:
            groups.append(dict(row))
    return ordered(groups)


# --- rows -------------------------------------------------------------------------------------------


def normal(row: Row) -> Row:
    cells = {column: cell.strip() for column, cell in row.items() if cell.strip()}
    return {column: instant(cell) if column in TIMES else cell for column, cell in cells.items()}


def standing(rows: Iterable[Row]) -> list[Row]:
    """What is asserted and not retracted, or reasserted; each row once."""
    said: dict[str, list[Row]] = {"assert": [], "retract": [], "reassert": []}
    for row in rows:
        cells = normal(row)
        action = cells.pop("action", "assert")
        if cells not in said[action]:
            said[action].append(cells)
    kept = [row for row in said["assert"] if row not in said["retract"]]
    return kept + [row for row in said["reassert"] if row not in kept]


def by_key(rows: Iterable[Row], *columns: str) -> dict[tuple[str, ...], Facts]:
    """All that is said of each key: the values of every other column."""
    facts: dict[tuple[str, ...], Facts] = {}
    for row in rows:
        of_key = facts.setdefault(tuple(row.get(column, "") for column in columns), {})
        for column, cell in row.items():
            of_key.setdefault(column, set()).add(cell)
    return facts


def said_lot(row: Row, prefix: str = "") -> Lot:
    return row.get(f"{prefix}supplier", ""), row[f"{prefix}lot"]


def content(row: Row) -> Node:
    kind = row["content_kind"]
    return kind, row.get("supplier", "") if kind == "lot" else "", row["content"]


# --- links and paths --------------------------------------------------------------------------------


class Span(NamedTuple):
    """`[start, end)`: an empty start is before all times, no end is open."""

    start: str
    end: str | None

    @property
    def empty(self) -> bool:
        return self.end is not None and self.start >= self.end

    def meet(self, other: Span) -> Span:
        ends = [end for end in (self.end, other.end) if end is not None]
        return Span(max(self.start, other.start), min(ends, default=None))

    def holds(self, at: str | None) -> bool:
        """Whether it holds then; where the time is unknown, whether it ever held."""
        if at is None:
            return not self.empty
        return self.start <= at and (self.end is None or at < self.end)


EVER = Span("", None)


class Placement(NamedTuple):
    """One lot at one reference designator (or none: "") of one unit, and until when."""

    unit: str
    at: str
    lot: Lot
    refdes: str
    certain: bool
    machine: str | None
    program: str | None
    operator: str | None
    work_order: str | None
    feeder: str | None
    places: tuple[tuple[str, ...], ...]
    end: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.at, self.end)

    def taken_by(self, removal: Row) -> bool:
        refdes = removal.get("refdes", "").split()
        if "lot" not in removal:
            return self.refdes in refdes
        if said_lot(removal) != self.lot:
            return False
        return not refdes or not self.refdes or self.refdes in refdes


class Link(NamedTuple):
    """Membership: mounting or packing."""

    child: Node
    parent: Node
    span: Span
    certain: bool
    position: str | None


class Way(NamedTuple):
    """A path of memberships up to a node; never empty."""

    end: Node
    span: Span
    certain: bool


class Path(NamedTuple):
    """From a suspect to a unit; never empty."""

    span: Span
    certain: bool
    lot: Lot | None
    refdes: str


class Event(NamedTuple):
    """Something that happened to a unit, from `at` to `ended`, and what is said of it."""

    table: str
    unit: str
    at: str
    ended: str
    facts: Facts


class Exposed(NamedTuple):
    """A recall row by unit; `former` are the former holders."""

    unit: str
    product: str | None
    kind: str | None
    cls: str
    since: str | None
    until: str | None
    lots: list[str]
    refdes: list[str]
    top: str
    container: str | None
    shipment: str | None
    shipped_at: str | None
    customer: str | None
    state: str
    former: frozenset[str]

    def row(self) -> Answer:
        cells = self._asdict()
        del cells["former"]
        return {"class" if column == "cls" else column: cell for column, cell in cells.items()}


def class_of(paths: Iterable[tuple[Span, bool]]) -> str | None:
    """Class by paths: of each its interval and whether it is certain."""
    there = [(span, certain) for span, certain in paths if not span.empty]
    if any(certain and span.end is None for span, certain in there):
        return "certain"
    if any(span.end is None for span, _ in there):
        return "possible"
    return "past" if there else None


def counts(rows: Collection[Exposed]) -> Answer:
    return {cls: len({(row.kind, row.unit) for row in rows if row.cls == cls}) for cls in CLASSES}


def tops(rows: Iterable[Exposed]) -> int:
    return len({(row.kind == "lot", row.top) for row in rows})


class Plant:
    """The tables as links."""

    def __init__(self, tables: Tables) -> None:
        self.rows = {table: standing(tables.get(table, [])) for table in COLUMNS}
        self.unit_facts = {key[0]: facts for key, facts in by_key(self.rows["units"], "unit").items()}
        self.lot_facts = {
            (key[0], key[1]): facts for key, facts in by_key(self.rows["lots"], "supplier", "lot").items()
        }
        self.moves = {
            (row["kind"], said_lot(row, "from_"), said_lot(row, "to_")) for row in self.rows["lot_moves"]
        }
        self.containers, self.shipped = (  # also of a panel that has no unit
            self._column(*of) for of in (("container", "packing"), ("shipment", "shipment_contents"))
        )
        self.rows["mounts"] = [one for row in self.rows["mounts"] for one in self._mounted(row)]
        for table in ("packing", "shipment_contents"):
            self.rows[table] = [one for row in self.rows[table] for one in self._contained(row)]
        self.programs = self._programs()
        self.removals = list(self._per_unit("removals"))
        self.events = list(self._events())
        self.placements = [self._ended(placement) for placement in {*self._placed(), *self._visited()}]
        self.places: dict[tuple[str, ...], set[Lot]] = {}
        for placement in self.placements:
            for place in placement.places:
                self.places.setdefault(place, set()).add(placement.lot)
        self.mounts = list(self._mounts())
        self.packing = list(self._packing())
        self._ways: dict[Node, list[Way]] = {}

    def _column(self, column: str, *tables: str) -> set[str]:
        return {row[column] for table in tables for row in self.rows[table] if column in row}

    # who is meant

    def stands_for(self, unit: str) -> list[str]:
        """Units that a row of this unit is about: itself, or all of a panel but the skipped."""
        if unit in self.unit_facts:
            return [unit]
        of_panel = [u for u, facts in self.unit_facts.items() if unit in facts.get("panel", set())]
        if not of_panel:
            return [unit]
        return [u for u in of_panel if self.unit_facts[u].get("skipped") != {"true"}]

    def _mounted(self, row: Row) -> Iterator[Row]:
        parents = self.stands_for(row["parent"])
        doubt = {"certain": "false"} if len(parents) > 1 else {}
        for child in self.stands_for(row["child"]):
            for parent in parents:
                inner, outer = (self.unit_facts.get(unit, {}).get("panel", ()) for unit in (child, parent))
                if (row["parent"] in inner and row["parent"] not in self.unit_facts) or (
                    row["child"] in outer and row["child"] not in self.unit_facts
                ):
                    continue
                yield {**row, **doubt, "child": child, "parent": parent}

    def _contained(self, row: Row) -> Iterator[Row]:
        units = self.stands_for(row["content"]) if row["content_kind"] == "unit" else [row["content"]]
        for unit in units:
            yield {**row, "content": unit}

    def _per_unit(self, table: str) -> Iterator[tuple[str, Row]]:
        for row in self.rows[table]:
            for unit in self.stands_for(row["unit"]):
                yield unit, row

    # lots at reference designators

    def _programs(self) -> dict[str, dict[str, set[str]]]:
        programs: dict[str, dict[str, set[str]]] = {}
        for row in self.rows["programs"]:
            feeders = programs.setdefault(row["program"], {})
            feeders.setdefault(row["feeder"], set()).update(row["refdes"].split())
        return programs

    def _placed(self) -> Iterator[Placement]:
        """What placements say row by row."""
        for unit, row in self._per_unit("placements"):
            for refdes in row.get("refdes", "").split() or [""]:
                place = ("place", unit, row["at"], row.get("machine", ""), refdes)
                yield Placement(
                    unit=unit,
                    at=row["at"],
                    lot=said_lot(row),
                    refdes=refdes,
                    certain=row.get("certain") != "false",
                    machine=row.get("machine"),
                    program=row.get("program"),
                    operator=row.get("operator"),
                    work_order=row.get("work_order"),
                    feeder=row.get("feeder"),
                    places=(place,) if refdes else (),
                )

    def _visited(self) -> Iterator[Placement]:
        """What visits say by interval, with loads and programs."""
        for event in self.events:
            if event.table != "visits":
                continue
            facts = event.facts
            machine = max(facts["machine"])
            loaded = self.loaded(machine, event.at, event.ended)
            for program in facts.get("program", {""}):
                for feeder, refdes in self._served(program, loaded):
                    places = [("place", event.unit, event.at, machine, refdes)] if refdes else []
                    if program in self.programs:
                        places.append(("visit", event.unit, event.at, machine, feeder))
                    for lot in loaded[feeder]:
                        yield Placement(
                            unit=event.unit,
                            at=event.at,
                            lot=lot,
                            refdes=refdes,
                            certain=program in self.programs and len(loaded[feeder]) == 1,
                            machine=machine,
                            program=greatest(facts.get("program", ())),
                            operator=greatest(facts.get("operator", ())),
                            work_order=greatest(facts.get("work_order", ())),
                            feeder=feeder,
                            places=tuple(places),
                        )

    def loaded(self, machine: str, started: str, ended: str) -> dict[str, set[Lot]]:
        """Feeder -> the lots loaded there at any time from started to ended, both included."""
        loaded: dict[str, set[Lot]] = {}
        keys = ("machine", "feeder", "supplier", "lot", "loaded_at")
        for (at_machine, feeder, supplier, lot, at), facts in by_key(self.rows["loads"], *keys).items():
            span = Span(at, greatest(facts.get("unloaded_at", ())))
            there = span.start <= ended and (span.end is None or span.end > started)
            if at_machine == machine and there and not span.empty:
                loaded.setdefault(feeder, set()).add((supplier, lot))
        return loaded

    def _served(self, program: str, loaded: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Feeders that count in a visit with this program, with each refdes that they serve."""
        listed_anywhere = {feeder for feeders in self.programs.values() for feeder in feeders}
        for feeder in loaded:
            if program not in self.programs or feeder not in listed_anywhere:
                yield feeder, ""
            else:
                for refdes in self.programs[program].get(feeder, ()):
                    yield feeder, refdes

    def empty_feeders(self) -> list[Answer]:
        """Feeders that a visit's known program needs and that held nothing: for all suspects."""
        found: dict[tuple[str, str, str, str | None, str], set[str]] = {}
        for event in self.events:
            if event.table != "visits":
                continue
            machine = max(event.facts["machine"])
            loaded = self.loaded(machine, event.at, event.ended)
            for row in self.rows["programs"]:
                if row["program"] in event.facts.get("program", ()) and row["feeder"] not in loaded:
                    key = (event.unit, machine, row["feeder"], row.get("part"), event.at)
                    found.setdefault(key, set()).update(row["refdes"].split())
        return ordered(
            {
                "unit": unit,
                "machine": machine,
                "feeder": feeder,
                "refdes": sorted(refdes),
                "part": part,
                "at": shown(at),
            }
            for (unit, machine, feeder, part, at), refdes in found.items()
        )

    def _ended(self, placement: Placement) -> Placement:
        ends = [
            row["at"]
            for unit, row in self.removals
            if unit == placement.unit and row["at"] > placement.at and placement.taken_by(row)
        ]
        return placement._replace(end=min(ends, default=None))

    # what happened to units

    def _events(self) -> Iterator[Event]:
        for key, facts in by_key(self.rows["visits"], "unit", "machine", "started_at").items():
            for unit in self.stands_for(key[0]):
                yield Event("visits", unit, key[2], max({key[2], *facts.get("ended_at", ())}), facts)
        for table in ("placements", "processes", "tests", "removals", "service"):
            for unit, row in self._per_unit(table):
                facts = {column: {cell} for column, cell in row.items()}
                yield Event(table, unit, row["at"], row["at"], facts)

    # membership

    def _mounts(self) -> Iterator[Link]:
        for (child, parent, at), facts in by_key(self.rows["mounts"], "child", "parent", "at").items():
            yield Link(
                child=("unit", "", child),
                parent=("unit", "", parent),
                span=Span(at, greatest(facts.get("removed_at", ()))),
                certain=max(facts.get("certain", {"true"})) == "true",
                position=greatest(facts.get("position", ())),
            )

    def _packing(self) -> Iterator[Link]:
        packed: dict[tuple[Node, str, str], set[str]] = {}
        for row in self.rows["packing"]:
            ends = packed.setdefault((content(row), row["container"], row["at"]), set())
            ends.update(row[column] for column in ("removed_at",) if column in row)
        for (node, container, at), ends in packed.items():
            elsewhere = {
                later
                for other, where, later in packed
                if other == node and where != container and later > at
            }
            own = {max(ends)} if ends else set()
            end = min(own | elsewhere, default=None)
            yield Link(node, ("container", "", container), Span(at, end), certain=True, position=None)

    def ways(self, node: Node) -> list[Way]:
        """Every path of mountings and packings from here up, the one of no link included."""
        if node not in self._ways:
            self._ways[node] = list(self._climb(Way(node, EVER, certain=True), {node}))
        return self._ways[node]

    def _climb(self, way: Way, seen: set[Node]) -> Iterator[Way]:
        yield way
        for link in [*self.mounts, *self.packing]:
            span = way.span.meet(link.span)
            if link.child == way.end and link.parent not in seen and not span.empty:
                further = Way(link.parent, span, way.certain and link.certain)
                yield from self._climb(further, {*seen, link.parent})

    def below(self, node: Node, links: list[Link]) -> list[tuple[Link, int]]:
        """Every link under a node, and its depth, while the times along the path overlap."""
        return list(self._descend(node, links, EVER, [node]))

    def _descend(
        self, node: Node, links: list[Link], span: Span, seen: list[Node]
    ) -> Iterator[tuple[Link, int]]:
        for link in links:
            inner = span.meet(link.span)
            if link.parent == node and link.child not in seen and not inner.empty:
                yield link, len(seen)
                yield from self._descend(link.child, links, inner, [*seen, link.child])

    # lots

    def said(self, lot: Lot, column: str) -> set[str]:
        """Values of a lot's own."""
        return self.lot_facts.get(lot, {}).get(column, set())

    def known(self, lot: Lot, column: str) -> set[str]:
        """Values of its own, else the one that it has from what it came from."""
        own = self.said(lot, column)
        if own:
            return own
        found = self._inherited(lot, column, {lot})
        return found if len(found) == 1 else set()

    def _inherited(self, lot: Lot, column: str, seen: set[Lot]) -> set[str]:
        found: set[str] = set()
        for kind, origin, became in self.moves:
            if became == lot and kind in {"reel", "split", "relabel"} and origin not in seen:
                found |= self.said(origin, column) or self._inherited(origin, column, {*seen, origin})
        return found

    def part(self, lot: Lot) -> str | None:
        return greatest(self.known(lot, "part"))

    def origins(self, lot: Lot) -> list[str]:
        found: set[Lot] = set()
        new = {lot}
        while new:
            new = {origin for _, origin, became in self.moves if became in new} - found
            found |= new
        return sorted(one_string(origin) for origin in found - {lot})

    def suspects(self, seeds: dict[Lot, bool]) -> dict[Lot, bool]:
        """All lots that the suspects became, with themselves, and whether each is a certain suspect."""
        certain = {lot for lot, sure in seeds.items() if sure}
        possible = set(seeds)
        merges: dict[Lot, set[Lot]] = {}
        for kind, origin, became in self.moves:
            if kind == "merge":
                merges.setdefault(became, set()).add(origin)
        for _ in self.moves:  # more rounds than any chain is long
            possible |= {became for _, origin, became in self.moves if origin in possible}
            certain |= {
                became for kind, origin, became in self.moves if kind != "merge" and origin in certain
            }
            certain |= {became for became, parents in merges.items() if parents <= certain}
        return {lot: lot in certain for lot in possible}


class Oracle(Plant):
    """The questions of section 3, and what they need of section 2."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self.shipments = {
            key[0]: facts for key, facts in by_key(self.rows["shipments"], "shipment").items()
        }
        self.listed: dict[str, set[Node]] = {
            shipment: set() for shipment in self.shipments.keys() | self.shipped
        }
        for row in self.rows["shipment_contents"]:
            self.listed[row["shipment"]].add(content(row))
        self._carriers: dict[Node, list[str]] = {}
        self.known_units = sorted(self._units())
        self.known_lots = sorted(self._lots())
        self.known_containers = sorted(self._of_kind("container") | self.containers)
        self.known_shipments = sorted(self.listed)
        self.known_suppliers = sorted(self._suppliers())

    # what is known

    def _of_kind(self, kind: str) -> set[str]:
        rows = [*self.rows["packing"], *self.rows["shipment_contents"]]
        return {row["content"] for row in rows if row["content_kind"] == kind} | self._renamed(kind)

    def _renamed(self, kind: str) -> set[str]:
        """What has another name exists, if only by reference."""
        return {row["id"] for row in self.rows["aliases"] if row["kind"] == kind}

    def _units(self) -> set[str]:
        units = set(self.unit_facts) | self._of_kind("unit")
        units |= self._column("child", "mounts") | self._column("parent", "mounts")
        return units | {event.unit for event in self.events}

    def _lots(self) -> set[Lot]:
        lots = set(self.lot_facts)
        for table in ("consumptions", "placements", "loads", "removals"):
            lots |= {said_lot(row) for row in self.rows[table] if "lot" in row}
        for _, origin, became in self.moves:
            lots |= {origin, became}
        for row in [*self.rows["packing"], *self.rows["shipment_contents"]]:
            kind, supplier, lot = content(row)
            lots |= {(supplier, lot)} if kind == "lot" else set()
        return lots | {as_lot(name) for name in self._renamed("lot")}

    def _suppliers(self) -> set[str]:
        suppliers = self._column("supplier", "suppliers") | self._column("vendor", "lots")
        suppliers |= self._renamed("supplier")
        return (suppliers | {lot[0] for lot in self._lots()}) - {""}

    def known_names(self, kind: str) -> set[str]:
        """Known machines, programs, operators or firmwares."""
        tables = ("machines", "operators", "programs", "visits", "loads")
        more = ("placements", "removals", "processes", "tests", "service")
        return self._column(kind, *tables, *more) | self._renamed(kind)

    def _called(self, kind: str, name: str, known: Collection[str]) -> str:
        """The id that a name stands for."""
        return name if name in known else self._aliased(kind, name, known)

    def _aliased(self, kind: str, name: str, known: Collection[str]) -> str:
        rows = self.rows["aliases"]
        ids = {row["id"] for row in rows if row["kind"] == kind and row["alias"] == name} & set(known)
        if len(ids) != 1:
            raise KeyError(name)
        return ids.pop()

    def _called_lot(self, supplier: str, lot: str) -> Lot:
        if supplier and supplier not in self.known_suppliers:
            supplier = self._aliased("supplier", supplier, self.known_suppliers)
        if (supplier, lot) in self.known_lots:
            return supplier, lot
        own = {one_string(known): known for known in self.known_lots if supplier in {"", known[0]}}
        return own[self._aliased("lot", lot, own)]

    # where a unit is

    def chain(self, unit: str) -> list[str]:
        """The unit and what it is now mounted in, up to its top."""
        chain = [unit]
        followed: dict[str, Link] = {}
        while (link := self._counts_now(chain[-1])) is not None:
            followed[chain[-1]] = link
            parent = link.parent[2]
            if parent in chain:
                cycle = [followed[member] for member in chain[chain.index(parent) :]]
                _, last = min((member.span.start, member.child[2]) for member in cycle)
                return chain[: chain.index(last) + 1]
            chain.append(parent)
        return chain

    def _counts_now(self, unit: str) -> Link | None:
        """The open mounting that counts."""
        now = [link for link in self.mounts if link.child[2] == unit and link.span.end is None]
        return max(now, key=lambda link: (link.span.start, link.parent[2]), default=None)

    def top(self, unit: str) -> str:
        return self.chain(unit)[-1]

    def container(self, node: Node) -> str | None:
        now = [link for link in self.packing if link.child == node and link.span.end is None]
        return max(((link.span.start, link.parent[2]) for link in now), default=("", None))[1]

    def shipped_at(self, shipment: str) -> str | None:
        return greatest(self.shipments.get(shipment, {}).get("shipped_at", ()))

    def _kind(self, shipment: str) -> str:
        return greatest(self.shipments.get(shipment, {}).get("kind", ())) or "sale"

    def _customer(self, shipment: str) -> str | None:
        return greatest(self.shipments.get(shipment, {}).get("customer", ()))

    def carriers(self, node: Node) -> list[str]:
        """Shipments that carried it, the latest last."""
        if node not in self._carriers:
            carried = [
                shipment
                for shipment, listed in self.listed.items()
                if any(
                    way.end in listed and way.span.holds(self.shipped_at(shipment))
                    for way in self.ways(node)
                )
            ]
            carried.sort(key=lambda shipment: (self.shipped_at(shipment) or "", shipment))
            self._carriers[node] = carried
        return self._carriers[node]

    def sales(self, unit: str) -> list[str]:
        return [
            shipment for shipment in self.carriers(("unit", "", unit)) if self._kind(shipment) == "sale"
        ]

    def scrapped(self, unit: str) -> bool:
        """Whether it or anything it is now mounted in was scrapped, and not sold later."""
        for member in self.chain(unit):
            sold = max((self.shipped_at(shipment) or "" for shipment in self.sales(member)), default="")
            for event in self.events:
                scrap = event.table == "service" and "scrap" in event.facts["kind"]
                if scrap and event.unit == member and event.at >= sold:
                    return True
        return False

    def _unit_row(self, unit: str, paths: list[Path]) -> Exposed:
        top = self.top(unit)
        carried = self.carriers(("unit", "", top)) or self.carriers(("unit", "", unit))
        shipment = carried[-1] if carried else None
        state = KIND_STATE[self._kind(shipment)] if shipment else "in_stock"
        if self.scrapped(unit):
            state = "scrapped"
        customer = self._customer(shipment) if shipment and state == "shipped" else None
        holders = {self._customer(sale) for sale in self.sales(unit)} - {customer}
        facts = self.unit_facts.get(unit, {})
        ends = [path.span.end for path in paths]
        return Exposed(
            unit=unit,
            product=greatest(facts.get("product", ())),
            kind=greatest(facts.get("kind", ())),
            cls=class_of((path.span, path.certain) for path in paths) or "",
            since=shown(min(path.span.start for path in paths)),
            until=None if None in ends else shown(greatest(end for end in ends if end)),
            lots=sorted({one_string(path.lot) for path in paths if path.lot}),
            refdes=sorted({path.refdes for path in paths if path.refdes}),
            top=top,
            container=self.container(("unit", "", top)),
            shipment=shipment,
            shipped_at=shown(self.shipped_at(shipment)) if shipment else None,
            customer=customer,
            state=state,
            former=frozenset(holder for holder in holders if holder),
        )

    def _lot_rows(self, lot: Lot, *, certain: bool) -> Iterator[Exposed]:
        node = ("lot", *lot)
        shipments: list[str | None] = [*self.carriers(node)]
        if not shipments and any(way.end != node for way in self.ways(node)):
            shipments = [None]
        for shipment in shipments:
            state = KIND_STATE[self._kind(shipment)] if shipment else "in_stock"
            yield Exposed(
                unit=one_string(lot),
                product=None,
                kind="lot",
                cls="certain" if certain else "possible",
                since=None,
                until=None,
                lots=[],
                refdes=[],
                top=one_string(lot),
                container=self.container(node),
                shipment=shipment,
                shipped_at=shown(self.shipped_at(shipment)) if shipment else None,
                customer=self._customer(shipment) if shipment and state == "shipped" else None,
                state=state,
                former=frozenset(),
            )

    # suspects

    def _seeds(self, suspect: str, parameters: Row) -> dict[Lot, bool]:
        """The lots that a question suspects, and whether certainly."""
        if suspect == "lot":
            return {self._called_lot(parameters["supplier"], parameters["lot"]): True}
        if suspect == "unit":
            return {(row["supplier"], row["lot"]): True for row in self.provenance_unit(parameters["unit"])}
        if suspect == "supplier":
            supplier = self._called("supplier", parameters["supplier"], self.known_suppliers)
            asked = {**parameters, "supplier": supplier}
        else:
            asked = {**parameters, "part": self._known_part(parameters["part"])}
            if "supplier" in asked:
                asked["supplier"] = self._called("supplier", asked["supplier"], self.known_suppliers)
        found = {lot: self._suspected(lot, asked) for lot in self.known_lots}
        return {lot: certain for lot, certain in found.items() if certain is not None}

    def _known_part(self, name: str) -> str:
        numbers = self._column("part", "components", "lots", "programs") | self._column(
            "mpn", "components", "lots"
        )
        if same_part(name) in {same_part(number) for number in numbers}:
            return name
        return self._called("component", name, numbers)

    def _suspected(self, lot: Lot, asked: Row) -> bool | None:
        """Whether a lot is a certain suspect, an uncertain one, or none (null)."""
        if "supplier" in asked and asked["supplier"] not in {lot[0], *self.said(lot, "vendor")}:
            return None
        if "part" in asked and not self.is_part(lot, asked["part"]):
            return None
        received = self._received(lot, asked.get("since"), asked.get("until"))
        coded = self._coded(lot, asked.get("date_code_from"), asked.get("date_code_to"))
        if received is False or coded is False:
            return None
        return received is True and coded is True

    def is_part(self, lot: Lot, number: str) -> bool:
        asked = same_part(number)
        parts = {same_part(part) for part in self.known(lot, "part")}
        made = {
            same_part(row["part"])
            for row in self.rows["components"]
            if same_part(row.get("mpn", "")) == asked
        }
        return (
            asked in parts
            or bool(parts & made)
            or asked in {same_part(mpn) for mpn in self.said(lot, "mpn")}
        )

    def _received(self, lot: Lot, since: str | None, until: str | None) -> bool | None:
        """Whether it was received in the window; null where that is not known."""
        if since is None and until is None:
            return True
        times = self.known(lot, "received_at")
        return any(in_window(time, time, since, until) for time in times) if times else None

    def _coded(self, lot: Lot, first: str | None, last: str | None) -> bool | None:
        if first is None and last is None:
            return True
        codes = self.known(lot, "date_code")
        read = {
            code for code in codes if re.fullmatch(r"[0-9]{2}(0[1-9]|[1-4][0-9]|5[0-3])", code, re.ASCII)
        }
        if any((first is None or first <= code) and (last is None or code <= last) for code in read):
            return True
        return False if codes and codes == read else None

    def _exposed_to_lots(self, suspects: dict[Lot, bool]) -> dict[str, list[Path]]:
        certain = {lot for lot, sure in suspects.items() if sure}
        found: dict[str, list[Path]] = {}
        for placement in self.placements:
            if placement.lot not in suspects:
                continue
            places = [self.places[place] for place in placement.places]
            promoted = any(len(lots) > 1 and lots <= certain for lots in places)
            sure = placement.lot in certain and (placement.certain or promoted)
            for unit, span, mounted in self._reached(placement.unit, placement.span):
                path = Path(span, sure and mounted, placement.lot, placement.refdes)
                found.setdefault(unit, []).append(path)
        return found

    def _exposed_to_visits(self, suspect: str, asked: Row) -> dict[str, list[Path]]:
        name = self._called(suspect, asked[suspect], self.known_names(suspect))
        equal = {suspect: name}
        for option in {"machine", "program"} & set(asked) - {suspect}:
            known = self.known_names(option)
            equal[option] = self._called(option, asked[option], known)
        tables = {"visits", "placements", "processes", "tests"}
        if suspect in {"operator", "firmware"}:
            tables |= {"removals", "service"}
        found: dict[str, list[Path]] = {}
        for event in self.events:
            meant = event.table in tables and all(
                value in event.facts.get(c, ()) for c, value in equal.items()
            )
            if meant and in_window(event.at, event.ended, asked.get("since"), asked.get("until")):
                end = self._next_firmware(event) if suspect == "firmware" else None
                for unit, span, mounted in self._reached(event.unit, Span(event.at, end)):
                    found.setdefault(unit, []).append(Path(span, mounted, None, ""))
        return found

    def _next_firmware(self, event: Event) -> str | None:
        later = [
            e.at for e in self.events if e.unit == event.unit and "firmware" in e.facts and e.at > event.at
        ]
        return min(later, default=None)

    def _reached(self, unit: str, span: Span) -> Iterator[tuple[str, Span, bool]]:
        """The unit and everything it was mounted in meanwhile."""
        for way in self.ways(("unit", "", unit)):
            if way.end[0] == "unit" and not way.span.meet(span).empty:
                yield way.end[2], way.span.meet(span), way.certain

    # recall

    def _asked(self, parameters: dict[str, str | None]) -> Row:
        asked = {name: value.strip() for name, value in parameters.items() if value is not None}
        return {
            name: instant(value) if name in {"since", "until"} else value for name, value in asked.items()
        }

    def suspect_lots(self, suspect: str, **parameters: str | None) -> dict[Lot, bool]:
        """Every lot under suspicion, and whether certainly; none where the suspect is no matter of lots."""
        if suspect in {"machine", "operator", "program", "firmware"}:
            return {}
        return self.suspects(self._seeds(suspect, self._asked(parameters)))

    def exposed(
        self, suspect: str, state: str | None = None, cls: str | None = None, **parameters: str | None
    ) -> list[Exposed]:
        asked = self._asked(parameters)
        if suspect in {"machine", "operator", "program", "firmware"}:
            found = self._exposed_to_visits(suspect, asked)
        else:
            found = self._exposed_to_lots(self.suspect_lots(suspect, **parameters))
        if suspect == "unit":
            found.pop(self._called("unit", asked["unit"], self.known_units), None)
        rows = [self._unit_row(unit, paths) for unit, paths in found.items()]
        for lot, certain in self.suspect_lots(suspect, **parameters).items():
            rows += self._lot_rows(lot, certain=certain)
        return [row for row in rows if state in {None, row.state} and cls in {None, row.cls}]

    def recall(
        self,
        suspect: str,
        by: str = "unit",
        state: str | None = None,
        cls: str | None = None,
        **parameters: str | None,
    ) -> list[Answer]:
        rows = self.exposed(suspect, state, cls, **parameters)
        if by == "unit":
            return ordered(row.row() for row in rows)
        if by == "shipment":
            return ordered(self._by_shipment(rows))
        if by == "customer":
            return ordered(self._by_customer(rows))
        if by == "lot":
            return ordered(self._by_lot(rows, self.suspect_lots(suspect, **parameters)))
        if by == "gap":
            return self.hidden(suspect, **parameters)
        raise NotImplementedError(by)

    def _by_shipment(self, rows: list[Exposed]) -> Iterator[Answer]:
        for shipment in {row.shipment for row in rows if row.shipment}:
            group = [row for row in rows if row.shipment == shipment]
            yield {
                "shipment": shipment,
                "customer": self._customer(shipment),
                "shipped_at": shown(self.shipped_at(shipment)),
                **counts(group),
                "tops": tops(group),
            }

    def _by_customer(self, rows: list[Exposed]) -> Iterator[Answer]:
        shipped = [row for row in rows if row.state == "shipped"]
        names = by_key(self.rows["customers"], "customer")
        for customer in {row.customer for row in shipped} | {one for row in rows for one in row.former}:
            held = [row for row in shipped if row.customer == customer]
            yield {
                "customer": customer,
                "name": greatest(names.get((customer or "",), {}).get("name", ())),
                **counts(held),
                "former": len({row.unit for row in rows if customer in row.former}),
                "tops": tops(held),
            }

    def _by_lot(self, rows: list[Exposed], suspects: dict[Lot, bool]) -> Iterator[Answer]:
        keys = ("machine", "feeder", "supplier", "lot", "loaded_at")
        now = [
            key for key, facts in by_key(self.rows["loads"], *keys).items() if "unloaded_at" not in facts
        ]
        for lot, certain in suspects.items():
            feeders = {(key[0], key[1]) for key in now if (key[2], key[3]) == lot}
            at_machines: list[tuple[str | None, str | None]] = [*feeders] or [(None, None)]
            for machine, feeder in at_machines:
                quantity = max((float(value) for value in self.said(lot, "quantity")), default=None)
                yield {
                    "supplier": lot[0],
                    "lot": lot[1],
                    "part": self.part(lot),
                    "certain": certain,
                    "quantity": quantity,
                    "machine": machine,
                    "feeder": feeder,
                    "units": len({row.unit for row in rows if one_string(lot) in row.lots}),
                }

    # gaps

    def hidden(self, suspect: str, **parameters: str | None) -> list[Answer]:
        """What could hide further units of a suspect; the filters of rows do not apply."""
        suspects = self.suspect_lots(suspect, **parameters)
        if suspect in {"machine", "operator", "program", "firmware"}:
            return []
        asked = self._asked(parameters)
        numbers = {same_part(part) for lot in suspects for part in self.known(lot, "part")}
        also = {same_part(mpn) for lot in suspects for mpn in self.said(lot, "mpn")}
        if "part" in asked:
            numbers.add(same_part(self._known_part(asked["part"])))
        for component in self.rows["components"]:
            names = {same_part(component[key]) for key in ("part", "mpn") if key in component}
            also |= names if names & numbers else set()
        numbers |= also
        unknown = any(not self.known(lot, "part") for lot in suspects)

        def may_be(parts: Collection[str]) -> bool:
            return unknown or not parts or any(same_part(part) in numbers for part in parts)

        found: dict[tuple[str, str | None, str | None, str | None, str, str], set[str]] = {}
        for row in self.empty_feeders():
            if may_be([row["part"]] if row["part"] else []):
                why = "nothing was loaded at this feeder"
                key = (row["unit"], row["machine"], row["feeder"], row["part"], row["at"], why)
                found.setdefault(key, set()).update(row["refdes"])
        for placement in self.placements:
            lot = placement.lot
            if lot in suspects:
                continue
            for why, part in self._unclear(lot, suspects, asked, may_be):
                at = shown(placement.at) or ""
                key = (placement.unit, placement.machine, placement.feeder, part, at, why)
                found.setdefault(key, set()).update({placement.refdes} - {""})
        units: list[Answer] = [
            {
                "unit": unit,
                "machine": machine,
                "feeder": feeder,
                "refdes": sorted(refdes),
                "part": part,
                "at": at,
                "reason": why,
                "top": self.top(unit),
                "customer": self._unit_row(unit, [Path(EVER, certain=True, lot=None, refdes="")]).customer,
            }
            for (unit, machine, feeder, part, at, why), refdes in found.items()
        ]
        goods: list[Answer] = [
            {
                "unit": one_string(lot),
                "machine": None,
                "feeder": None,
                "refdes": [],
                "part": self.part(lot),
                "at": shown(self.shipped_at(shipment)),
                "reason": f"packed again elsewhere: {box} went with {shipment}",
                "top": one_string(lot),
                "customer": self._customer(shipment) if self._kind(shipment) == "sale" else None,
            }
            for lot in suspects
            for box, shipment in self.left_behind(lot)
        ]
        goods += [
            {
                "unit": row.unit,
                "machine": None,
                "feeder": None,
                "refdes": [],
                "part": part,
                "at": row.shipped_at,
                "reason": why,
                "top": row.top,
                "customer": row.customer,
            }
            for lot in {*self.known_lots} - {*suspects}
            for why, part in self._unclear(lot, suspects, asked, may_be)
            for row in self._lot_rows(lot, certain=False)
        ]
        once = {repr(row): row for row in (*units, *goods)}
        return ordered(once.values())

    def left_behind(self, lot: Lot) -> set[tuple[str, str]]:
        """Containers that only a packing elsewhere took it out of, and what these went with."""
        node = ("lot", *lot)
        found = set()
        for link in self.packing:
            if link.child != node or link.span.end is None:
                continue
            key = (link.parent[2], link.span.start)
            said = {
                row["removed_at"]
                for row in self.rows["packing"]
                if content(row) == node and (row["container"], row["at"]) == key and "removed_at" in row
            }
            stay = Span(link.span.end, greatest(said))
            for shipment in {*self.carriers(link.parent)} - {*self.carriers(node)}:
                if not stay.empty and stay.holds(self.shipped_at(shipment)):
                    found.add((link.parent[2], shipment))
        return found

    def _unclear(
        self, lot: Lot, suspects: Collection[Lot], asked: Row, may_be: Callable[[Collection[str]], bool]
    ) -> Iterator[tuple[str, str | None]]:
        """Why a lot that is no suspect could be one after all: reason and part."""
        became = {end for _, _, end in self.moves}
        above = {lot}
        for _ in self.moves:
            above |= {origin for _, origin, end in self.moves if end in above}
        roots = above - became
        by_reference = roots - set(self.lot_facts)
        sought = asked.get("supplier") if "lot" not in asked else None
        if sought:
            sought = self._called("supplier", sought, self.known_suppliers)
        if lot in by_reference or (sought and by_reference and may_be(self.known(lot, "part"))):
            yield "known only by reference", self.part(lot)
        if lot in by_reference:
            return
        from_nowhere = any(supplier == "" for supplier, _ in roots)
        foreign = sought or any(supplier for supplier, _ in suspects)
        if from_nowhere and foreign and may_be(self.known(lot, "part")):
            yield "from no known lot", self.part(lot)
        if "part" in asked and not self.known(lot, "part"):
            sources = {supplier for one in above for supplier in {one[0], *self.said(one, "vendor")}}
            if sought is None or sought in sources:
                yield "part not known", None

    def summary(
        self, suspect: str, state: str | None = None, cls: str | None = None, **parameters: str | None
    ) -> Answer:
        """The summary of meta."""
        rows = self.exposed(suspect, state, cls, **parameters)
        in_state = {one: len({(row.kind, row.unit) for row in rows if row.state == one}) for one in STATES}
        return {
            "units": len({(row.kind, row.unit) for row in rows}),
            "tops": tops(rows),
            **counts(rows),
            **in_state,
            "shipments": len({row.shipment for row in rows if row.shipment}),
            "customers": len({row.customer for row in rows if row.customer}),
            "gaps": len(self.hidden(suspect, **parameters)),
        }

    # provenance

    def provenance_unit(self, unit: str) -> list[Answer]:
        unit = self._called("unit", unit, self.known_units)
        groups: dict[tuple[Any, ...], list[Placement]] = {}
        for placement in self.placements:
            record = placement._replace(refdes=str(bool(placement.refdes)), places=())
            groups.setdefault(tuple(record), []).append(placement)
        return ordered(
            {
                "via": first.unit,
                "refdes": sorted({placement.refdes for placement in group} - {""}),
                "part": self.part(first.lot),
                "supplier": first.lot[0],
                "lot": first.lot[1],
                "origins": self.origins(first.lot),
                "machine": first.machine,
                "program": first.program,
                "operator": first.operator,
                "placed_at": shown(first.at),
                "removed_at": shown(first.end),
                "class": cls,
            }
            for group in groups.values()
            for first in group[:1]
            if (cls := self._class_in(unit, first)) is not None
        )

    def _class_in(self, unit: str, placement: Placement) -> str | None:
        """Class of a placement with regard to a unit, by its own links and the mountings above."""
        return class_of(
            (span, placement.certain and mounted)
            for reached, span, mounted in self._reached(placement.unit, placement.span)
            if reached == unit
        )

    def _lots_in(self, found: list[tuple[Lot, str | None, Span, bool]]) -> list[Answer]:
        """Rows of lots by what was found: lot, the unit it is on, interval, certain."""
        return ordered(
            {
                "supplier": lot[0],
                "lot": lot[1],
                "part": self.part(lot),
                "origins": self.origins(lot),
                "units": len({unit for other, unit, _, _ in found if other == lot and unit}),
                "class": class_of((span, certain) for other, _, span, certain in found if other == lot),
            }
            for lot in {lot for lot, _, _, _ in found}
        )

    def provenance_container(self, container: str) -> list[Answer]:
        container = self._called("container", container, self.known_containers)
        end = ("container", "", container)
        found: list[tuple[Lot, str | None, Span, bool]] = []
        for lot in self.known_lots:
            found += [
                (lot, None, way.span, way.certain) for way in self.ways(("lot", *lot)) if way.end == end
            ]
        for placement in self.placements:
            for way in self.ways(("unit", "", placement.unit)):
                span = way.span.meet(placement.span)
                if way.end == end and not span.empty:
                    found.append((placement.lot, placement.unit, span, placement.certain and way.certain))
        return self._lots_in(found)

    def provenance_shipment(self, shipment: str) -> list[Answer]:
        shipment = self._called("shipment", shipment, self.known_shipments)
        listed, at = self.listed[shipment], self.shipped_at(shipment)
        found: list[tuple[Lot, str | None, Span, bool]] = []
        for lot in self.known_lots:
            ways = [way for way in self.ways(("lot", *lot)) if way.end in listed and way.span.holds(at)]
            found += [(lot, None, EVER, way.certain) for way in ways]
        for placement in self.placements:
            for way in self.ways(("unit", "", placement.unit)):
                if way.end in listed and way.span.meet(placement.span).holds(at):
                    certain = placement.certain and way.certain
                    found.append((placement.lot, placement.unit, placement.span, certain))
        return self._lots_in(found)

    # contents

    def _product(self, unit: str) -> str | None:
        return greatest(self.unit_facts.get(unit, {}).get("product", ()))

    def contents_unit(self, unit: str) -> list[Answer]:
        unit = self._called("unit", unit, self.known_units)
        return ordered(
            {
                "unit": link.child[2],
                "parent": link.parent[2],
                "product": self._product(link.child[2]),
                "position": link.position,
                "depth": depth,
                "at": shown(link.span.start),
                "removed_at": shown(link.span.end),
            }
            for link, depth in self.below(("unit", "", unit), self.mounts)
        )

    def contents_container(self, container: str) -> list[Answer]:
        container = self._called("container", container, self.known_containers)
        return ordered(
            {
                "kind": link.child[0],
                "id": node_id(link.child),
                "container": link.parent[2],
                "depth": depth,
                "at": shown(link.span.start),
                "removed_at": shown(link.span.end),
            }
            for link, depth in self.below(("container", "", container), self.packing)
        )

    def contents_shipment(self, shipment: str) -> list[Answer]:
        shipment = self._called("shipment", shipment, self.known_shipments)
        at = self.shipped_at(shipment)
        found: set[tuple[Node, str | None]] = set()
        for node in self.listed[shipment]:
            found |= set(self._went_out(node, None, EVER, at, [node]))
        return ordered(
            {
                "kind": node[0],
                "id": node_id(node),
                "container": container,
                "product": self._product(node[2]) if node[0] == "unit" else None,
                "top": self.top(node[2]) if node[0] == "unit" else None,
            }
            for node, container in found
        )

    def _went_out(
        self, node: Node, container: str | None, span: Span, at: str | None, seen: list[Node]
    ) -> Iterator[tuple[Node, str | None]]:
        """The node and all that was in it then, each under the container that held it."""
        yield node, container
        held = node[2] if node[0] == "container" else container
        for link in [*self.mounts, *self.packing]:
            inner = span.meet(link.span)
            if link.parent == node and link.child not in seen and inner.holds(at):
                yield from self._went_out(link.child, held, inner, at, [*seen, link.child])

    # lineage

    def lineage(self, supplier: str, lot: str, direction: str = "both") -> list[Answer]:
        asked = self._called_lot(supplier, lot)
        rows: list[Answer] = []
        if direction in {"down", "both"}:
            steps = {(kind, origin, became) for kind, origin, became in self.moves}
            certain = self.suspects({asked: True})
            for listed, (kind, count) in nearest(asked, steps).items():
                rows.append(self._lineage_row("down", listed, kind, count, certain=certain[listed]))
        if direction in {"up", "both"}:
            steps = {(kind, became, origin) for kind, origin, became in self.moves}
            for listed, (kind, count) in nearest(asked, steps).items():
                sure = self.suspects({listed: True})[asked]
                rows.append(self._lineage_row("up", listed, kind, count, certain=sure))
        return ordered(rows)

    def _lineage_row(self, direction: str, lot: Lot, kind: str, steps: int, *, certain: bool) -> Answer:
        return {
            "direction": direction,
            "supplier": lot[0],
            "lot": lot[1],
            "part": self.part(lot),
            "kind": kind,
            "steps": steps,
            "certain": certain,
        }


def node_id(node: Node) -> str:
    return one_string(node[1:]) if node[0] == "lot" else node[2]


def in_window(start: str, end: str, since: str | None, until: str | None) -> bool:
    """Whether `[start, end]` meets `[since, until)`."""
    return (until is None or start < until) and (since is None or end >= since)


def nearest(lot: Lot, steps: set[tuple[str, Lot, Lot]]) -> dict[Lot, tuple[str, int]]:
    """Every other lot by its steps from here, with the kind of the last move."""
    found: dict[Lot, tuple[str, int]] = {}
    ring = {lot}
    count = 0
    while ring:
        count += 1
        new = {to for _, start, to in steps if start in ring and to != lot and to not in found}
        for to in new:
            found[to] = min(kind for kind, start, end in steps if start in ring and end == to), count
        ring = new
    return found
