from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from boardtrace.errors import BadInput
from boardtrace.sources import Fact, Reject, Unread, catenax, cfx
from derived import derived

SAMPLES = Path(__file__).parents[2] / "shared/samples/cfx"
AT = "2024-05-01T08:00:00.1234567+02:00"
LATER = "2024-05-01T08:00:01Z"
GROUP = "InstalledComponents"


def entry(unit: Any = "U1", *refdes: Any, reel: Any = "R1", **more: Any) -> dict[str, Any]:
    components = [ref if isinstance(ref, dict) else {"ReferenceDesignator": ref} for ref in refdes]
    material = {"UniqueIdentifier": reel, "InternalPartNumber": "P1"}
    place = {"LocationIdentifier": "F1", "LocationName": "SLOT"}
    return {
        "UnitIdentifier": unit,
        "UnitPositionNumber": 1,
        "QuantityInstalled": float(len(refdes)),
        "Material": material,
        "CarrierLocation": place,
        GROUP: components,
    } | more


def message(*entries: Any, **more: Any) -> dict[str, Any]:
    return {
        "MessageName": "CFX.Production.Assembly.MaterialsInstalled",
        "TimeStamp": AT,
        "Source": "M1",
        "MessageBody": {"InstalledMaterials": list(entries)},
    } | more


def read(*messages: Any) -> list[Fact | Reject | Unread]:
    return list(cfx.read(io.BytesIO(json.dumps(messages).encode())))


def rows(found: list[Fact | Reject | Unread], table: str) -> list[dict[str, str]]:
    return [fact.row for fact in found if isinstance(fact, Fact) and fact.table == table]


def rejects(found: list[Fact | Reject | Unread]) -> list[Reject]:
    return [fact for fact in found if isinstance(fact, Reject)]


# --- the sample files


def sample(name: str) -> bytes:
    if not (SAMPLES / name).is_file():
        pytest.skip("the sample files are not here")
    return (SAMPLES / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Production.Assembly.MaterialsInstalled", "line 92 column 13"),
        ("Production.Processing.UnitsProcessed", "line 8 column 31"),
        ("Production.RecipeActivated", "line 15 column 31"),
    ],
)
def test_malformed_samples(name: str, place: str) -> None:
    with pytest.raises(BadInput, match=place):
        list(cfx.read(io.BytesIO(sample(f"malformed/CFX.{name}.txt"))))


def test_every_sample_is_accounted_for() -> None:
    sample("CFX.Production.UnitsInitialized.json")
    for path in sorted(SAMPLES.glob("*.json")):
        data = path.read_bytes()
        whole = json.loads(data)
        messages = whole if isinstance(whole, list) else [whole]
        assert not catenax.recognises(data)
        alone = [list(cfx.read(io.BytesIO(json.dumps(message).encode()))) for message in messages]
        assert all(alone), path
        if path.name.startswith("machine"):
            continue
        # in its envelope every one of them is read, but for those of other kinds
        name = path.name.removesuffix(".json")
        wrapped = [
            {"MessageName": name, "TimeStamp": AT, "Source": "M1", "MessageBody": message}
            for message in messages
        ]
        found = read(*wrapped)
        if name in cfx.MESSAGES:
            assert rejects(found) == [], path
            assert not any(isinstance(one, Unread) for one in found)
            assert len({fact.table for fact in found if isinstance(fact, Fact)}) >= 1
        else:
            assert [one.kind for one in found if isinstance(one, Unread)] == [name] * len(messages)


def test_sample_of_a_machine_has_no_reels(tmp_path: Path) -> None:
    data = sample("machine_like_materials_installed.json")
    (tmp_path / "m.json").write_bytes(data)
    with derived([tmp_path / "m.json"]) as found:
        assert found.rows("cfx_says_placements") == found.rows("cfx_says_visits") == []
        gaps = found.rows("cfx_says_gaps")
        parts = [row["part"] for row in found.rows("want_component")]
    entries = json.loads(data)["MessageBody"]["InstalledMaterials"]
    assert sorted(row["feeder"] for row in gaps) == sorted(
        item["CarrierLocation"]["LocationIdentifier"] for item in entries
    )
    assert sorted(len(row["refdes"].split()) for row in gaps) == [8, 16, 16]
    assert {row["reason"] for row in gaps} == {"no reel id at this feeder"}
    assert parts == ["0402-SIM", "0402-sim"]


# --- fixtures of our own


def test_placement_row_by_row() -> None:
    found = read(message(entry("U1", "R1", "R2"), entry("U1", "R1", "R2")))
    row = {"unit": "U1", "machine": "M1", "feeder": "F1", "refdes": "R1 R2", "at": AT, "quantity": "2"}
    place = {"position": "1", "location": "F1", "place": "SLOT", "lot": "R1"}
    assert rows(found, "cfx_placements") == [row | place] * 2
    assert rows(found, "lots") == [{"supplier": "", "lot": "R1", "part": "P1"}]


def test_components_by_time() -> None:
    named = [{"ReferenceDesignator": name, "InstallationTime": LATER} for name in ("R2", "R3")]
    never = {"ReferenceDesignator": "R4", "InstallationTime": "0001-01-01T00:00:00"}
    found = read(message(entry("U1", "R1", *named, never, {"ReferenceDesignator": None})))
    times = [(row["at"], row.get("refdes"), row.get("quantity")) for row in rows(found, "cfx_placements")]
    assert times == [(AT, "R1 R4", "2"), (LATER, "R2 R3", "2"), (AT, None, "1")]


def test_material_without_designators() -> None:
    found = read(message(entry("U1", QuantityInstalled=2.5), entry("U2", QuantityInstalled=0.0)))
    assert [row.get("quantity") for row in rows(found, "cfx_placements")] == ["2.5", None]
    assert all("refdes" not in row for row in rows(found, "cfx_placements"))


def test_designator_is_one_word() -> None:
    found = read(message(entry("U1", " R 1 ", "R2", 3)))
    assert rows(found, "cfx_placements")[0]["refdes"] == "R_1 R2 3"


@pytest.mark.parametrize(
    ("place", "feeder"),
    [
        ({"LocationIdentifier": " ", "LocationName": "SLOT"}, "SLOT"),
        ({"CarrierInformation": {"UniqueIdentifier": "C1"}}, "C1"),
        (None, ""),
    ],
)
def test_feeder(place: Any, feeder: str) -> None:
    found = read(message(entry("U1", "R1", CarrierLocation=place)))
    assert rows(found, "cfx_placements")[0].get("feeder", "") == feeder


def test_after_a_splice_either_reel_is_possible() -> None:
    tail = {"UniqueIdentifier": "A", "InternalPartNumber": "P1"}
    head = {"UniqueIdentifier": "B", "InternalPartNumber": "P2", "SplicedMaterialPackage": tail}
    found = read(message(entry("U1", "R1", Material=head)))
    assert [(row["lot"], row["certain"]) for row in rows(found, "cfx_placements")] == [
        ("B", "false"),
        ("A", "false"),
    ]
    assert all("quantity" not in row for row in rows(found, "cfx_placements"))
    assert [row["part"] for row in rows(found, "lots")] == ["P2", "P1"]


def test_batch_of_trays() -> None:
    found = read(message(entry(Material={"UniqueIdentifier": "T1", "BatchId": "B1"})))
    (move,) = rows(found, "lot_moves")
    assert (move["kind"], move["from_lot"], move["to_lot"]) == ("split", "B1", "T1")
    found = read(message(entry(Material={"BatchId": "B1"})))
    assert [row["lot"] for row in rows(found, "cfx_placements")] == ["B1"]
    assert rows(found, "lot_moves") == []


def test_not_installed_is_no_exposure() -> None:
    refused = [{"ReferenceDesignator": "R1"}]
    found = read(
        message(
            entry("U1", NonInstalledComponents=refused), entry("U2", "R1", NonInstalledComponents=refused)
        )
    )
    assert [row["unit"] for row in rows(found, "cfx_placements")] == ["U2"]
    assert [fact.kind for fact in found if isinstance(fact, Unread)] == [
        "CFX.Production.Assembly.MaterialsInstalled: NonInstalledComponents"
    ]


def test_body_without_envelope() -> None:
    timed = {"ReferenceDesignator": "R1", "InstallationTime": LATER}
    found = read({"InstalledMaterials": [entry("U1", timed), entry("U1", "R2"), entry("U1")]})
    assert [row["at"] for row in rows(found, "cfx_placements")] == [LATER]
    assert "machine" not in rows(found, "cfx_placements")[0]
    assert [reject.column for reject in rejects(found)] == [
        "TimeStamp",
        "TimeStamp",
    ]
    assert all("no time" in reject.reason for reject in rejects(found))


def test_time_without_offset() -> None:
    local = "2024-05-01T08:00:00"
    path = f"MessageBody.InstalledMaterials[0].{GROUP}[1].InstallationTime"
    bad = {"ReferenceDesignator": "R2", "InstallationTime": local}
    found = read(message(entry("U1", "R1", bad)))
    assert [row["refdes"] for row in rows(found, "cfx_placements")] == ["R1"]
    assert [reject.column for reject in rejects(found)] == [path]
    for stamp in (local, "2024-05-01", "2024-13-01T00:00:00Z", "2024-05-01T08:00:00+99:00"):
        assert [reject.column for reject in rejects(read(message(entry(), TimeStamp=stamp)))] == [
            "TimeStamp"
        ]


def test_one_bad_entry_stops_no_other() -> None:
    body = "MessageBody.InstalledMaterials"
    bad: dict[str, Any] = {
        "[0]": 7,
        "[1].UnitIdentifier": entry(""),
        "[2].UnitIdentifier": entry(1.5),
        "[3].UnitPositionNumber": entry("U1", UnitPositionNumber="one"),
        "[4].Material": entry("U1", Material="reel"),
        f"[5].{GROUP}": entry("U1", InstalledComponents={}),
        f"[6].{GROUP}[0]": entry("U1", InstalledComponents=[7]),
        "[7].UnitIdentifier": entry("half\ud800"),
        "[8].QuantityInstalled": entry("kept", "R1", QuantityInstalled="two"),
    }
    found = read(7, message(MessageBody=None), message(Source=1.5), message(*bad.values(), entry(9, "R1")))
    assert [reject.column for reject in rejects(found)] == [
        "",
        "MessageBody",
        "Source",
        *(f"{body}{path}" for path in bad),
    ]
    assert [row["unit"] for row in rows(found, "cfx_placements")] == ["kept", "9"]


@pytest.mark.parametrize("quantity", [-1, True, 10**400])
def test_quantity_that_is_none(quantity: float) -> None:
    found = read(message(entry("U1", "R1", QuantityInstalled=quantity)))
    assert "quantity" not in rows(found, "cfx_placements")[0]
    assert len(rejects(found)) == 1


def test_other_messages_are_unread() -> None:
    typed = {"MessageBody": {"$type": "CFX.Heartbeat, CFX"}}
    found = read({"MessageName": "CFX.EndpointConnected"}, typed, {"UnitCount": 1, "Units": []})
    assert [fact.kind for fact in found if isinstance(fact, Unread)] == [
        "CFX.EndpointConnected",
        "CFX.Heartbeat",
        "CFX without envelope: UnitCount Units",
    ]


def test_a_message_without_entries_is_counted() -> None:
    tested = "CFX.Production.TestAndInspection.UnitsTested"
    found = read(
        message(),
        {"MessageName": tested, "MessageBody": {"TestedUnits": []}},
        {"MessageName": tested, "MessageBody": {"TestedUnits": {"$type": "List", "$values": []}}},
    )
    assert found == [
        Unread("CFX.Production.Assembly.MaterialsInstalled without entries"),
        *[Unread(f"{tested} without entries")] * 2,
    ]


def test_the_end_of_a_depleted_package_does_not_hang_on_the_next() -> None:
    named = {"MaterialPackage": {"UniqueIdentifier": "R1"}}
    other = {"MaterialPackage": {"UniqueIdentifier": "R2"}}
    body = {"DepletedMaterial": named, "NewlyActiveMaterial": other}
    name = "CFX.Materials.Storage.SplicePointDetected"
    found = read(message(MessageName=name, MessageBody=body))
    assert [row["lot"] for row in rows(found, "cfx_unloads")] == ["R1"]
    (reject,) = rejects(found)
    assert (reject.column, reject.names) == (
        "MessageBody.NewlyActiveMaterial.LocationIdentifier",
        (("lot", "/R1"), ("lot", "/R2")),
    )


@pytest.mark.parametrize("units", [{}, {"InspectedUnits": None}, {"InspectedUnits": []}])
def test_an_inspection_of_a_panel_needs_no_units(units: dict[str, Any]) -> None:
    name = "CFX.Production.TestAndInspection.UnitsInspected"
    panel = {"InspectedPanel": {"UnitIdentifier": "P1", "OverallResult": "Passed"}}
    found = read(message(MessageName=name, MessageBody=panel | units))
    assert [(row["unit"], row["result"]) for row in rows(found, "cfx_tests")] == [("P1", "pass")]
    assert rejects(found) == []
    nothing = read(message(MessageName=name, MessageBody={"InspectedPanel": None}))
    assert [reject.column for reject in rejects(nothing)] == ["MessageBody.InspectedUnits"]


def test_lines() -> None:
    one, other = json.dumps(message(entry("U1", "R1"))), json.dumps(message(entry("U2", "R1")))
    ndjson = f"\ufeff{one}\r\n\r\n{other}\n{other[:50]}\n{one}\n"
    assert cfx.recognises(ndjson.encode())
    found = list(cfx.read(io.BytesIO(ndjson.encode())))
    lines = [fact.line for fact in found if isinstance(fact, Fact) and fact.table == "cfx_placements"]
    assert lines == [1, 3, 5]
    (reject,) = rejects(found)
    assert (reject.line, "line 4 column" in reject.reason) == (4, True)

    array = f"\n[\n{one},\n\n{other}]\n"
    found = list(cfx.read(io.BytesIO(array.encode())))
    lines = [fact.line for fact in found if isinstance(fact, Fact) and fact.table == "cfx_placements"]
    assert lines == [3, 5]
    assert list(cfx.read(io.BytesIO(b"[]"))) == []


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"MessageName":\n "CFX.X",}', "line 2 column "),
        (b'{"a": 1,\n{"b": 2', "line 2 column 1"),
        (b"[" * 100_000, "nested too deeply: line 1"),
        (b'{"a": NaN}', "no number of JSON: NaN: line 1"),
        (b'{"a": 1, "a": 2}', "line 1: a: stands there twice"),
        ("{}".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_json(data: bytes, place: str) -> None:
    with pytest.raises(BadInput, match=place):
        list(cfx.read(io.BytesIO(data)))


@pytest.mark.parametrize(
    "head",
    [b"", b"unit,at,lot", b'{"@context": [], "type": "EPCISDocument"}', b'{"table": "units", "unit": "U"}'],
)
def test_other_files_are_not_recognised(head: bytes) -> None:
    assert not cfx.recognises(head)


def test_documents_that_were_put_together() -> None:
    one, two = (json.dumps(message(entry(unit, "R1"))).encode() for unit in ("U1", "U2"))
    for text in (
        b"\xef\xbb\xbf" + one + b"\n\xef\xbb\xbf" + two,  # files, each with its mark
        b"\x1e" + one + b"\n\x1e" + two + b"\n",  # RFC 7464
        one + b",\n" + two,  # a list that was cut into lines
    ):
        assert cfx.recognises(text)
        found = list(cfx.read(io.BytesIO(text)))
        assert [row["unit"] for row in rows(found, "cfx_placements")] == ["U1", "U2"]
        assert [fact.line for fact in found if isinstance(fact, Fact)][-1] == 2


def test_a_batch_and_a_grey_zone_of_a_package() -> None:
    found = read(message(entry(Material={"BatchMaterialPackage": {"UniqueIdentifier": "B1"}})))
    assert [row["lot"] for row in rows(found, "cfx_placements")] == ["B1"]
    for grey in (3.0, "3", True):  # what is no number is not known to be 0
        found = read(message(entry("U1", "R1", Material={"UniqueIdentifier": "R1", "GreyZone": grey})))
        assert [row["certain"] for row in rows(found, "cfx_placements")] == ["false"]


def envelope(name: str, body: Any) -> dict[str, Any]:
    return message(MessageName=f"CFX.{name}", MessageBody=body)


def test_packages_of_a_batch_and_of_a_lot_of_nobody() -> None:
    packages: list[dict[str, Any]] = [
        {"UniqueIdentifier": "T1", "BatchId": "B1", "ExpiryDate": LATER},
        {"UniqueIdentifier": None, "BatchId": "B1", "Manufacturer": "ACME", "ManufacturerLotCode": "L7"},
        {"UniqueIdentifier": "R3", "ManufacturerLotCode": "L8"},
    ]
    found = read(envelope("Materials.Management.MaterialsInitialized", {"Materials": packages}))
    moves = [(row["kind"], row["from_lot"], row["to_lot"]) for row in rows(found, "lot_moves")]
    assert moves == [("split", "B1", "T1"), ("reel", "L7", "B1")]
    assert rows(found, "aliases") == [{"kind": "lot", "id": "/R3", "alias": "L8"}]
    assert [row["expires_at"] for row in rows(found, "lots") if "expires_at" in row] == [LATER]
    assert rejects(found) == []


def test_a_package_may_be_described_wherever_it_is_named() -> None:
    detail = {"UniqueIdentifier": "R1", "Manufacturer": "ACME", "ManufacturerLotCode": "L7", "Quantity": 9}
    loaded = {"LocationIdentifier": "F1", "MaterialPackage": detail}
    for said in (
        message(entry("U1", "C1", Material=detail)),
        envelope("Materials.Storage.MaterialsLoaded", {"Materials": [loaded]}),
    ):
        found = read(said)
        assert [(row["from_lot"], row["to_lot"]) for row in rows(found, "lot_moves")] == [("L7", "R1")]
        assert rows(found, "consumptions") == []
        assert rejects(found) == []
    found = read(message(entry("U1", "C1", Material={**detail, "Vendor": {}})))
    assert [row["lot"] for row in rows(found, "cfx_placements")] == ["R1"]
    assert [one.column for one in rejects(found)] == ["MessageBody.InstalledMaterials[0].Material.Vendor"]


def test_one_bad_unit_stops_no_other() -> None:
    def told(*listed: Any, **more: Any) -> list[Fact | Reject | Unread]:
        return read(envelope("Production.WorkStarted", {"Units": listed, **more}))

    listed = [{"UnitIdentifier": "A", "PositionNumber": 1}, {"PositionNumber": 2, "Status": "Skip"}]
    found = told(*listed)
    assert [row["unit"] for row in rows(found, "cfx_works")] == ["A"]
    assert [reject.column for reject in rejects(found)] == ["MessageBody.Units[1].UnitIdentifier"]
    # on a panel it is that position of it
    found = told(*listed, PrimaryIdentifier="P")
    works = [(row["unit"], row["position"], row.get("skipped")) for row in rows(found, "cfx_works")]
    assert (works, rejects(found)) == ([("A", "1", None), ("P", "2", "true")], [])
    # where entries are counted, none may be missing
    found = told({"UnitIdentifier": "A"}, {"PositionNumber": "x"}, {"UnitIdentifier": "A"})
    assert rows(found, "cfx_works") == []
    assert [reject.column for reject in rejects(found)] == ["MessageBody.Units[1].UnitIdentifier"]


def test_names_with_small_letters() -> None:
    def small(said: Any) -> Any:
        if isinstance(said, list):
            return [small(one) for one in said]
        if not isinstance(said, dict):
            return said
        return {key[:1].lower() + key[1:]: small(one) for key, one in said.items()}

    plain = message(entry("U1", "C1", "C2"))
    assert cfx.recognises(json.dumps(small(plain)).encode())
    assert read(small(plain), small(plain["MessageBody"])) == read(plain, plain["MessageBody"])
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    found = read(small(plain) | {"messageBody": {"installedMaterials": deep}})
    assert len(rejects(found)) == len(found) == 1
    # names that differ in nothing else are not mixed up
    found = read(small(plain) | {"MessageName": "CFX.Heartbeat"})
    assert [one.kind for one in found if isinstance(one, Unread)] == ["CFX.Heartbeat"]


def test_measurements_nested_too_deeply_cost_themselves_only() -> None:
    for depth in (300, 600, 900):
        deep: Any = json.loads("[" * depth + "]" * depth)
        tested = {"UnitIdentifier": "U1", "OverallResult": "Passed", "Tests": [{"Measurements": deep}]}
        body = {"TestedUnits": [tested, tested | {"Tests": []}]}
        name = "CFX.Production.TestAndInspection.UnitsTested"
        found = read({"MessageName": name, "TimeStamp": AT, "MessageBody": body})
        assert [reject.column for reject in rejects(found)] == ["MessageBody"]
        assert len(rows(found, "cfx_tests")) == 1


def test_what_is_refused_says_what_it_names() -> None:
    tape = {"UniqueIdentifier": "R2", "LeadingMaterialPackage": {"UniqueIdentifier": "R1", "BatchId": "B"}}
    late = {"ReferenceDesignator": "C1", "InstallationTime": "2024-05-01T08:00:00"}
    found = rejects(read(message(entry("", "C1", Material=tape), entry("U1", late))))
    (plain,) = rejects(read(message(entry("", Material={"UniqueIdentifier": "R1"}))))
    assert plain.names == (("lot", "/R1"),)
    assert [set(reject.names) for reject in found] == [
        {("lot", "/R2"), ("lot", "/R1")},
        {("unit", "U1"), ("lot", "/R1"), ("part", "P1")},
    ]
    removal = {"UninstalledMaterials": [{"Material": {"UniqueIdentifier": "R1"}}]}
    name = "CFX.Production.Assembly.MaterialsUninstalled"
    (reject,) = rejects(read(message(MessageName=name, MessageBody=removal)))
    assert reject.names == (("lot", "/R1"),)
    package = {"Manufacturer": "A/C", "ManufacturerLotCode": "L1"}
    name = "CFX.Materials.Management.MaterialsInitialized"
    (reject,) = rejects(read({"MessageName": name, "MessageBody": {"Materials": [package]}}))
    assert reject.names == (("lot", "A%2FC/L1"),)


def test_half_a_character_costs_its_own_record(tmp_path: Path) -> None:
    half = "R\ud800"
    storage, production = "CFX.Materials.Storage", "CFX.Production"
    work = {"Units": [{"UnitIdentifier": "U1"}], "WorkOrderIdentifier": half}
    packages = {"MaterialPackageIdentifiers": [half, "R2"]}
    messages = [
        message(entry("U1", "C1", reel=half), entry("U2", "C1")),
        message(MessageName=f"{storage}.MaterialsUnloaded", MessageBody=packages),
        message(MessageName=f"{production}.UnitsInitialized", MessageBody=work),
        {"MessageBody": {half: 1}},
        {"MessageBody": {"$type": f"CFX.{half}"}},
    ]
    (tmp_path / "m.json").write_text(json.dumps(messages))
    with derived([tmp_path / "m.json"]) as found:
        assert [column for _, column, _ in found.quarantine()] == [
            "MessageBody.InstalledMaterials[0].Material.UniqueIdentifier",
            "MessageBody.MaterialPackageIdentifiers[0]",
            "MessageBody.WorkOrderIdentifier",
        ]
        names = {name for row in found.rows("quarantine") for name in row["names"]}
        assert names == {"lot /R\\ud800", "unit U1", "part P1"}
        assert [row["unit"] for row in found.rows("cfx_placements")] == ["U2"]
        assert found.notes[-1] == "m.json: 1 of CFX.R\\ud800: not read"


def test_names_of_messages_and_operators() -> None:
    assembly = "CFX.Production.Assembly.MaterialsInstalled, CFX"
    assert rows(read(message(entry("U1", "R1"), MessageName=assembly)), "cfx_placements")
    body = {"Operator": {"OperatorIdentifier": None, "LoginName": "ann@plant"}}
    found = read(
        {
            "MessageName": "CFX.Production.OperatorActivated",
            "TimeStamp": AT,
            "Source": "M1",
            "MessageBody": body,
        }
    )
    assert [row["operator"] for row in rows(found, "cfx_operators")] == ["ann@plant"]


def test_lines_are_read_as_exactly_as_anything_else() -> None:
    line = json.dumps(message(entry("U1", "R1", reel="R1")))
    number = str(10**25 + 1)
    lines = [
        line.replace('"UnitIdentifier": "U1"', '"UnitIdentifier": "U1", "UnitIdentifier": "U2"'),
        line.replace('"UnitIdentifier": "U1"', r'"UnitIdentifier": "U1", "UnitIdentifier": "U\u003a"'),
        line.replace('"UniqueIdentifier": "R1"', f'"UniqueIdentifier": {number}'),
        line.replace('"R1"', '"NaN"').replace('"NaN"', "NaN", 1),
        line.replace("U1", r"U\ud800"),
        line.replace("U1", "Ü1"),
    ]
    found = list(cfx.read(io.BytesIO("\n".join([*lines, line, ""]).encode())))
    placed = [(row["unit"], row["lot"]) for row in rows(found, "cfx_placements")]
    assert placed == [("U1", number), ("Ü1", "R1"), ("U1", "R1")]
    assert [reject.line for reject in rejects(found)] == [1, 2, 4, 5]


def test_lists_that_name_their_type_are_lists() -> None:
    plain = message(entry("U1", "C1", "C2"))

    def typed(said: Any) -> Any:
        if isinstance(said, list):
            return {
                "$type": "System.Collections.Generic.List`1[[X]]",
                "$values": [typed(one) for one in said],
            }
        return {key: typed(one) for key, one in said.items()} if isinstance(said, dict) else said

    assert read(typed(plain)) == read(plain)
    inner = entry("U1") | {GROUP: typed(entry("U1", "C1", "C2")[GROUP])}
    assert read(message(inner | {"QuantityInstalled": 2.0})) == read(plain)
    batch = json.dumps(typed([plain, plain])).encode()
    assert cfx.recognises(batch)
    assert list(cfx.read(io.BytesIO(batch))) == read(plain, plain)
    deep: Any = 1
    for _ in range(300):
        deep = {"$values": [deep]}
    found = read({**message(), "MessageBody": {"InstalledMaterials": deep}}, plain)
    assert len(rejects(found)) == 1
    assert rows(found, "cfx_placements") == rows(read(plain), "cfx_placements")
