"""The kinds of nodes and edges that the ledger keeps in the graph, once.

sql/*.sql derive a relation ``want_<kind>`` for each, cypher/write and cypher/drop have a
statement for each. A column of the relation is a key, the property of the same name, or
`labels`; times are microseconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from boardtrace import __version__

__all__ = ["DERIVED_BY", "EVIDENCE", "KINDS", "NUMBERS", "RULES", "Kind"]

RULES = 7
"""Number of the rules by which facts are read from files, and a graph follows from facts. One that was made
by others may lack what questions look for, and would answer too little: it is not asked."""
DERIVED_BY = f"{__version__}+rules.{RULES}"
"""The program as a link of the chain names it: what it derived of a batch is compared with that alone."""

EVIDENCE = ("batch", "file", "line")
"""Properties of an edge that say where it was read first: no part of what it says."""
NUMBERS = frozenset({"span", "in_batch", "at_line", "size", "heads", "since"})
"""Columns of whole numbers, or of lists of such; every other one is a time."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of node (written by its key, in place) or edge (written anew).

    ``label`` is the node's label or the edge's type; ``start`` and ``end`` are the label
    at each end of an edge and the columns with that node's key.
    """

    name: str
    label: str
    key: tuple[str, ...] = ()
    start: tuple[str, tuple[str, ...]] = ("", ())
    end: tuple[str, tuple[str, ...]] = ("", ())
    renamed: dict[str, str] = field(default_factory=dict)
    """Column -> property, where the two differ."""

    @property
    def node(self) -> bool:
        """Whether it is a kind of node."""
        return bool(self.key)


def _nodes() -> list[Kind]:
    said = """
    unit Unit unit
    lot Lot supplier lot
    supplier Supplier supplier
    component Component part
    machine Machine machine
    operator Operator operator
    container Container container
    shipment Shipment shipment
    customer Customer customer
    program Program program
    firmware Firmware firmware
    part_number PartNumber number
    alias Alias alias
    run Run run
    gap Gap gap
    quarantined Quarantined quarantined
    finding Finding finding
    cohort Cohort cohort
    """
    # the ledger's own batch, file and line, which every relation has, are not those of the bad row
    renamed = {"quarantined": {"in_batch": "batch", "in_file": "file", "at_line": "line"}}
    words = [line.split() for line in said.strip().splitlines()]
    return [Kind(name, label, tuple(key), renamed=renamed.get(name, {})) for name, label, *key in words]


def _edges() -> list[Kind]:
    said = """
    supplied            Supplier(maker) SUPPLIED Lot(supplier,lot)
    stocked_as          Component(part) STOCKED_AS Lot(supplier,lot)
    numbered_component  Component(part) NUMBERED PartNumber(number)
    numbered_lot        Lot(supplier,lot) NUMBERED PartNumber(number)
    became              Lot(from_supplier,from_lot) BECAME Lot(to_supplier,to_lot)
    ran                 Machine(machine) RAN Run(run)
    operated            Operator(operator) OPERATED Run(run)
    fed                 Lot(supplier,lot) FED Run(run)
    placed              Run(run) PLACED Unit(unit)
    processed           Run(run) PROCESSED Unit(unit)
    tested              Run(run) TESTED Unit(unit)
    serviced            Run(run) SERVICED Unit(unit)
    removed_from        Lot(supplier,lot) REMOVED_FROM Unit(unit)
    mounted_in          Unit(child) MOUNTED_IN Unit(parent)
    packed_unit         Unit(content) PACKED_IN Container(container)
    packed_lot          Lot(supplier,content) PACKED_IN Container(container)
    packed_container    Container(content) PACKED_IN Container(container)
    shipped_unit        Unit(content) SHIPPED_IN Shipment(shipment)
    shipped_lot         Lot(supplier,content) SHIPPED_IN Shipment(shipment)
    shipped_container   Container(content) SHIPPED_IN Shipment(shipment)
    delivered_to        Shipment(shipment) DELIVERED_TO Customer(customer)
    missing_in          Gap(gap) MISSING_IN Run(run)
    reached             Run(run) REACHED Cohort(cohort)
    singled_out         Run(run) SINGLED_OUT Unit(unit)
    loaded_at           Lot(supplier,lot) LOADED_AT Machine(machine)
    known_unit          Unit(id) KNOWN_AS Alias(alias)
    known_lot           Lot(supplier,id) KNOWN_AS Alias(alias)
    known_supplier      Supplier(id) KNOWN_AS Alias(alias)
    known_component     Component(id) KNOWN_AS Alias(alias)
    known_machine       Machine(id) KNOWN_AS Alias(alias)
    known_operator      Operator(id) KNOWN_AS Alias(alias)
    known_container     Container(id) KNOWN_AS Alias(alias)
    known_shipment      Shipment(id) KNOWN_AS Alias(alias)
    known_customer      Customer(id) KNOWN_AS Alias(alias)
    """
    found = []
    for line in said.strip().splitlines():
        name, start, label, end = line.split()
        found.append(Kind(name, label, start=_end(start), end=_end(end)))
    return found


def _end(said: str) -> tuple[str, tuple[str, ...]]:
    label, _, columns = said.rstrip(")").partition("(")
    return label, tuple(columns.split(","))


# In the order of writing: nodes before the edges between them.
KINDS: tuple[Kind, ...] = (*_nodes(), *_edges())
