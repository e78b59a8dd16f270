"""Packages of material: what they hold, where they are, what became of them, and where they went.

Source: ``CFX.Materials.Management``, ``CFX.Materials.Storage`` and ``CFX.Production.Assembly`` of
the standard's public SDK.

- After a splice the tape is known by the trailing package's label, while the leading one is used
  first: a package that names another as its leading (older: spliced) one is a placement of each,
  not certain, and a join is a `merge` from the leading into the trailing package.
- A designator is one word of a list: blanks within it become ``_``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from boardtrace.model import lot_id
from boardtrace.sources import Fact, Reject, Unread
from boardtrace.sources.cfx.message import is_unset, names_of, operator_of, place_of, unit_of
from boardtrace.sources.fields import Wrong, amount_of, is_time, part_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.sources.cfx.message import Message

__all__ = [
    "consumed",
    "initialized",
    "installed",
    "joined",
    "loaded",
    "retired",
    "spliced",
    "split",
    "uninstalled",
    "unloaded",
]

_Found = Fact | Reject | Unread
_LONGEST_CHAIN = 100


# Where material went ------------------------------------------------------------------------------


def installed(message: Message) -> Iterator[_Found]:
    """MaterialsInstalled: one material on one unit in each entry."""
    return message.each("InstalledMaterials", _installed)


def _installed(message: Message, entry: dict[str, Any], where: str) -> Iterator[_Found]:
    unit, position = unit_of(entry, where)
    place = place_of(part_of(entry, "CarrierLocation", where, dict), f"{where}.CarrierLocation")
    material = part_of(entry, "Material", where, dict)
    packages = list(dict.fromkeys(_packages(material, f"{where}.Material")))
    components = part_of(entry, "InstalledComponents", where, list)
    amount, complaint = amount_of(entry.get("QuantityInstalled"))
    refused = part_of(entry, "NonInstalledComponents", where, list)
    if refused and not (components or amount or complaint):
        yield Unread(f"{message.name}: NonInstalledComponents")  # tried, and nothing stayed
        return
    if complaint:
        yield Reject(message.line, f"{where}.QuantityInstalled", complaint)
    yield from _detail(message, material, f"{where}.Material")
    for package in packages:
        yield from _stock(message, package.lot, package.part, package.batch)
    for group in _groups(message, components, where, "InstalledComponents"):
        if isinstance(group, Reject):
            yield replace(group, names=names_of(entry))
            continue
        at, refdes, whole = group
        share = amount if whole else str(len(refdes)) if amount == str(len(components)) else ""
        about = {**message.about(unit, position, at), **place, "refdes": " ".join(filter(None, refdes))}
        sure = len(packages) == 1 and not packages[0].grey
        certain = {"quantity": share} if sure else {"certain": "false"}
        for lot, part, *_ in packages:
            yield message.fact(
                "cfx_placements", {**about, **certain, "lot": lot, "part": "" if lot else part}
            )


def uninstalled(message: Message) -> Iterator[_Found]:
    """MaterialsUninstalled: one material off one unit in each entry."""
    for entry, where in message.listed("UninstalledMaterials"):
        try:
            unit, position = unit_of(entry, where)
            operator = operator_of(message.body, "Operator", message.path)
            material = part_of(entry, "Material", where, dict)
            lot = text_of(material, "UniqueIdentifier", f"{where}.Material")
            components = part_of(entry, "UninstalledComponents", where, list)
            reason = text_of(entry, "Reason", where)
            for group in _groups(message, components, where, "UninstalledComponents"):
                if isinstance(group, Reject):
                    yield replace(group, names=names_of(entry))
                    continue
                at, refdes, _ = group
                named = " ".join(filter(None, refdes))
                if not named and not lot:
                    raise Wrong(where, "neither a package nor a designator says what was removed")  # noqa: TRY301
                row = {"refdes": named, "lot": lot, "reason": reason, "operator": operator}
                yield message.fact("cfx_removals", {**message.about(unit, position, at or None), **row})
        except Wrong as wrong:
            yield message.refused(wrong, entry)


def _groups(
    message: Message, components: list[Any], where: str, key: str
) -> Iterator[tuple[str, list[str], bool] | Reject]:
    """Yield (time, designators, whether they are all) of the components that share a time."""
    found: dict[tuple[str, bool], list[str]] = {}
    first: dict[tuple[str, bool], int] = {}
    alike = _alike(components)
    if alike:
        when, names = alike
        found[when, True], first[when, True] = names, 0
    for number, component in () if alike else enumerate(components):
        try:
            refdes, when = _component(component, where, key, number)
        except Wrong as wrong:
            yield Reject(message.line, *wrong.args)
            continue
        group = (when, bool(refdes))
        listed = found.get(group)
        if listed is None:
            first[group], found[group] = number, [refdes]
        else:
            listed.append(refdes)
    if not components:
        found["", False] = []
    for (when, named), refdes_list in found.items():
        if not when:
            try:
                yield message.at, refdes_list, len(found) == 1
            except Wrong as wrong:
                yield Reject(message.line, *wrong.args)
        elif is_time(when):
            yield when, refdes_list, len(found) == 1
        else:
            path = f"{where}.{key}[{first[when, named]}].InstallationTime"
            yield Reject(message.line, path, f"not a time with an offset: {when!r}")


def _alike(components: list[Any]) -> tuple[str, list[str]] | None:
    """Give time and designators of components that share it and have plain names, as nearly all do.

    There are more components than anything else, hence a way for all of them at once.
    """
    try:
        names = [component["ReferenceDesignator"] for component in components]
        times = {component.get("InstallationTime") for component in components}
        plain = all(names) and "".join(names).isalnum() and "".join(names).isascii()
        if not plain or len(times) > 1 or any("UninstallationTime" in one for one in components):
            return None
    except (AttributeError, KeyError, TypeError):
        return None
    when = times.pop() or ""
    return (when, names) if when == "" or (is_time(str(when)) and not is_unset(when)) else None


def _component(component: Any, where: str, key: str, number: int) -> tuple[str, str]:
    """Give designator and time of a component, each blank if it has none."""
    if not isinstance(component, dict):
        raise Wrong(f"{where}.{key}[{number}]", "a component is an object")
    path = f"{where}.{key}[{number}]"
    name = "_".join(text_of(component, "ReferenceDesignator", path).split())
    # a component that was taken off carries this name, too
    when = text_of(component, "InstallationTime", path) or text_of(component, "UninstallationTime", path)
    return name, "" if is_unset(when) else when


class _Package(NamedTuple):
    """A package of a chain; ``grey`` if the machine cannot tell it from the one before."""

    lot: str
    part: str
    batch: str
    grey: bool


def _packages(material: dict[str, Any], path: str) -> Iterator[_Package]:
    """Yield a package and what it was spliced to, the trailing one first."""
    for _ in range(_LONGEST_CHAIN):
        whole = part_of(material, "BatchMaterialPackage", path, dict)
        batch = text_of(material, "BatchId", path) or text_of(
            whole, "UniqueIdentifier", f"{path}.BatchMaterialPackage"
        )
        lot = text_of(material, "UniqueIdentifier", path) or batch
        grey = any(amount_of(material.get("GreyZone")))  # one that is no number is not 0 either
        yield _Package(lot, text_of(material, "InternalPartNumber", path), batch, grey)
        key = (
            "LeadingMaterialPackage" if material.get("LeadingMaterialPackage") else "SplicedMaterialPackage"
        )
        material = part_of(material, key, path, dict)
        path += f".{key}"
        if not material:
            return
    raise Wrong(path, f"a chain of more than {_LONGEST_CHAIN} packages")


def _detail(message: Message, material: dict[str, Any], path: str) -> Iterator[_Found]:
    """Say of which manufacturer's lot a package is, if it is described as where it begins.

    A MaterialPackageDetail may stand where the standard has a MaterialPackage; how much it holds is then
    what is left of it, which does not count here.
    """
    if material.get("ManufacturerLotCode") and material.get("UniqueIdentifier"):
        try:
            yield from _package(message, {**material, "Quantity": None, "InitialQuantity": None}, path)
        except Wrong as wrong:  # where it went is not lost for that
            yield message.refused(wrong, {"Material": material})


def _stock(message: Message, lot: str, part: str, batch: str = "") -> Iterator[Fact]:
    """Say what a package holds, and of which delivered batch it is a piece (a tray of trays)."""
    if part:
        yield message.fact("components", {"part": part})
    if lot and part:
        yield Fact("lots", {"supplier": "", "lot": lot, "part": part}, message.line)
    if batch not in {"", lot}:
        yield _move(message, "split", batch, lot)


def _move(message: Message, kind: str, came_from: str, to: str, **more: str) -> Fact:
    row = {"kind": kind, "from_lot": came_from, "to_lot": to, **more}
    return message.fact("lot_moves", {"from_supplier": "", "to_supplier": "", **row})


# What material is ---------------------------------------------------------------------------------


def initialized(message: Message) -> Iterator[_Found]:
    """MaterialsInitialized and MaterialsModified: packages, the lots they are reels of, their vendors."""
    return message.each("Materials", _package)


def _package(message: Message, entry: dict[str, Any], where: str) -> Iterator[_Found]:
    batch = text_of(entry, "BatchId", where)
    lot = text_of(entry, "UniqueIdentifier", where) or batch
    if not lot:
        raise Wrong(f"{where}.UniqueIdentifier", "no package is named")
    if batch not in {"", lot}:
        yield _move(message, "split", batch, lot)
    maker = text_of(entry, "Manufacturer", where)
    # older revisions of the standard misspell it
    code = text_of(entry, "ManufacturerLotCode", where) or text_of(entry, "ManufacuterLotCode", where)
    part, mpn = text_of(entry, "InternalPartNumber", where), text_of(entry, "ManufacturerPartNumber", where)
    vendor = text_of(entry, "Vendor", where)
    msd = part_of(entry, "MaterialData", where, dict)
    dates = {
        "manufactured_at": _date(entry, "ManufactureDate", where),
        "received_at": _date(entry, "ReceivedDate", where),
        "expires_at": _date(entry, "ExpirationDate", where)
        or _date(entry, "ExpiryDate", where)
        or _date(msd, "ExpirationDateTime", f"{where}.MaterialData"),
    }
    said = {"part": part, "mpn": mpn, "manufacturer": maker, "vendor": vendor, **dates}
    amount, complaint = amount_of(entry.get("InitialQuantity"))
    # a package that begins with nothing is one of which the quantity was not given
    left, wrong = amount_of(entry.get("Quantity"), zero="" if message.name.endswith("Initialized") else "0")
    for key, why in (("InitialQuantity", complaint), ("Quantity", wrong)):
        if why:
            yield Reject(message.line, f"{where}.{key}", why)
    for supplier in filter(None, (maker, vendor)):
        yield message.fact("suppliers", {"supplier": supplier})
    if part:
        yield message.fact("components", {"part": part, "manufacturer": maker, "mpn": mpn})
    yield Fact(
        "lots",
        {**message.fact("", {**said, "quantity": amount}).row, "supplier": "", "lot": lot},
        message.line,
    )
    if maker and code:
        # who delivered this package; another of the lot may be from somebody else
        yield message.fact("lots", {**said, "vendor": "", "supplier": maker, "lot": code})
        move = {"kind": "reel", "from_supplier": maker, "from_lot": code, "to_lot": lot}
        yield Fact("lot_moves", {**move, "to_supplier": ""}, message.line)
    elif code and code != lot:  # whose lot it is, is not known: a name by which its packages are found
        yield message.fact("aliases", {"kind": "lot", "id": lot_id("", lot), "alias": code})
    if left and message.stamp:
        yield _counted(message, lot, remaining=left)


def _date(entry: dict[str, Any], key: str, where: str) -> str:
    """Give a date of a package; one without an offset says no instant, and is left blank."""
    when = text_of(entry, key, where)
    return when if is_time(when) and not is_unset(when) else ""


def _counted(message: Message, lot: str, **said: str) -> Fact:
    return Fact(
        "consumptions",
        {"supplier": "", "lot": lot, **message.fact("", {"at": message.at, **said}).row},
        message.line,
    )


def split(message: Message) -> Iterator[_Found]:
    """MaterialsSplit: a part of a package became one of its own."""
    source, new = (
        message.text("SourceMaterialPackageIdentifier"),
        message.text("NewMaterialPackageIdentifier"),
    )
    if not source or not new:
        key = "NewMaterialPackageIdentifier" if source else "SourceMaterialPackageIdentifier"
        raise Wrong(message.where(key), "no package is named")
    amount, complaint = amount_of(message.body.get("NewMaterialPackageQuantity"))
    if complaint:
        yield Reject(message.line, message.where("NewMaterialPackageQuantity"), complaint)
    yield _move(message, "split", source, new, quantity=amount, at=message.known_at)
    left, wrong = amount_of(message.body.get("SourceMaterialPackageRemainingQuantity"), zero="0")
    if wrong:
        yield Reject(message.line, message.where("SourceMaterialPackageRemainingQuantity"), wrong)
    elif left and message.stamp:
        yield _counted(message, source, remaining=left)


def joined(message: Message) -> Iterator[_Found]:
    """MaterialsJoined: from now on what is called the trailing package may still be the leading one."""
    found = []
    for key in ("LeadingMaterialPackage", "TrailingMaterialPackage"):
        package = part_of(message.body, key, message.path, dict)
        lot = text_of(package, "UniqueIdentifier", message.where(key))
        if not lot:
            raise Wrong(message.where(key, "UniqueIdentifier"), "no package is named")
        yield from _stock(message, lot, text_of(package, "InternalPartNumber", message.where(key)))
        found.append(lot)
    yield _move(message, "merge", *found, at=message.known_at)
    if message.machine and message.stamp:
        row = {"machine": message.machine, "at": message.at}
        yield message.fact("cfx_chains", {**row, "lot": found[0], "label": found[1]})


def consumed(message: Message) -> Iterator[_Found]:
    """MaterialsConsumed: counts of what was used, spoiled and is left."""
    for entry, where in message.listed("ConsumedMaterials"):
        try:
            location = part_of(entry, "MaterialLocation", where, dict)
            package = part_of(location, "MaterialPackage", f"{where}.MaterialLocation", dict)
            lot = text_of(package, "UniqueIdentifier", f"{where}.MaterialLocation.MaterialPackage")
            if not lot:
                raise Wrong(  # noqa: TRY301
                    f"{where}.MaterialLocation.MaterialPackage.UniqueIdentifier", "no package is named"
                )
            said = {}
            for column, key in (
                ("used", "QuantityUsed"),
                ("spoiled", "QuantitySpoiled"),
                ("remaining", "RemainingQuantity"),
            ):
                said[column], complaint = amount_of(entry.get(key), zero="0")
                if complaint:
                    yield Reject(message.line, f"{where}.{key}", complaint)
            yield _counted(message, lot, **said)
        except Wrong as wrong:
            yield message.refused(wrong, entry)


# Where material is --------------------------------------------------------------------------------


def loaded(message: Message) -> Iterator[_Found]:
    """MaterialsLoaded: packages at places of a machine."""
    return message.each("Materials", _at_place)


def _at_place(message: Message, location: dict[str, Any], where: str) -> Iterator[_Found]:
    inner = f"{where}.MaterialPackage"
    material = part_of(location, "MaterialPackage", where, dict)
    packages = list(dict.fromkeys(_packages(material, inner)))
    trailing = packages[0]
    if not trailing.lot:
        raise Wrong(f"{inner}.UniqueIdentifier", "no package is named")
    place = place_of(location, where)
    if not place["feeder"]:
        raise Wrong(f"{where}.LocationIdentifier", "no place is named")
    row = {"machine": message.source, "at": message.at}
    yield from _detail(message, material, inner)
    for package in packages:
        if not package.lot:
            continue
        yield from _stock(message, package.lot, package.part, package.batch)
        yield message.fact("cfx_loads", {**place, **row, "lot": package.lot})
        if package.lot != trailing.lot:
            yield message.fact("cfx_chains", {**row, "lot": package.lot, "label": trailing.lot})


def unloaded(message: Message) -> Iterator[_Found]:
    """MaterialsUnloaded: packages that are no longer at the machine."""
    lots = message.body.get("MaterialPackageIdentifiers")
    if not isinstance(lots, list):
        raise Wrong(message.where("MaterialPackageIdentifiers"), "a MaterialsUnloaded lists them")
    for number, said in enumerate(lots):
        path = message.where("MaterialPackageIdentifiers", number)
        try:
            lot = text_of({path: said}, path, "")
            if not lot:
                raise Wrong(path, "no package is named")  # noqa: TRY301
            yield message.fact("cfx_unloads", {"machine": message.source, "lot": lot, "at": message.at})
        except Wrong as wrong:
            yield message.refused(wrong, {"MaterialPackage": {"UniqueIdentifier": said}})


def retired(message: Message) -> Iterator[_Found]:
    """MaterialsRetired: packages that are nowhere any more."""
    for entry, where in message.listed("Materials"):
        try:
            lot = text_of(entry, "UniqueIdentifier", where)
            if not lot:
                raise Wrong(f"{where}.UniqueIdentifier", "no package is named")  # noqa: TRY301
            yield from _stock(message, lot, text_of(entry, "InternalPartNumber", where))
            yield message.fact("cfx_unloads", {"lot": lot, "at": message.at})
        except Wrong as wrong:
            yield message.refused(wrong, entry)


def spliced(message: Message) -> Iterator[_Found]:
    """SplicePointDetected: from now on it is the new package, and no longer the depleted one."""
    old = part_of(message.body, "DepletedMaterial", message.path, dict)
    package = part_of(old, "MaterialPackage", message.where("DepletedMaterial"), dict)
    lot = text_of(package, "UniqueIdentifier", message.where("DepletedMaterial", "MaterialPackage"))
    if lot:  # it ended, wherever the new one is
        yield message.fact("cfx_unloads", {"machine": message.source, "lot": lot, "at": message.at})
    new = part_of(message.body, "NewlyActiveMaterial", message.path, dict)
    yield from _at_place(message, new, message.where("NewlyActiveMaterial"))
