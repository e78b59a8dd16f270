"""What a batch leaves behind: chain, archive, digest; and that any change to them is found."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from boardtrace import engine
from boardtrace.admit import admit
from boardtrace.answer import ask
from boardtrace.digest import digest
from boardtrace.errors import AskedWrong, BadInput, BoardtraceError, Damaged, NotFound, Quarantined
from boardtrace.evidence import evidence, repairs
from boardtrace.facts import Ledger
from boardtrace.files import File, collect
from boardtrace.ingest import Options, archive_of, ingest
from boardtrace.kinds import DERIVED_BY
from boardtrace.mapping import Mapping, headers, proposed
from boardtrace.questions import QUESTIONS
from boardtrace.rehearsal import rehearse
from boardtrace.render import render
from boardtrace.replay import rebuild
from boardtrace.rows import shown
from boardtrace.settings import Settings
from boardtrace.signature import sign
from boardtrace.statement import load
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


def test_a_batch_that_another_version_took_agrees(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its rules the graph grew by something else; the rows are what is compared then."""
    with monkeypatch.context() as earlier:
        earlier.setattr("boardtrace.digest.delta", lambda _: "1" * 64)
        earlier.setattr("boardtrace.ingest.DERIVED_BY", "0.0.9")
        take(graph, tmp_path / "first", FIRST)
    assert verify(graph, quiet)[1] == []
    run(graph, "MATCH ()-[e:PLACED]->(:Unit {unit: 'U1'}) DELETE e")
    assert verify(graph, quiet)[1]


def test_a_node_of_many_edges_is_read_whole(graph: Graph, tmp_path: Path) -> None:
    lots = "".join(f"ACME,L{number},C-1\n" for number in range(1003))
    take(graph, tmp_path / "lots", {"lots": f"supplier,lot,part\n{lots}"})
    assert verify(graph, quiet)[1] == []
    for lot in ("L0", "L500", "L1002"):
        run(graph, "MATCH (:Supplier)-[e:SUPPLIED]->(:Lot {lot: $lot}) SET e.role = 'vendor'", lot=lot)
    assert sum("-[:SUPPLIED]->" in one for one in verify(graph, quiet)[1]) == len(("L0", "L500", "L1002"))


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
    ledger = two.endpoint.data / "ledger" / archive_of(two).graph / "facts.duckdb"
    ledger.write_bytes(ledger.read_bytes()[:5000] + b"\xff" * 100)
    with pytest.raises(Damaged, match="boardtrace rebuild"):
        verify(two, quiet)
    last, otherwise = rebuild(two, quiet)
    assert last is not None
    assert (last.number, otherwise) == (2, [])
    assert digest(two) == before
    assert verify(two, quiet)[1] == []
    assert answer(two, "recall lot", supplier="ACME", lot="L1") == rows
    take(two, tmp_path / "more", {"units": "unit,product\nU2,X\n"})
    assert verify(two, quiet)[1] == []


def test_what_another_version_read_otherwise_is_told(
    two: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_more(*given: Any) -> Any:
        counts, passed = admit(*given)
        counts.read, counts.quarantined = counts.read + 1, counts.quarantined + 1
        return counts, passed

    for number, version in enumerate(("0.0.9+rules.1", DERIVED_BY), 3):
        with monkeypatch.context() as patch:
            patch.setattr("boardtrace.ingest.admit", one_more)
            patch.setattr("boardtrace.ingest.DERIVED_BY", version)
            take(two, tmp_path / str(number), {"units": f"unit,product\nU{number},X\n"})
        if version == DERIVED_BY:
            said = f"batch {number} does not come out as it did when version"
            assert verify(two, quiet)[1][0].startswith(said)
            with pytest.raises(BoardtraceError, match=said):
                rebuild(two, quiet)
        else:
            assert verify(two, quiet)[1] == []
            (told,) = rebuild(two, quiet)[1]
            assert told.endswith(
                "1 read, 1 accepted, 0 duplicate, 0 quarantined where the chain has "
                "2 read, 1 accepted, 0 duplicate, 1 quarantined"
            )


# Changes that do not hide each other, and what `verify` says of each.
TAMPERED = [
    {
        "MATCH (u:Unit {unit: 'U1'}) SET u.product = 'X'": "Unit U1 of the graph is changed",
        "MATCH (u:Unit {unit: 'U2'}) SET u.colour = 'red'": "Unit U2 has colour that nothing said",
        "MATCH (u:Unit {unit: 'P1'}) SET u:Scrapped": "Unit P1 of the graph is changed",
        "CREATE (:Unit {unit: 'U3', state: 'in_stock'})": "Unit U3 of the graph is added",
        "CREATE (:Ghost)": "a node with labels Ghost that nothing made",
        "MATCH (:Run)-[p:PLACED]->(:Unit {unit: 'U1'}) SET p.ended_at = p.at": "U1) of the graph is",
        "MATCH (:Run)-[p:PLACED]->(:Unit {unit: 'U2'}) SET p.line = 7": "(Unit U2) of the graph is changed",
        "MATCH (:Run)-[t:TESTED]->(:Unit) SET t.at = toString(t.at)": "has at that nothing said",
        "MATCH (:Lot)-[f:FED]->(:Run) SET f.certain = false": "-[:FED]->",
        "MATCH (:Unit)-[m:MOUNTED_IN]->() DELETE m": "[:MOUNTED_IN]->(Unit P1) of the graph is missing",
        "MATCH (a:Unit {unit: 'U2'}), (s:Shipment) CREATE (a)-[:SHIPPED_IN]->(s)": "S1) of the graph is",
        "MATCH (a:Unit {unit: 'U2'}), (s:Shipment) CREATE (s)-[:SHIPPED_IN]->(a)": "that nothing made",
        "MATCH (q:Quarantined) SET q.line = 9": "Quarantined",
        "MATCH (s:Supplier) SET s.name = 'x'": "Supplier ACME of the graph is changed",
    },
    {
        "MATCH (u:Unit {unit: 'U1'}) REMOVE u:Unit": "a node with labels",
        "MATCH (u:Unit {unit: 'U2'}) DETACH DELETE u": "Unit U2 of the graph is missing",
        "MATCH (s:Supplier) SET s.supplier = datetime()": "Supplier",
        "MATCH (l:Lot)-[f:FED]->(r:Run) CREATE (l)-[n:FED]->(r) SET n = properties(f)": "-[:FED]->",
    },
    {
        "MATCH (u:Unit {unit: 'U1'}) SET u:Lot": "a node with labels",
        "MATCH (l:Lot {lot: 'R1'}) SET l:Supplier": "a node with labels",
        "MATCH (l:Lot {lot: 'L1'}) SET l:Unit": "a node with labels",
        "MATCH (b:Batch {number: 1}), (u:Unit {unit: 'U2'}) CREATE (b)-[:PLACED]->(u)": "that nothing made",
        "MATCH (r:Run)-[:TESTED]->(:Unit) CREATE (r)-[:PLACED]->(:Ghost)": "that nothing made",
    },
    {
        "MATCH (b:Batch {number: 1}) SET b.accepted = 9": "batch 1: the graph's accepted is 9",
        "MATCH (b:Batch {number: 2}) SET b.colour = 'red'": "Batch 2 has colour that nothing said",
    },
    {"MATCH (b:Batch {number: 2}) DELETE b": "the archive has 2 links, the graph 1 batches"},
]


@pytest.mark.parametrize("changes", TAMPERED, ids=lambda changes: f"{len(changes)} changes")
def test_every_change_of_the_graph_is_found(two: Graph, changes: dict[str, str]) -> None:
    for text in changes:
        run(two, text)
    found = verify(two, quiet)[1]
    for text, said in changes.items():
        assert any(said in one for one in found), (text, found)
    rebuild(two, quiet)
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


# As of --------------------------------------------------------------------------------------------


def test_an_earlier_batch_gives_the_same_bytes(two: Graph, tmp_path: Path) -> None:
    asked = {"supplier": "ACME", "lot": "L1", "by": "customer"}
    recall = QUESTIONS["recall lot"]
    take(two, tmp_path / "third", {"units": "unit,product\nU1,X\n"})
    links = two.read("links", lambda tx: tx.rows(load("digest/batches")))
    now = render(ask(two, recall, asked), "json")
    assert render(ask(two, recall, {**asked, "as_of": 3}), "json") == now
    take(
        two,
        tmp_path / "fourth",
        {"shipments": "shipment,shipped_at,customer,action\nS1,2026-01-04T00:00:00Z,CU,retract\n"},
    )
    assert render(ask(two, recall, asked), "json") != now
    assert render(ask(two, recall, {**asked, "as_of": 3}), "json") == now
    at = shown(links[2]["at"])
    assert render(ask(two, recall, {**asked, "as_of": at}), "ndjson") == render(
        ask(two, recall, {**asked, "as_of": 3}), "ndjson"
    )
    for wrong, said in (
        (9, "batches are 1 to 4"),
        (0, "batches are 1 to 4"),
        ("2020-01-01T00:00:00Z", "the first was recorded at"),
    ):
        with pytest.raises(AskedWrong, match=said):
            ask(two, recall, {**asked, "as_of": wrong})
    engine.stop(f"embedded:{next((two.endpoint.data / 'as-of').iterdir())}", Settings())


# Dry run ------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_the_ingest_does(two: Graph, tmp_path: Path) -> None:
    (two.endpoint.data / "asked.ndjson").unlink(missing_ok=True)
    for parameters in (
        {"supplier": "ACME", "lot": "L1"},
        {"supplier": "", "lot": "R1", "by": "customer"},
        {"supplier": "", "lot": "R1"},
    ):
        ask(two, QUESTIONS["recall lot"], parameters)
    before = digest(two)
    third = tmp_path / "third"
    third.mkdir()
    (third / "mounts.csv").write_text("child,parent,at\nU2,P2,2026-01-03T00:00:00Z\nU2,P3,never\n")
    found = rehearse(two, [third])
    assert (digest(two), verify(two, quiet)[1]) == (before, [])
    report = ingest(two, [third])
    said, did = asdict(found.report), asdict(report)
    assert {**said, "seconds": 0} == {**did, "seconds": 0}
    assert (report.batch, report.read, report.accepted, report.quarantined) == (3, 2, 1, 1)
    assert found.recalls == 3
    changes = {
        (c.question, c.parameters.get("by")): c for c in found.changes if c.parameters["lot"] == "R1"
    }
    assert changes["recall lot", None].added == ["P2"]
    assert changes["recall lot", None].changed == ["U2"]  # it has another top now
    assert ("recall lot", "customer") not in changes
    assert rehearse(two, [third]).report.batch is None
    with pytest.raises(Quarantined):
        rehearse(two, [third], strict=True)


# Quarantine ---------------------------------------------------------------------------------------


def test_a_row_made_good_leaves_the_quarantine(graph: Graph, tmp_path: Path) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "visits.csv").write_text(
        "sep=;\nunit;machine;started_at;note\nU1;M1;never;a\nU2;;2026-01-01T00:00:00Z;b\n"
    )
    (folder / "mixed.ndjson").write_text(
        '{"table": "units", "unit": "U1"}\n'
        '{"table": "tests", "unit": "U1", "kind": "AOI", "result": "maybe", "at": "2026-01-01T00:00:00Z"}\n'
    )
    ingest(graph, [folder])
    rows = ask(graph, QUESTIONS["quarantine"], {}).records()
    assert ask(graph, QUESTIONS["quarantine"], {"batch": 1}).records() == rows
    with pytest.raises(NotFound, match="no batch 2: the last is 1"):
        ask(graph, QUESTIONS["quarantine"], {"batch": "2"})
    assert [(row["batch"], row["file"], row["line"], row["column"]) for row in rows] == [
        (1, "mixed.ndjson", 2, "result"),
        (1, "visits.csv", 3, "started_at"),
        (1, "visits.csv", 4, "machine"),
    ]
    with pytest.raises(NotFound):  # what only a row in quarantine names is not there
        ask(graph, QUESTIONS["recall machine"], {"machine": "M1"})
    written = list(repairs(graph, rows, tmp_path / "out"))
    assert [path.name for path in written] == ["mixed.ndjson", "visits.csv"]
    for path in written:
        text = path.read_text()
        path.write_text(text.replace("never", "2026-01-01T00:00:00Z").replace("maybe", "pass"))
    report = ingest(graph, written)
    assert (report.accepted, report.quarantined) == (2, 1)
    left = ask(graph, QUESTIONS["quarantine"], {}).records()
    assert [(row["file"], row["column"]) for row in left] == [("visits.csv", "machine")] * 2
    assert verify(graph, quiet)[1] == []
    assert ingest(graph, written).batch is None


def test_the_record_behind_an_edge(graph: Graph, tmp_path: Path) -> None:
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "customers.csv").write_text('customer,name\nC1,"two\nlines"\nC2,\u2028\x0cx\nC3,y\n')
    (folder / "events.ndjson").write_text(
        '{"table":"mounts","child":"U1","parent":"P1","at":"2026-01-03T00:00:00Z"}\n'
    )
    ingest(graph, [folder])
    found = evidence(graph, 1, "customers.csv", 2)
    assert (found.header, found.record) == ("customer,name", 'C1,"two\nlines"')
    assert evidence(graph, 1, "customers.csv", 4).record == "C2,\u2028\x0cx"  # these end no line of a table
    assert evidence(graph, 1, "customers.csv", 5).record == "C3,y"
    link = graph.read(
        "m",
        lambda tx: (
            tx._inner.run("MATCH ()-[m:MOUNTED_IN]->() RETURN m.batch, m.file, m.line")
            .single(strict=True)
            .values()
        ),
    )
    assert '"child":"U1"' in evidence(graph, *link).record
    for wrong in ((2, "customers.csv", 1), (1, "customer.csv", 1), (1, "customers.csv", 99)):
        with pytest.raises(NotFound):
            evidence(graph, *wrong)


# Sites, mappings, signatures ----------------------------------------------------------------------


def test_two_sites_have_reels_of_their_own(graph: Graph, tmp_path: Path) -> None:
    rows = {
        "placements": "unit,at,supplier,lot,refdes,machine,operator\n"
        "U1,2026-01-01T00:00:00Z,,R1,C1,M1,O1\nU1,2026-01-01T00:00:00Z,ACME,L9,C2,M1,O1\n",
        "lot_moves": "kind,from_supplier,from_lot,to_supplier,to_lot\nreel,ACME,L1,,R1\n",
        "packing": "content,content_kind,supplier,container,at\nU1,unit,,B1,2026-01-02T00:00:00Z\n"
        "R1,lot,,B1,2026-01-02T00:00:00Z\nL9,lot,ACME,B1,2026-01-02T00:00:00Z\n",
        "shipments": "shipment,shipped_at,customer\nS1,2026-01-04T00:00:00Z,CU\n",
        "shipment_contents": "shipment,content,content_kind\nS1,B1,container\n",
        "aliases": "kind,id,alias\nunit,U1,SN-1\nlot,R1,REEL-1\nlot,ACME/L1,LOT-1\ncustomer,CU,Acme\n",
    }
    for site in ("A", "B"):
        folder = tmp_path / site
        folder.mkdir()
        for name, text in rows.items():
            (folder / f"{name}.csv").write_text(text)
        ingest(graph, [folder], Options(site=site))
    assert verify(graph, quiet)[1] == []
    recall = answer(graph, "recall lot", supplier="", lot="A:R1")
    assert [(row["unit"], row["container"], row["shipment"], row["customer"]) for row in recall] == [
        ("/A:R1", "A:B1", "A:S1", "CU"),
        ("A:U1", "A:B1", "A:S1", "CU"),
    ]
    assert {row["unit"] for row in answer(graph, "recall lot", supplier="ACME", lot="L1")} == {
        "A:U1",
        "B:U1",
        "/A:R1",
        "/B:R1",
    }
    assert {row["key"]["unit"] for row in answer(graph, "find", id="SN-1")} == {"A:U1", "B:U1"}
    assert {row["key"]["lot"] for row in answer(graph, "find", id="REEL-1")} == {"A:R1", "B:R1"}
    assert answer(graph, "find", id="M1") == [] or all(
        row["match"] == "near" for row in answer(graph, "find", id="M1")
    )
    with pytest.raises(AskedWrong, match="site: should be letters"):
        ingest(graph, [tmp_path / "A"], Options(site="a b"))


MAP = """
PLACE_*.csv:
  table: placements
  columns: {SerialNo: unit, Time: at, Reel: lot, Ref: refdes}
  values: {supplier: "", machine: M1}
  time: "%d.%m.%Y %H:%M:%S"
  zone: Europe/Berlin
"""


def test_foreign_headers_by_a_mapping(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP)
    times = [
        "28.03.2026 14:00:00",
        "29.03.2026 14:00:00",
        "29.03.2026 02:30:00",
        "25.10.2026 02:30:00",
        "25.10.2026 03:00:00",
        "x",
        "2026-01-01T00:00:00+01:00",
    ]
    rows = "".join(f"U{n};{at};R1;C1\n" for n, at in enumerate(times))
    (tmp_path / "PLACE_1.csv").write_text(f"SerialNo;Time;Reel;Ref\n{rows}")
    options = Options(mapping=tmp_path / "map.yaml")
    report = ingest(graph, [tmp_path / "PLACE_1.csv"], options)
    # the hour that is not there, the hour that is there twice, and what is no time
    assert [problem.line for problem in report.problems] == [4, 5, 7]
    placed = {n: answer(graph, "provenance unit", unit=f"U{n}")[0] for n in (0, 1, 4, 6)}
    assert [row["placed_at"] for row in placed.values()] == [
        "2026-03-28T13:00:00Z",
        "2026-03-29T12:00:00Z",
        "2026-10-25T02:00:00Z",
        "2025-12-31T23:00:00Z",
    ]
    assert {row["machine"] for row in placed.values()} == {"M1"}
    assert verify(graph, quiet)[1] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "line 1 column"),
        ("x.csv: {table: lot}", "no table 'lot'; tables are"),
        ("x.csv: {table: lots, columns: {a: partno}}", "lots has no column 'partno'; it has"),
        ("x.csv: {table: lots, columns: {a: part, b: part}}", "two columns mean part"),
        ("x.csv: {table: lots, zone: Berlin}", "no time zone is called 'Berlin'"),
        ("x.csv: {table: lots, time: '%d.%Q'}", "time: "),
        ("x.csv: {tabel: lots}", "should have table, columns"),
        ("- x", "should name files"),
    ],
)
def test_a_wrong_mapping_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(BadInput, match=re.escape(said)):
        Mapping.read(tmp_path / "map.yaml")


@pytest.mark.parametrize("name", ["x.csv", "x.ndjson"])
def test_a_mapped_column_counts_wherever_it_stands(tmp_path: Path, name: str) -> None:
    (tmp_path / "map.yaml").write_text("x*: {table: lots, columns: {No: lot}, values: {supplier: 00123}}")
    text = "no,lot\nL1,7\n" if name.endswith("csv") else '{"No": "L1", "lot": 7}\n'
    (tmp_path / name).write_text(text)
    options = Options(mapping=tmp_path / "map.yaml")
    with Ledger(tmp_path / "ledger") as ledger, ledger.transaction():
        _, passed = admit(ledger, 1, [File(name, tmp_path / name)], options, lambda *_: None)
        assert ledger.rows("SELECT supplier, lot FROM fact_lots") == [("00123", "L1")]
    assert "lot (of the file)" in passed.notes[0]


def test_a_mapping_is_proposed_from_the_header(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Serial Number;Timestamp;Reel ID;RefDes;Station\n1;2;3;4;5\n")
    entries = [proposed(name, header) for name, header in headers(tmp_path / "x.csv")]
    assert entries[0]["x.csv"]["table"] == "placements"
    assert entries[0]["x.csv"]["columns"] == {
        "serial number": "unit",
        "timestamp": "at",
        "reel id": "lot",
        "refdes": "refdes",
        "station": "machine",
    }
    assert entries[0]["x.csv"]["values"] == {"supplier": ""}
    (tmp_path / "y.csv").write_text("alpha,beta\n1,2\n")
    with pytest.raises(BadInput, match="no table has columns like alpha, beta"):
        proposed(*next(headers(tmp_path / "y.csv")))


def test_signed_files_prove_whose_they_are(graph: Graph, tmp_path: Path) -> None:
    keys = {name: Ed25519PrivateKey.generate() for name in ("ours", "theirs")}
    for name, key in keys.items():
        (tmp_path / f"{name}.pem").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        (tmp_path / f"{name}.pub").write_bytes(
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "customers.csv").write_text("customer\nC1\n")
    with pytest.raises(BadInput, match="must have signed them"):
        ingest(graph, [folder], signer=tmp_path / "theirs.pub")
    (folder / "boardtrace.sig").write_text(sign(collect([folder], tmp_path), tmp_path / "theirs.pem"))
    with pytest.raises(BadInput, match=r"not by ours\.pub"):
        ingest(graph, [folder], signer=tmp_path / "ours.pub")
    assert ingest(graph, [folder], signer=tmp_path / "theirs.pub").batch == 1
    last, found = verify(graph, quiet)
    assert found == []
    assert last is not None
    assert last.signed is not None
    assert base64.b64decode(last.signed["key"]) == keys["theirs"].public_key().public_bytes_raw()
    (folder / "customers.csv").write_text("customer\nC2\n")
    with pytest.raises(BadInput, match="not the files that were signed"):
        ingest(graph, [folder])


def test_messages_that_are_not_read_are_kept_as_evidence(two: Graph, tmp_path: Path) -> None:
    path = tmp_path / "m.ndjson"
    path.write_text('{"MessageName": "CFX.Heartbeat", "MessageBody": {}}\n', encoding="utf-8")
    before = digest(two)
    report = ingest(two, [path])
    assert (report.summary["batch"], report.accepted, report.notes) == (
        3,
        0,
        ["m.ndjson: 1 of CFX.Heartbeat: not read"],
    )
    assert ingest(two, [path]).batch is None
    assert (digest(two), verify(two, quiet)[1]) == (before, [])
    assert evidence(two, 3, "m.ndjson", 1).record.startswith('{"MessageName"')


def test_too_little_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOARDTRACE_MEMORY", "20m")
    much = "CREATE TABLE much AS SELECT list(repeat('x', 100) || i) AS all FROM range(1_000_000) r(i)"
    with Ledger(tmp_path) as ledger:
        with pytest.raises(BoardtraceError) as raised, ledger.transaction():
            ledger.db.execute(much)
        assert "BOARDTRACE_MEMORY" in raised.value.hint
        assert ledger.scalar("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'much'") == 0
