from __future__ import annotations

import io
import itertools
import json
import random
from pathlib import Path
from typing import Any

import pytest

from boardtrace.admit import Options
from boardtrace.catenax_ids import twin_of_lot, twin_of_unit
from boardtrace.errors import BadInput
from boardtrace.sources import Fact, Reject, Unread, catenax
from said import Said

SAMPLES = Path(__file__).parents[2] / "shared/samples/catenax"
CONTAINER = "CX_Testdata_MessagingTest_v0.0.14.json"
IMPORT = "import-test-data-2BR4_v1.0.1.json"
LIST = "https://catenax.io/schema/TestDataContainer/1.0.0"
OLD = "https://catenax.io/schema/{}/1.0.0"
URN = "urn:samm:io.catenax.{}:3.0.0#{}"
SERIAL = URN.format("serial_part", "SerialPart")
JIS = URN.format("just_in_sequence_part", "JustInSequencePart")
BATCH = URN.format("batch", "Batch")
BOM = URN.format("single_level_bom_as_built", "SingleLevelBomAsBuilt")
USAGE = URN.format("single_level_usage_as_built", "SingleLevelUsageAsBuilt")
PLANNED = URN.format("part_as_planned", "PartAsPlanned")
BATTERY = URN.format("traction_battery_code", "TractionBatteryCode")
AT = "2024-05-01T08:00:00Z"


def thing(part: str, *, maker: str = "BPNL1", made: str | None = AT, **names: str) -> dict[str, Any]:
    local = [{"key": key, "value": value} for key, value in names.items()]
    return {
        "localIdentifiers": [*([{"key": "manufacturerId", "value": maker}] if maker else []), *local],
        "manufacturingInformation": {"date": made} if made else {},
        "partTypeInformation": {"manufacturerPartId": part, "nameAtManufacturer": f"name of {part}"},
    }


def child(name: str, **more: Any) -> dict[str, Any]:
    return {"catenaXId": name, "createdOn": AT, "quantity": {"value": 1, "unit": "unit:piece"}} | more


def twin(name: str, *, bpnl: str = "", **aspects: Any) -> dict[str, Any]:
    urns = {"serial": SERIAL, "jis": JIS, "batch": BATCH}
    entry: dict[str, Any] = {"catenaXId": name} | ({"bpnl": bpnl} if bpnl else {})
    entry |= {urns[kind]: [value] for kind, value in aspects.items() if kind in urns}
    return entry | ({BOM: [{"childItems": aspects["bom"]}]} if "bom" in aspects else {})


def read(*entries: Any) -> list[Fact | Reject | Unread]:
    return list(catenax.read(io.BytesIO(json.dumps(entries).encode())))


def said(*entries: Any) -> Said:
    return Said([("twins.json", json.dumps(entries).encode())])


def rows(found: Said, table: str, *columns: str) -> list[dict[str, str]]:
    """Take the rows of a table, or these columns of them, in order of what they hold."""
    return [{k: v for k, v in row.items() if not columns or k in columns} for row in found.tables[table]]


def rejects(found: list[Fact | Reject | Unread]) -> list[Reject]:
    return [fact for fact in found if isinstance(fact, Reject)]


# --- the sample files, against a few lines that walk them plainly


def sample(name: str) -> bytes:
    if not (SAMPLES / name).is_file():
        pytest.skip("the sample files are not here")
    return (SAMPLES / name).read_bytes()


def walk(data: bytes) -> list[tuple[str, str, dict[str, Any]]]:
    whole = json.loads(data)
    if "assets" in whole:
        return [
            (asset["assetMetaInfo"]["catenaXId"], model["aspectType"].split("#")[1], model["payload"])
            for asset in whole["assets"]
            for model in asset["submodels"]
        ]
    return [
        (entry["catenaXId"], key.split("#")[-1], payload)
        for entry in whole[LIST]
        for key, value in entry.items()
        if isinstance(value, list)
        for payload in value
    ]


@pytest.mark.parametrize("name", [CONTAINER, IMPORT])
def test_samples_hold_what_a_plain_walk_finds(name: str) -> None:
    data = sample(name)
    assert catenax.recognises(data[:65536])
    found = Said([(name, data)])
    assert (found.counts.quarantined, found.counts.duplicate) == (0, 0)
    walked = walk(data)
    batches = {twin for twin, kind, _ in walked if kind == "Batch"}
    units = [twin for twin, kind, _ in walked if kind in {"SerialPart", "JustInSequencePart"}]
    assert sorted(row["unit"] for row in rows(found, "units")) == sorted(units)
    assert {row["lot"] for row in rows(found, "lots")} == batches

    bom = {
        (twin, item["catenaXId"])
        for twin, kind, payload in walked
        if kind == "SingleLevelBomAsBuilt"
        for item in payload["childItems"]
    }
    usage = {
        (item["catenaXId"], twin)
        for twin, kind, payload in walked
        if kind == "SingleLevelUsageAsBuilt"
        for item in payload["parentItems"]
    }
    links = bom | usage  # one link, whoever says it
    placed = {(row["unit"], row["lot"]) for row in rows(found, "placements")}
    mounted = {(row["parent"], row["child"]) for row in rows(found, "mounts")}
    moved = {(row["to_lot"], row["from_lot"]) for row in rows(found, "lot_moves")}
    assert placed == {link for link in links if link[0] not in batches and link[1] in batches}
    assert mounted == {link for link in links if not batches & set(link)}
    assert moved == {link for link in links if link[0] in batches}
    assert len(found.tables["mounts"]) == len(mounted)

    names = {
        (twin, pair["value"])
        for twin, kind, payload in walked
        if kind != "PartAsPlanned"
        for pair in payload.get("localIdentifiers", [])
        if pair["key"] != "manufacturerId"
    }
    names |= {(t, p["catenaXId"]) for t, _, p in walked if p.get("catenaXId", t) != t}
    for twin, kind, payload in walked:
        if kind == "TractionBatteryCode":
            names |= {
                (twin, part["tractionBatteryCode"]) for part in [payload, *payload.get("subcomponents", [])]
            }
    aliases = {
        (row["id"].partition("/")[2] or row["id"], row["alias"])
        for row in rows(found, "aliases")
        if row["kind"] != "component"
    }
    assert aliases == names
    planned = {t: p["partTypeInformation"] for t, kind, p in walked if kind == "PartAsPlanned"}
    called = {(row["id"], row["alias"]) for row in rows(found, "aliases") if row["kind"] == "component"}
    assert called == {(of["manufacturerPartId"], twin) for twin, of in planned.items()}
    for of in planned.values():
        row = {"part": of["manufacturerPartId"], "description": of["nameAtManufacturer"]}
        assert row in rows(found, "components", "part", "description")
    unread = {note.split(" of ")[1].partition(":")[0] for note in found.notes}
    assert unread <= {
        "PartSiteInformationAsPlanned",
        "SingleLevelBomAsPlanned",
        "SingleLevelUsageAsPlanned",
        "PlainObject",
    }


def test_sample_payload_with_another_id_is_its_twins() -> None:
    found = Said([(CONTAINER, sample(CONTAINER))])
    twin_id, own = (f"urn:uuid:bcfae197-40fa-4be0-821d-5c1873a1b7c{end}" for end in "23")
    assert own not in {row["unit"] for row in rows(found, "units")}
    assert {"kind": "unit", "id": twin_id, "alias": own} in rows(found, "aliases")
    products = {row["product"] for row in rows(found, "units") if row["unit"] == twin_id}
    assert products == {"1261027-41", "5464168-83"}


def test_sample_oddities() -> None:
    data = sample(CONTAINER)
    found = Said([(CONTAINER, data)])
    shared = [row for row in rows(found, "aliases") if row["alias"] == "NO-341449848714937445621543"]
    assert len({row["id"] for row in shared}) == 7
    assert {row["kind"] for row in shared} == {"lot"}
    doubtful = [row for row in rows(found, "placements") if row["certain"] == "false"]
    assert [row["quantity"] for row in doubtful] == ["2.5", "2.5"]
    # The bill of material says CML1, the batch itself CNKC: the batch knows better.
    assert {row["supplier"] for row in doubtful} == {"BPNL00000003CNKC", "BPNL00000003CML1"}
    # A vehicle's own bill does not have the part that says it went into the vehicle: possible.
    (said_by_child,) = [row for row in rows(found, "mounts") if row["at"] == "2023-02-03T14:48:54.709000Z"]
    assert said_by_child["certain"] == "false"
    assert any("does not list it" in detail for _, _, detail in found.findings)
    lines = data.decode().split("\n")
    thing = next(fact for fact in catenax.read(io.BytesIO(data)) if isinstance(fact, Fact))
    assert lines[thing.line - 1].strip() == "{"
    assert thing.row["twin"] in lines[thing.line]


def test_sample_of_one_company_refers_to_others() -> None:
    found = Said([(IMPORT, sample(IMPORT))])
    (move,) = rows(found, "lot_moves")
    assert (move["kind"], move["from_supplier"]) == ("merge", "BPNL000000002CS4")
    known = {row["unit"] for row in rows(found, "units")}
    assert all(
        row["child"] not in known or row["parent"] not in known or "certain" in row
        for row in rows(found, "mounts")
    )


@pytest.mark.parametrize("name", [CONTAINER, IMPORT])
def test_twins_in_files_of_their_own_come_to_the_same(name: str) -> None:
    data = sample(name)
    whole = json.loads(data)
    entries = whole.get("assets") or whole[LIST]
    files = [(f"twin{n}.json", json.dumps([entry]).encode()) for n, entry in enumerate(entries)]
    expected = Said([(name, data)], whole=True).want
    order = random.Random(6)  # noqa: S311 - an order, no secret
    order.shuffle(files)
    from_catenax = Options(source="catenax")  # an entry without an aspect shows nothing
    assert Said(files, from_catenax, whole=True).want == expected
    # and each aspect apart from its entry, in some files
    aspects = []
    for entry in entries:
        twin_id = entry.get("catenaXId") or entry["assetMetaInfo"]["catenaXId"]
        head = {"catenaXId": twin_id} | ({"bpnl": entry["bpnl"]} if "bpnl" in entry else {})
        parts = entry.get("submodels") or [
            {"aspectType": key, "payload": payload}
            for key, value in entry.items()
            if isinstance(value, list)
            for payload in value
        ]
        aspects += [{**head, "submodels": [part]} for part in parts]
    order.shuffle(aspects)
    files = [(f"aspects{n}.json", json.dumps(aspects[n::7]).encode()) for n in range(7)]
    assert Said(files, from_catenax, whole=True).want == expected


# --- fixtures of our own


def test_unit_and_lot_row_by_row() -> None:
    found = said(
        twin(
            "u1", serial=thing("P1", van="V1", partInstanceId="V1"), bom=[child("b1", hasAlternatives=True)]
        ),
        twin("b1", batch=thing("P2", maker="B/%", batchId="X")),
    )
    assert rows(found, "units") == [{"unit": "u1", "product": "P1", "created_at": AT}]
    assert rows(found, "lots") == [{"supplier": "B/%", "lot": "b1", "part": "P2", "manufactured_at": AT}]
    assert rows(found, "suppliers") == [{"supplier": "B/%"}, {"supplier": "BPNL1"}]
    assert rows(found, "components")[0] == {
        "part": "P1",
        "description": "name of P1",
        "manufacturer": "BPNL1",
    }
    assert rows(found, "aliases") == [
        {"kind": "lot", "id": "B%2F%25/b1", "alias": "X"},
        {"kind": "unit", "id": "u1", "alias": "V1"},
    ]
    link = {"unit": "u1", "at": AT, "supplier": "B/%", "lot": "b1", "certain": "false", "quantity": "1"}
    assert rows(found, "placements") == [link]


def test_supplier_of_a_lot_by_precedence() -> None:
    bare = thing("P", maker="")
    found = said(
        twin("own", bpnl="ENTRY", batch=thing("P", maker="OWN")),
        twin("entry", bpnl="ENTRY", batch=bare),
        twin("parent", batch=bare),
        twin("nobody", batch=bare),
        twin("u", serial=bare, bom=[child(n, businessPartner="BOM") for n in ("own", "entry", "parent")]),
    )
    expected = {"own": "OWN", "entry": "ENTRY", "parent": "BOM", "nobody": ""}
    assert {row["lot"]: row["supplier"] for row in rows(found, "lots")} == expected
    placed = {row["lot"]: row["supplier"] for row in rows(found, "placements")}
    assert placed == {name: expected[name] for name in ("own", "entry", "parent")}
    assert all(row["certain"] == "true" for row in rows(found, "placements"))


def test_child_of_unknown_kind_is_a_unit_and_certain_is_left_out() -> None:
    found = said(twin("u", serial=thing("P"), bom=[child("far"), child("maybe", hasAlternatives=True)]))
    assert rows(found, "mounts") == [
        {"child": "far", "parent": "u", "at": AT},
        {"child": "maybe", "parent": "u", "at": AT, "certain": "false"},
    ]


def test_what_a_batch_is_made_of() -> None:
    bom = [child("b1"), child("b2", hasAlternatives=True), child("u1"), child("far", businessPartner="F")]
    found = said(
        twin("b0", batch=thing("P0"), bom=bom),
        twin("b1", batch=thing("P1")),
        twin("b2", batch=thing("P2")),
        twin("u1", serial=thing("P3"), bom=[child("b3"), child("u2")]),
        twin("b3", batch=thing("P4")),
        twin("u2", serial=thing("P5")),
        twin("u9", serial=thing("P6"), bom=[child("b0")]),
    )
    moves = {(row["from_lot"], row["to_lot"]): row["kind"] for row in rows(found, "lot_moves")}
    assert moves == {
        ("b1", "b0"): "made",
        ("b2", "b0"): "merge",
        ("u1", "b0"): "merge",
        ("far", "b0"): "merge",
        ("b3", "u1"): "made",
        ("u2", "u1"): "merge",
    }
    assert {row["lot"] for row in rows(found, "lots")} == {"b0", "b1", "b2", "b3", "u1", "u2"}
    assert {row["unit"] for row in rows(found, "units")} == {"u1", "u2", "u9"}
    assert {(row["lot"], row["unit"]) for row in rows(found, "placements")} == {("b3", "u1"), ("b0", "u9")}
    assert [(row["child"], row["parent"]) for row in rows(found, "mounts")] == [("u2", "u1")]


def test_time_of_a_link() -> None:
    modified, local = "2024-06-01T00:00:00+02:00", "2024-06-01T00:00:00"
    found = said(
        twin(
            "u",
            serial=thing("P"),
            bom=[
                child("c1", createdOn=None, lastModifiedOn=modified),
                child("c2", createdOn=local, lastModifiedOn=local),
            ],
        ),
        twin("v", serial=thing("P", made=None), bom=[child(f"c{n}", createdOn=local) for n in (3, 5, 6)]),
        twin("w", serial=thing("P", made=None), bom=[child("c4")]),
        twin("c5", serial=thing("P", made="2024-07-01T00:00:00Z")),
        used("c6", "v", createdOn="2024-08-01T00:00:00Z"),
    )
    # neither side knows: since the child was made, at the earliest; then it is said to be unknown
    assert {row["child"]: row["at"] for row in rows(found, "mounts")} == {
        "c1": "2024-05-31T22:00:00Z",
        "c2": AT,
        "c3": "1970-01-01T00:00:00Z",
        "c4": AT,
        "c5": "2024-07-01T00:00:00Z",
        "c6": "2024-08-01T00:00:00Z",
    }
    assert [ids for kind, ids, _ in found.findings if kind == "not said"] == [["v", "c3"], ["v", "c5"]]


def used(name: str, *parents: str, **more: Any) -> dict[str, Any]:
    items = [{"catenaXId": parent, "createdOn": "2024-09-01T00:00:00Z"} | more for parent in parents]
    return {"catenaXId": name, USAGE: [{"parentItems": items, "customers": ["BPNL9"]}]}


def test_a_link_from_either_side_is_one() -> None:
    found = said(
        twin("u", serial=thing("P"), bom=[child("both"), child("doubt", hasAlternatives=True)]),
        used("both", "u", isOnlyPotentialParent=True),
        used("doubt", "u"),
        used("secret", "u"),
        used("lone", "v"),
        used("perhaps", "v", isOnlyPotentialParent=True),
        used("bb", "v", "b0"),
        twin("bb", batch=thing("P")),
        twin("b0", batch=thing("P", maker="")),
        twin("b1", batch=thing("P"), bom=[]),
        used("b2", "b1", businessPartner="X"),
        twin("b2", batch=thing("P")),
    )
    late = "2024-09-01T00:00:00Z"
    # the parent's bill decides; without one the child's word counts; against one it is possible
    assert rows(found, "mounts") == [
        {"child": "both", "parent": "u", "at": AT},
        {"child": "doubt", "parent": "u", "at": AT, "certain": "false"},
        {"child": "lone", "parent": "v", "at": late},
        {"child": "perhaps", "parent": "v", "at": late, "certain": "false"},
        {"child": "secret", "parent": "u", "at": late, "certain": "false"},
    ]
    assert rows(found, "placements", "unit", "lot", "certain") == [
        {"unit": "v", "lot": "bb", "certain": "true"}
    ]
    moves = rows(found, "lot_moves", "kind", "from_lot", "to_lot", "to_supplier")
    assert {"kind": "made", "from_lot": "bb", "to_lot": "b0", "to_supplier": ""} in moves
    assert {"kind": "merge", "from_lot": "b2", "to_lot": "b1", "to_supplier": "BPNL1"} in moves
    assert [ids for _, ids, detail in found.findings if "does not list" in detail] == [
        ["b1", "b2"],
        ["u", "secret"],
    ]


def test_usage_and_bill_in_every_version() -> None:
    quantity = {
        "quantityNumber": 2.5,
        "measurementUnit": {
            "datatypeURI": "urn:bamm:io.openmanufacturing:meta-model:1.0.0#curie",
            "lexicalValue": "unit:litre",
        },
    }
    old = {"childCatenaXId": "c1", "assembledOn": AT, "quantity": quantity, "lifecycleContext": "AsBuilt"}
    plan = old | {"childCatenaXId": "no", "lifecycleContext": "AsPlanned"}
    parent = {"parentCatenaXId": "u", "quantity": quantity, "createdOn": AT}
    serial = {
        "localIdentifiers": [{"key": "ManufacturerID", "value": "M"}, {"key": "VAN", "value": "V"}],
        "partTypeInformation": {"manufacturerPartId": "P"},
    }
    third = {"globalAssetId": "u", "quantity": {"value": 2.5, "unit": "unit:litre"}, "createdOn": AT}
    customer = {"parentItems": [third], "businessPartner": "B"}
    entries = [
        {"catenaXId": "u", OLD.format("AssemblyPartRelationship"): [{"childParts": [old, plan]}]},
        {"catenaXId": "c2", USAGE.replace("3.0.0", "1.0.1"): [{"parentParts": [parent]}]},
        {"catenaXId": "c3", USAGE: [{"customers": [customer, {"businessPartner": "C"}]}]},
        {"globalAssetId": "c4", USAGE: [{"parentItems": [third]}]},
        {"catenaXId": "c5", USAGE: [{"customers": ["B"]}]},
        {"catenaXId": "c6", USAGE: [{}]},
        {"catenaXId": "t", OLD.format("SerialPartTypization"): [serial]},
    ]
    found = said(*entries)
    assert {(row["child"], row["parent"]) for row in rows(found, "mounts")} == {
        (f"c{n}", "u") for n in (1, 2, 3, 4)
    }
    assert rows(found, "suppliers") == [{"supplier": "M"}]
    assert rows(found, "units") == [{"unit": "t", "product": "P"}]
    assert [reason for _, reason in found.rejects] == ["a usage lists them"]
    links = [
        fact.row for fact in read(*entries) if isinstance(fact, Fact) and fact.table == "catenax_links"
    ]
    assert {(row["quantity"], row["measure"]) for row in links} == {("2.5", "unit:litre")}
    assert any("AssemblyPartRelationship AsPlanned" in note for note in found.notes)


def test_one_twin_in_two_spellings_is_one() -> None:
    bare = "0FED587C-7ab4-4597-9841-1718e9693003"
    urn = f"urn:uuid:{bare.lower()}"
    found = said(
        twin("u", serial=thing("P"), bom=[child(bare)]), twin(urn, serial=thing("Q")), used(bare, "u")
    )
    assert rows(found, "mounts", "child") == [{"child": urn}]
    assert rows(found, "aliases") == [{"kind": "unit", "id": urn, "alias": bare}]
    alone = said(twin("u", serial=thing("P"), bom=[child(bare)]))
    assert rows(alone, "mounts", "child") == [{"child": bare}]


@pytest.mark.parametrize("name", [PLANNED, URN.format("part_type_information", "PartTypeInformation")])
def test_planned_parts_are_components(name: str) -> None:
    plan = {"partTypeInformation": {"manufacturerPartId": "P", "nameAtManufacturer": "n"}}
    bom = URN.format("single_level_bom_as_planned", "SingleLevelBomAsPlanned")
    found = said(
        {"catenaXId": "t", "bpnl": "B", name: [plan], bom: [{"childItems": [child("t2")]}]},
        twin("u", serial=thing("Q"), bom=[child("t")]),
        twin("b", batch=thing("Q"), bom=[child("t")]),
    )
    assert {"part": "P", "description": "n", "manufacturer": "B"} in rows(found, "components")
    assert {"kind": "component", "id": "P", "alias": "t"} in rows(found, "aliases")
    # a bill that names a part number only: which part it was is a gap, not an exposure
    gap = {"unit": "u", "part": "P", "at": AT, "reason": "only the part number is known"}
    assert rows(found, "gaps") == [gap]
    assert rows(found, "mounts") == rows(found, "lot_moves") == []
    assert [ids for kind, ids, _ in found.findings if kind == "not said"] == [["b", "t"]]
    assert any("SingleLevelBomAsPlanned" in note for note in found.notes)


def battery(name: str, code: str, *parts: Any) -> dict[str, Any]:
    def component(code: str, *parts: Any) -> dict[str, Any]:
        return {"tractionBatteryCode": code, "subcomponents": [component(*part) for part in parts]}

    return {"catenaXId": name, SERIAL: [thing("P")], BATTERY: [component(code, *parts)]}


def test_battery_codes() -> None:
    found = said(
        battery("pack", "K1", ("M1", ("C1",), ("C2",)), ("M2", ("C3",)), ("M3",)),
        battery("module", "M1"),
        battery("cell", "C1"),
        battery("loose cell", "C3"),
        battery("a", "M3"),
        battery("b", "M3"),
    )
    # a code that is a twin's own is that twin, in what lists it; others are names of what lists them
    assert rows(found, "mounts", "child", "parent") == [
        {"child": "cell", "parent": "module"},
        {"child": "loose cell", "parent": "pack"},
        {"child": "module", "parent": "pack"},
    ]
    names = {(row["id"], row["alias"]) for row in rows(found, "aliases")}
    assert names == {
        ("pack", "K1"), ("pack", "M2"), ("pack", "C2"), ("module", "M1"), ("cell", "C1"),
        ("loose cell", "C3"), ("a", "M3"), ("b", "M3"),
    }  # fmt: skip
    bad = said({"catenaXId": "p", BATTERY: [{"tractionBatteryCode": "K", "subcomponents": [7, {}]}]})
    assert [column for column, _ in bad.rejects] == [
        f"{BATTERY}[0].subcomponents[0]",
        f"{BATTERY}[0].subcomponents[1].tractionBatteryCode",
    ]


def test_an_id_of_our_export_is_what_it_was_made_of() -> None:
    unit, lot, reel = twin_of_unit("SN1"), twin_of_lot("ACME", "L/1"), twin_of_lot("", "R1")
    assert unit.startswith("urn:uuid:")
    assert twin_of_unit(unit) == unit
    entries = [
        twin(unit, serial=thing("P", maker="", partInstanceId="SN1"), bom=[child(lot), child(reel)]),
        twin(lot, batch=thing("P", maker="ACME", batchId="L/1")),
        twin(reel, batch=thing("P", maker="", batchId="R1")),
        twin("other", serial=thing("P", partInstanceId="SN1")),
    ]
    found = said(*entries)
    assert {row["unit"] for row in rows(found, "units")} == {"SN1", "other"}
    assert {(row["supplier"], row["lot"]) for row in rows(found, "lots")} == {("ACME", "L/1"), ("", "R1")}
    assert {row["unit"] for row in rows(found, "placements")} == {"SN1"}
    assert {"kind": "unit", "id": "SN1", "alias": unit} in rows(found, "aliases")
    assert {"kind": "lot", "id": "ACME/L/1", "alias": lot} in rows(found, "aliases")
    sited = Said([("twins.json", json.dumps(entries).encode())], Options(site="S"))
    assert {row["unit"] for row in rows(sited, "units")} == {"S:SN1", "other"}
    assert {(row["supplier"], row["lot"]) for row in rows(sited, "lots")} == {("ACME", "L/1"), ("", "S:R1")}


def test_time_that_the_ledger_has_not_costs_itself() -> None:
    never = "9999-12-31T23:59:59Z"
    entries = [
        twin("u", serial=thing("P"), bom=[child("b", createdOn=never)]),
        twin("b", batch=thing("Q", made=never)),
    ]
    assert [reject.column for reject in rejects(read(*entries))] == [
        f"{BOM}[0].childItems[0]",
        f"{BATCH}[0].manufacturingInformation",
    ]
    # it is a batch all the same, and in the unit
    assert rows(said(*entries), "placements", "unit", "lot", "at") == [{"unit": "u", "lot": "b", "at": AT}]


@pytest.mark.parametrize(
    ("made", "created"), [("2024-05-01", None), ("2024-05-01T08:00:00", None), (None, None), (AT, AT)]
)
def test_time_of_making_may_be_inexact(made: str | None, created: str | None) -> None:
    found = said(twin("u", serial=thing("P", made=made)))
    assert found.rejects == []
    assert rows(found, "units")[0].get("created_at") == created


def test_unreadable_value_is_reported_and_the_row_kept() -> None:
    entry = twin("u", serial=thing("P", made="May"), bom=[child("far", quantity={"value": "two"})])
    assert [reject.column for reject in rejects(read(entry))] == [
        f"{SERIAL}[0].manufacturingInformation",
        f"{BOM}[0].childItems[0].quantity",
    ]
    found = said(entry)
    assert len(rows(found, "units")) == len(rows(found, "mounts")) == 1
    bom = [child("a", quantity="two"), child("b", quantity=2), child("c", quantity=None)]
    odd = read(twin("u", bom=bom))
    links = [fact.row for fact in odd if isinstance(fact, Fact) and fact.table == "catenax_links"]
    assert [row.get("quantity") for row in links] == [None, "2", None]
    assert [reject.column for reject in rejects(odd)] == [f"{BOM}[0].childItems[0].quantity"]


def test_one_bad_entry_stops_no_other() -> None:
    entries = [
        "text",
        {SERIAL: [thing("P")]},
        {"catenaXId": "w", SERIAL: ["text"]},
        {"catenaXId": 1.5},
        {"catenaXId": "x", "submodels": [{"payload": {}}]},
        {"catenaXId": "y", SERIAL: [{"localIdentifiers": [7]}]},
        twin("z", bom=[7, child(""), child("z"), child("far", hasAlternatives=[1])]),
        {"catenaXId": "q", BOM: [{}]},
        twin("half\ud800", serial=thing("P")),
        twin("both", serial=thing("P"), batch=thing("P")),
        twin("u", serial=thing("P")),
    ]
    assert [reject.column for reject in rejects(read(*entries))] == [
        "",
        "catenaXId",
        f"{SERIAL}[0]",
        "catenaXId",
        "submodels[0].aspectType",
        f"{SERIAL}[0].localIdentifiers[0]",
        f"{BOM}[0].childItems[0]",
        f"{BOM}[0].childItems[1].catenaXId",
        f"{BOM}[0].childItems[2].catenaXId",
        f"{BOM}[0].childItems",
        "catenaXId",
    ]
    found = said(*entries)
    assert [row["unit"] for row in rows(found, "units")] == ["both", "u"]
    assert [row["child"] for row in rows(found, "mounts")] == ["far"]
    assert [(ids, detail.split(":")[0]) for _, ids, detail in found.findings] == [
        (["both"], "a batch with a serial or sequence number")
    ]


def test_one_bad_submodel_stops_no_other() -> None:
    fine = [
        {"aspectType": SERIAL, "payload": thing("P")},
        {"aspectType": BOM, "payload": {"childItems": [child("c")]}},
    ]
    bad = {"aspectType": None, "payload": {"childItems": [child("b")]}}
    found = read({"catenaXId": "u", "submodels": [fine[0], 7, bad, fine[1]]})
    assert [reject.column for reject in rejects(found)] == ["submodels[1]", "submodels[2].aspectType"]
    assert ("unit", "b") in rejects(found)[1].names
    assert [fact.table for fact in found if isinstance(fact, Fact)] == [
        "catenax_things",
        "catenax_things",
        "catenax_links",
    ]


def test_what_is_refused_says_what_it_names() -> None:
    broken = child("C", businessPartner="BPNL2", createdOn=1.5)
    far = {
        "customers": [
            {"businessPartner": "BPNL3", "parentItems": [{"catenaXId": "U", "lifecycleContext": 1.5}]}
        ]
    }
    entries = [
        {
            "catenaXId": "P",
            "bpnl": "BPNL1",
            BOM: [{"childItems": [child("B", businessPartner={}), broken]}],
        },
        {"catenaXId": "P", USAGE: [far]},
        {"catenaXId": "P", BATCH: [thing("X 1") | {"manufacturingInformation": 7}]},
        {"catenaXId": "P", "bpnl": 1.5, SERIAL: [thing("X 1")]},
        {"catenaXId": "P", BATTERY: [{"productType": "pack"}]},
    ]

    def lots(*named: str) -> set[tuple[str, str]]:
        return {("lot", name) for name in named}

    parent = {("unit", "P")}
    assert [set(reject.names) for reject in rejects(read(*entries))] == [
        {*parent, ("unit", "B"), *lots("P", "BPNL1/P", "B", "/B")},
        {*parent, ("unit", "C"), *lots("P", "BPNL1/P", "C", "BPNL2/C")},
        {*parent, ("unit", "U"), *lots("P", "/P", "U", "BPNL3/U")},
        {*parent, ("part", "X 1"), *lots("P", "/P", "BPNL1/P")},
        {*parent, ("part", "X 1"), *lots("P", "/P", "BPNL1/P")},
        {*parent, *lots("P", "/P")},
    ]


def test_half_a_character_in_a_key_costs_its_payload() -> None:
    half = "urn:samm:io.catenax.x\ud800:1.0.0#SerialPart"
    entry = {"catenaXId": "a", SERIAL: [thing("P")], half: [5], "y\ud800": [{}]}
    link = child("far", quantity={"value": 1, "unit": "\ud800"})
    found = said(entry, twin("b", bom=[link]))
    assert [column for column, _ in found.rejects] == [half.replace("\ud800", "\\ud800") + "[0]"]
    assert found.notes == ["twins.json: 1 of y\\ud800: not read"]
    assert [row["unit"] for row in rows(found, "units")] == ["a"]
    assert [row["child"] for row in rows(found, "mounts")] == ["far"]


def test_payload_of_another_twin_is_taken_and_reported() -> None:
    entries = [
        twin("a", serial=thing("P")),
        twin("b", serial=thing("Q") | {"catenaXId": "a"}, jis=thing("Q")),
    ]
    for order in itertools.permutations(entries):
        found = said(*order)
        assert {row["unit"] for row in rows(found, "units")} == {"a", "b"}
        assert [ids for _, ids, _ in found.findings] == [["b", "a"]]
        assert rows(found, "aliases") == []


def test_a_part_number_is_no_name_of_a_unit() -> None:
    """As releases of 2022 and 2023 have it: the part number stands among the local identifiers, too."""
    units = [
        twin(name, serial=thing("P", manufacturerPartId="P", customerPartId="C", van=f"V{name}"))
        for name in ("u1", "u2")
    ]
    units.append(twin("u3", jis=thing("", ManufacturerPartID="P", jisNumber="J", jisCallDate=AT)))
    found = said(*units)
    assert [row["alias"] for row in rows(found, "aliases")] == ["Vu1", "Vu2", "J"]
    assert {row["product"] for row in rows(found, "units")} == {"P"}
    assert found.findings == []


def test_shapes_and_versions() -> None:
    payload = {
        "globalAssetId": "u",
        "manufacturingInformation": {"productionDate": "2024-05-01"},
        "partTypeInformation": {"manufacturerPartId": "P"},
    }
    old = "urn:bamm:com.catenax.single_level_bom_as_built:1.0.0#SingleLevelBomAsBuilt"
    item = {"globalAssetId": "c", "createdOn": AT, "quantity": {"quantityNumber": 2.5}}
    asset = {
        "assetMetaInfo": {"catenaXId": "u"},
        "submodels": [
            {"aspectType": "urn:samm:io.catenax.serial_part:4.0.0#SerialPart", "payload": payload},
            {"aspectType": old, "payload": {"childItems": [item]}},
            {"aspectType": URN.format("pcf", "Pcf"), "payload": 7},
        ],
    }
    wholes = [
        json.dumps(whole)
        for whole in ({"assets": [asset]}, [asset], asset, {"policies": [], f"{LIST}x": [asset], "z": {}})
    ]
    for text in [*wholes, f"{wholes[2]}\n{wholes[2]}\n"]:
        data = b"\xef\xbb\xbf" + text.encode()
        assert catenax.recognises(data)
        found = Said([("x.json", data)])
        assert rows(found, "units") == [{"unit": "u", "product": "P"}]
        assert rows(found, "mounts") == [{"child": "c", "parent": "u", "at": AT}]
        assert Unread("Pcf") in list(catenax.read(io.BytesIO(data)))
        assert found.counts.accepted == 3


def test_line_is_where_the_entry_begins() -> None:
    text = (
        '{"policies": {"assets": [1]},\n "assets":\n [\n\n {"catenaXId": 1.5}, {"catenaXId":\n 2.5},\n7]}'
    )
    assert [reject.line for reject in rejects(list(catenax.read(io.BytesIO(text.encode()))))] == [5, 5, 7]


def test_broken_json_costs_its_own_entry() -> None:
    good = json.dumps(twin("u", serial=thing("P")))
    text = '{"assets": [\n  {"catenaXId": "a", "bpnl" 1},\n  ' + good + ',\n  {"catenaXId": "\udcff"}\n]}'
    found = Said([("x.json", text.encode("utf-8", "surrogateescape"))])
    assert [row["unit"] for row in rows(found, "units")] == ["u"]
    assert [reason.partition(":")[0] for _, reason in found.rejects] == ["not JSON", "not UTF-8"]


def test_a_file_that_is_broken_where_no_entry_is_is_named() -> None:
    with pytest.raises(BadInput, match=r"^x\.json: .*line 2"):
        Said([("x.json", b'{"assets": [],\n "policies" 1}')], Options("catenax"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"assets": [\n  {"a": 1,}]}', "line 2 column "),
        (b"", "no Catena-X twins"),
        (b"[" * 100_000, "line 1"),
        (b'{"other": []}', "no Catena-X twins"),
        (b'{"assets": {}}', "no Catena-X twins"),
        (b"7", "no Catena-X twins"),
    ],
)
def test_other_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        list(catenax.read(io.BytesIO(data)))


@pytest.mark.parametrize(
    "head",
    [b"", b"unit,at", b'{"type": "EPCISDocument"}', b'{"table": "units"}', b'"urn:samm:io.catenax.x#Y"'],
)
def test_other_files_are_not_recognised(head: bytes) -> None:
    assert not catenax.recognises(head)
