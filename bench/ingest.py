"""Time the ingest of a plant against a MERGE for each row: ``python bench/ingest.py FOLDER``.

FOLDER holds tables of ``bench/plant.py``. The ingest goes into a new graph, end to end: files read,
facts admitted, graph derived and written, sources archived, batch chained. Beside it stands what a
script would do: for each visit and each lot at its machine then, MERGE of unit, lot and the edge
between them, in transactions of a thousand; of a sample, since all would take hours.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import duckdb

from boardtrace import engine
from boardtrace.graph import Graph, Transaction
from boardtrace.ingest import ingest
from boardtrace.schema import migrate
from boardtrace.settings import Settings
from boardtrace.statement import Statement, load

MERGE = """
CYPHER 25
MERGE (u:Unit {unit: $unit})
MERGE (l:Lot {supplier: '', lot: $lot})
MERGE (l)-[e:IN {at: $at}]->(u)
"""
SAMPLE = """
SELECT v.unit, l.lot, v.started_at AS "at"
FROM (FROM read_csv(?, all_varchar = true) LIMIT ?) v
JOIN read_csv(?, all_varchar = true) l ON l.machine = v.machine AND l.loaded_at <= v.started_at
 AND (l.unloaded_at IS NULL OR v.started_at < l.unloaded_at)
"""


def row_by_row(graph: Graph, folder: Path, visits: int) -> float:
    """Return visits a second of a MERGE for each lot of each visit."""
    with duckdb.connect() as db:
        given = [str(folder / "visits.csv"), visits, str(folder / "loads.csv")]
        rows = db.execute(SAMPLE, given).fetchall()
    one = replace(load("write/done"), name="merge", text=MERGE)

    def some(tx: Transaction, one: Statement, part: list[tuple[str, str, str]]) -> None:
        for unit, lot, at in part:
            tx.run(one, unit=unit, lot=lot, at=at)

    began = time.monotonic()
    for start in range(0, len(rows), 1000):
        graph.write("merge", lambda tx, part=rows[start : start + 1000]: some(tx, one, part))  # type: ignore[misc]
    return visits / (time.monotonic() - began)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=500, help="visits that are merged row by row")
    asked = parser.parse_args()
    steps: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as home:
        name, settings = f"embedded:{home}", Settings()
        with Graph(engine.connect(name, settings), 600) as graph:
            migrate(graph)
            rate = row_by_row(graph, asked.folder, asked.sample)
        engine.stop(name, settings)
    with tempfile.TemporaryDirectory() as home:
        name = f"embedded:{home}"
        with Graph(engine.connect(name, settings), 600) as graph:
            migrate(graph)
            began = time.monotonic()

            def step(name: str, _done: int, _total: int) -> None:
                steps.setdefault(name, time.monotonic() - began)

            report = ingest(graph, [asked.folder], progress=step)
        engine.stop(name, settings)
        size = sum(path.stat().st_size for path in Path(home).rglob("*") if path.is_file())
    with duckdb.connect() as db:
        counted = "SELECT count(*), count(DISTINCT unit) FROM read_csv(?)"
        ((visits, boards),) = db.execute(counted, [str(asked.folder / "visits.csv")]).fetchall()
    whole = report.seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shown = ", ".join(f"{name} from {at:.1f} s" for name, at in steps.items())
    print(f"{report.read:,} rows in {whole:.1f} s: {report.read / whole:,.0f} rows/s")
    print(f"{visits / whole:,.0f} visits/s; {report.written:,} nodes and edges; {shown}")
    print(f"row by row {rate:.0f} visits/s: the ingest is {visits / whole / rate:.0f} times as fast")
    print(f"peak memory of this process {peak:.0f} MB, {size / boards / 1024:.1f} KB a board on disk")


if __name__ == "__main__":
    main()
