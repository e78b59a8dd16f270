"""The importer's way into the graph gives what the driver's way gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boardtrace import engine, offline
from boardtrace.digest import digest
from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.graph import Graph
from boardtrace.ingest import ingest, resume
from boardtrace.offline import load
from boardtrace.settings import Settings
from boardtrace.verify import verify
from plants import every_trap, write_csv
from semantics import wipe

if TYPE_CHECKING:
    from pathlib import Path

SMALL = Settings(heap="512m", page_cache="64m")


def quiet(_step: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    write_csv(every_trap(), folder)
    return folder


def test_an_offline_load_gives_the_same_graph(blank_graph: Graph, tables: Path, tmp_path: Path) -> None:
    wipe(blank_graph)
    report = ingest(blank_graph, [tables])
    name = f"embedded:{tmp_path / 'graph'}"
    loaded = load(name, SMALL, [tables], progress=quiet)
    assert loaded.notes == report.notes
    assert {**loaded.summary, "batch": 1} == {**report.summary, "batch": 1}
    with Graph(engine.connect(name, SMALL), 60) as graph:
        assert digest(graph) == digest(blank_graph)
        assert verify(graph, quiet)[1] == []
    with pytest.raises(AskedWrong, match="only the first batch"):
        load(name, SMALL, [tables], progress=quiet)
    engine.stop(name, SMALL)


def test_an_offline_load_that_breaks_off_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "units.csv").write_text("unit\nU1\n")
    name = f"embedded:{tmp_path / 'graph'}"
    monkeypatch.setattr(offline, "MODULES", ())  # which the importer needs
    # the JVM says first that it took this
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xss2m -XX:TieredStopAtLevel=1")
    with pytest.raises(BoardtraceError, match=r"the importer failed: (?!Picked up).*resume"):
        load(name, SMALL, [tables], progress=quiet)
    with Graph(engine.connect(name, SMALL), 60) as graph:
        assert resume(graph) == 1
        assert verify(graph, quiet)[1] == []
    engine.stop(name, SMALL)


def test_a_server_s_store_is_not_ours(tmp_path: Path) -> None:
    with pytest.raises(AskedWrong, match="only the store of an embedded graph"):
        load("bolt://127.0.0.1:1", SMALL, [tmp_path], progress=quiet)
