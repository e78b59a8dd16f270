"""The command line, in this process and as a process, on a real graph."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn, get_args

import duckdb
import pytest
import typer
from typer.testing import CliRunner

from boardtrace import answer as answering
from boardtrace import demo as storytelling
from boardtrace import engine
from boardtrace.answer import ask
from boardtrace.cli import app, command
from boardtrace.cli_common import Form
from boardtrace.ingest import FORMATS
from boardtrace.questions import QUESTIONS, Why
from boardtrace.render import FORMS, render
from boardtrace.settings import Settings
from semantics import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    from boardtrace.graph import Graph
    from boardtrace.questions import Question

    Run = Callable[..., Result]

RECALL = ("recall", "lot", "KAIYO", "L2407-03")
EXAMPLES = [
    pytest.param(question, example, id=command(question, example).removeprefix("boardtrace "))
    for question in QUESTIONS.values()
    for example in question.statement.examples
]


def environment(graph: Graph, data: Path) -> dict[str, str]:
    """What makes the command line speak to this very graph, its ledger included."""
    values = {
        "BOARDTRACE_GRAPH": graph.endpoint.uri,
        "BOARDTRACE_USER": graph.endpoint.user,
        "BOARDTRACE_PASSWORD": graph.endpoint.password,
        "BOARDTRACE_DATABASE": graph.endpoint.database,
        "BOARDTRACE_DATA": str(data),
    }
    kept = engine.connect(graph.endpoint.uri, Settings(data=data)).data
    kept.symlink_to(graph.endpoint.data, target_is_directory=True)
    return values


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@pytest.fixture
def plant(demo_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Graph:
    for name, value in environment(demo_graph, tmp_path).items():
        monkeypatch.setenv(name, value)
    return demo_graph


@pytest.fixture
def empty(blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Graph:
    wipe(blank_graph)
    for name, value in environment(blank_graph, tmp_path).items():
        monkeypatch.setenv(name, value)
    return blank_graph


@pytest.fixture
def process(plant: Graph) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    del plant  # only its environment

    def start(*words: str, **more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "boardtrace", *words],
            capture_output=True,
            check=False,
            env={**os.environ, **more},
            timeout=60,
        )

    return start


def one_line(error: str) -> str:
    """The error's own line: the last, after the one that names the graph."""
    lines = error.splitlines()
    assert "Traceback" not in error
    assert lines[-1].startswith("boardtrace: ")
    assert all("(Neo4j/" in line for line in lines[:-1])
    return lines[-1]


# Questions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "example"), EXAMPLES)
def test_example_of_the_help_runs(question: Question, example: dict[str, Any], plant: Graph) -> None:
    line = command(question, example)
    assert f"\n    {line}\n" in run(*words_of(question), "--help").stdout
    words = shlex.split(line)[1:]
    result = run(*words, "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert result.stdout_bytes == render(ask(plant, question, example), "json")
    assert result.stderr.count(plant.endpoint.uri) == 1
    assert len(result.stderr.splitlines()) == 1
    assert json.loads(result.stdout)["rows"] or question.name == "quarantine"
    people = run(*words)
    assert people.exit_code == 0, people.stderr
    assert "complete" in people.stdout


def words_of(question: Question) -> list[str]:
    """The words of its command; a `why` has the unit among them."""
    first, *rest = question.name.split()
    return [first, "UNIT", *rest] if isinstance(question, Why) else [first, *rest]


def test_every_question_has_a_command_with_its_parameters() -> None:
    for question in QUESTIONS.values():
        shown = run(*words_of(question), "--help").stdout
        required = [
            key.upper() for key, field in question.asked.model_fields.items() if field.is_required()
        ]
        if isinstance(question, Why):
            assert "boardtrace why {UNIT} " in shown.splitlines()[0]
            required.remove("UNIT")
        assert " ".join(f"{{{key}}}" for key in required) in shown.splitlines()[0]
        for key, field in question.asked.model_fields.items():
            word = key.upper() if field.is_required() else f"--{(field.alias or key).replace('_', '-')}"
            assert word in shown


def test_forms_are_those_of_the_renderer() -> None:
    assert get_args(Form) == ("table", *FORMS)


@pytest.mark.usefixtures("plant")
def test_json_is_one_document() -> None:
    document = json.loads(run(*RECALL, "--by", "customer", "--format", "json").stdout_bytes)
    assert document["meta"]["question"] == "recall lot"
    assert document["meta"]["parameters"] == {"supplier": "KAIYO", "lot": "L2407-03", "by": "customer"}
    assert document["meta"]["rows"] == len(document["rows"])


@pytest.mark.usefixtures("plant")
def test_ndjson_ends_with_its_digest() -> None:
    *rows, last = run(*RECALL, "--format", "ndjson").stdout_bytes.splitlines(keepends=True)
    assert json.loads(last)["sha256"] == hashlib.sha256(b"".join(rows)).hexdigest()
    assert json.loads(last)["meta"]["rows"] == len(rows)


@pytest.mark.usefixtures("plant")
def test_csv_has_a_header_and_all_rows() -> None:
    result = run(*RECALL, "--class", "past", "--format", "csv")
    header, *rows = csv.reader(io.StringIO(result.stdout_bytes.decode(), newline=""))
    assert {row[header.index("class")] for row in rows} == {"past"}


@pytest.mark.usefixtures("plant")
def test_parquet_is_bytes(tmp_path: Path) -> None:
    file = tmp_path / "recall.parquet"
    file.write_bytes(run(*RECALL, "--format", "parquet").stdout_bytes)
    with duckdb.connect() as database:
        row = database.execute("SELECT count(*) FROM read_parquet(?)", [str(file)]).fetchone()
    assert row
    assert row[0] > 3000


@pytest.mark.usefixtures("plant")
def test_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert all(len(line) <= 80 for line in run(*RECALL).stdout.splitlines())
    monkeypatch.delenv("COLUMNS")
    assert "shipped_at" in run(*RECALL).stdout.splitlines()[0]  # into a pipe goes all of it


def test_graph_is_named_before_the_command_or_after(plant: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOARDTRACE_GRAPH", "bolt://127.0.0.1:1")
    assert run("find", "KAIYO").exit_code == 3
    assert run("--graph", plant.endpoint.uri, "find", "KAIYO").exit_code == 0
    assert run("find", "KAIYO", "--graph", plant.endpoint.uri).exit_code == 0
    assert (
        run("--graph", "bolt://127.0.0.1:1", "find", "KAIYO", "--graph", plant.endpoint.uri).exit_code == 0
    )


# What goes wrong -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("recall", "lot", "KAIYO", "L2407-3"), "no lot KAIYO/L2407-3; did you mean "),
        (("recall", "lot", "ALPINE", "L2407-03"), "did you mean KAIYO/L2407-03, NORDIC/L2407-03?"),
        (("history", "GW1-03399"), "no unit GW1-03399; did you mean GW1-003399"),
        (("history", "gw1-003399"), "no unit gw1-003399; did you mean GW1-003399"),
        (("recall", "machine", "smt1-pm1"), "did you mean SMT1-PM1"),
        (("provenance", "container", "nowhere at all"), "no container nowhere at all"),
        (
            ("history", "GW1-003399", "--as-of", "yesterday"),
            "as_of: should be the number of a batch, or a time with an offset, not 'yesterday'",
        ),
        (("history", ""), "unit: "),
        (("history", "GW1\x1b[2J"), r"no unit GW1\x1b[2J"),
    ],
)
def test_asked_wrong_is_one_line_and_1(words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert says in one_line(result.stderr)
    assert not result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("recall", "lot", "KAIYO"), "Missing argument 'LOT'"),
        (("find", "x", "--nonsense"), "--nonsense"),
        (("find", "x", "--kind", "thing"), "'thing' is not one of 'unit', 'lot'"),
        (("find", "x", "--format", "xml"), "'xml' is not one of 'table', 'json'"),
        (("recal", "lot"), "Did you mean 'recall'?"),
        (("ingest",), "Missing argument"),
        (("serve", "--port", "99999999"), "65535"),
    ],
)
def test_usage_is_2(words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert says in one_line(result.stderr)


@pytest.mark.parametrize("words", [("find", "KAIYO"), ("schema",), ("ingest", ".")])
def test_graph_that_does_not_answer_is_3(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOARDTRACE_DATA", str(tmp_path))
    began = time.monotonic()
    result = run("--graph", "bolt://127.0.0.1:1", *words)
    assert result.exit_code == 3
    assert "bolt://127.0.0.1:1 does not answer" in one_line(result.stderr)
    assert time.monotonic() - began < 5


def test_what_the_driver_logs_is_no_second_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "boardtrace", "--graph", "neo4j://127.0.0.1:1", "gaps"],
        capture_output=True,
        check=False,
        env={**os.environ, "BOARDTRACE_DATA": str(tmp_path)},
    )
    assert done.returncode == 3
    assert "neo4j://127.0.0.1:1 does not answer" in one_line(done.stderr.decode())


@pytest.mark.usefixtures("plant")
def test_wrong_password_is_3_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOARDTRACE_PASSWORD", "not-this-one")
    result = run("find", "KAIYO")
    assert result.exit_code == 3
    assert "BOARDTRACE_PASSWORD" in one_line(result.stderr)
    assert "not-this-one" not in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BOARDTRACE_GRAPH", "http://127.0.0.1", "no graph is called 'http://127.0.0.1'"),
        ("BOARDTRACE_GRAPH", "bolt://me:secret@127.0.0.1", "names a user"),
        ("BOARDTRACE_TIMEOUT", "soon", "BOARDTRACE_TIMEOUT: "),
    ],
)
def test_wrong_setting_is_named(name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    result = run("find", "KAIYO")
    assert result.exit_code == 1
    assert says in one_line(result.stderr)
    assert "secret" not in result.stderr


@pytest.mark.usefixtures("plant")
def test_a_bug_is_one_line_and_a_trace_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> NoReturn:
        raise KeyError("something")

    monkeypatch.setattr(answering, "ask", broken)
    result = run("find", "KAIYO")
    assert result.exit_code == 1
    assert "BOARDTRACE_DEBUG=1 shows where" in one_line(result.stderr)
    monkeypatch.setenv("BOARDTRACE_DEBUG", "1")
    assert "Traceback" in run("find", "KAIYO").stderr


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), RuntimeError("Query interrupted")], ids=["ours", "duckdb"]
)
def test_interrupt_is_130_and_a_line(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> NoReturn:
        raise error

    monkeypatch.setattr(answering, "ask", interrupted)
    result = run("find", "KAIYO")
    assert result.exit_code == 130
    assert one_line(result.stderr) == "boardtrace: interrupted"


# Processes -----------------------------------------------------------------------------------------


def test_process_writes_bytes_and_ends(
    process: Callable[..., subprocess.CompletedProcess[bytes]], plant: Graph
) -> None:
    done = process(*RECALL, "--format", "csv")
    question = QUESTIONS["recall lot"]
    assert done.returncode == 0
    assert done.stdout == render(ask(plant, question, {"supplier": "KAIYO", "lot": "L2407-03"}), "csv")
    assert one_line(done.stderr.decode()).startswith(f"boardtrace: {plant.endpoint.uri} (Neo4j/")


def test_process_with_a_plain_terminal(process: Callable[..., subprocess.CompletedProcess[bytes]]) -> None:
    done = process(*RECALL, "--by", "customer", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("ascii")


def test_process_exit_codes(process: Callable[..., subprocess.CompletedProcess[bytes]]) -> None:
    assert process("--version").stdout.startswith(b"boardtrace ")
    assert process("history", "nobody").returncode == 1
    assert process("find").returncode == 2


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_reader_that_has_seen_enough(unbuffered: str) -> None:
    words = [sys.executable, "-m", "boardtrace", *RECALL, "--format", "csv"]
    variables = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline().startswith(b"unit,")
        running.stdout.close()
        one_line(running.stderr.read().decode())
    assert running.returncode == 141


def test_help_loads_no_driver() -> None:
    heavy = {"neo4j", "duckdb", "fastapi", "rich.table"}
    code = "import sys, boardtrace.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert not heavy & {*done.stdout.split()}


# The graph -----------------------------------------------------------------------------------------


def commands(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, found
    for name, inner in getattr(found, "commands", {}).items():
        yield from commands(inner, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands(typer.main.get_command(app))], ids=" ".join)
def test_every_command_says_what_it_does(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    found = dict(commands(typer.main.get_command(app)))[path]
    assert found.help
    assert all(parameter.help for parameter in found.params)


def test_sources_are_those_that_can_be_read() -> None:
    assert f"<{'|'.join(FORMATS)}>" in run("ingest", "--help").stdout


@pytest.mark.usefixtures("plant")
def test_schema_lists_every_migration() -> None:
    result = run("schema")
    assert result.exit_code == 0
    assert result.stdout.startswith("001 supplier")
    assert "not applied" not in result.stdout
    rows = json.loads(run("schema", "--format", "json").stdout)["rows"]
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(len(row["checksum"]) == 64 for row in rows)


def test_engine_that_was_never_started(tmp_path: Path) -> None:
    graph = f"embedded:{tmp_path}"
    for name in ("status", "stop"):
        result = run("engine", name, "--graph", graph)
        assert result.exit_code == 0
        assert f"graph    {graph}\nengine   stopped\n" in result.stdout


def test_engine_that_runs(blank_graph: Graph) -> None:
    if not blank_graph.endpoint.label.startswith("embedded:"):
        pytest.skip("only an embedded graph has an engine of ours")
    for name in ("status", "start"):
        result = run("--graph", blank_graph.endpoint.label, "engine", name)
        assert result.exit_code == 0
        assert (
            f"engine   ready\nversion  Neo4j 2026.09.0\naddress  {blank_graph.endpoint.uri}\n"
            in result.stdout
        )


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize("name", ["start", "status", "stop"])
def test_engine_of_another_server_is_not_ours(name: str) -> None:
    result = run("engine", name)
    assert result.exit_code == 1
    assert "is no embedded graph" in one_line(result.stderr)


# Ingest --------------------------------------------------------------------------------------------


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    folder.joinpath("lots.csv").write_text("supplier,lot,part,colour\nCLI,L1,P1,red\nCLI,L2,P1,red\n")
    folder.joinpath("placements.csv").write_text(
        "unit,at,supplier,lot,refdes\n"
        "CLI-1,2024-01-01T00:00:00Z,CLI,L1,R1\n"
        "CLI-2,yesterday,CLI,L1,R1\n"
        "CLI-3,2024-01-01T00:00:00Z,CLI,,R1\n"
    )
    return folder


@pytest.mark.usefixtures("empty")
def test_ingest_reports_every_row(tables: Path) -> None:
    result = run("ingest", str(tables), "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {
        "batch": 1,
        "read": 5,
        "accepted": 3,
        "duplicate": 0,
        "quarantined": 2,
    }
    assert "placements.csv:3: at: " in result.stderr
    assert "placements.csv:4: lot: " in result.stderr
    assert "note: lots.csv: unknown column colour" in result.stderr
    again = run("ingest", str(tables))
    assert again.exit_code == 0, again.stderr
    assert "nothing new" in again.stdout
    assert "duplicate              3\n" in again.stdout
    assert "placements.csv:3: at: " in again.stdout
    assert run("find", "CLI-1", "--kind", "unit").stdout.startswith("kind")


@pytest.mark.usefixtures("empty")
def test_strict_writes_nothing_and_is_4(tables: Path) -> None:
    result = run("ingest", str(tables), "--strict", "--format", "json")
    assert result.exit_code == 4
    assert "2 of 5 rows cannot be used" in one_line(result.stderr)
    assert not result.stdout
    tables.joinpath("placements.csv").unlink()
    assert json.loads(run("ingest", str(tables), "--strict", "--format", "json").stdout)["batch"] == 1


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize("words", [("nowhere.csv",), ("nowhere.csv", "--format", "json")])
def test_ingest_of_nothing_is_1(words: tuple[str, ...]) -> None:
    result = run("ingest", *words)
    assert result.exit_code == 1
    assert "nowhere.csv: no such file" in one_line(result.stderr)
    assert not result.stdout


@pytest.mark.usefixtures("empty")
def test_standard_input() -> None:
    def given(words: list[str], data: bytes) -> Result:
        return CliRunner().invoke(app, ["ingest", *words, "--format", "json"], input=data)

    named = given(["-", "--name", "units.csv"], b"unit,kind\nIN-1,board\n")
    assert json.loads(named.stdout)["accepted"] == 1, named.stderr
    own = given(["-"], b'\xef\xbb\xbf{"table": "units", "unit": "IN-2"}\n')
    assert json.loads(own.stdout)["accepted"] == 1, own.stderr
    for words, data, code, why in (
        (["-"], b"", 1, "not a table"),
        (["-"], b"unit,kind\nIN-1,board\n", 1, "--name"),
        (["units.csv", "--name", "units.csv"], b"", 1, "no path is -"),
    ):
        result = given(words, data)
        assert (result.exit_code, result.stdout) == (code, "")
        assert why in one_line(result.stderr)


def test_demo_tells_the_story(empty: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run("demo", "--boards", "400", "--graph", empty.endpoint.uri, "--keep", str(tmp_path / "kept"))
    assert first.exit_code == 0, first.stderr
    assert all(len(line) <= 80 for line in first.stdout.splitlines() if not line.startswith("$ "))
    assert first.stdout.count("\n$ boardtrace ") >= 12
    assert (tmp_path / "kept" / "visits.csv").exists()
    monkeypatch.setattr(storytelling, "_steps", lambda _: [])  # they were asked just now
    again = run("demo", "--boards", "400", "--graph", empty.endpoint.uri)
    assert again.exit_code == 0
    assert "holds this plant already" in again.stdout
    empty.write("test", lambda tx: tx._inner.run("MATCH (b:Batch) SET b.rules = 0").consume())
    assert run("batches", "--graph", empty.endpoint.uri).exit_code != 0
    last = run("demo", "--boards", "400", "--graph", empty.endpoint.uri)
    assert "Another version made it" in last.stdout
    assert run("batches", "--graph", empty.endpoint.uri).exit_code == 0
