"""CFX messages as machines write them, and a plant of tables written as such messages."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = [
    "AT",
    "Message",
    "as_messages",
    "envelope",
    "installed",
    "loaded",
    "minute",
    "personalized",
    "units",
    "unloaded",
    "write",
]

Message = dict[str, Any]
AT = "2026-05-01T08:00:00Z"
NAMES = {
    "MaterialsInitialized": "Materials.Management",
    "MaterialsModified": "Materials.Management",
    "MaterialsSplit": "Materials.Management",
    "MaterialsJoined": "Materials.Management",
    "MaterialsConsumed": "Materials.Management",
    "MaterialsRetired": "Materials.Management",
    "MaterialsLoaded": "Materials.Storage",
    "MaterialsUnloaded": "Materials.Storage",
    "SplicePointDetected": "Materials.Storage",
    "MaterialsInstalled": "Production.Assembly",
    "MaterialsUninstalled": "Production.Assembly",
    "UnitsPersonalized": "Production.Assembly",
    "UnitsProcessed": "Production.Processing",
    "UnitsTested": "Production.TestAndInspection",
    "UnitsInspected": "Production.TestAndInspection",
    "UnitsRepaired": "Production.ReworkAndRepair",
}
_number = itertools.count(1)


def envelope(
    name: str, body: dict[str, Any], at: str | None = AT, machine: str | None = "M1"
) -> dict[str, Any]:
    """Wrap a body as a machine does."""
    return {
        "MessageName": f"CFX.{NAMES.get(name, 'Production')}.{name}",
        "Version": "1.7",
        "TimeStamp": at,
        "UniqueID": f"00000000-0000-0000-0000-{next(_number):012}",
        "Source": machine,
        "Target": None,
        "RequestID": None,
        "MessageBody": body,
    }


def write(path: Path, messages: Iterable[Any]) -> Path:
    """Write NDJSON."""
    path.write_text("".join(json.dumps(message) + "\n" for message in messages), encoding="utf-8")
    return path


def minute(number: int) -> str:
    return f"2026-05-01T08:{number:02}:00Z"


def installed(
    unit: str,
    at: int,
    reel: str = "R1",
    *refdes: str,
    position: int | None = 1,
    machine: str = "M1",
    **more: Any,
) -> Message:
    place = more.pop("place", {"LocationIdentifier": "F1", "LocationName": "SLOT1"})
    entry = {
        "UnitIdentifier": unit,
        "UnitPositionNumber": position,
        "Material": {"UniqueIdentifier": reel, "InternalPartNumber": "P1"},
        "CarrierLocation": place,
        "InstalledComponents": [{"ReferenceDesignator": name} for name in refdes or ("C1",)],
    }
    body = {"TransactionId": more.get("transaction"), "InstalledMaterials": [entry]}
    return envelope("MaterialsInstalled", body, minute(at), machine)


def units(name: str, at: int, *listed: Any, **more: Any) -> Message:
    named = [
        {"UnitIdentifier": one[0], "PositionNumber": one[1], "PositionName": f"P{number}"}
        | ({"Status": one[2]} if len(one) > 2 else {})
        for number, one in enumerate(listed)
    ]
    return envelope(name, {"Units": named, "UnitCount": len(named), **more}, minute(at))


def loaded(reel: str, at: int, location: str = "F1", machine: str = "M1", **more: Any) -> Message:
    place = {"LocationIdentifier": location, "MaterialPackage": {"UniqueIdentifier": reel}, **more}
    return envelope("MaterialsLoaded", {"Materials": [place]}, minute(at), machine)


def unloaded(reel: str, at: int, machine: str = "M1") -> Message:
    return envelope("MaterialsUnloaded", {"MaterialPackageIdentifiers": [reel]}, minute(at), machine)


def personalized(carrier: str, at: int, serial: str) -> Message:
    told = [{"Name": "Serial Number", "Value": serial}]
    unit = {"UnitIdentifier": carrier, "UnitPositionNumber": 1, "Characteristics": told}
    return envelope("UnitsPersonalized", {"PersonalizedUnits": [unit]}, minute(at))


def as_messages(  # noqa: C901, PLR0912, PLR0915  one table after the other
    plant: dict[str, list[dict[str, str]]],
) -> Iterator[dict[str, Any]]:
    """Write the rows of a plant's tables as the messages that say the same."""
    for row in plant["lots"]:
        if row["supplier"]:
            continue  # said by its reels
        (origin,) = [m for m in plant["lot_moves"] if m["to_lot"] == row["lot"] and m["kind"] == "reel"]
        package: dict[str, Any] = {
            "UniqueIdentifier": row["lot"],
            "InternalPartNumber": row["part"],
            "Manufacturer": origin["from_supplier"],
            "ManufacturerLotCode": origin["from_lot"],
            "ManufacturerPartNumber": row["mpn"],
            "Vendor": row["vendor"],
            "ReceivedDate": row["received_at"],
            "InitialQuantity": float(row["quantity"]),
        }
        yield envelope("MaterialsInitialized", {"Materials": [package]}, machine="STORE")
    for row in plant["lot_moves"]:
        moves: dict[str, dict[str, Any]] = {
            "split": {
                "SourceMaterialPackageIdentifier": row["from_lot"],
                "NewMaterialPackageIdentifier": row["to_lot"],
                "NewMaterialPackageQuantity": float(row.get("quantity") or 0),
            },
            "merge": {
                "LeadingMaterialPackage": {"UniqueIdentifier": row["from_lot"]},
                "TrailingMaterialPackage": {"UniqueIdentifier": row["to_lot"]},
            },
        }
        if row["kind"] in moves:
            name = "MaterialsSplit" if row["kind"] == "split" else "MaterialsJoined"
            yield envelope(name, moves[row["kind"]], row["at"], "STORE")
    for row in plant["consumptions"]:
        consumed = {
            "MaterialLocation": {"MaterialPackage": {"UniqueIdentifier": row["lot"]}},
            "QuantityUsed": float(row["used"]),
            "QuantitySpoiled": 0.0,
            "RemainingQuantity": float(row["remaining"]),
        }
        yield envelope("MaterialsConsumed", {"ConsumedMaterials": [consumed]}, row["at"], "M2")
    panels: dict[str, list[dict[str, str]]] = {}
    for row in plant["units"]:
        panels.setdefault(row["panel"] or row["unit"], []).append(row)
    for panel, units in panels.items():
        listed = [
            {"UnitIdentifier": unit["unit"], "PositionNumber": int(unit["position"] or 1)} for unit in units
        ]
        order: dict[str, Any] = {"WorkOrderId": units[0]["work_order"], "Batch": None}
        body = {"PrimaryIdentifier": panel, "WorkOrderIdentifier": order, "Units": listed}
        yield envelope("UnitsInitialized", body, units[0]["created_at"], "LASER")
    named = {
        row["unit"]: (row["panel"] or row["unit"], int(row["position"] or 1)) for row in plant["units"]
    }
    for row in plant["placements"]:
        holder, position = named[row["unit"]]
        entry: dict[str, Any] = {
            "UnitIdentifier": holder,
            "UnitPositionNumber": position,
            "QuantityInstalled": float(len(row["refdes"].split())),
            "Material": {"UniqueIdentifier": row["lot"], "InternalPartNumber": None},
            "CarrierLocation": {"LocationIdentifier": row["feeder"]},
            "InstalledComponents": [
                {"ReferenceDesignator": refdes, "InstallationTime": None}
                for refdes in row["refdes"].split()
            ],
        }
        body = {"TransactionId": f"T-{row['at']}-{holder}", "InstalledMaterials": [entry]}
        yield envelope("MaterialsInstalled", body, row["at"], row["machine"])
    for row in plant["recipes"]:
        yield envelope("RecipeActivated", {"RecipeName": row["program"]}, row["at"], row["machine"])
    for row in plant["shifts"]:
        who = {"Operator": {"OperatorIdentifier": row["operator"]}}
        yield envelope("OperatorActivated", who, row["at"], row["machine"])
        yield envelope("OperatorDeactivated", who, row["until"], row["machine"])
    for row in plant["loads"]:
        place = {
            "LocationIdentifier": row["feeder"],
            "MaterialPackage": {"UniqueIdentifier": row["lot"]},
        }
        yield envelope("MaterialsLoaded", {"Materials": [place]}, row["loaded_at"], row["machine"])
        if row["unloaded_at"]:
            body = {"MaterialPackageIdentifiers": [row["lot"]]}
            yield envelope("MaterialsUnloaded", body, row["unloaded_at"], row["machine"])
    for number, row in enumerate(plant["visits"]):
        holder, position = named[row["unit"]]
        begin: dict[str, Any] = {"TransactionID": f"V-{number}", "RecipeName": row["program"], "Lane": None}
        worked = [{"UnitIdentifier": holder, "PositionNumber": position, "Status": "Pass"}]
        yield envelope("WorkStarted", {**begin, "Units": worked}, row["started_at"], row["machine"])
        end: dict[str, Any] = {"TransactionID": f"V-{number}", "Result": "Completed"}
        end["Units"] = worked if number % 2 else []
        yield envelope("WorkCompleted", end, row["ended_at"], row["machine"])
    for row in plant["removals"]:
        holder, position = named[row["unit"]]
        entry = {
            "UnitIdentifier": holder,
            "UnitPositionNumber": position,
            "Reason": row["reason"],
            "Material": {"UniqueIdentifier": row["lot"]},
            "UninstalledComponents": [
                {"ReferenceDesignator": row["refdes"], "InstallationTime": row["at"]}
            ],
        }
        yield envelope("MaterialsUninstalled", {"UninstalledMaterials": [entry]}, row["at"], "REPAIR")
    for row in plant["tests"]:
        holder, position = named[row["unit"]]
        check: dict[str, Any] = {"InspectionName": "all", "Result": "x", "DefectsFound": []}
        if row["defects"]:
            code, _, refdes = row["defects"].partition("@")
            check["DefectsFound"] = [
                {"DefectCode": code, "ComponentOfInterest": {"ReferenceDesignator": refdes}}
            ]
        entry = {
            "UnitIdentifier": holder,
            "UnitPositionNumber": position,
            "OverallResult": "Passed" if row["result"] == "pass" else "Failed",
            "Inspections": [check],
        }
        body = {"InspectionMethod": row["kind"], "InspectedUnits": [entry]}
        yield envelope("UnitsInspected", body, row["at"], row["machine"])
    for row in plant["processes"]:
        holder, position = named[row["unit"]]
        about: dict[str, Any] = {"UnitIdentifier": holder, "UnitPositionNumber": position}
        said = json.loads(row.get("parameters", "null"))
        if row["kind"] == "arrived":
            arrived = {"UnitIdentifier": holder, "PositionNumber": position}
            name, body = "UnitsArrived", {"Units": [arrived]}
        elif row["kind"] == "personalized":
            told = [{"Name": key, "Value": value} for key, value in said.items()]
            name, body = "UnitsPersonalized", {"PersonalizedUnits": [about | {"Characteristics": told}]}
        else:
            data = about | {"UnitResult": row["result"], "UnitProcessData": said}
            name, body = "UnitsProcessed", {"UnitProcessData": [data]}
        yield envelope(name, body, row["at"], row["machine"])
    for row in plant["service"]:
        holder, position = named[row["unit"]]
        if row["kind"] == "repair":
            words = row["detail"].split("; ")
            place = {"ReferenceDesignator": words[1]}
            repair: dict[str, Any] = {
                "RepairName": words[0],
                "ComponentOfInterest": place,
                "Comments": words[2],
            }
            entry = {"UnitIdentifier": holder, "UnitPositionNumber": position, "Repairs": [repair]}
            repairer = {"OperatorIdentifier": row["operator"]}
            body = {"RepairOperator": repairer, "RepairedUnits": [entry]}
            yield envelope("UnitsRepaired", body, row["at"], "REPAIR")
            continue
        unit = {"UnitIdentifier": holder, "PositionNumber": position}
        body = {"Reason": row["detail"], "Units": [unit]}
        yield envelope("UnitsDisqualified", body, row["at"], "REPAIR")
