"""What `boardtrace doctor` says of a real graph, well and ill."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from boardtrace import doctor, doctor_beside, doctor_look, doctor_server
from boardtrace.cli import app
from boardtrace.doctor import examine
from boardtrace.engine import Endpoint
from boardtrace.errors import BoardtraceError
from boardtrace.graph import Graph
from boardtrace.schema import mend, migrate, migrations, missing
from boardtrace.statement import load
from semantics import fill, wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boardtrace.doctor import Found

PAGE = (Path(__file__).parents[1] / "docs" / "running.md").read_text(encoding="utf-8")
NAMES = {*doctor_server.CHECKS, *doctor_beside.CHECKS, "clock", "indexes"}
TABLES = {"suppliers": [{"supplier": "ACME"}], "machines": [{"machine": "M1"}]}


def said(graph: Graph) -> dict[str, Found]:
    found = examine(graph)
    assert len({row.check for row in found}) == len(found)
    return {row.check: row for row in found}


def ill(graph: Graph) -> dict[str, Found]:
    """What fails; a busy machine may well get a warning."""
    return {name: row for name, row in said(graph).items() if row.verdict == "fail"}


def run_raw(graph: Graph, text: str, **parameters: Any) -> None:
    with graph._driver.session(database=graph.endpoint.database) as session:
        session.run(text, parameters).consume()


@pytest.fixture
def graph(blank_graph: Graph) -> Iterator[Graph]:
    """A small graph with its ledger and archive; the schema is whole again afterwards."""
    fill(blank_graph, TABLES)
    yield blank_graph
    run_raw(blank_graph, "MATCH (n:Run) DETACH DELETE n")
    mend(blank_graph)
    assert not missing(blank_graph)


@pytest.fixture
def command(graph: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    there = graph.endpoint
    for name, value in {
        "GRAPH": there.label if there.label.startswith("embedded:") else there.uri,
        "USER": there.user,
        "PASSWORD": there.password,
        "DATABASE": there.database,
        "DATA": str(tmp_path),
    }.items():
        monkeypatch.setenv(f"BOARDTRACE_{name}", value)
    return lambda *words: CliRunner().invoke(app, words)


def test_a_graph_that_is_well(graph: Graph) -> None:
    found = said(graph)
    if graph.endpoint.label.startswith("embedded:"):
        assert {name for name, row in found.items() if row.verdict != "ok"} <= {"round trip", "disk"}
        assert "for a store of" in found["page cache"].found
    assert set(found) == NAMES
    assert all(row.change is None for row in found.values() if row.verdict == "ok")
    assert "as tested" in found["version"].found
    assert found["edition"].found.startswith("community: no replicas")
    assert found["batch"].found == "batch 1 is whole"
    assert found["ledger"].found.startswith("batch 1, ")
    assert found["archive"].found.startswith("batch 1 is in ")
    assert found["indexes"].found == f"all {len(migrations(graph))} are online"


def test_forms_and_exit_codes(graph: Graph, command: Callable[..., Any]) -> None:
    lines = [line for line in command("doctor").stdout.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in lines] == [row.verdict for row in examine(graph)]
    answer = json.loads(command("doctor", "--format", "json").stdout)
    assert [row["check"] for row in answer["rows"]] == [row.check for row in examine(graph)]
    assert all(list(row) == doctor.COLUMNS for row in answer["rows"])
    assert command("doctor").exit_code == 0
    run_raw(graph, "DROP INDEX machine_runs")
    broken = command("doctor")
    assert broken.exit_code == 1
    (shown,) = re.findall(r"^```text\n(fail .*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert shown in broken.stdout
    mended = command("schema", "--mend")
    assert mended.exit_code == 0
    assert "made again: 021 machine_runs" in mended.stderr
    assert command("doctor").exit_code == 0


def test_the_page_names_every_check() -> None:
    table = PAGE.split("\n| check |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)) == NAMES


def test_each_migration_makes_one_index_of_its_name(graph: Graph) -> None:
    rows = graph.read("test", lambda tx: tx.rows(load("doctor/indexes")))
    names = {row["name"] for row in rows}
    for migration in migrations(graph):
        assert len(names.intersection(migration.makes)) == 1, migration.name


@pytest.mark.parametrize("drop", ["DROP INDEX lot_code", "DROP CONSTRAINT lot_key"])
def test_what_was_dropped_is_named_and_made_again(graph: Graph, drop: str) -> None:
    run_raw(graph, drop)
    name = {"lot_code": "lot_code", "lot_key": "lot"}[drop.rpartition(" ")[2]]
    (row,) = ill(graph).values()
    assert (row.check, row.found, row.verdict) == (f"index {name}", "missing", "fail")
    assert "`boardtrace schema --mend`" in str(row.change)
    assert [migration.name for migration in mend(graph)] == [name]
    assert not ill(graph)
    assert not mend(graph)


def test_an_index_that_failed_is_named_and_made_again(graph: Graph) -> None:
    run_raw(graph, "DROP INDEX machine_runs")
    long = "CREATE (:Run {run: 'long', machine: $name, span: 1, first_at: datetime()})"
    run_raw(graph, long, name="x" * 9000)  # no index takes such a key
    run_raw(graph, load("schema/021_machine_runs").text)
    with pytest.raises(BoardtraceError):
        graph.apply(load("write/settled_indexes"), seconds=60)
    (row,) = ill(graph).values()
    assert row.check == "index machine_runs"
    assert row.found.startswith("failed: ")
    run_raw(graph, "MATCH (n:Run {run: 'long'}) DELETE n")
    assert [migration.name for migration in mend(graph)] == ["machine_runs"]
    assert not ill(graph)


def test_a_constraint_that_the_data_break_says_what_to_do(graph: Graph) -> None:
    run_raw(graph, "DROP CONSTRAINT run_key")
    run_raw(graph, "UNWIND [1, 2] AS n CREATE (:Run {run: 'twice'})")
    with pytest.raises(BoardtraceError, match="rebuild"):
        mend(graph)


def test_migrations_that_are_not_applied(graph: Graph) -> None:
    run_raw(graph, "MATCH (m:Migration {number: 21}) DELETE m")
    row = said(graph)["schema"]
    assert (row.found, row.verdict) == ("not applied yet: 021 machine_runs", "warn")
    migrate(graph)
    assert said(graph)["schema"].verdict == "ok"


def test_a_migration_that_was_edited(graph: Graph) -> None:
    kept = migrations(graph)[0].checksum
    run_raw(graph, "MATCH (m:Migration {number: 1}) SET m.checksum = 'other'")
    row = said(graph)["schema"]
    assert row.verdict == "fail"
    assert "001_supplier.cypher is not the file that was applied" in row.found
    run_raw(graph, "MATCH (m:Migration {number: 1}) SET m.checksum = $sum", sum=kept)


def test_a_new_graph(blank_graph: Graph) -> None:
    wipe(blank_graph)
    found = said(blank_graph)
    assert found["batch"].found == "none yet"
    assert {found[name].verdict for name in ("batch", "ledger", "archive")} == {"ok"}


def test_a_batch_that_was_broken_off(graph: Graph) -> None:
    run_raw(graph, "MATCH (b:Batch {number: 1}) SET b.done = false")
    row = said(graph)["batch"]
    assert (row.verdict, row.change) == ("fail", "`boardtrace resume`")
    run_raw(graph, "MATCH (b:Batch {number: 1}) SET b.done = true")


def elsewhere(graph: Graph, data: Path) -> Graph:
    there = graph.endpoint
    return Graph(Endpoint(there.label, there.uri, there.user, there.password, there.database, data), 60)


def test_the_ledger_of_another_graph(graph: Graph, tmp_path: Path) -> None:
    with elsewhere(graph, tmp_path) as far:
        row = said(far)["ledger"]
        assert (row.verdict, "no ledger of this graph" in row.found) == ("warn", True)
        assert "rebuild" in str(row.change)
        (tmp_path / "ledger" / "another").mkdir(parents=True)
        assert "another" in said(far)["ledger"].found
        assert said(far)["archive"].verdict != "ok"


def test_a_ledger_that_is_behind_ahead_or_other(graph: Graph) -> None:
    run_raw(graph, "CREATE (:Batch {number: 2, done: true, hash: 'x'})")
    row = said(graph)["ledger"]
    assert (row.verdict, row.found) == ("fail", "it knows 1 of 2 batches: nothing can be written")
    assert said(graph)["archive"].verdict in {"fail", "warn"}
    run_raw(graph, "MATCH (b:Batch {number: 2}) DELETE b")
    run_raw(graph, "MATCH (b:Batch {number: 1}) SET b.hash = reverse(b.hash)")
    assert "not that of the graph" in said(graph)["ledger"].found
    run_raw(graph, "MATCH (b:Batch {number: 1}) SET b.hash = reverse(b.hash), b.number = 0")
    assert said(graph)["ledger"].found.startswith("it knows batch 1, the graph 0")


def test_a_ledger_that_cannot_be_read_is_unknown(graph: Graph, tmp_path: Path) -> None:
    data = tmp_path / "copy"
    shutil.copytree(graph.endpoint.data / "ledger", data / "ledger")
    known = graph.read("test", lambda tx: tx.columns(load("digest/identity")))
    path = data / "ledger" / known["id"] / "facts.duckdb"
    path.write_bytes(b"no ledger at all" * 1000)
    with elsewhere(graph, data) as far:
        row = said(far)["ledger"]
    assert row.verdict == "unknown"
    assert "cannot be read" in row.found


def test_what_the_server_does_not_tell_is_unknown(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    # Community has no user without rights. So it is asked for what it refuses everybody: a procedure
    # that is not there, and settings that it does not list, as for somebody who may not see them.
    refused = {
        name: replace(load(name), text=text)
        for name, text in {
            "doctor/memory": "CALL dbms.notThere()",
            "doctor/components": "CALL dbms.notThere()",
            "doctor/settings": "SHOW SETTINGS 'not.there' YIELD name, value RETURN name, value",
        }.items()
    }
    monkeypatch.setattr(doctor_look, "load", lambda name: refused.get(name) or load(name))
    rows = [row for row in examine(graph) if row.verdict == "unknown"]
    found = {row.check: row.found for row in rows}
    assert set(found) >= {"edition", "heap", "memory", "page cache", "timeout", "load csv"}
    assert "dbms.notThere" in found["heap"]
    assert "this user may not see" in found["load csv"]


def test_a_graph_that_does_not_answer(command: Callable[..., Any]) -> None:
    result = command("doctor", "--graph", "bolt://127.0.0.1:1")
    assert result.exit_code == 3
    assert len(result.stderr.splitlines()) == 1


def test_nothing_is_written(graph: Graph, command: Callable[..., Any]) -> None:
    run_raw(graph, "MATCH (m:Migration {number: 21}) DELETE m")
    assert command("doctor").exit_code == 0
    assert next(one for one in migrations(graph) if one.number == 21).applied_at is None
    migrate(graph)
