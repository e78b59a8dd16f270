"""The graph that the tests run on: embedded by default, a container, or a server at a URL.

``BOARDTRACE_TEST_GRAPH=embedded|container|<url>``; the report says which one answered. A
server at a URL is the tests' own to fill: give them an empty one.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boardtrace import engine, plant
from boardtrace.engine import Endpoint
from boardtrace.graph import Graph
from boardtrace.ingest import ingest
from boardtrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANSWERED: list[str] = []
_IMAGE = "neo4j:2026.09.0-community"
# Most engines of the tests plan much and repeat little: what the JVM's second compiler would make faster
# has ended before it is made. Read by the JVM itself.
_FIRST_COMPILER = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"}


def pytest_configure() -> None:
    os.environ.update(_FIRST_COMPILER)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in dict.fromkeys(_ANSWERED):
        terminalreporter.write_line(f"graph: {line}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that prints the report, where the tests ran in several."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["graphs"] = _ANSWERED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _ANSWERED.extend(getattr(node, "workeroutput", {}).get("graphs", []))


def _container() -> Iterator[Endpoint]:
    from testcontainers.community.neo4j import Neo4jContainer  # noqa: PLC0415  needs a Docker engine

    with Neo4jContainer(_IMAGE) as server:
        url = server.get_connection_url()
        yield Endpoint(url, url, server.username, server.password, "neo4j", Path())


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Start or find the server; it is stopped if it was started here."""
    wanted = os.environ.get("BOARDTRACE_TEST_GRAPH", "embedded")
    settings = Settings()
    if wanted == "container":
        yield from _container()
    elif wanted == "embedded":
        name = f"embedded:{tmp_path_factory.mktemp('engine')}"
        with pytest.MonkeyPatch.context() as patch:
            for variable in _FIRST_COMPILER:
                patch.delenv(variable)
            endpoint = engine.connect(name, settings)
        yield endpoint
        engine.stop(name, settings)
    else:
        yield engine.connect(wanted, settings)


@pytest.fixture(scope="session")
def demo_graph(server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """The server, holding the demo plant; tests that add to it keep to names of their own."""
    data = tmp_path_factory.mktemp("data")
    here = Endpoint(server.label, server.uri, server.user, server.password, server.database, data)
    with Graph(here, 60) as graph:
        _ANSWERED.append(f"{graph.check()} at {server.label}")
        folder = tmp_path_factory.mktemp("plant")
        plant.build(folder)
        ingest(graph, [folder])
        yield graph


@pytest.fixture(scope="session")
def blank_graph(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Graph]:
    """A graph that a test may empty: an engine of its own, or the server after all other tests."""
    data = tmp_path_factory.mktemp("blank")
    if os.environ.get("BOARDTRACE_TEST_GRAPH", "embedded") == "embedded":
        name = f"embedded:{data}"
        endpoint = engine.connect(name, Settings(heap="512m", page_cache="64m"))
        with Graph(endpoint, 60) as graph:
            _ANSWERED.append(f"{graph.check()} at {name}")
            yield graph
        engine.stop(name, Settings())
    else:
        there: Endpoint = request.getfixturevalue("server")
        here = Endpoint(there.label, there.uri, there.user, there.password, there.database, data)
        with Graph(here, 60) as graph:
            yield graph


# The demo plant; a broker; plans of every recall by every view, which take a server a minute or two.
_SHARED = ("demo_graph", "broker: Broker", "suspects", "differences")


@functools.cache
def _scope(file: str) -> str | None:
    """Name what the tests of a file share that takes long to make; None if nothing."""
    text = (Path(__file__).parents[1] / file).read_text("utf-8")
    return next((shared for shared in _SHARED if shared in text), None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where tests run in two processes, make the demo plant, the broker and the plans in one of them only.

    pytest-xdist groups by file or not at all: its marks have no effect with this pytest.
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # noqa: PLC0415

    class ByWhatTheyShare(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _scope(nodeid.partition("::")[0]) or nodeid

    return ByWhatTheyShare(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that empty the graph come last: on a server at a URL there is only one."""
    items.sort(key=lambda item: "blank_graph" in getattr(item, "fixturenames", ()))
