"""A unit as Catena-X twins: a test-data container that a partner imports, and we as well.

Written are SerialPart, Batch and SingleLevelBomAsBuilt in version 3.0.0 (CX-0127), by what the
graph says now. What it does not know is left out, though an aspect may require it: nothing is
made up. The same graph gives the same bytes. docs/formats/catenax.md says what is lost.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import orjson

from boardtrace.answer import thing
from boardtrace.catenax_ids import is_uuid, same, twin_of_lot, twin_of_unit
from boardtrace.rows import shown
from boardtrace.statement import load

if TYPE_CHECKING:
    from boardtrace.graph import Graph, Transaction

__all__ = ["container", "export"]

_CONTAINER: Final = "https://catenax.io/schema/TestDataContainer/1.0.0"
_SERIAL: Final = "urn:samm:io.catenax.serial_part:3.0.0#SerialPart"
_BATCH: Final = "urn:samm:io.catenax.batch:3.0.0#Batch"
_BILL: Final = "urn:samm:io.catenax.single_level_bom_as_built:3.0.0#SingleLevelBomAsBuilt"
_PIECE: Final = "unit:piece"

_Row = dict[str, Any]
_Key = tuple[str, str]


def export(graph: Graph, unit: str) -> bytes:
    """Write the twins of a unit, of what is mounted in it and of the lots in these, as JSON.

    NotFound, with what is spelled almost so, if no unit has this name.
    """

    def work(tx: Transaction) -> tuple[str, _Row]:
        serial = thing(tx, "unit", unit, "unit")
        return serial, tx.one(load("export/catenax"), unit=serial) or {"units": [], "lots": []}

    serial, found = graph.read("export catenax", work)
    whole = container(serial, found["units"], found["lots"])
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def container(serial: str, units: list[_Row], lots: list[_Row]) -> _Row:
    """Make the container of these units and lots: the one that was asked for first, then by id."""
    serials = {row["unit"] for row in units}
    batches = _batches(serials, units, lots)
    entries = [entry for row in units if (entry := _serial_part(row))]
    entries += [entry for row in lots if row["lot"] not in serials and (entry := _batch(row, batches))]
    first = twin_of_unit(serial)
    return {
        _CONTAINER: sorted(entries, key=lambda entry: (entry["catenaXId"] != first, entry["catenaXId"]))
    }


def _batches(serials: set[str], units: list[_Row], lots: list[_Row]) -> set[_Key]:
    """Find the lots that are written as batches: all but those that are known by a partner's id only.

    A lot on a unit must be one all the same, or it would be read as a unit.
    """
    placed = {(link["supplier"], link["lot"]) for row in units for link in row["placed"]}
    keys = {(row["supplier"], row["lot"]): row["reference"] and is_uuid(row["lot"]) for row in lots}
    return {
        key for key, foreign in keys.items() if key[1] not in serials and (not foreign or key in placed)
    }


def _serial_part(row: _Row) -> _Row:
    """Write a unit; nothing of one that is known by a partner's id only, and holds nothing."""
    twin = twin_of_unit(row["unit"])
    aspects: _Row = {}
    if not (row["reference"] and is_uuid(row["unit"])):
        aspects[_SERIAL] = _aspect(twin, row, "partInstanceId", row["unit"])
    children = [
        _item(twin_of_unit(link["unit"]), link, link["maker"], _quantity(1, _PIECE))
        for link in row["children"]
    ]
    children += [
        _item(
            twin_of_lot(link["supplier"], link["lot"]),
            link,
            link["supplier"],
            _quantity(link["places"], _PIECE) or _quantity(link["quantity"], link["measure"]),
        )
        for link in row["placed"]
    ]
    return _entry(twin, row["supplier"] or row["maker"], aspects, children)


def _batch(row: _Row, batches: set[_Key]) -> _Row:
    """Write a lot, and what it was made of."""
    twin = twin_of_lot(row["supplier"], row["lot"])
    aspects: _Row = {}
    if (row["supplier"], row["lot"]) in batches:
        aspects[_BATCH] = _aspect(twin, row, "batchId", row["lot"])
    children = [
        _item(
            twin_of_lot(link["supplier"], link["lot"]),
            # a part of a batch that is no batch is in some piece of it: not certain in any case
            {**link, "certain": link["kind"] != "merge" or (link["supplier"], link["lot"]) not in batches},
            link["supplier"],
            _quantity(link["quantity"], link["measure"]),
        )
        for link in row["origins"]
    ]
    return _entry(twin, row["supplier"], aspects, children)


def _entry(twin: str, partner: str | None, aspects: _Row, children: list[_Row]) -> _Row:
    if children:
        distinct = {orjson.dumps(item): item for item in children}
        aspects[_BILL] = [
            {
                "catenaXId": twin,
                "childItems": [item for _, item in sorted(distinct.items(), key=itemgetter(0))],
            }
        ]
    return {"catenaXId": twin, **({"bpnl": partner} if partner else {}), **aspects} if aspects else {}


def _aspect(twin: str, row: _Row, key: str, own: str) -> list[_Row]:
    """Write what a unit or lot is: names, date and part."""
    supplier = row["supplier"] or (row["maker"] if key == "partInstanceId" else "")
    # of a part number whose maker is not known, the one who has the lot need not be it
    maker = supplier if row["maker"] or not row["part"] else ""
    names = [] if is_uuid(own) else [own]
    names += sorted(name for name in row["names"] if name != own and not same(name, twin))
    local = [{"key": "manufacturerId", "value": maker}] if maker else []
    made = None if row["made"] is None else shown(row["made"])
    part = {"manufacturerPartId": row["part"], "nameAtManufacturer": row["description"]}
    return [
        {
            "catenaXId": twin,
            "localIdentifiers": local + [{"key": key, "value": name} for name in names],
            "manufacturingInformation": _filled({"date": made}),
            "partTypeInformation": _filled(part),
        }
    ]


def _item(twin: str, link: _Row, partner: str | None, quantity: _Row | None) -> _Row:
    at = shown(link["at"]) if link["at"] else None  # 1970 stands for no time at all
    return _filled(
        {
            "catenaXId": twin,
            "quantity": quantity,
            "hasAlternatives": not link["certain"],
            "createdOn": at,
            "lastModifiedOn": at,
            "businessPartner": partner or None,
        }
    )


def _quantity(value: float | None, measure: str | None) -> _Row | None:
    if not value:
        return None
    return _filled({"value": int(value) if value == int(value) else value, "unit": measure})


def _filled(row: _Row) -> _Row:
    return {key: value for key, value in row.items() if value is not None}
