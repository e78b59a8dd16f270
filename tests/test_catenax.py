from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from boardtrace.errors import BadInput
from boardtrace.sources import Fact, Reject, Unread, catenax

SAMPLES = Path(__file__).parents[2] / "shared/samples/catenax"
CONTAINER = "CX_Testdata_MessagingTest_v0.0.14.json"
IMPORT = "import-test-data-2BR4_v1.0.1.json"
LIST = "https://catenax.io/schema/TestDataContainer/1.0.0"
URN = "urn:samm:io.catenax.{}:3.0.0#{}"
SERIAL = URN.format("serial_part", "SerialPart")
JIS = URN.format("just_in_sequence_part", "JustInSequencePart")
BATCH = URN.format("batch", "Batch")
BOM = URN.format("single_level_bom_as_built", "SingleLevelBomAsBuilt")
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


def rows(found: list[Fact | Reject | Unread], table: str) -> list[dict[str, str]]:
    return [fact.row for fact in found if isinstance(fact, Fact) and fact.table == table]


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


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        (CONTAINER, {"units": 23, "lots": 9, "mounts": 8, "placements": 2, "lot_moves": 2, "aliases": 33}),
        (IMPORT, {"units": 12, "lots": 5, "mounts": 3, "placements": 1, "lot_moves": 1, "aliases": 18}),
    ],
)
def test_samples_hold_what_a_plain_walk_finds(name: str, counts: dict[str, int]) -> None:
    data = sample(name)
    assert catenax.recognises(data[:65536])
    found = list(catenax.read(io.BytesIO(data)))
    assert rejects(found) == []
    tables = Counter(fact.table for fact in found if isinstance(fact, Fact))
    assert {table: tables[table] for table in counts} == counts

    walked = walk(data)
    kinds = Counter(kind for _, kind, _ in walked)
    assert tables["units"] == kinds["SerialPart"] + kinds["JustInSequencePart"]
    assert tables["lots"] == kinds["Batch"]
    batches = {twin for twin, kind, _ in walked if kind == "Batch"}
    links = [
        (twin in batches, item["catenaXId"] in batches)
        for twin, kind, payload in walked
        if kind == "SingleLevelBomAsBuilt"
        for item in payload["childItems"]
    ]
    assert tables["placements"] == links.count((False, True))
    assert tables["mounts"] == links.count((False, False))
    assert tables["lot_moves"] == sum(parent for parent, _ in links)
    names = {
        (twin, pair["value"])
        for twin, _, payload in walked
        for pair in payload.get("localIdentifiers", [])
        if pair["key"] != "manufacturerId"
    }
    others = {(twin, payload["catenaXId"]) for twin, _, payload in walked if "catenaXId" in payload}
    assert tables["aliases"] == len(names | {pair for pair in others if pair[0] != pair[1]})
    for used in ("SerialPart", "JustInSequencePart", "Batch", "SingleLevelBomAsBuilt"):
        del kinds[used]
    assert Counter(fact.kind for fact in found if isinstance(fact, Unread)) == kinds


def test_sample_payload_with_another_id_is_its_twins() -> None:
    found = list(catenax.read(io.BytesIO(sample(CONTAINER))))
    twin_id, own = (f"urn:uuid:bcfae197-40fa-4be0-821d-5c1873a1b7c{end}" for end in "23")
    assert own not in {row["unit"] for row in rows(found, "units")}
    assert {"kind": "unit", "id": twin_id, "alias": own} in rows(found, "aliases")
    products = {row["product"] for row in rows(found, "units") if row["unit"] == twin_id}
    assert products == {"1261027-41", "5464168-83"}


def test_sample_oddities() -> None:
    found = list(catenax.read(io.BytesIO(sample(CONTAINER))))
    shared = [row for row in rows(found, "aliases") if row["alias"] == "NO-341449848714937445621543"]
    assert len({row["id"] for row in shared}) == 7
    assert {row["kind"] for row in shared} == {"lot"}
    assert [row["quantity"] for row in rows(found, "placements")] == ["2.5", "2.5"]
    assert {row["certain"] for row in rows(found, "placements")} == {"false"}
    # The bill of material says CML1, the batch itself CNKC: the batch knows better.
    assert rows(found, "placements")[0]["supplier"] == "BPNL00000003CNKC"
    lines = sample(CONTAINER).decode().split("\n")
    unit = next(fact for fact in found if isinstance(fact, Fact) and fact.table == "units")
    assert lines[unit.line - 1].strip() == "{"
    assert unit.row["unit"] in lines[unit.line]


def test_sample_of_one_company_refers_to_others() -> None:
    found = list(catenax.read(io.BytesIO(sample(IMPORT))))
    assert {row["certain"] for row in rows(found, "mounts")} == {"false"}
    (move,) = rows(found, "lot_moves")
    assert (move["kind"], move["from_supplier"]) == ("merge", "BPNL000000002CS4")
    known = {row["unit"] for row in rows(found, "units")}
    assert all(row["child"] not in known for row in rows(found, "mounts"))


# --- fixtures of our own


def test_unit_and_lot_row_by_row() -> None:
    found = read(
        twin(
            "u1", serial=thing("P1", van="V1", partInstanceId="V1"), bom=[child("b1", hasAlternatives=True)]
        ),
        twin("b1", batch=thing("P2", maker="B/%", batchId="X")),
    )
    assert rows(found, "units") == [{"unit": "u1", "product": "P1", "created_at": AT}]
    assert rows(found, "lots") == [{"supplier": "B/%", "lot": "b1", "part": "P2", "manufactured_at": AT}]
    assert rows(found, "suppliers") == [{"supplier": "BPNL1"}, {"supplier": "B/%"}]
    assert rows(found, "components")[0] == {
        "part": "P1",
        "description": "name of P1",
        "manufacturer": "BPNL1",
    }
    assert rows(found, "aliases") == [
        {"kind": "unit", "id": "u1", "alias": "V1"},
        {"kind": "lot", "id": "B%2F%25/b1", "alias": "X"},
    ]
    link = {"unit": "u1", "at": AT, "supplier": "B/%", "lot": "b1", "certain": "false", "quantity": "1"}
    assert rows(found, "placements") == [link]


def test_supplier_of_a_lot_by_precedence() -> None:
    bare = thing("P", maker="")
    found = read(
        twin("own", bpnl="ENTRY", batch=thing("P", maker="OWN")),
        twin("entry", bpnl="ENTRY", batch=bare),
        twin("parent", batch=bare),
        twin("nobody", batch=bare),
        twin("u", serial=bare, bom=[child(n, businessPartner="BOM") for n in ("own", "entry", "parent")]),
    )
    expected = {"own": "OWN", "entry": "ENTRY", "parent": "BOM", "nobody": ""}
    assert {row["lot"]: row["supplier"] for row in rows(found, "lots")} == expected
    assert [row["supplier"] for row in rows(found, "placements")] == ["OWN", "ENTRY", "BOM"]
    assert all(row["certain"] == "true" for row in rows(found, "placements"))


def test_child_of_unknown_kind_is_a_unit_and_certain_is_left_out() -> None:
    found = read(twin("u", serial=thing("P"), bom=[child("far"), child("maybe", hasAlternatives=True)]))
    assert rows(found, "mounts") == [
        {"child": "far", "parent": "u", "at": AT},
        {"child": "maybe", "parent": "u", "at": AT, "certain": "false"},
    ]


def test_what_a_batch_is_made_of() -> None:
    bom = [child("b1"), child("b2", hasAlternatives=True), child("u1"), child("far", businessPartner="F")]
    found = read(
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
    found = read(
        twin(
            "u",
            serial=thing("P"),
            bom=[
                child("c1", createdOn=None, lastModifiedOn=modified),
                child("c2", createdOn=local, lastModifiedOn=local),
            ],
        ),
        twin("v", serial=thing("P", made=None), bom=[child("c3", createdOn=local), child("c4")]),
    )
    times = {row["child"]: row["at"] for row in rows(found, "mounts")}
    assert times == {"c1": modified, "c2": AT, "c4": AT}
    (reject,) = rejects(found)
    assert reject.column == f"{BOM}[0].childItems[0].createdOn"


@pytest.mark.parametrize(
    ("made", "created"), [("2024-05-01", None), ("2024-05-01T08:00:00", None), (None, None), (AT, AT)]
)
def test_time_of_making_may_be_inexact(made: str | None, created: str | None) -> None:
    found = read(twin("u", serial=thing("P", made=made)))
    assert rejects(found) == []
    assert rows(found, "units")[0].get("created_at") == created


def test_unreadable_value_is_reported_and_the_row_kept() -> None:
    item = child("far", quantity={"value": "two"})
    found = read(twin("u", serial=thing("P", made="May"), bom=[item]))
    assert [reject.column for reject in rejects(found)] == [
        f"{SERIAL}[0].manufacturingInformation",
        f"{BOM}[0].childItems[0].quantity",
    ]
    assert len(rows(found, "units")) == len(rows(found, "mounts")) == 1


def test_one_bad_entry_stops_no_other() -> None:
    found = read(
        "text",
        {SERIAL: [thing("P")]},
        {"catenaXId": "w", SERIAL: ["text"]},
        {"catenaXId": 1.5},
        {"catenaXId": "x", "submodels": [{"payload": {}}]},
        {"catenaXId": "y", SERIAL: [{"localIdentifiers": [7]}]},
        twin("z", bom=[7, child(""), child("far", hasAlternatives=[1])]),
        {"catenaXId": "q", BOM: [{}]},
        twin("half\ud800", serial=thing("P")),
        twin("both", serial=thing("P"), batch=thing("P")),
        twin("u", serial=thing("P")),
    )
    assert [reject.column for reject in rejects(found)] == [
        "",
        "catenaXId",
        f"{SERIAL}[0]",
        "catenaXId",
        "submodels[0].aspectType",
        "catenaXId",
        f"{SERIAL}[0].localIdentifiers[0]",
        f"{BOM}[0].childItems[0]",
        f"{BOM}[0].childItems[1].catenaXId",
        f"{BOM}[0].childItems",
        f"{BATCH}[0]",
    ]
    assert [row["unit"] for row in rows(found, "units")] == ["both", "u"]
    assert [row["child"] for row in rows(found, "mounts")] == ["far"]


def test_payload_of_another_twin_is_taken_and_reported() -> None:
    found = read(
        twin("a", serial=thing("P")), twin("b", serial=thing("Q") | {"catenaXId": "a"}, jis=thing("Q"))
    )
    assert [row["unit"] for row in rows(found, "units")] == ["a", "b", "b"]
    assert [reject.column for reject in rejects(found)] == [f"{SERIAL}[0].catenaXId"]
    assert rows(found, "aliases") == []


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
            {"aspectType": URN.format("traction_battery_code", "TractionBatteryCode"), "payload": 7},
        ],
    }
    for whole in ({"assets": [asset]}, [asset], asset, {"policies": [], f"{LIST}x": [asset]}):
        data = b"\xef\xbb\xbf" + json.dumps(whole).encode()
        assert catenax.recognises(data)
        found = list(catenax.read(io.BytesIO(data)))
        assert rows(found, "units") == [{"unit": "u", "product": "P"}]
        assert rows(found, "mounts") == [{"child": "c", "parent": "u", "at": AT}]
        assert Unread("TractionBatteryCode") in found
        assert len(found) == 4


def test_line_is_where_the_entry_begins() -> None:
    text = (
        '{"policies": {"assets": [1]},\n "assets":\n [\n\n {"catenaXId": 1.5}, {"catenaXId":\n 2.5},\n7]}'
    )
    assert [reject.line for reject in rejects(list(catenax.read(io.BytesIO(text.encode()))))] == [5, 5, 7]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"assets": [\n  {"a": 1,}]}', "line 2 column "),
        (b'{"assets": [\n"\xff"]}', "not UTF-8: line 2 column 2"),
        (b"", "line 1 column 1"),
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
