"""The embedded engine: a real server in each test that needs one."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import neo4j  # noqa: TID251 - the engine is tested below graph.py
import psutil  # type: ignore[import-untyped]
import pytest

from boardtrace.engine import Endpoint, connect, start, status, stop
from boardtrace.engine_jars import locked
from boardtrace.errors import AskedWrong, GraphUnreachable
from boardtrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def settings(**values: Any) -> Settings:
    return Settings(**({"heap": "512m", "page_cache": "32m"} | values))


def quiet(_text: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One engine for the tests that leave it running."""
    path = tmp_path_factory.mktemp("engine") / "graph"
    start(f"embedded:{path}", settings(), quiet)
    yield path
    stop(f"embedded:{path}", settings())


def ask(endpoint: Endpoint, query: str) -> list[list[object]]:
    with neo4j.GraphDatabase.driver(endpoint.uri, auth=(endpoint.user, endpoint.password)) as driver:
        return [
            record.values() for record in driver.execute_query(query, database_=endpoint.database).records
        ]


def again(home: Path, progress: Callable[[str, int, int], None] = quiet) -> Endpoint:
    return connect(f"embedded:{home}", settings(), progress)


def test_next_command_finds_the_same_server(home: Path) -> None:
    first, pid = again(home), status(f"embedded:{home}", settings()).pid
    second = again(home)
    now = status(f"embedded:{home}", settings())
    assert first == second
    assert (now.running, now.phase, now.pid, now.uri) == (True, "ready", pid, first.uri)
    assert (first.label, first.data) == (f"embedded:{home}", home)
    assert first.password not in repr(first)


def test_password_is_asked_for_and_only_its_owner_reads_it(home: Path) -> None:
    assert stat.S_IMODE((home / "engine").stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "engine" / "state.json").stat().st_mode) == 0o600
    endpoint = again(home)
    wrong = neo4j.GraphDatabase.driver(endpoint.uri, auth=("neo4j", "neo4j"))
    with wrong, pytest.raises(neo4j.exceptions.AuthError):
        wrong.verify_connectivity()


def test_listens_on_loopback_only(home: Path) -> None:
    process = psutil.Process(status(f"embedded:{home}", settings()).pid)
    listening = [c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
    assert [address.removeprefix("::ffff:") for address in listening] == ["127.0.0.1"]


def test_cluster_routing_leads_back_to_it(home: Path) -> None:
    endpoint = again(home)
    routed = endpoint.uri.replace("bolt://", "neo4j://")
    with neo4j.GraphDatabase.driver(routed, auth=(endpoint.user, endpoint.password)) as driver:
        assert driver.execute_query("RETURN 1 AS one").records[0]["one"] == 1


def test_a_plan_does_not_depend_on_how_many_are_asked_for(home: Path) -> None:
    endpoint = again(home)
    query = "EXPLAIN UNWIND $lots AS lot RETURN lot"
    with neo4j.GraphDatabase.driver(endpoint.uri, auth=(endpoint.user, endpoint.password)) as driver:
        plans = [driver.execute_query(query, lots=["L"] * count).summary.plan for count in (1, 2, 2000)]
    assert len({plan["args"]["EstimatedRows"] for plan in plans if plan}) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/"])
def test_load_csv_reads_nothing(home: Path, url: str) -> None:
    with pytest.raises(neo4j.exceptions.Neo4jError):
        ask(again(home), f"LOAD CSV FROM '{url}' AS row RETURN row")


def test_killed_server_recovers_with_its_data_port_and_password(home: Path) -> None:
    before = again(home)
    ask(before, "CREATE (:Kept {n: 1})")
    pid = status(f"embedded:{home}", settings()).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while status(f"embedded:{home}", settings()).running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert status(f"embedded:{home}", settings()).phase == "failed"
    told: list[str] = []
    after = again(home, lambda text, _done, _total: told.append(text))
    assert ask(after, "MATCH (k:Kept) RETURN k.n") == [[1]]
    assert after == before
    assert status(f"embedded:{home}", settings()).pid != pid
    assert told == ["recovering the graph after its engine was killed"]


def test_two_starts_make_one_server_and_it_stops_when_idle(tmp_path: Path) -> None:
    graph = f"embedded:{tmp_path}"
    code = (
        "import sys; from boardtrace import engine, settings as s; engine.start(sys.argv[1], s.Settings())"
    )
    environment = os.environ | {
        "BOARDTRACE_HEAP": "512m",
        "BOARDTRACE_PAGE_CACHE": "32m",
        "BOARDTRACE_IDLE_MINUTES": "0.05",
    }
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, graph], env=environment, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=80)[1] for process in both]
    now = status(graph, settings())
    assert now.running, said
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert sum(str(tmp_path) in command and "-m" in command for command in commands) == 1
    with neo4j.GraphDatabase.driver(
        again(tmp_path).uri, auth=("neo4j", again(tmp_path).password)
    ) as driver:
        driver.verify_connectivity()
        time.sleep(5)  # longer than it waits: an open connection is use
        driver.verify_connectivity()
    deadline = time.monotonic() + 20
    while status(graph, settings()).running and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (status(graph, settings()).phase, status(graph, settings()).message) == ("stopped", "")


def test_stop_ends_the_server_and_says_what_it_was(home: Path) -> None:
    again(home)
    before = stop(f"embedded:{home}", settings())
    assert before.running
    assert not psutil.pid_exists(before.pid)
    assert status(f"embedded:{home}", settings()).phase == "stopped"
    assert not stop(f"embedded:{home}", settings()).running


def test_a_state_of_another_process_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "state.json").write_text(
        f'{{"phase": "ready", "pid": {os.getpid()}, "created": 1.0}}'
    )
    assert not status(f"embedded:{tmp_path}", settings()).running


def test_altered_jar_is_refused_named_and_deleted(tmp_path: Path) -> None:
    shutil.copytree(settings().cache / "jars", tmp_path / "jars")
    jar = next(jar for jar in locked() if jar.artifact == "neo4j-bolt")
    with (tmp_path / "jars" / jar.path).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(GraphUnreachable, match=r"neo4j-bolt-2026.*SHA-256"):
        connect(f"embedded:{tmp_path / 'graph'}", settings(cache=tmp_path), quiet)
    assert not (tmp_path / "jars" / jar.path).exists()


def test_no_repository_in_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(GraphUnreachable, match=r"no Maven repository in reach.*BOARDTRACE_GRAPH"):
        connect(f"embedded:{tmp_path / 'graph'}", settings(cache=tmp_path / "cache"), quiet)
    assert not (tmp_path / "graph").exists()
    assert not list((tmp_path / "cache").rglob("*.jar"))


def test_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "graph").touch()
    with pytest.raises(GraphUnreachable, match="cannot be used"):
        connect(f"embedded:{tmp_path / 'graph'}", settings(), quiet)


def test_jvm_that_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(GraphUnreachable, match=r"does not start: .*heap.*server\.log"):
        connect(f"embedded:{tmp_path}", settings(heap="1m"), quiet)


@pytest.mark.parametrize("graph", ["", "sqlite:x", "bolt://", "bolt://host:x", "http://host", "bolt:/host"])
def test_other_names_of_a_graph(graph: str) -> None:
    with pytest.raises(AskedWrong, match=r"embedded:PATH.*neo4j\+s://"):
        connect(graph, settings())


def test_url_is_not_contacted_and_keeps_its_own_data_folder(tmp_path: Path) -> None:
    own = settings(user="me", password="of mine", database="plant", data=tmp_path)  # noqa: S106
    endpoint = connect("neo4j+s://db.example:7687", own)
    assert endpoint == Endpoint(
        label="neo4j+s://db.example:7687",
        uri="neo4j+s://db.example:7687",
        user="me",
        password="of mine",  # noqa: S106
        database="plant",
        data=tmp_path / "neo4j_s_db.example_7687_plant",
    )


def test_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(AskedWrong, match="BOARDTRACE_PASSWORD") as refused:
        connect("bolt://me:secret@host", settings())
    assert "secret" not in str(refused.value)


def test_only_embedded_graphs_are_started() -> None:
    with pytest.raises(AskedWrong, match="no embedded graph"):
        start("bolt://host", settings())
