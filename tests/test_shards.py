"""One graph for each site, or one for all: the recalls are the same. And what Community makes of shards."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boardtrace.answer import ask
from boardtrace.errors import BoardtraceError
from boardtrace.ingest import Options, ingest
from boardtrace.questions import QUESTIONS
from boardtrace.statement import load
from plants import write_csv
from semantics import wipe

if TYPE_CHECKING:
    from boardtrace.graph import Graph
    from oracle import Row, Tables

PAGE = (Path(__file__).parents[1] / "docs" / "scale.md").read_text(encoding="utf-8")
LOTS = [("KAIYO", "L1"), ("KAIYO", "L2"), ("OSTRA", "L1"), ("OSTRA", "LM"), ("KAIYO", "L1-A")]
SHARED: Tables = {
    "suppliers": [{"supplier": "KAIYO"}, {"supplier": "OSTRA"}],
    "lots": [
        {"supplier": "KAIYO", "lot": "L1", "part": "P-1", "date_code": "2401"},
        {"supplier": "KAIYO", "lot": "L2", "part": "P-1"},
        {"supplier": "OSTRA", "lot": "L1", "part": "P-2", "received_at": "2024-01-02T00:00:00Z"},
    ],
    "lot_moves": [
        {"kind": kind, "from_supplier": of, "from_lot": lot, "to_supplier": to, "to_lot": made}
        for kind, of, lot, to, made in (
            ("split", "KAIYO", "L1", "KAIYO", "L1-A"),
            ("merge", "KAIYO", "L2", "OSTRA", "LM"),
            ("merge", "OSTRA", "L1", "OSTRA", "LM"),
        )
    ],
    "customers": [{"customer": f"C{n}", "name": f"Customer {n}"} for n in range(3)],
    "programs": [
        {"program": "PR", "feeder": f"F{n}", "refdes": f"R{n}", "part": f"P-{1 + n % 2}"} for n in range(3)
    ],
}


def at(hour: int) -> str:
    return f"2024-03-{1 + hour // 24:02}T{hour % 24:02}:00:00Z"


def site(seed: int) -> Tables:
    """A site's own rows: reels, visits, mountings, repairs, cartons, shipments."""
    rng = random.Random(seed)  # noqa: S311  a plant, no secret
    tables: dict[str, list[Row]] = {
        "lot_moves": [], "loads": [], "visits": [], "placements": [], "mounts": [], "removals": [],
        "packing": [], "shipments": [], "shipment_contents": [], "service": [],
    }  # fmt: skip
    for n in range(8):
        supplier, lot = LOTS[(n + seed) % len(LOTS)]
        reel: Row = {"kind": "reel", "from_supplier": supplier, "from_lot": lot, "to_lot": f"R{n}"}
        start = rng.randrange(20)
        tables["lot_moves"].append({**reel, "to_supplier": ""})
        load_: Row = {"machine": "M", "feeder": f"F{n % 3}", "supplier": "", "lot": f"R{n}"}
        tables["loads"].append({**load_, "loaded_at": at(start), "unloaded_at": at(start + 15)})
    for n in range(12):
        board = f"B{n}"
        tables["visits"].append({"unit": board, "machine": "M", "started_at": at(2 * n), "program": "PR"})
        if n % 4 == 0:
            supplier, lot = rng.choice(LOTS)
            tables["placements"].append({"unit": board, "at": at(30), "supplier": supplier, "lot": lot})
        if n % 3 == 0:
            tables["removals"].append({"unit": board, "at": at(rng.choice((26, 60))), "refdes": "R1"})
        product = f"P{n // 2}"
        tables["mounts"].append({"child": board, "parent": product, "at": at(40)})
        if n % 2:
            box = f"X{n // 4}"
            row: Row = {"content": product, "content_kind": "unit", "container": box, "at": at(50)}
            tables["packing"].append(row)
    for n in range(3):
        name = f"S{n}"
        tables["shipments"].append(
            {"shipment": name, "shipped_at": at(60), "customer": f"C{rng.choice((0, 2))}"}
        )
        tables["shipment_contents"].append(
            {"shipment": name, "content": f"X{n}", "content_kind": "container"}
        )
    tables["shipments"].append({"shipment": "S9", "shipped_at": at(90), "customer": "C1", "kind": "return"})
    tables["shipment_contents"].append({"shipment": "S9", "content": "P1", "content_kind": "unit"})
    tables["service"].append({"unit": "P1", "at": at(95), "kind": "scrap"})
    return tables


SITES = {"AC": site(3), "BR": site(8)}
ASKED = [
    *(("recall lot", {"supplier": supplier, "lot": lot}) for supplier, lot in LOTS),
    *(("recall supplier", {"supplier": supplier}) for supplier in ("KAIYO", "OSTRA")),
    ("recall component", {"part": "P-1"}),
    ("recall component", {"part": "P-2", "date_code_from": "2402"}),
]

VIEWS = {
    "recall lot": ("unit", "shipment", "customer"),
    "recall supplier": ("unit", "customer"),
    "recall component": ("unit", "shipment"),
}


def filled(graph: Graph, folder: Path, *sites: str) -> None:
    """Take the shared part, then each site by its name."""
    wipe(graph)
    write_csv(SHARED, folder / "shared")
    ingest(graph, [folder / "shared"])
    for name in sites:
        write_csv(SITES[name], folder / name)
        report = ingest(graph, [folder / name], Options(site=name))
        assert not report.quarantined, report.problems


def recalls(graph: Graph) -> list[dict[str, Any]]:
    return [
        {view: ask(graph, QUESTIONS[name], {**asked, "by": view}).records() for view in VIEWS[name]}
        for name, asked in ASKED
    ]


def together(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in an order that does not depend on where they come from."""
    return sorted(map(repr, rows))


def added(rows: list[dict[str, Any]]) -> dict[Any, Counter[str]]:
    """Counts by customer, of all shards together."""
    found: dict[Any, Counter[str]] = {}
    for row in rows:
        counts = {name: value for name, value in row.items() if isinstance(value, int)}
        found.setdefault((row["customer"], row["name"]), Counter()).update(counts)
    return found


def test_recalls_over_shards_are_those_of_one_graph(blank_graph: Graph, tmp_path: Path) -> None:
    parts = []
    for name in SITES:
        filled(blank_graph, tmp_path, name)
        parts.append(recalls(blank_graph))
    filled(blank_graph, tmp_path, *SITES)
    whole = recalls(blank_graph)
    for asked, one, other, both in zip(ASKED, *parts, whole, strict=True):
        assert one["unit"], asked
        assert other["unit"], asked
        for view in both:
            order = added if view == "customer" else together
            assert order(one[view] + other[view]) == order(both[view]), (asked, view)
    classes = {row["class"] for both in whole for row in both["unit"]}
    assert classes == {"certain", "possible", "past"}
    composite(blank_graph, whole)


def composite(graph: Graph, whole: list[dict[str, Any]]) -> None:
    """Run the statement of the page, with one database in the place of every shard."""
    (text,) = re.findall(r"^```cypher\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    text, many = re.subn(r"\bplants\.\w+", f"`{graph.endpoint.database}`", text)
    assert many == 4
    for (name, asked), both in zip(ASKED, whole, strict=True):
        if name == "recall lot":
            rows = told(graph, text, **asked)
            assert [row["unit"] for row in rows] == [row["unit"] for row in both["unit"]]
            there = {(row["state"], row["customer"], row["name"]) for row in rows}
            known = {row["customer"]: row["name"] for row in both["customer"]}
            assert there >= {
                (row["state"], row["customer"], known.get(row["customer"])) for row in both["unit"]
            }


def told(graph: Graph, text: str, database: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
    found = graph._driver.execute_query(
        f"CYPHER 25 {text}", parameters, database_=database or graph.endpoint.database
    )
    return [dict(record) for record in found.records]


@pytest.mark.parametrize(
    ("tried", "said"), re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)
)
def test_what_community_answers_about_shards(blank_graph: Graph, tried: str, said: str) -> None:
    (kernel,) = [row for row in asked_of(blank_graph) if row["edition"]]
    if kernel["edition"] != "community":
        pytest.skip("it has them")
    text = tried.replace("...", "RETURN 1 AS one")
    with pytest.raises(Exception, match=re.escape(said)):
        told(blank_graph, text, "system" if tried.startswith("CREATE") else None, shard="neo4j")


def asked_of(graph: Graph) -> list[dict[str, Any]]:
    return graph.read("test", lambda tx: tx.rows(load("doctor/components")))


def test_a_shard_without_the_shared_part_does_not_know_the_lot(blank_graph: Graph, tmp_path: Path) -> None:
    wipe(blank_graph)
    write_csv({"machines": [{"machine": "M"}]}, tmp_path)
    ingest(blank_graph, [tmp_path], Options(site="AC"))
    with pytest.raises(BoardtraceError, match="no lot KAIYO/L1"):
        ask(blank_graph, QUESTIONS["recall lot"], {"supplier": "KAIYO", "lot": "L1"})
