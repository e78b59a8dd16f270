"""Files that nobody here wrote: two of Catena-X partners, one of a placement machine.

Edges are counted from the files by a plain walk over the JSON. The files are not part of the
project: without them these tests are skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boardtrace.answer import ask
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS
from semantics import answer, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.graph import Graph, Transaction

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
CONTAINER = SAMPLES / "catenax" / "CX_Testdata_MessagingTest_v0.0.14.json"
IMPORT = SAMPLES / "catenax" / "import-test-data-2BR4_v1.0.1.json"
MACHINE = SAMPLES / "cfx" / "machine_like_materials_installed.json"

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not here")


@pytest.fixture
def graph(blank_graph: Graph) -> Graph:
    wipe(blank_graph)
    return blank_graph


def count(graph: Graph, pattern: str) -> int:
    def work(tx: Transaction) -> int:
        return int(tx._inner.run(f"MATCH {pattern} RETURN count(*)").single(strict=True)[0])

    return graph.read("count", work)


def twins(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (id, aspect name -> payload) of each twin in either shape of file."""
    document = json.loads(path.read_text())
    for entry in document.get("https://catenax.io/schema/TestDataContainer/1.0.0", []):
        yield entry["catenaXId"], {k.split("#")[-1]: v[0] for k, v in entry.items() if isinstance(v, list)}
    for asset in document.get("assets", []):
        aspects = {s["aspectType"].split("#")[-1]: s["payload"] for s in asset["submodels"]}
        yield asset["assetMetaInfo"]["catenaXId"], aspects


def links(path: Path) -> list[tuple[str, str, bool]]:
    """List (parent, child, doubtful) of every bill of material as built, and of usages that none has."""
    bills = {
        (twin, child["catenaXId"]): child["hasAlternatives"]
        for twin, aspects in twins(path)
        for child in aspects.get("SingleLevelBomAsBuilt", {}).get("childItems", [])
    }
    billed = {twin for twin, aspects in twins(path) if "SingleLevelBomAsBuilt" in aspects}
    usages = {
        (parent["catenaXId"], twin): parent["isOnlyPotentialParent"] or parent["catenaXId"] in billed
        for twin, aspects in twins(path)
        for parent in aspects.get("SingleLevelUsageAsBuilt", {}).get("parentItems", [])
    }
    return [(*pair, doubtful) for pair, doubtful in (usages | bills).items()]


@pytest.mark.parametrize("path", [CONTAINER, IMPORT], ids=["container", "import"])
def test_catena_x_edges_are_those_of_the_file(graph: Graph, path: Path) -> None:
    report = ingest(graph, [path])
    assert report.quarantined == 0, report.problems
    found = dict(twins(path))
    batches = {twin for twin, aspects in found.items() if "Batch" in aspects}
    units = {twin for twin, aspects in found.items() if {"SerialPart", "JustInSequencePart"} & set(aspects)}
    bom = links(path)
    mounted = [link for link in bom if not batches & set(link[:2])]
    placed = [link for link in bom if link[0] not in batches and link[1] in batches]
    assert count(graph, "(:Unit)-[:MOUNTED_IN]->(:Unit)") == len(mounted)
    assert count(graph, "(:Lot)-[:FED]->(:Run)-[:PLACED]->(:Unit)") == len(placed)
    assert count(graph, "(:Lot)-[:BECAME]->(:Lot)") == len(bom) - len(mounted) - len(placed)
    assert count(graph, "(u:Unit) WHERE NOT u:ByReference") == len(units)
    for parent, child, doubtful in mounted:
        rows = [row for row in answer(graph, "contents unit", unit=parent) if row["unit"] == child]
        assert rows, (parent, child)
        assert (
            count(graph, f"(:Unit {{unit: '{child}'}})-[m:MOUNTED_IN {{certain: {not doubtful}}}]->()") >= 1
        )


def test_catena_x_recall_of_a_batch_in_a_vehicle(graph: Graph) -> None:
    ingest(graph, [CONTAINER])
    found = dict(twins(CONTAINER))
    for parent, child, doubtful in links(CONTAINER):
        if "Batch" not in found[child] or "Batch" in found[parent]:
            continue
        supplier = next(
            item["value"]
            for item in found[child]["Batch"]["localIdentifiers"]
            if item["key"] == "manufacturerId"
        )
        rows = answer(graph, "recall lot", supplier=supplier, lot=child)
        classes = {row["unit"]: row["class"] for row in rows if row["kind"] != "lot"}
        assert classes[parent] == ("possible" if doubtful else "certain")
        lots = [row["lot"] for row in answer(graph, "provenance unit", unit=parent)]
        assert child in lots


def test_local_identifiers_find_every_twin_that_has_them(graph: Graph) -> None:
    ingest(graph, [CONTAINER])
    names: dict[str, set[str]] = {}
    for twin, aspects in twins(CONTAINER):
        for aspect in ("SerialPart", "Batch", "JustInSequencePart"):
            for item in aspects.get(aspect, {}).get("localIdentifiers", []):
                if item["key"] != "manufacturerId":
                    names.setdefault(item["value"], set()).add(twin)
    assert max(map(len, names.values())) == 7  # they are not unique, as the samples' own notes say
    for name, twins_ in names.items():
        rows = answer(graph, "find", id=name)
        assert {row["key"].get("unit") or row["key"].get("lot") for row in rows} == twins_


def test_machine_message_without_reel_ids_is_three_gaps(graph: Graph) -> None:
    report = ingest(graph, [MACHINE])
    assert report.quarantined == 0, report.problems
    message = json.loads(MACHINE.read_text())
    materials = message["MessageBody"]["InstalledMaterials"]
    history = answer(graph, "history", unit="3111")
    assert [(row["at"], row["machine"]) for row in history] == [
        ("2019-05-09T14:31:52.677261Z", message["Source"])
    ]
    assert count(graph, "(:Gap)-[:MISSING_IN]->(:Run)-[:PROCESSED]->(:Unit {unit: '3111'})") == len(
        materials
    )
    # Whoever recalls that part is told: three places on this board are not known.
    lots = "supplier,lot,part\nACME,L1,0402-sim \nACME,L2,0603\n"
    (Path(graph.endpoint.data) / "lots.csv").write_text(lots)
    ingest(graph, [Path(graph.endpoint.data) / "lots.csv"])
    same = ask(graph, QUESTIONS["recall lot"], {"supplier": "ACME", "lot": "L1"})
    other = ask(graph, QUESTIONS["recall lot"], {"supplier": "ACME", "lot": "L2"})
    assert (same.meta["gaps"], other.meta["gaps"]) == (3, 0)
