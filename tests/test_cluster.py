"""`neo4j://`: reads to replicas, writes to the leader, and what was written is seen.

On one real server; what needs several is shown by a fake (cluster.py), and says so in its name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from boardtrace.answer import ask
from boardtrace.errors import Busy, GraphUnreachable
from boardtrace.graph import Graph
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS
from boardtrace.statement import load
from cluster import FakeCluster
from plants import write_csv
from semantics import fill, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = "2024-03-05T08:00:00Z"
TABLES = {
    "lots": [{"supplier": "ACME", "lot": "L1"}],
    "placements": [{"unit": "U1", "at": AT, "supplier": "ACME", "lot": "L1", "refdes": "C1"}],
}
LOT = {"supplier": "ACME", "lot": "L1"}


def recalled(graph: Graph) -> list[Any]:
    return [row["unit"] for row in ask(graph, QUESTIONS["recall lot"], LOT).records()]


@pytest.fixture
def cluster(blank_graph: Graph) -> Iterator[FakeCluster]:
    wipe(blank_graph)
    url = urlsplit(blank_graph.endpoint.uri)
    with FakeCluster((str(url.hostname), url.port or 7687)) as made:
        yield made


@pytest.fixture
def routed(cluster: FakeCluster, blank_graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Iterator[Graph]:
    monkeypatch.setattr("boardtrace.graph._CONNECT", 1.0)  # a server that is gone is gone
    with Graph(replace(blank_graph.endpoint, uri=cluster.uri), 60) as graph:
        yield graph


def test_one_server_routes_to_itself(blank_graph: Graph) -> None:
    there = blank_graph.endpoint
    uri = there.uri.replace("bolt", "neo4j", 1)
    with Graph(replace(there, uri=uri), 60) as graph:
        assert "Neo4j/" in graph.check()
        fill(graph, TABLES)
        assert recalled(graph) == ["U1"]


def test_fake_cluster_questions_go_to_the_replica_and_writes_to_the_leader(
    cluster: FakeCluster, routed: Graph, tmp_path: Path
) -> None:
    write_csv(TABLES, tmp_path)
    ingest(routed, [tmp_path])
    begun = cluster.begun()
    assert {(one.door, one.reads) for one in begun} == {("leader", False), ("replica", True)}
    assert {one.what for one in begun if not one.reads} >= {"batches", "identity"}
    assert recalled(routed) == ["U1"]
    (asked,) = cluster.begun()
    assert (asked.door, asked.reads, asked.what) == ("replica", True, "recall lot")


def test_fake_cluster_a_question_names_what_was_written_before_it(
    cluster: FakeCluster, routed: Graph
) -> None:
    def asked() -> frozenset[str]:
        routed.read("look", lambda tx: tx.rows(load("digest/identity")))
        (begun,) = cluster.begun()
        return frozenset(begun.extra.get("bookmarks", []))

    def write() -> None:
        routed.write("done", lambda tx: tx.run(load("write/identity"), id="an id"))
        assert {one.door for one in cluster.begun()} == {"leader"}

    assert asked() == frozenset()
    write()
    first = asked()
    assert len(first) == 1
    routed.apply(load("write/settled_indexes"), seconds=60)  # a statement by itself
    (applied,) = cluster.begun()
    assert (applied.door, frozenset(applied.extra["bookmarks"])) == ("leader", first)
    wipe(routed)
    cluster.begun()
    second = asked()
    assert second
    assert not second & first


def test_fake_cluster_without_its_replica_the_leader_is_asked(cluster: FakeCluster, routed: Graph) -> None:
    fill(routed, TABLES)
    assert recalled(routed) == ["U1"]
    assert {one.door for one in cluster.begun() if one.reads} == {"replica"}
    cluster.doors["replica"].close()
    cluster.roles["READ"] = ["leader"]  # as a cluster says once it has noticed
    assert recalled(routed) == ["U1"]
    assert {one.door for one in cluster.begun()} == {"leader"}


def test_fake_cluster_without_its_leader_questions_are_answered_and_writes_are_not(
    cluster: FakeCluster, routed: Graph, tmp_path: Path
) -> None:
    fill(routed, TABLES)
    cluster.doors["leader"].close()
    cluster.roles["WRITE"] = []
    assert recalled(routed) == ["U1"]
    write_csv({"suppliers": [{"supplier": "NEW"}]}, tmp_path)
    with pytest.raises(GraphUnreachable):
        ingest(routed, [tmp_path])
    cluster.doors["leader"] = type(cluster.doors["leader"])(cluster, "leader")
    cluster.roles["WRITE"] = ["leader"]
    ingest(routed, [tmp_path])
    assert ask(routed, QUESTIONS["find"], {"id": "NEW"}).records()[0]["match"] == "exact"


def test_a_bookmark_that_the_database_does_not_know_is_dropped(blank_graph: Graph) -> None:
    with Graph(blank_graph.endpoint, 60) as graph:
        graph._bookmarks.update_bookmarks((), ["FB:of another database"])

        def look() -> Any:
            return graph.read("look", lambda tx: tx.rows(load("digest/batches")))

        with pytest.raises(Busy, match="ask again"):
            look()
        look()
