"""The whole graph as Parquet, and back: what went out comes in, and nothing else does."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from boardtrace import digest as digest_of
from boardtrace import messages, plant, projection
from boardtrace.answer import ask
from boardtrace.bulk import Column, described
from boardtrace.cli import app
from boardtrace.digest import digest
from boardtrace.errors import AskedWrong, BadInput, BoardtraceError
from boardtrace.graph_in import take
from boardtrace.graph_out import export
from boardtrace.ingest import ingest, resume
from boardtrace.model import NODES
from boardtrace.questions import QUESTIONS
from boardtrace.render import render
from boardtrace.statement import load
from cfx_messages import envelope, write
from epcis_events import document, made, unit
from plants import every_trap, plants, write_csv
from semantics import fill, wipe
from test_measured import inspected
from test_semantics import EXAMPLES

if TYPE_CHECKING:
    from boardtrace.bulk import Manifest
    from boardtrace.graph import Graph
    from oracle import Tables


def quiet(_step: str, _done: int, _total: int) -> None:
    pass


def asked(graph: Graph, question: str, **parameters: str) -> bytes:
    return render(ask(graph, QUESTIONS[question], parameters), "json")


def sql(query: str) -> list[Any]:
    return duckdb.execute(query).fetchall()


def answers(graph: Graph) -> dict[str, bytes]:
    """The bytes of answers that between them say all that the graph holds, evidence included."""
    said = {name: asked(graph, name) for name in ("gaps", "findings", "quarantine", "batches")}
    for view in ("unit", "shipment", "customer", "lot", "gap"):
        said[view] = asked(graph, "recall lot", supplier="50%/2", lot="50%/2", by=view)
    said["measurements"] = asked(graph, "measurements", unit="U2")
    said["why"] = asked(graph, "why lot", unit="O50%/211", supplier="50%/2", lot="50%/2")
    return said


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _names(folder: Path) -> Path:
    """Another name for something of each kind, and what the traps have none of."""
    path = folder / "more.ndjson"
    known = {kind: (f"X{kind}", f"{kind}'s other name") for kind in NODES} | {"lot": ("50%/2/50%/2", "L")}
    rows = [{"table": "aliases", "kind": k, "id": id_, "alias": alias} for k, (id_, alias) in known.items()]
    at = "2026-01-03T00:00:00Z"
    visit = {"machine": "M1", "operator": "OP1", "program": "P1", "started_at": at}
    rows += [
        {"table": "programs", "program": "P1", "feeder": "F1", "refdes": "C1", "part": "X"},  # and no load
        {"table": "visits", "unit": "U1", **visit},
        {"table": "loads", "machine": "M1", "feeder": "F2", "supplier": "S", "lot": "L2", "loaded_at": at},
        {"table": "lots", "supplier": "S", "lot": "L2", "mpn": "M-1"},
        {"table": "processes", "unit": "U1", "at": at, "kind": "reflow", "parameters": '{"zone": [1, 2]}'},
        {"table": "shipments", "shipment": "D1", "shipped_at": at},
        {
            "table": "shipment_contents",
            "shipment": "D1",
            "content": "L2",
            "content_kind": "lot",
            "supplier": "S",
        },
        {"table": "service", "unit": "U1", "at": at, "kind": "firmware", "firmware": "F1"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def exported(
    blank_graph: Graph, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Manifest, dict[str, bytes]]:
    """An export of every trap, measurements at length and a row in quarantine; what the graph answered."""
    wipe(blank_graph)
    folder = tmp_path_factory.mktemp("tables")
    write_csv(every_trap(), folder)
    (folder / "customers.csv").write_text("customer,name,country\n,nobody,\nC1,one,DE\n")
    ingest(blank_graph, [folder, _names(folder)])
    ingest(blank_graph, [write(folder / "many.ndjson", [inspected("U2", 3000)])])
    (folder / "units.csv").write_text("unit\nU3\n")
    ingest(blank_graph, [folder / "units.csv"])
    target = folder / "new" / "export"
    manifest, notes = export(blank_graph, target, quiet)
    assert notes == []
    assert manifest.digest == digest(blank_graph)
    assert [path.name for path in target.parent.iterdir()] == ["export"]
    said = answers(blank_graph)
    return target, manifest, said


def test_what_went_out_comes_in(
    blank_graph: Graph, exported: tuple[Path, Manifest, dict[str, bytes]], tmp_path: Path
) -> None:
    folder, manifest, said = exported
    wipe(blank_graph)
    assert take(blank_graph, folder, quiet) == manifest
    assert answers(blank_graph) == said
    again, notes = export(blank_graph, tmp_path / "again", quiet)
    assert (again, notes) == (manifest, [])
    assert files(tmp_path / "again") == files(folder)
    assert [file.name for file in manifest.files if not file.rows] == []  # or this shows little

    # a copy answers, and is not written to
    (tmp_path / "units.csv").write_text("unit\nU4\n")
    with pytest.raises(BoardtraceError, match=r"is a copy of batch 3 by .*nothing can be written to it"):
        ingest(blank_graph, [tmp_path / "units.csv"])
    with pytest.raises(BoardtraceError, match="is a copy of batch 3"):
        resume(blank_graph)
    with pytest.raises(BoardtraceError, match=r"the archive .* has no batch 1"):
        ask(blank_graph, QUESTIONS["gaps"], {"as_of": 1})
    with pytest.raises(AskedWrong, match="takes no import: it holds batch 3"):
        take(blank_graph, folder, quiet)


def test_columns_are_of_the_type_they_should_be(exported: tuple[Path, Manifest, dict[str, bytes]]) -> None:
    folder, manifest, _ = exported

    def types(name: str) -> dict[str, str]:
        return {column: of for column, of, *_ in sql(f"DESCRIBE FROM '{folder / name}'")}

    lots, fed = types("nodes/Lot.parquet"), types("edges/Lot-FED-Run.parquet")
    assert lots["received_at"] == "TIMESTAMP WITH TIME ZONE"
    assert lots["other_received_at"] == "TIMESTAMP WITH TIME ZONE[]"
    assert (lots["numbers"], lots["quantity"]) == ("VARCHAR[]", "DOUBLE")
    assert (fed["certain"], fed["refdes"], fed["line"]) == ("BOOLEAN", "VARCHAR[]", "BIGINT")
    assert types("nodes/Run.parquet")["span"] == "INTEGER"
    assert list(types("edges/Unit-PACKED_IN-Container.parquet")) == [
        "src", "dst", "type", "src_unit", "dst_container", "at", "until", "current",
        "batch", "file", "line",
    ]  # fmt: skip
    odd = sql(f"SELECT id FROM '{folder}/nodes/Lot.parquet' WHERE supplier = '50%/2'")
    assert odd == [("Lot:50%25%2F2/50%/2",)]
    nodes = f"(SELECT id FROM read_parquet('{folder}/nodes/*.parquet', union_by_name = true))"
    edges = f"read_parquet('{folder}/edges/*.parquet', union_by_name = true)"
    assert sql(f"SELECT count(*), count(DISTINCT id) FROM {nodes}") == [(manifest.nodes, manifest.nodes)]
    loose = f"FROM {edges} WHERE src NOT IN {nodes} OR dst NOT IN {nodes}"
    assert sql(f"SELECT count(*) {loose}") == [(0,)]


def test_sql_of_the_documentation_gives_the_recall(
    blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(blank_graph)
    story = plant.build(tmp_path / "plant", boards=plant.LEAST_BOARDS)
    ingest(blank_graph, [tmp_path / "plant", write(tmp_path / "many.ndjson", [inspected("U2", 3000)])])
    export(blank_graph, tmp_path / "export", quiet)
    monkeypatch.chdir(tmp_path / "export")
    page = (Path(__file__).parents[1] / "docs/export.md").read_text(encoding="utf-8")
    boards, measured, came = re.findall(r"^```sql\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert f"'Lot:{story.supplier}/{story.lot}'" in boards
    *reels, (none, whole) = sql(boards)
    recalled = ask(blank_graph, QUESTIONS["recall lot"], {"supplier": story.supplier, "lot": story.lot})
    exposed = [row["unit"] for row in recalled.records() if row["kind"] == "board"]
    assert (none, whole) == (None, len(exposed))
    assert max(count for _, count in reels) < whole <= sum(count for _, count in reels)
    assert {row[0] for row in sql(measured)} == {"U2"}
    assert messages.export(blank_graph, tmp_path / "export/messages.parquet") == 1
    ((unit, _, json_),) = sql(came)
    assert unit == "U2"
    assert json.loads(json_)["MessageBody"]["InspectedUnits"][0]["UnitIdentifier"] == "U2"


def _reach(graph: Graph, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have commands ask this graph, and keep what is beside it in this folder."""
    there = graph.endpoint
    given = {"GRAPH": there.uri, "USER": there.user, "PASSWORD": there.password, "DATA": str(data)}
    for name, value in given.items():
        monkeypatch.setenv(f"BOARDTRACE_{name}", value)


def test_messages_as_they_came(blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wipe(blank_graph)
    _reach(blank_graph, tmp_path / "elsewhere", monkeypatch)
    said = [inspected("U1", 3), envelope("Unheard", {"Blä": "Ω" * 3_000_000}), inspected("U2", 2)]
    write(tmp_path / "one.ndjson", said[:2])
    (tmp_path / "rows.csv").write_text("unit\nU3\n")
    (tmp_path / "rows.csv").rename(tmp_path / "units.csv")
    ingest(blank_graph, [tmp_path])
    goods = document(made(unit(1)), made(unit(2)))
    text = json.dumps(goods, indent=1)
    first, second = (line for line, said in enumerate(text.splitlines(), 1) if said == "   {")
    (tmp_path / "events.json").write_text(text)
    (tmp_path / "two.ndjson").write_text(json.dumps(said[2]) + '\n{"MessageName": "CFX.Broken\n')
    ingest(blank_graph, [tmp_path / "two.ndjson", tmp_path / "events.json"])
    file = tmp_path / "messages.parquet"
    assert messages.export(blank_graph, file) == 6
    found = sql(f"SELECT batch, file, line, format, name, json FROM '{file}' ORDER BY ALL")
    assert [row[:5] for row in found] == [
        (1, "one.ndjson", 1, "cfx", "CFX.Production.TestAndInspection.UnitsInspected"),
        (1, "one.ndjson", 2, "cfx", "CFX.Production.Unheard"),
        (2, "events.json", 1, "epcis", "EPCISDocument"),
        (2, "events.json", first, "epcis", "ObjectEvent"),
        (2, "events.json", second, "epcis", "ObjectEvent"),
        (2, "two.ndjson", 1, "cfx", "CFX.Production.TestAndInspection.UnitsInspected"),
    ]
    came = [json.loads(row[5]) for row in found]
    assert [came[0], came[1], came[5]] == said
    assert came[3:5] == goods["epcisBody"]["eventList"]
    for where, why in (
        (file, "is there already"),
        (tmp_path / "new.parquet", "has no batch of this graph"),
    ):
        result = CliRunner().invoke(app, ["export", "messages", str(where)])
        assert result.exit_code in {1, 2}
        assert why in result.stderr.splitlines()[-1]
    assert not (tmp_path / "new.parquet").exists()


@pytest.mark.parametrize(
    ("name", "of", "value"),
    [
        ("at", "BIGINT", 253402300799_999999),
        ("ats", "BIGINT[]", [1, None, 1_700_000_000_123_456]),
        ("span", "BIGINT[]", [3, 0, -1]),
        ("weeks", "INTEGER[]", [1, 2]),
        ("names", "VARCHAR[]", ["", "a b"]),
        ("names", "VARCHAR[]", []),
        ("share", "DOUBLE", 0.1),
    ],
)
def test_values_of_every_type_come_back(tmp_path: Path, name: str, of: str, value: Any) -> None:
    column, path = Column(name, of, "known as"), tmp_path / "one.parquet"
    said = f"(SELECT {str(value).replace('None', 'NULL')}::{of} AS {name})"
    sql(f"COPY (SELECT {column.written()} AS \"known as\" FROM {said}) TO '{path}'")
    assert sql(f"DESCRIBE FROM '{path}'")[0][1] == column.type
    assert ("TIMESTAMP" in column.type) == name.startswith("at")
    assert sql(f"SELECT {column.read()} FROM '{path}'") == [(value,)]


def test_commands_say_what_they_did(
    blank_graph: Graph,
    exported: tuple[Path, Manifest, dict[str, bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wipe(blank_graph)
    there = blank_graph.endpoint
    _reach(blank_graph, tmp_path, monkeypatch)
    folder, manifest, _ = exported
    done = CliRunner().invoke(app, ["import", str(folder)])
    batch = f"batch 3 ({manifest.hash[:12]})"
    assert done.stdout == f"the graph is that of {batch}\ndigest {manifest.digest}, as exported\n"
    done = CliRunner().invoke(app, ["export", "graph", str(tmp_path / "export")])
    counts = f"{manifest.nodes:,} nodes and {manifest.edges:,} edges"
    assert done.stdout == f"{batch}: {counts} in {tmp_path / 'export'}\ndigest {manifest.digest}\n"
    again = CliRunner().invoke(app, ["import", str(folder)])
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.splitlines()[-1].startswith(f"boardtrace: {there.uri}")
    assert again.stderr.endswith("takes no import: it holds batch 3; name a new one, or empty this one\n")


def _changed(folder: Path) -> str:
    with (folder / "edges/Lot-FED-Run.parquet").open("r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))
    return r"Lot-FED-Run.parquet is not the file that was exported"


def _gone(folder: Path) -> str:
    (folder / "nodes/Unit.parquet").unlink()
    return r"Unit.parquet is missing"


def _listed(folder: Path, change: Any) -> None:
    said = json.loads((folder / "manifest.json").read_text())
    change(said)
    (folder / "manifest.json").write_text(json.dumps(said))


def _unlisted(folder: Path) -> str:
    _listed(folder, lambda said: said["files"].pop(0))
    return r"Unit.parquet is missing to this version"


def _unknown(folder: Path) -> str:
    _listed(folder, lambda said: said["files"].append({**said["files"][0], "name": "../../x.parquet"}))
    return r"x.parquet is no file of an export"


def _no_manifest(folder: Path) -> str:
    (folder / "manifest.json").unlink()
    return r"manifest.json is missing.*boardtrace export graph"


def _other_form(folder: Path) -> str:
    _listed(folder, lambda said: said.update(form=2))
    return r"manifest.json: no manifest of an exported graph: form: "


def _other_columns(folder: Path) -> str:
    path = folder / "nodes/Alias.parquet"
    duckdb.read_parquet(str(path)).project("*, 1 AS further").write_parquet(f"{path}.new")
    Path(f"{path}.new").replace(path)
    file = described(folder, "nodes/Alias.parquet", 0)  # as a later version would
    mend = {"bytes": file.bytes, "sha256": file.sha256}
    _listed(folder, lambda said: [f.update(mend) for f in said["files"] if f["name"] == file.name])
    return r"Alias.parquet: another version's columns: further"


@pytest.mark.parametrize(
    "spoil", [_changed, _gone, _unlisted, _unknown, _no_manifest, _other_form, _other_columns]
)
def test_another_folder_than_was_exported_is_refused(
    blank_graph: Graph, exported: tuple[Path, Manifest, dict[str, bytes]], tmp_path: Path, spoil: Any
) -> None:
    folder = tmp_path / "export"
    shutil.copytree(exported[0], folder)
    what = spoil(folder)
    wipe(blank_graph)
    with pytest.raises(BadInput, match=what):
        take(blank_graph, folder, quiet)
    assert blank_graph.read("test", lambda tx: tx.columns(load("export/imported")))["filled"] is False


def test_an_export_is_whole_or_not_there(
    blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(blank_graph)
    target = tmp_path / "export"
    target.mkdir()
    with pytest.raises(BoardtraceError, match="holds no batch"):
        export(blank_graph, target, quiet)
    tables = tmp_path / "units.csv"
    tables.write_text("unit\nU1\n")
    ingest(blank_graph, [tables])
    read = digest_of.got

    def overtaken(*given: Any) -> list[str]:
        tables.write_text("unit\nU2\n")
        ingest(blank_graph, [tables])
        return read(*given)

    with monkeypatch.context() as patch:
        patch.setattr(digest_of, "got", overtaken)
        with pytest.raises(BoardtraceError, match="batch 2 came while"):
            export(blank_graph, target, quiet)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export", "units.csv"]
    assert export(blank_graph, target, quiet)[0].nodes == 2
    with pytest.raises(AskedWrong, match="is there and not empty"):
        export(blank_graph, target, quiet)
    with pytest.raises(AskedWrong, match="is there and not empty"):
        export(blank_graph, tables, quiet)

    def past_the_ledger(tx: Any) -> None:
        tx._inner.run("MATCH (u:Unit {unit: 'U1'}) SET u.product = 'P'").consume()

    blank_graph.write("test", past_the_ledger)
    _, (note,) = export(blank_graph, tmp_path / "changed", quiet)
    assert "not what its batches say" in note


class Cut(Exception):
    pass


def test_an_import_that_breaks_off_is_finished(
    blank_graph: Graph,
    exported: tuple[Path, Manifest, dict[str, bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, manifest, said = exported
    wipe(blank_graph)
    monkeypatch.setattr(projection, "_CHUNK", 100)

    def cut(step: str, done: int, total: int) -> None:
        if step == "write" and done > total / 2:
            raise Cut

    with pytest.raises(Cut):
        take(blank_graph, folder, cut)
    found = ask(blank_graph, QUESTIONS["findings"], {})
    assert found.meta["complete"] == "batch 3 is not written to its end yet"
    with pytest.raises(BoardtraceError, match="batch 3 is not written to its end"):
        export(blank_graph, tmp_path / "half", quiet)
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    _listed(other, lambda said: said.update(version="0.0.9"))
    with pytest.raises(AskedWrong, match="has a part of another export"):
        take(blank_graph, other, quiet)
    written = []
    take(blank_graph, folder, lambda step, done, _: written.append((step, done)))
    assert ("write", manifest.nodes + manifest.edges) in written
    assert answers(blank_graph) == said


@given(tables=plants())
@settings(EXAMPLES, max_examples=2)
def test_any_plant_goes_out_and_comes_in(blank_graph: Graph, tables: Tables) -> None:
    fill(blank_graph, tables)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest, notes = export(blank_graph, folder / "one", quiet)
        assert notes == []
        wipe(blank_graph)
        assert take(blank_graph, folder / "one", quiet) == manifest  # which compares the digests
