"""Break an ingest on purpose, many times: ``python tests/faults.py kill|tamper|fuzz COUNT --seed N``.

kill: an ingest of several batches is killed (-9) at random moments, the command or the graph's engine,
until it is through; the digest is that of an undisturbed one, and everything agrees.
tamper: one random change of a graph, ledger or archive at a time; `verify` must name something.
fuzz: so many rows of wrong types, huge cells, NUL bytes, mixed encodings, formulas and Cypher in names;
the equation of counts holds, nothing crashes, nothing is executed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from boardtrace import derivation, engine, projection
from boardtrace.digest import digest
from boardtrace.graph import Graph
from boardtrace.ingest import ingest, locked, project
from boardtrace.model import TABLES
from boardtrace.schema import migrate
from boardtrace.settings import Settings
from boardtrace.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boardtrace.graph import Transaction


def quiet(_step: str, _done: int, _total: int) -> None:
    """Say nothing."""


def command(graph: str, *words: str) -> subprocess.Popen[bytes]:
    """Start the command line as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "boardtrace", "--graph", graph, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "BOARDTRACE_HEAP": "512m"},
    )


# Killing ------------------------------------------------------------------------------------------


def batches(folder: Path, chance: random.Random, count: int = 4, units: int = 400) -> list[Path]:
    """Write some batches of a small plant: each adds to what the others said, and takes some of it back."""
    folders = []
    for number in range(count):
        one = folder / f"{number}"
        one.mkdir(parents=True)
        rows = [
            f"U{n},2026-01-0{1 + number}T00:00:{n % 60:02}Z,,R{chance.randrange(20)},C{number},assert"
            for n in range(units)
        ]
        header = "unit,at,supplier,lot,refdes,action\n"
        if number:
            before = (folder / f"{number - 1}" / "placements.csv").read_text().splitlines()[1:]
            rows += [row.replace("assert", "retract") for row in chance.sample(before, units // 5)]
        (one / "placements.csv").write_text(header + "\n".join(rows) + "\n")
        (one / "lot_moves.csv").write_text(
            "kind,from_supplier,from_lot,to_supplier,to_lot\n"
            + "".join(
                f"reel,ACME,L{chance.randrange(5)},,R{n}\n" for n in range(number * 5, number * 5 + 5)
            )
        )
        (one / "mounts.csv").write_text(
            "child,parent,at\n"
            + "".join(f"U{n},P{n},2026-02-0{1 + number}T00:00:00Z\n" for n in range(0, units, 9))
        )
        folders.append(one)
    return folders


def kill(count: int, start: int, home: Path) -> int:
    """Kill so many times; return how many runs ended otherwise than an undisturbed one."""
    chance = random.Random(start)
    wrong = killed = run = 0
    settings = Settings(heap="512m", page_cache="64m")
    plain = home / "plain"
    folders = batches(home / "tables", chance)
    name = f"embedded:{plain}"
    with Graph(engine.connect(name, settings), 600) as graph:
        migrate(graph)
        began = time.monotonic()
        for folder in folders:
            ingest(graph, [folder])
        takes = (time.monotonic() - began) / len(folders) + 1.0
        expected = digest(graph)
    engine.stop(name, settings)
    while killed < count:
        run += 1
        name = f"embedded:{home / f'run{run}'}"
        endpoint = engine.connect(name, settings)
        with Graph(endpoint, 600) as graph:
            migrate(graph)
        for folder in folders:
            for _ in range(3):
                process = command(name, "ingest", str(folder))
                time.sleep(chance.uniform(0, takes))
                if process.poll() is None and killed < count:
                    killed += 1
                    if chance.random() < 0.25:  # the engine, and with it what the command waits for
                        pid = engine.status(name, settings).pid
                        if pid:
                            os.kill(pid, signal.SIGKILL)
                        process.wait()
                    else:
                        process.kill()
                        process.wait()
                else:
                    process.wait()
            process = command(name, "ingest", str(folder))
            _, said = process.communicate()
            if process.returncode:
                wrong += 1
                print(said.decode())
        with Graph(engine.connect(name, settings), 600) as graph:
            found = verify(graph, quiet)[1]
            same = digest(graph) == expected
        wrong += bool(found) or not same
        print(
            f"run {run}: {killed} kills, digest {'equal' if same else 'DIFFERS'}, {found[:2]}", flush=True
        )
        engine.stop(name, settings)
    return wrong


# Tampering ----------------------------------------------------------------------------------------


def tamper(count: int, start: int, home: Path) -> int:
    """Change one thing at a time; return how many changes were not found."""
    chance = random.Random(start)
    settings = Settings(heap="512m", page_cache="64m")
    name = f"embedded:{home / 'graph'}"
    missed = 0
    with Graph(engine.connect(name, settings), 600) as graph:
        migrate(graph)
        for folder in batches(home / "tables", chance, 3, 40):
            (folder / "tests.csv").write_text("unit,at,kind,result\nU1,never,AOI,pass\n")
            ingest(graph, [folder])
        assert not verify(graph, quiet)[1]
        for number in range(count):
            which = chance.choice([_graph, _graph, _archive, _ledger])
            what, undo = which(graph, chance)
            found = verify(graph, quiet)[1]
            if not found:
                missed += 1
                print(f"MISSED {what}", flush=True)
            undo()
            if number % 50 == 49:
                assert not verify(graph, quiet)[1], what
                print(f"{number + 1} changes, {missed} not found", flush=True)
    engine.stop(name, settings)
    return missed


_TWIN = "MATCH (a) WHERE a = startNode(e) MATCH (b) WHERE b = endNode(e) CREATE (a)-[n:$(t)]->(b) SET n = p"


def _graph(graph: Graph, chance: random.Random) -> tuple[str, Callable[[], None]]:
    """Change a property, drop or add a node or an edge."""
    value = chance.choice(["'x'", "7", "true", "null", "datetime()", "1.5", "['a']"])
    edge = f"MATCH ()-[e]->() WITH e ORDER BY elementId(e) SKIP {chance.randrange(200)} LIMIT 1"
    node = (
        "MATCH (e) WHERE NOT e:Graph AND NOT e:Migration AND NOT e:Batch "
        f"WITH e ORDER BY elementId(e) SKIP {chance.randrange(100)} LIMIT 1"
    )
    some = chance.choice([edge, node])
    pick = "WITH e, keys(e) AS names WHERE size(names) > 0"
    what = chance.choice(
        [
            f"{some} {pick} SET e[names[{chance.randrange(99)} % size(names)]] = {value} RETURN 1",
            f"{some} SET e.extra = {value if value != 'null' else 1} RETURN 1",
            f"{edge} DELETE e RETURN 1",
            f"{node} DETACH DELETE e RETURN 1",
            f"{edge} WITH e, properties(e) AS p, type(e) AS t {_TWIN} RETURN 1",
            f"{node} WITH labels(e)[0] AS l CREATE (n:$(l)) RETURN 1",
            f"{node} SET e:Scrapped:Listed:ByReference:Extra RETURN 1",
        ]
    )

    def work(tx: Transaction) -> bool:
        return tx._inner.run(f"CYPHER 25 {what}").consume().counters.contains_updates

    def undo() -> None:
        with locked(graph, any_chain=True) as ledger:
            for have in [name for name in derivation.relations(ledger) if name.startswith("have_")]:
                todo = have.replace("have_", "todo_")
                ledger.db.execute(
                    f"CREATE TABLE {todo} AS SELECT *, false AS _gone FROM {have}; DELETE FROM {have}"
                )
            projection.wiping(ledger)
            project(ledger, graph, quiet)

    try:
        changed = graph.write("tamper", work)
    except Exception:  # noqa: BLE001  a constraint forbids it: try another
        changed = False
    return (what, undo) if changed else _graph(graph, chance)


def _archive(graph: Graph, chance: random.Random) -> tuple[str, Callable[[], None]]:
    """Flip a bit, cut, append to, drop or exchange a file; add one."""
    files = [path for path in (graph.endpoint.data / "archive").rglob("*") if path.is_file()]
    path = chance.choice(files)
    was = path.read_bytes()
    how = chance.choice(["flip", "flip", "flip", "cut", "append", "drop", "exchange", "add"])
    data = bytearray(was)
    if how == "flip":
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif how == "cut":
        del data[chance.randrange(len(data)) :]
    elif how == "append":
        data += bytes([chance.randrange(256)])
    elif how == "exchange":
        other = chance.choice([one for one in files if one.read_bytes() != was])
        data = bytearray(other.read_bytes())
    if how == "add":
        extra = path.with_name(f"x{path.name}")
        extra.write_bytes(was)
        return f"add {extra.name}", extra.unlink
    if how == "drop":
        path.unlink()
    else:
        path.write_bytes(bytes(data))
    return f"{how} {path.name}", lambda: _put(path, was)


def _ledger(graph: Graph, chance: random.Random) -> tuple[str, Callable[[], None]]:
    """Change, drop or double a row of the ledger."""
    (path,) = (graph.endpoint.data / "ledger").rglob("facts.duckdb")
    was = path.read_bytes()
    with duckdb.connect(str(path)) as db:
        tables = [
            name
            for (name,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            if not name.startswith("have_") and db.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
        ]
        table = chance.choice(sorted(tables))
        column = chance.choice(
            [
                name
                for name, kind in db.execute(
                    "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [table]
                ).fetchall()
                if kind in {"VARCHAR", "BIGINT", "INTEGER"}
            ]
        )
        (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
        row = f"rowid = (SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET {chance.randrange(count)})"
        cell = f'"{column}"'
        what = chance.choice(
            [
                f"UPDATE {table} SET {cell} = CASE WHEN {cell} IS NULL THEN '7' END WHERE {row}",
                f"DELETE FROM {table} WHERE {row}",
                f"INSERT INTO {table} SELECT * FROM {table} WHERE {row}",
            ]
        )
        db.execute(what)
    return what, lambda: _put(path, was)


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


# Fuzzing ------------------------------------------------------------------------------------------

_CELLS = (
    *("", " ", "U1", "ACME", "L1", "2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "24:00", "NaN", "-1"),
    *("1e999", "true", "TRUE", "maybe", "=1+1", '=HYPERLINK("http://x")', "@SUM(A1)", "`", "$(x)", "\\"),
    *("'; MATCH (n) DETACH DELETE n //", "}) DETACH DELETE n //", "\\u0000", "\0", "\x1f", "\u2028"),
    *("\ud7ff", "é" * 300, "x" * 70_000, '"', '""', 'a"b', "a,b", "a\nb", "a\r\nb", "{}", "[1,2]", '{"a":'),
    *("unit", "lot", "reel", "pass", "sale", "board", "AOI", "assert", "retract", "reassert", "drop"),
    *("../../etc/passwd", "\ufeff", "💥"),
)


def fuzzed(chance: random.Random, rows: int) -> Iterator[tuple[str, bytes]]:
    """Yield files of wild rows: a name and its bytes."""
    while rows > 0:
        table = chance.choice([*TABLES.values()])
        size = min(rows, chance.choice([1, 10, 1000, 20_000]))
        rows -= size
        columns = [column.name for column in table.columns] + chance.choice(
            [[], ["action"], ["repairs"], ["x"]]
        )
        chance.shuffle(columns)
        if chance.random() < 0.1:
            columns = columns[:-1]
        wild = chance.choice([0.01, 0.3])

        def cells(columns: list[str] = columns, wild: float = wild) -> list[str]:
            plain = {"at": "2026-01-01T00:00:00Z", "kind": "unit", "content_kind": "unit"}
            return [
                chance.choice(_CELLS[:46])
                if chance.random() < wild
                else plain.get(name, f"v{chance.randrange(99)}")
                for name in columns
            ]

        if chance.random() < 0.3:
            lines = [json.dumps(dict(zip(columns, cells(), strict=True))) for _ in range(size)]
            if chance.random() < 0.5:
                lines = [chance.choice([line, line[:-3], "[]", "7", ""]) for line in lines]
            yield f"{table.name}.ndjson", "\n".join(lines).encode("utf-8", "surrogatepass")
            continue
        mark = chance.choice(",;\t|")
        quote = chance.choice([True, False])
        lines = [mark.join(columns)]
        for _ in range(size):
            row = cells()
            if chance.random() < 0.02:
                row = row[: chance.randrange(len(row) + 1)] + ["more"] * chance.randrange(3)
            lines.append(mark.join('"' + c.replace('"', '""') + '"' if quote else c for c in row))
        data = "\n".join(lines).encode("utf-8", "surrogatepass")
        if chance.random() < 0.1:
            place = chance.randrange(len(data))
            data = data[:place] + chance.choice([b"\xff\xfe", b"\0", b"\xe9", b"\x80"]) + data[place:]
        yield f"{table.name}.csv", data


def fuzz(count: int, start: int, home: Path) -> int:
    """Ingest so many wild rows; return how many batches broke a promise."""
    chance = random.Random(start)
    wrong = total = 0
    name = f"embedded:{home / 'graph'}"
    settings = Settings()
    with Graph(engine.connect(name, settings), 600) as graph:
        migrate(graph)
        files: list[tuple[str, bytes]] = []
        for number, (file, data) in enumerate(fuzzed(chance, count)):
            files.append((f"{file.partition('.')[0]}-{number}.{file.partition('.')[2]}", data))
            if len(files) < 20:
                continue
            wrong += _broke(graph, home / "in", files)
            total += sum(data.count(b"\n") for _, data in files)
            files = []
            print(f"about {total:,} rows, {wrong} batches broke a promise", flush=True)
        wrong += _broke(graph, home / "in", files) if files else 0
        found = verify(graph, quiet)[1]
        if found:
            wrong += 1
            print(found[:3])
    engine.stop(name, settings)
    return wrong


def _broke(graph: Graph, folder: Path, files: list[tuple[str, bytes]]) -> int:
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, data in files:
        (folder / name).write_bytes(data)
    try:
        report = ingest(graph, [folder])
        again = ingest(graph, [folder])
    except Exception as error:  # noqa: BLE001  whatever it is, it should not be
        print(f"{type(error).__name__}: {error}", flush=True)
        kept = folder.with_name(f"broke-{time.time_ns()}")
        folder.rename(kept)
        return 1
    sums = report.accepted + report.duplicate + report.quarantined == report.read
    twice = again.batch is None and again.read == report.read
    if not (sums and twice):
        print(report.summary, again.summary, flush=True)
        folder.rename(folder.with_name(f"broke-{time.time_ns()}"))
    return not (sums and twice)


def main() -> None:
    """Break something."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ways: dict[str, Callable[[int, int, Path], int]] = {"kill": kill, "tamper": tamper, "fuzz": fuzz}
    parser.add_argument("way", choices=ways)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a folder that is kept")
    asked: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong = ways[asked.way](asked.count, asked.seed, asked.home or Path(folder))
    print(f"{asked.way}: {wrong} wrong")
    raise SystemExit(min(wrong, 1))


if __name__ == "__main__":
    main()
