"""The vocabulary, once: the tables that come in, the nodes that questions name.

Source: the project's contract, sections 1 and 4. Whoever needs a column, a type or a
key of the graph takes it from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "INPUTS",
    "NODES",
    "RAW",
    "STORED",
    "TABLES",
    "Column",
    "Node",
    "Table",
    "lot_id",
    "same_part",
    "split_lot_id",
]

Kind = Literal["text", "time", "number", "flag", "list", "json", "word"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an input table.

    ``kind``: text (a key or free text, trimmed), time (RFC 3339 with an offset), number,
    flag (true or false), list (blank-separated, a set), json, word (one of ``words``).
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    may_be_blank: bool = False
    """The column must be there, its cell may be blank: the supplier of a site's own reel."""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One input table; ``key`` are the columns by which a later row completes an earlier one.

    Without a key a row stands for itself: two rows are one fact only if they are equal.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    """Columns whose ids are a site's own, prefixed under ``--site``."""

    @property
    def required(self) -> list[str]:
        """Columns that a file of this table must have."""
        return [column.name for column in self.columns if column.required]

    def column(self, name: str) -> Column:
        """Look a column up by name; KeyError if there is none."""
        return next(column for column in self.columns if column.name == name)


# name, '*' required, '?' its cell may be blank, ':kind', '(words)'
_COLUMN = re.compile(r"(\w+)(\*?)(\??)(?::(\w+))?(?:\(([\w|]+)\))?$")


def _table(name: str, columns: str, key: str = "", site: str = "") -> Table:
    parsed = []
    for text in columns.split():
        match = _COLUMN.match(text)
        if match is None:
            raise ValueError(text)
        label, star, blank, kind, words = match.groups()
        parsed.append(
            Column(
                label,
                kind or ("word" if words else "text"),  # type: ignore[arg-type]
                required=bool(star),
                may_be_blank=bool(blank),
                words=tuple(words.split("|")) if words else (),
            )
        )
    return Table(name, tuple(parsed), tuple(key.split()), tuple(site.split()))


_CONTENT = "content* content_kind*(unit|container|lot) supplier"

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table("suppliers", "supplier* name country", "supplier"),
        _table("components", "part* description manufacturer mpn category", "part"),
        _table(
            "lots",
            "supplier*? lot* vendor part mpn manufacturer quantity:number date_code "
            "manufactured_at:time received_at:time expires_at:time",
            "supplier lot",
        ),
        _table(
            "lot_moves",
            "kind*(reel|split|merge|relabel|made) from_supplier*? from_lot* to_supplier*? to_lot* "
            "quantity:number at:time",
        ),
        _table("consumptions", "supplier*? lot* at*:time used:number spoiled:number remaining:number"),
        _table("machines", "machine* name kind line site", "machine", "machine"),
        _table("operators", "operator* role", "operator", "operator"),
        _table(
            "units",
            "unit* kind(board|product) product revision work_order panel position skipped:flag "
            "created_at:time",
            "unit",
            "unit panel",
        ),
        _table(
            "placements",
            "unit* at*:time supplier*? lot* refdes:list quantity:number feeder machine program "
            "operator work_order certain:flag",
            site="unit machine operator",
        ),
        _table("programs", "program* feeder* refdes*:list part"),
        _table(
            "loads",
            "machine* feeder* supplier*? lot* loaded_at*:time unloaded_at:time",
            "machine feeder supplier lot loaded_at",
            "machine",
        ),
        _table(
            "visits",
            "unit* machine* started_at*:time ended_at:time program operator work_order",
            "unit machine started_at",
            "unit machine operator",
        ),
        _table(
            "removals",
            "unit* at*:time refdes:list supplier lot reason operator",
            site="unit operator",
        ),
        _table(
            "processes",
            "unit* at*:time kind* machine program operator result parameters:json",
            site="unit machine operator",
        ),
        _table(
            "tests",
            "unit* at*:time kind* result*(pass|fail) machine program operator defects:list "
            "measurements:json image",
            site="unit machine operator",
        ),
        _table(
            "mounts",
            # `certain` is ours: a partner's bill of materials may offer alternatives (Catena-X)
            "child* parent* at*:time removed_at:time position certain:flag",
            "child parent at",
            "child parent",
        ),
        _table(
            "packing",
            f"{_CONTENT} container* at*:time removed_at:time",
            "content_kind supplier content container at",
            "container",
        ),
        _table(
            "shipments",
            "shipment* shipped_at*:time kind(sale|return|transfer) customer carrier",
            "shipment",
            "shipment",
        ),
        _table("shipment_contents", f"shipment* {_CONTENT}", site="shipment"),
        _table("customers", "customer* name country", "customer"),
        _table(
            "service",
            "unit* at*:time kind*(repair|firmware|warranty|inspection|scrap) site operator firmware detail",
            site="unit operator",
        ),
        _table(
            "aliases",
            "kind*(unit|lot|supplier|component|machine|operator|container|shipment|customer) id* alias*",
        ),
        # What a reader knows to be missing: no table of a user's.
        _table("gaps", "unit* machine feeder refdes:list part at*:time reason*", site="unit machine"),
    )
}

INPUTS: dict[str, Table] = {name: table for name, table in TABLES.items() if name != "gaps"}
"""The tables that a file may be of."""

# Facts that mean something only together with others, which may be in any file of any day: a format's
# own tables, `<format>_<what>`. sql/formats/<format>/*.sql make rows of the tables above of them.
_EPCIS = (
    # an event; its number is a hash of what it says, the same for all spellings; its things are lists of
    # role, kind, supplier, name, quantity, unit of measure, what all its spellings have in common; a row
    # for each would take three times as long
    _table(
        "epcis_events",
        "event* event_id declared:flag quiet:flag type* verb at*:time step disposition read_point location "
        "transformation shipment work_order source destination returned:flag transfer:flag "
        "manufactured_at:time expires_at:time date_code mpn things:json parameters:json json:json",
    ),
    # what names a Digital Link as a URN once a company prefix is known (gs1.Link)
    _table("epcis_links", "name* kind* start* head digits* tail given*"),
    _table("epcis_prefixes", "prefix*"),
    _table("epcis_masters", "place* name country"),
    _table("epcis_contexts", "prefix* uri*"),
)
_CFX = "unit position transaction machine at*:time"
_CFX_PLACE = "feeder location place carrier lane"
_RAW = (
    *_EPCIS,
    # IPC-CFX. `unit` is a UnitIdentifier, `position` a number on that panel or carrier; a `transaction`
    # joins messages; `location`, `place` (its name), `carrier` and `lane` say where a package is.
    _table("cfx_units", f"{_CFX.replace('at*', 'at')} panel work_order", site="unit machine panel"),
    _table("cfx_names", f"{_CFX.replace('at*', 'at')} name value* serial:flag", site="unit machine"),
    _table(
        "cfx_works",
        f"{_CFX} kind*(started|completed|arrived|departed) skipped:flag program lane work_order",
        site="unit machine",
    ),
    # units that a message about their panel or carrier lists by names of their own
    _table(
        "cfx_panels",
        f"{_CFX} panel* kind*(started|completed|arrived|departed) skipped:flag",
        site="unit machine panel",
    ),
    _table("cfx_ends", "transaction* machine at*:time result", site="machine"),
    _table(
        "cfx_placements",
        f"{_CFX} lot part refdes:list quantity:number {_CFX_PLACE} certain:flag",
        site="unit machine lot",
    ),
    _table("cfx_removals", f"{_CFX} lot refdes:list reason operator", site="unit machine operator lot"),
    _table(
        "cfx_processes",
        f"{_CFX} kind* program operator result parameters:json",
        site="unit machine operator",
    ),
    _table(
        "cfx_tests",
        f"{_CFX} kind* result*(pass|fail) program operator defects:list measurements:json",
        site="unit machine operator",
    ),
    _table("cfx_service", f"{_CFX} kind*(repair|scrap) operator detail", site="unit machine operator"),
    _table("cfx_loads", f"machine* {_CFX_PLACE} lot* at*:time", site="machine lot"),
    _table("cfx_unloads", "machine lot* at*:time", site="machine lot"),
    # a package loaded as the leading part of a tape that is known by another's label
    _table("cfx_chains", "machine* lot* label* at*:time", site="machine lot label"),
    _table("cfx_recipes", "machine* lane program* at*:time", site="machine"),
    _table("cfx_operators", "machine* operator* at*:time active*:flag", site="machine operator"),
    # Catena-X: no site before a twin, its id is one in the whole dataspace; but before an id of ours
    _table("catenax_things", "twin* kind*(unit|lot|type|bom) maker partner part description made:time"),
    _table("catenax_names", "twin* name* payload:flag"),
    _table(
        "catenax_links",
        "side*(bom|usage) parent* child* certain*:flag at:time partner quantity:number measure",
    ),
    _table("catenax_codes", "twin* code* within"),
    _table("catenax_own", "twin* unit supplier lot", site="unit"),
)
RAW: dict[str, Table] = {table.name: table for table in _RAW}

STORED: dict[str, Table] = {**TABLES, **RAW}
"""All tables of the ledger."""


@dataclass(frozen=True, slots=True)
class Node:
    """A kind of node that an identifier can name; ``kind`` is what `find` and `aliases` call it."""

    kind: str
    label: str
    key: tuple[str, ...]
    name: str | None
    """The property that a person would read as its name."""


NODES: dict[str, Node] = {
    node.kind: node
    for node in (
        Node("unit", "Unit", ("unit",), "product"),
        Node("lot", "Lot", ("supplier", "lot"), "part"),
        Node("supplier", "Supplier", ("supplier",), "name"),
        Node("component", "Component", ("part",), "description"),
        Node("machine", "Machine", ("machine",), "name"),
        Node("operator", "Operator", ("operator",), "role"),
        Node("container", "Container", ("container",), "kind"),
        Node("shipment", "Shipment", ("shipment",), "kind"),
        Node("customer", "Customer", ("customer",), "name"),
    )
}


def lot_id(supplier: str, lot: str) -> str:
    """One string for a lot: ``supplier/lot``, `%` and `/` of the supplier as `%25` and `%2F`."""
    return f"{supplier.replace('%', '%25').replace('/', '%2F')}/{lot}"


def same_part(part: str) -> str:
    """Spell a part number as all its spellings are compared: without case and blanks.

    The ledger's `part_number` does the same (sql/00_spelling.sql): one letter becomes one letter.
    """
    return "".join(map(_capital, "".join(part.split()).replace("ß", "ẞ")))


def _capital(char: str) -> str:
    return next((one for one in (char.upper(), char.title()) if len(one) == 1), char)


def split_lot_id(text: str) -> tuple[str, str]:
    """Undo `lot_id`; a text without `/` is a lot of the site's own."""
    supplier, slash, lot = text.partition("/")
    if not slash:
        return "", text
    return supplier.replace("%2F", "/").replace("%25", "%"), lot
