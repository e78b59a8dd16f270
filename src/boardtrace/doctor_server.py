"""The checks of `boardtrace doctor` that ask the server: version, memory, time, schema."""

from __future__ import annotations

import re
import time
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from boardtrace.doctor_look import CSV, TIMEOUT, Found, sized
from boardtrace.engine_jars import VERSION
from boardtrace.errors import BoardtraceError, GraphUnreachable
from boardtrace.schema import migrations, missing
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boardtrace.doctor_look import Look, Verdict
    from boardtrace.graph import Transaction

__all__ = ["CHECKS"]

_DRIVER = 6  # major version of the driver that is tested
_CYPHER_25 = (2025, 6)  # the first Neo4j that speaks the language of our statements
_FULL = 0.75  # of the heap in use after a collection: above, collecting takes the time of the questions
_ROOM = 0.9  # of the memory for heap and page cache: the rest is the system's, and the JVM's own
_SLOW = 10_000  # microseconds
_SKEW, _WRONG = 2_000_000, 300_000_000  # microseconds between two clocks: odd; batches are dated wrong
_ASKED = 7  # times that the clock is asked: the quickest answer says most


# The server ---------------------------------------------------------------------------------------


def _version(look: Look) -> Iterator[Found]:
    agent = look.graph.check()
    numbers = tuple(int(word) for word in re.findall(r"\d+", agent.rpartition("/")[2])[:2])
    change = f"Neo4j {VERSION} is what is tested"
    if numbers < _CYPHER_25:
        yield Found("version", f"{agent}, which does not know Cypher 25", "fail", change)
    elif agent.rpartition("/")[2].split(".")[:2] == VERSION.split(".")[:2]:
        yield Found("version", f"{agent}, as tested")
    else:
        yield Found("version", agent, "warn", change)


def _edition(look: Look) -> Iterator[Found]:
    edition = next(row["edition"] for row in look.ask("doctor/components") if row["edition"])
    lacks = "no replicas, composite databases, online backup or roles: the archive is the backup"
    yield Found("edition", f"community: {lacks}" if edition == "community" else edition)


def _driver(look: Look) -> Iterator[Found]:
    del look
    there = version("neo4j")
    if int(there.partition(".")[0]) != _DRIVER:
        yield Found("driver", f"neo4j {there}", "warn", f"driver {_DRIVER} is what is tested")
        return
    try:
        rust = version("neo4j-rust-ext")
    except PackageNotFoundError:
        yield Found("driver", f"neo4j {there}, in Python alone", "warn", "pip install neo4j-rust-ext")
        return
    yield Found("driver", f"neo4j {there} with neo4j-rust-ext {rust}")


def _heap(look: Look) -> Iterator[Found]:
    most = look.memory["heap"]
    used = look.ask("doctor/heap")[0]["used"]
    if most is None or used is None:
        yield Found("heap", "the server does not tell", "unknown")
        return
    found = f"{sized(most)}, {sized(used)} in use after the last collection"
    if used > most * _FULL:
        yield Found("heap", found, "warn", look.how("heap", most * 2))
    else:
        yield Found("heap", found)


def _memory(look: Look) -> Iterator[Found]:
    heap, machine = look.memory["heap"], look.memory["machine"]
    if heap is None or machine is None:
        yield Found("memory", "the server does not tell", "unknown")
        return
    cache = look.page_cache or 0
    found = f"{sized(heap + cache)} of heap and page cache on a machine or container of {sized(machine)}"
    if heap + cache > machine * _ROOM:
        verdict: Verdict = "fail" if heap + cache > machine else "warn"
        fits = max(int(machine * _ROOM) - heap, 64 << 20)
        yield Found(
            "memory", found, verdict, f"less of both, or more memory; {sized(fits)} of page cache fit"
        )
    else:
        yield Found("memory", found)


def _page_cache(look: Look) -> Iterator[Found]:
    cache, store = look.page_cache, look.store
    if store is None:
        of = look.ask("doctor/size")[0]
        found = f"{sized(cache) if cache else 'not set'}, {of['nodes']:,} nodes and {of['edges']:,} edges"
        change = "see that the server's folder data/databases is no larger: it is not on this machine"
        yield Found("page cache", found, "unknown", change)
        return
    wanted = look.how("page_cache", int(store * 1.2))
    if cache is None:
        yield Found("page cache", f"not set, for a store of {sized(store)}", "warn", wanted)
    elif cache < store:
        yield Found("page cache", f"{sized(cache)} for a store of {sized(store)}", "warn", wanted)
    else:
        yield Found("page cache", f"{sized(cache)} for a store of {sized(store)}")


def _time(look: Look) -> Iterator[Found]:
    now = load("doctor/now")

    def asked(tx: Transaction) -> list[tuple[int, int]]:
        found = []
        for _ in range(_ASKED):
            before, since = time.time_ns(), time.perf_counter_ns()
            there = tx.columns(now)["now"]
            trip = (time.perf_counter_ns() - since) // 1000
            found.append((trip, there - before // 1000 - trip // 2))
        return found

    trip, skew = min(look.graph.read("doctor", asked))
    change = None
    if trip >= _SLOW:
        nearer = "this machine is busy" if look.here else "run boardtrace nearer to the server"
        change = f"{nearer}: a recall is about eight round trips"
    yield Found("round trip", f"{trip / 1000:.1f} ms", "warn" if change else "ok", change)
    off = max(abs(skew) - trip // 2, 0)
    found = "within half a round trip of this machine's"
    if off:
        found = f"{off / 1e6:.1f} s {'before' if skew > 0 else 'behind'} this machine's"
    verdict: Verdict = "fail" if off > _WRONG else "warn" if off > _SKEW else "ok"
    yield Found("clock", found, verdict, None if verdict == "ok" else "set both by a time server (NTP)")


def _timeout(look: Look) -> Iterator[Found]:
    others = look.settings[TIMEOUT]
    end = "have no limit" if others in {None, "0s"} else f"end after {others}"
    yield Found(
        "timeout",
        f"questions end after {look.graph.timeout:g} s (BOARDTRACE_TIMEOUT); "
        f"those of other clients {end} ({TIMEOUT})",
    )


def _csv(look: Look) -> Iterator[Found]:
    if look.settings[CSV] == "false":
        yield Found("load csv", "LOAD CSV reads no files of the server")
    else:
        found = "whoever may ask the server may read files of it by LOAD CSV"
        yield Found("load csv", found, "warn", f"{CSV}=false in neo4j.conf: boardtrace does not need it")


# The schema ---------------------------------------------------------------------------------------


def _schema(look: Look) -> Iterator[Found]:
    try:
        known = migrations(look.graph)
    except GraphUnreachable:
        raise
    except BoardtraceError as error:
        yield Found("schema", error.message, "fail", error.hint or None)
        return
    fresh = [migration for migration in known if migration.applied_at is None]
    if fresh:
        names = ", ".join(f"{migration.number:03} {migration.name}" for migration in fresh)
        found = f"not applied yet: {names if len(fresh) < len(known) else 'all of it'}"
        yield Found("schema", found, "warn", "any other command applies it")
    else:
        yield Found("schema", f"all {len(known)} migrations are applied")
    yield from _indexes(look, len(known) - len(fresh))


def _indexes(look: Look, many: int) -> Iterator[Found]:
    gone = missing(look.graph)
    for migration, state in gone:
        change = "`boardtrace schema --mend` makes it again"
        yield Found(f"index {migration.name}", state, "fail", change)
    filling = [row for row in look.ask("doctor/indexes") if row["state"] == "POPULATING"]
    for row in filling:
        found = f"being filled, {row['percent']:.0f} %"
        yield Found(f"index {row['name']}", found, "warn", "wait, then look again")
    if many and not gone and not filling:
        yield Found("indexes", f"all {many} are online")


CHECKS: dict[str, Callable[[Look], Iterator[Found]]] = {
    "version": _version,
    "edition": _edition,
    "driver": _driver,
    "heap": _heap,
    "memory": _memory,
    "page cache": _page_cache,
    "round trip": _time,
    "timeout": _timeout,
    "load csv": _csv,
    "schema": _schema,
}
"""What a check is called -> the check."""
