"""What a batch leaves behind: chain, archive, digest; and that any change to them is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boardtrace import projection
from boardtrace.digest import digest
from boardtrace.ingest import ingest, locked, project
from boardtrace.replay import rebuild
from boardtrace.verify import verify
from semantics import answer, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boardtrace.graph import Graph, Transaction

FIRST = {
    "placements": "unit,at,supplier,lot,refdes\n"
    "U1,2026-01-01T00:00:00Z,,R1,C1 C2\nU2,2026-01-01T01:00:00Z,,R1,C1\n",
    "lot_moves": "kind,from_supplier,from_lot,to_supplier,to_lot\nreel,ACME,L1,,R1\n",
    "lots": "supplier,lot,part,date_code,received_at,quantity\n"
    "ACME,L1,C-1,2401,2025-12-01T00:00:00Z,5000\n",
}
SECOND = {
    "mounts": "child,parent,at\nU1,P1,2026-01-03T00:00:00Z\n",
    "shipments": "shipment,shipped_at,customer\nS1,2026-01-04T00:00:00Z,CU\n",
    "shipment_contents": "shipment,content,content_kind\nS1,P1,unit\n",
    "tests": "unit,at,kind,result,defects\n"
    "U2,2026-01-02T00:00:00Z,AOI,fail,tombstone@C1\nU2,never,AOI,pass,\n",
}


@pytest.fixture
def graph(blank_graph: Graph) -> Graph:
    wipe(blank_graph)
    return blank_graph


def quiet(_step: str, _done: int, _total: int) -> None:
    pass


def take(graph: Graph, folder: Path, tables: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)
    ingest(graph, [folder])


@pytest.fixture
def two(graph: Graph, tmp_path: Path) -> Graph:
    take(graph, tmp_path / "first", FIRST)
    take(graph, tmp_path / "second", SECOND)
    return graph


def run(graph: Graph, text: str, **parameters: object) -> None:
    def work(tx: Transaction) -> None:
        counters = tx._inner.run(text, parameters).consume().counters
        assert counters.contains_updates, text

    graph.write("test", work)


def test_what_was_taken_agrees(two: Graph) -> None:
    last, found = verify(two, quiet)
    assert (found, last and last.number) == ([], 2)


def test_digest_is_of_the_facts_alone(two: Graph, tmp_path: Path) -> None:
    before = digest(two)
    rows = {name: text.splitlines() for name, text in (FIRST | SECOND).items()}
    wipe(two)
    assert digest(two) == "0" * 64
    for number, (name, lines) in enumerate(reversed(rows.items())):
        take(two, tmp_path / f"other{number}", {f"{name}-x": "\n".join([lines[0], *lines[:0:-1]]) + "\n"})
    assert digest(two) == before
    assert verify(two, quiet)[1] == []
    take(two, tmp_path / "more", {"units": "unit,product\nU2,X\n"})
    assert digest(two) != before


def test_rebuilt_from_the_archive_alone(two: Graph, tmp_path: Path) -> None:
    before, rows = digest(two), answer(two, "recall lot", supplier="ACME", lot="L1")
    run(two, "MATCH (u:Unit) DETACH DELETE u")
    run(two, "CREATE (:Unit {unit: 'X'}), (:Foreign)")
    assert digest(two) != before
    last = rebuild(two, quiet)
    assert last is not None
    assert last.number == 2
    assert digest(two) == before
    assert verify(two, quiet)[1] == []
    assert answer(two, "recall lot", supplier="ACME", lot="L1") == rows
    take(two, tmp_path / "more", {"units": "unit,product\nU2,X\n"})
    assert verify(two, quiet)[1] == []


def restore(graph: Graph) -> None:
    """Write the graph anew from what the ledger remembers of it."""
    with locked(graph, any_chain=True) as ledger:
        for name in [name for name in projection.relations(ledger) if name.startswith("have_")]:
            todo = name.replace("have_", "todo_")
            ledger.db.execute(
                f"CREATE TABLE {todo} AS SELECT *, false AS _gone FROM {name}; DELETE FROM {name}"  # noqa: S608
            )
        projection.wiping(ledger)
        project(ledger, graph, quiet)


TAMPERED = {
    "MATCH (u:Unit {unit: 'U1'}) SET u.product = 'X'": "Unit U1 of the graph is changed",
    "MATCH (u:Unit {unit: 'U1'}) SET u.colour = 'red'": "Unit U1 has colour that nothing said",
    "MATCH (u:Unit {unit: 'U1'}) SET u:Scrapped": "Unit U1 of the graph is changed",
    "MATCH (u:Unit {unit: 'U1'}) REMOVE u:Unit": "a node with labels",
    "MATCH (u:Unit {unit: 'U2'}) DETACH DELETE u": "Unit U2 of the graph is missing",
    "CREATE (:Unit {unit: 'U3', state: 'in_stock'})": "Unit U3 of the graph is added",
    "CREATE (:Ghost)": "a node with labels Ghost that nothing made",
    "MATCH (:Run)-[p:PLACED]->(:Unit {unit: 'U1'}) SET p.at = p.at + duration('PT1S')": "is changed",
    "MATCH (:Run)-[p:PLACED]->(:Unit {unit: 'U1'}) SET p.at = toString(p.at)": "has at that nothing said",
    "MATCH (:Run)-[p:PLACED]->(:Unit {unit: 'U1'}) SET p.line = 7": "(Unit U1) of the graph is changed",
    "MATCH (:Lot)-[f:FED]->(:Run) SET f.certain = false": "-[:FED]->",
    "MATCH (l:Lot)-[f:FED]->(r:Run) CREATE (l)-[:FED {refdes: ['C9'], certain: true}]->(r)": "-[:FED]->",
    "MATCH (:Unit)-[m:MOUNTED_IN]->() DELETE m": "[:MOUNTED_IN]->(Unit P1) of the graph is missing",
    "MATCH (a:Unit {unit: 'U2'}), (s:Shipment) CREATE (a)-[:SHIPPED_IN]->(s)": "of the graph is added",
    "MATCH (a:Unit {unit: 'U2'}), (s:Shipment) CREATE (s)-[:SHIPPED_IN]->(a)": "that nothing made",
    "MATCH (q:Quarantined) SET q.line = 9": "Quarantined",
    "MATCH (b:Batch {number: 1}) SET b.accepted = 9": "batch 1: the graph's accepted is 9",
    "MATCH (b:Batch {number: 2}) SET b.hash = 'x'": "batch 2: the graph's hash is x",
    "MATCH (b:Batch {number: 2}) DELETE b": "the archive has 2 links, the graph 1 batches",
}


def test_every_change_of_the_graph_is_found(two: Graph) -> None:
    for text, said in TAMPERED.items():
        run(two, text)
        found = verify(two, quiet)[1]
        assert found, text
        assert said in found[0], (text, found)
        restore(two)
    assert verify(two, quiet)[1] == []


def parts(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())


def test_every_change_of_the_archive_is_found(two: Graph) -> None:
    identity = two.read(
        "id", lambda tx: tx._inner.run("MATCH (g:Graph) RETURN g.id").single(strict=True)[0]
    )
    archive = two.endpoint.data / "archive"
    chain = archive / "chain" / identity
    other = [path for path in (archive / "chain").iterdir() if path != chain]
    for path in other:  # of the tests before
        for file in parts(path):
            file.unlink()
        path.rmdir()
    first, second = parts(chain)
    kept = {path: path.read_bytes() for path in parts(archive)}
    link = json.loads(first.read_text())
    sources = [archive / "objects" / f["sha256"][:2] / f"{f['sha256']}.gz" for f in link["files"]]
    for path in parts(archive / "objects"):  # of the tests before
        if path not in sources and path.stem not in second.read_text():
            path.unlink()
            del kept[path]
    assert verify(two, quiet)[1] == []

    def changed(path: Path, data: bytes | None, said: str) -> None:
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)
        found = verify(two, quiet)[1]
        assert found, (path, data)
        assert said in found[0], found
        if path in kept:
            path.write_bytes(kept[path])
        else:
            path.unlink()

    for path in sources:
        changed(path, None, "has no object")
        changed(path, b"", "other bytes")
        changed(path, kept[sources[0]] if path != sources[0] else kept[sources[1]], "other bytes")
        changed(path, kept[path] + b"\0", "not stored as it was")
        data = bytearray(kept[path])
        data[len(data) // 2] ^= 1
        changed(path, bytes(data), "batch 1")
    (archive / "objects" / "aa").mkdir(exist_ok=True)
    changed(archive / "objects" / "aa" / "x.gz", b"x", "no link of the chain names it")
    changed(first, None, "here should be the link of batch 1")
    changed(second, None, "the archive has 1 links, the ledger 2")
    changed(second, kept[first], "here should be the link of batch 2")
    changed(chain / "00000003.json", kept[second], "here should be the link of batch 3")
    for name, value in link.items():
        other_value = {int: 7, str: "a", list: [], dict: {"site": "S"}}.get(type(value), {"key": "k"})
        text = json.dumps({**link, name: other_value}, sort_keys=True, separators=(",", ":")) + "\n"
        changed(first, text.encode(), "chain/00000001.json")
    assert verify(two, quiet)[1] == []
