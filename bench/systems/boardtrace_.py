"""boardtrace over HTTP to the last byte, as `boardtrace serve` answers; and its part in the database."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import psutil  # type: ignore[import-untyped]

from bench.systems.base import Loaded, Plant, System, Unasked
from boardtrace import __version__, engine
from boardtrace.answer import ask
from boardtrace.graph import Graph, Transaction
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS
from boardtrace.schema import migrate
from boardtrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.truth import Asked, Rows

__all__ = ["MEASURED", "Boardtrace", "Timed"]

_NAMES = {"provenance": "provenance unit", "why": "why lot"}
_COLUMNS = {
    "unit": ("unit", "class", "top", "shipment", "customer"),
    "shipment": ("shipment", "customer", "certain", "possible", "past", "tops"),
    "customer": ("customer", "certain", "possible", "past", "tops"),
}
_PATIENCE = 120.0  # seconds for the API to answer after its start


@dataclass(frozen=True)
class Timed:
    """An answer that knows better than its caller how long it took."""

    answer: Any
    seconds: float


class Boardtrace(System):
    """An embedded graph and the API in front of it."""

    name = "boardtrace"
    ways = ("HTTP", "again", "ETag", "driver")
    colds = ("HTTP",)

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._graph = f"embedded:{home / 'graph'}"
        self._settings = Settings(timeout=600, idle_minutes=600)
        self._api: subprocess.Popen[bytes] | None = None
        self._tags: dict[str, str | None] = {}

    def load(self, plant: Plant) -> Loaded:
        """Ingest the input tables as they are."""
        with Graph(engine.connect(self._graph, self._settings), 600) as graph:
            migrate(graph)
            began = time.perf_counter()
            report = ingest(graph, [plant.folder])
            seconds = time.perf_counter() - began
        if report.quarantined:
            raise ValueError(
                f"{report.quarantined} rows of the plant are in quarantine: {report.problems[0]}"
            )
        self.stop()  # what is on disk is then all there is
        home = self.home / "graph"
        size = sum(path.stat().st_size for path in (home / "engine").rglob("*") if _store(path))
        beside = sum(
            path.stat().st_size for path in home.rglob("*") if path.is_file() and "engine" not in path.parts
        )
        self.start()
        return Loaded(seconds, {"graph": size, "graph, ledger and archive": size + beside})

    def start(self) -> None:
        """Start engine and API."""
        self._there = engine.connect(self._graph, self._settings)
        self._direct = _Clocked(self._there, 600)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        words = [sys.executable, "-m", "boardtrace", "serve", "--port", str(self._port)]
        given = {
            "BOARDTRACE_GRAPH": self._graph,
            "BOARDTRACE_TIMEOUT": "600",
            "BOARDTRACE_IDLE_MINUTES": "600",
        }
        self._api = subprocess.Popen(words, env={**os.environ, **given}, stderr=subprocess.DEVNULL)
        self._http = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                if self._get("/readyz", {})[0] == http.HTTPStatus.OK:
                    return
            except OSError:
                self._http.close()
            if self._api.poll() is not None or time.monotonic() > until:
                raise RuntimeError("boardtrace serve does not answer")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the API by its process id, and the engine."""
        if self._api and self._api.poll() is None:
            self._http.close()
            self._direct.close()
            self._api.terminate()
            self._api.wait(_PATIENCE)
        self._api = None
        self._tags = {}
        engine.stop(self._graph, self._settings)

    def _get(self, path: str, headers: dict[str, str]) -> tuple[int, bytes, str | None]:
        self._http.request("GET", path, headers=headers)
        answer = self._http.getresponse()
        return answer.status, answer.read(), answer.getheader("ETag")

    def prepare(self, way: str, asked: Asked) -> None:
        """Have a connection; where it is the second answer that is timed, ask once before."""
        try:
            self._get("/healthz", {})
        except (http.client.HTTPException, OSError):  # the server closes what was idle for five seconds
            self._http.close()
            self._get("/healthz", {})
        if way in {"again", "ETag"} and asked.key not in self._tags:
            _, _, self._tags[asked.key] = self._get(_path(asked), {})

    def ask(self, way: str, asked: Asked) -> Any:
        """Answer over HTTP, past any cache unless the way is for that; or by the driver alone."""
        if way == "driver":
            self._direct.seconds = 0.0
            answer = ask(self._direct, QUESTIONS[_NAMES.get(asked.kind, asked.kind)], _given(asked))
            return Timed(answer.records(), self._direct.seconds)
        headers = {"Cache-Control": "no-cache"} if way == "HTTP" else {}
        if way == "ETag":
            tag = self._tags.get(asked.key)
            if tag is None:
                raise Unasked("the answer has no ETag")
            headers = {"If-None-Match": tag}
        status, body, _ = self._get(_path(asked), headers)
        if status not in {http.HTTPStatus.OK, http.HTTPStatus.NOT_MODIFIED}:
            raise RuntimeError(f"{_path(asked)}: {status} {body[:500]!r}")
        return body

    def rows(self, asked: Asked, answer: Any) -> Rows:
        """Bring rows into the form of the truth."""
        if answer == b"":  # not modified: what was said before holds
            answer = self._get(_path(asked), {})[1]
        records = json.loads(answer)["rows"] if isinstance(answer, bytes) else answer
        if asked.kind == "provenance":
            return {
                (
                    r["via"],
                    " ".join(r["refdes"]),
                    f"{r['supplier']}/{r['lot']}",
                    " ".join(r["origins"]),
                    r["class"],
                )
                for r in records
            }
        if asked.kind == "history":
            return {(r["at"], r["kind"]) for r in records}
        if asked.kind == "why":
            fed: dict[str, set[str]] = {}
            for r in records:
                if r["edge"] == "FED":
                    fed.setdefault(r["to"], set()).add(r["from"])
            rows = {(r["from"], r["edge"], r["to"]) for r in records if r["edge"] not in {"FED", "PLACED"}}
            return rows | {
                (lot, "PLACED", r["to"]) for r in records if r["edge"] == "PLACED" for lot in fed[r["from"]]
            }
        return {tuple(r[name] for name in _COLUMNS[asked.by]) for r in records}

    def memory(self) -> int:
        """Return the memory of engine and API."""
        status = engine.status(self._graph, self._settings)
        pids = [pid for pid in (status.pid, self._api.pid if self._api else None) if pid]
        return sum(int(psutil.Process(pid).memory_info().rss) for pid in pids)

    def about(self) -> dict[str, str]:
        """Return version and settings."""
        settings = f"heap {self._settings.heap}, page cache {self._settings.page_cache}"
        return {"version": f"{__version__}, {self._direct.check()}", "settings": settings}


class _Clocked(Graph):
    """A graph that adds up the time that questions spend in the driver, rows decoded."""

    seconds = 0.0

    def read(self, name: str, work: Callable[[Transaction], Any], timeout: float | None = None) -> Any:
        """Run ``work``; what it does between statements does not count."""
        began, spent = time.perf_counter(), _Clock()

        def clocked(tx: Transaction) -> Any:
            spent.tx = tx
            start = time.perf_counter()
            try:
                return work(spent)  # type: ignore[arg-type]
            finally:
                spent.work = time.perf_counter() - start

        found = super().read(name, clocked, timeout)
        self.seconds += time.perf_counter() - began - spent.work + spent.driver
        return found


class _Clock:
    """A transaction that knows how long its statements took."""

    tx: Transaction
    work = driver = 0.0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.tx, name)

        def timed(*given: Any, **more: Any) -> Any:
            start = time.perf_counter()
            try:
                return method(*given, **more)
            finally:
                self.driver += time.perf_counter() - start

        return timed


def _given(asked: Asked) -> dict[str, str]:
    return {**asked.given, **({"by": asked.by} if asked.by else {})}


def _path(asked: Asked) -> str:
    name = _NAMES.get(asked.kind, asked.kind).replace(" ", "/")
    return f"/v1/{name}?{urlencode(_given(asked))}"


def _store(path: Path) -> bool:
    """Tell whether a file of the engine holds data: logs of transactions are kept a while, and are none."""
    return path.is_file() and "databases" in path.parts


MEASURED = Boardtrace
