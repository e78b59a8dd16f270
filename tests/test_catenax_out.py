"""What we write as Catena-X we read as what it was: round trips through a real graph."""

from __future__ import annotations

import csv
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from boardtrace.answer import ask
from boardtrace.api import create_app
from boardtrace.catenax_ids import twin_of_lot, twin_of_unit
from boardtrace.catenax_out import export
from boardtrace.cli import app
from boardtrace.digest import digest
from boardtrace.errors import NotFound
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS
from semantics import answer, wipe
from test_catenax import AT, BATCH, BOM, SERIAL, battery, child, thing, twin

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have httpx2, and httpx does
    from fastapi.testclient import TestClient

if TYPE_CHECKING:
    from boardtrace.graph import Graph, Transaction

SAMPLES = Path(__file__).parents[2] / "shared" / "samples" / "catenax"
GRAMS = {"value": 0.5, "unit": "unit:gram"}
LATE = "2024-05-02T10:00:00Z"
LIST = "https://catenax.io/schema/TestDataContainer/1.0.0"


@pytest.fixture
def graph(blank_graph: Graph) -> Graph:
    wipe(blank_graph)
    return blank_graph


def names(graph: Graph, pattern: str) -> list[str]:
    def work(tx: Transaction) -> list[str]:
        found = tx._inner.run(f"MATCH (u:Unit) {pattern} RETURN u.unit AS unit ORDER BY unit")
        return [row["unit"] for row in found]

    return graph.read("names", work)


def tops(graph: Graph) -> list[str]:
    return names(graph, "WHERE NOT u:Mounted")


def saved(folder: Path, exports: dict[str, bytes]) -> Path:
    folder.mkdir()
    for number, data in enumerate(exports.values()):
        (folder / f"{number}.json").write_bytes(data)
    return folder


@pytest.mark.parametrize(
    "name", ["CX_Testdata_MessagingTest_v0.0.14.json", "import-test-data-2BR4_v1.0.1.json"]
)
def test_export_of_our_import_is_the_export(graph: Graph, tmp_path: Path, name: str) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the sample files are not here")
    ingest(graph, [SAMPLES / name])
    exports = {unit: export(graph, unit) for unit in tops(graph)}
    assert len(exports) > 5
    wipe(graph)
    report = ingest(graph, [saved(tmp_path / "exports", exports)])
    assert report.quarantined == 0, report.problems
    known = [unit for unit in exports if json.loads(exports[unit])[LIST]]
    assert {unit: export(graph, unit) for unit in known} == {unit: exports[unit] for unit in known}


def plant() -> list[dict[str, Any]]:
    """Make twins that a vehicle is made of, wholly: units, batches, alternatives, batches of batches."""
    ecu = [child(U(5), quantity=GRAMS), child(U(6), hasAlternatives=True)]
    return [
        twin(
            U(1),
            serial=thing("VEHICLE", van="VAN1", partInstanceId="V1"),
            bom=[child(U(2)), child(U(3), hasAlternatives=True), child(U(9), createdOn=LATE)],
        ),
        twin(U(2), serial=thing("ECU", maker="M2"), bom=ecu),
        twin(U(3), bpnl="BPNL7", serial=thing("PUMP", maker="", made=None), bom=[child(U(8))]),
        twin(
            U(5),
            batch=thing("PASTE", maker="BPNL3", batchId="B5"),
            bom=[
                child(U(7), quantity={"value": 2.5, "unit": "unit:litre"}),
                child(U(6), hasAlternatives=True),
                child(U(8)),
                child(U(10), businessPartner="BPNL8"),
            ],
        ),
        twin(U(6), bpnl="BPNL4", batch=thing("GLUE", maker="", batchId="B6")),
        twin(U(7), batch=thing("RESIN", maker="BPNL3", made=None)),
        twin(U(8), serial=thing("SEAL", maker="BPNL5", partInstanceId="S8")),
    ]  # fmt: skip


def U(number: int) -> str:  # noqa: N802 - an id
    return f"urn:uuid:00000000-0000-4000-8000-{number:012}"


def test_digest_of_a_plant_that_is_in_the_export_is_the_same(graph: Graph, tmp_path: Path) -> None:
    source = tmp_path / "plant.json"
    source.write_text(json.dumps(plant()))
    assert ingest(graph, [source]).quarantined == 0
    first, before = export(graph, U(1)), digest(graph)
    assert len(tops(graph)) == 1
    wipe(graph)
    assert ingest(graph, [saved(tmp_path / "exports", {"": first})]).quarantined == 0
    assert export(graph, U(1)) == first
    assert digest(graph) == before


def tables(folder: Path, **rows: list[dict[str, str]]) -> Path:
    folder.mkdir()
    for name, found in rows.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in found for key in row)))
            writer.writeheader()
            writer.writerows(found)
    return folder


def shop(folder: Path) -> Path:
    at, later = "2024-05-01T08:00:00Z", "2024-05-03T08:00:00Z"
    return tables(
        folder,
        suppliers=[{"supplier": "ACME"}],
        components=[{"part": "BOARD", "description": "a board", "manufacturer": "WE"}, {"part": "R0402"}],
        units=[
            {"unit": "SN001", "kind": "board", "product": "BOARD", "created_at": at},
            {"unit": "BOX1", "kind": "product", "product": "BOX"},
        ],
        lots=[{"supplier": "ACME", "lot": "L/1", "part": "R0402"}, {"supplier": "", "lot": "REEL1"}],
        lot_moves=[
            {
                "kind": "reel",
                "from_supplier": "ACME",
                "from_lot": "L/1",
                "to_supplier": "",
                "to_lot": "REEL1",
            }
        ],
        placements=[
            {"unit": "SN001", "at": at, "supplier": "", "lot": "REEL1", "refdes": "R1 R2", "machine": "M1"},
            {
                "unit": "SN001",
                "at": at,
                "supplier": "ACME",
                "lot": "L2",
                "refdes": "C1 C2",
                "machine": "M1",
            },
            {"unit": "SN001", "at": at, "supplier": "ACME", "lot": "L3", "refdes": "C3", "machine": "M1"},
        ],
        removals=[
            {"unit": "SN001", "at": later, "refdes": "C1"},
            {"unit": "SN001", "at": later, "refdes": "C3"},
        ],
        mounts=[
            {"child": "SN001", "parent": "BOX1", "at": later},
            {"child": "SN000", "parent": "BOX1", "at": at, "removed_at": later},
        ],
        aliases=[{"kind": "unit", "id": "BOX1", "alias": "CUSTOMER-7"}],
    )


def test_units_that_are_no_twins_get_an_id_and_keep_their_name(graph: Graph, tmp_path: Path) -> None:
    ingest(graph, [shop(tmp_path / "shop")])
    data = export(graph, "CUSTOMER-7")  # any name of it
    assert data == export(graph, "BOX1")
    entries = {entry["catenaXId"]: entry for entry in json.loads(data)[LIST]}
    box, board, reel, lot = (
        twin_of_unit("BOX1"), twin_of_unit("SN001"), twin_of_lot("", "REEL1"), twin_of_lot("ACME", "L2"),
    )  # fmt: skip
    # what was taken off or out again is no part of it now
    assert set(entries) == {box, board, reel, lot, twin_of_lot("ACME", "L/1")}
    assert next(iter(entries)) == box
    assert entries[box][SERIAL][0]["localIdentifiers"] == [
        {"key": "partInstanceId", "value": "BOX1"},
        {"key": "partInstanceId", "value": "CUSTOMER-7"},
    ]
    assert entries[board][SERIAL] == [
        {
            "catenaXId": board,
            "localIdentifiers": [
                {"key": "manufacturerId", "value": "WE"},
                {"key": "partInstanceId", "value": "SN001"},
            ],
            "manufacturingInformation": {"date": AT},
            "partTypeInformation": {"manufacturerPartId": "BOARD", "nameAtManufacturer": "a board"},
        }
    ]
    items = {item["catenaXId"]: item for item in entries[board][BOM][0]["childItems"]}
    assert items[reel] == {
        "catenaXId": reel,
        "quantity": {"value": 2, "unit": "unit:piece"},
        "hasAlternatives": False,
        "createdOn": AT,
        "lastModifiedOn": AT,
    }
    assert (items[lot]["quantity"]["value"], items[lot]["businessPartner"]) == (1, "ACME")
    assert entries[lot][BATCH][0]["localIdentifiers"] == [
        {"key": "manufacturerId", "value": "ACME"},
        {"key": "batchId", "value": "L2"},
    ]

    # into the graph that it is from: no second unit, no second lot
    units, exposed = names(graph, ""), recalled(graph)
    assert ingest(graph, [saved(tmp_path / "own", {"": data})]).quarantined == 0
    assert names(graph, "") == units
    assert recalled(graph) == exposed
    assert export(graph, "BOX1") == data
    assert export(graph, box) == data
    # into a partner's: the same exposure
    wipe(graph)
    ingest(graph, [tmp_path / "own"])
    assert export(graph, "BOX1") == data
    assert recalled(graph) == exposed


def recalled(graph: Graph) -> list[tuple[str, str]]:
    rows = answer(graph, "recall lot", supplier="ACME", lot="L/1")
    return [(row["unit"], row["class"]) for row in rows if row["kind"] != "lot"]


def test_command_and_route(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(graph, [shop(tmp_path / "shop")])
    data = export(graph, "BOX1")
    with TestClient(create_app(graph)) as client:
        found = client.get("/v1/catenax/unit", params={"unit": "BOX1"})
        assert (found.status_code, found.content) == (200, data)
        assert found.headers["content-type"] == "application/json"
        assert client.get("/v1/catenax/unit", params={"unit": "BOX11"}).status_code == 404
        assert client.get("/v1/catenax/unit", params={"unit": "BOX1", "x": "1"}).status_code == 422
        assert client.get("/v1/catenax/unit").status_code == 422
    with pytest.raises(NotFound):
        export(graph, "BOX11")
    there = graph.endpoint
    for key, value in {
        "GRAPH": there.uri, "USER": there.user, "PASSWORD": there.password, "DATABASE": there.database,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"BOARDTRACE_{key}", value)
    monkeypatch.setenv("BOARDTRACE_DATA", str(tmp_path))
    result = CliRunner().invoke(app, ["export", "catenax", "BOX1"])
    assert (result.exit_code, result.stdout_bytes) == (0, data)
    result = CliRunner().invoke(app, ["export", "catenax", "BOX11"])
    assert result.exit_code == 1
    assert "BOX1" in result.stderr


def test_a_battery_in_a_pack_is_in_the_recall_and_in_the_export(graph: Graph, tmp_path: Path) -> None:
    source = tmp_path / "pack.json"
    cells = twin("b", batch=thing("CELLS", maker="BPNL3"))
    module = battery("module", "M1") | {BOM: [{"childItems": [child("b")]}]}
    source.write_text(json.dumps([battery("pack", "K1", ("M1",), ("M2",)), module, cells]))
    ingest(graph, [source])
    rows = ask(graph, QUESTIONS["recall lot"], {"supplier": "BPNL3", "lot": "b"}).records()
    assert [(row["unit"], row["class"]) for row in rows] == [("module", "certain"), ("pack", "certain")]
    first = export(graph, "M2")  # a code without a twin is a name of the pack
    wipe(graph)
    ingest(graph, [saved(tmp_path / "exports", {"": first})])
    assert export(graph, "M2") == first


def test_a_bad_link_is_a_gap_of_the_recall_of_its_batch(graph: Graph, tmp_path: Path) -> None:
    source = tmp_path / "twins.json"
    nobody = child("b", businessPartner={})  # whose batch it is, the other entry says
    entries = [twin("b", batch=thing("CELLS", maker="BPNL3")), twin("u", serial=thing("P"), bom=[nobody])]
    source.write_text(json.dumps(entries))
    assert ingest(graph, [source]).quarantined == 1
    (row,) = answer(graph, "recall lot", supplier="BPNL3", lot="b", by="gap")
    assert row["reason"].startswith("in quarantine: ")
