"""A graph's name -> where it answers; ``embedded:`` starts a real Neo4j for it.

The server is a process of its own (engine_server.py). It is started on first need,
found again by the next command, and stops after a time without use. All files of it
are in the folder ``engine`` of the graph's home.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from boardtrace.engine_jars import Progress, fetch
from boardtrace.engine_progress import shown
from boardtrace.engine_server import TAKEN
from boardtrace.engine_state import MODULE, Folder, Phase, State
from boardtrace.errors import AskedWrong, Busy, GraphUnreachable

if TYPE_CHECKING:
    from boardtrace.settings import Settings

__all__ = ["Endpoint", "Progress", "Status", "connect", "start", "status", "stop"]

_EMBEDDED = "embedded:"
_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_START_LIMIT = 1800.0  # seconds: recovery after a kill may take minutes, never this long
_STOP_LIMIT = 120.0  # seconds: a checkpoint of much unwritten data
_POLL = 0.05  # seconds between two looks at the state file
_ROOM = 256 << 20  # bytes that a disk must have free: on a full one Neo4j tries for two minutes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a graph answers.

    ``label`` is what the user is told, ``data`` the folder for what is kept beside the
    graph (its archive and facts): the embedded graph's home, or one per URL.
    """

    label: str
    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    data: Path


@dataclass(frozen=True, slots=True)
class Status:
    """An embedded engine: ``phase`` is its server's, ``uri`` and ``pid`` only while it runs."""

    home: Path
    phase: Phase
    running: bool
    log: Path
    uri: str | None = None
    pid: int | None = None
    version: str | None = None
    since: float | None = None
    """Seconds since 1970."""
    message: str = ""


def connect(graph: str, settings: Settings, progress: Progress | None = None) -> Endpoint:
    """Return where the graph answers, after starting its engine if it is an embedded one.

    ``graph`` is ``embedded:``, ``embedded:PATH`` or the URL of a Neo4j server, which is
    not contacted. ``progress`` is told of a download, a start or a recovery; without it
    they are shown on stderr. Raises AskedWrong for another form, GraphUnreachable if the
    engine cannot be fetched or does not start.
    """
    if not graph.startswith(_EMBEDDED):
        return _server(graph, settings)
    folder = _folder(graph, settings)
    state = _running(folder, settings, progress)
    return Endpoint(
        label=f"{_EMBEDDED}{folder.home}",
        uri=f"bolt://127.0.0.1:{state.port}",
        user="neo4j",
        password=state.password,
        database="neo4j",
        data=folder.home,
    )


def start(graph: str, settings: Settings, progress: Progress | None = None) -> Status:
    """Start the engine of an embedded graph unless it runs; errors as of connect()."""
    _running(_folder(graph, settings), settings, progress)
    return status(graph, settings)


def stop(graph: str, settings: Settings) -> Status:
    """Stop the engine of an embedded graph if it runs; returns what it was before.

    Raises Busy if it takes longer than two minutes (it goes on stopping).
    """
    before = status(graph, settings)
    state = _read(_folder(graph, settings))
    if state is not None and not state.terminate(_STOP_LIMIT):
        raise Busy(f"the graph engine (process {state.pid}) is still stopping", hint=f"see {before.log}")
    return before


def status(graph: str, settings: Settings) -> Status:
    """Tell whether the engine of an embedded graph runs, and where; starts nothing."""
    folder = _folder(graph, settings)
    state = _read(folder)
    if state is None:
        return Status(home=folder.home, phase="stopped", running=False, log=folder.log)
    if not state.alive():
        phase: Phase = "failed" if state.phase == "failed" or state.died() else "stopped"
        message = (
            "the server process was killed; the next start recovers" if state.died() else state.message
        )
        return Status(
            folder.home, phase, running=False, log=folder.log, version=state.version, message=message
        )
    uri = f"bolt://127.0.0.1:{state.port}" if state.phase == "ready" else None
    return Status(folder.home, state.phase, True, folder.log, uri, state.pid, state.version, state.created)


def _server(graph: str, settings: Settings) -> Endpoint:
    try:
        url = urlsplit(graph)
        known = url.scheme in _SCHEMES and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        known = False
    if not known:
        forms = ", ".join(f"{scheme}://HOST[:PORT]" for scheme in _SCHEMES)
        raise AskedWrong(
            f"no graph is called {_hidden(graph)!r}",
            parameter="graph",
            hint=f"write embedded:, embedded:PATH, {forms}",
        )
    if url.username is not None:
        raise AskedWrong(
            f"{_hidden(graph)} names a user",
            parameter="graph",
            hint="set BOARDTRACE_USER and BOARDTRACE_PASSWORD instead",
        )
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", f"{graph.rstrip('/')}_{settings.database}")
    return Endpoint(
        graph,
        graph,
        settings.user,
        settings.password.get_secret_value(),
        settings.database,
        settings.data / name,
    )


def _hidden(graph: str) -> str:
    return re.sub(r"//[^/]*@", "//...@", graph)  # a password is not repeated to the terminal or a log


def _folder(graph: str, settings: Settings) -> Folder:
    if not graph.startswith(_EMBEDDED):
        raise AskedWrong(
            f"{_hidden(graph)} is no embedded graph",
            parameter="graph",
            hint="only the engine of embedded: or embedded:PATH is ours",
        )
    path = graph.removeprefix(_EMBEDDED)
    return Folder((Path(path).expanduser() if path else settings.data / "graph").absolute())


def _read(folder: Folder) -> State | None:
    try:
        return folder.read()
    except OSError as error:
        raise _unusable(folder, error) from error


def _running(folder: Folder, settings: Settings, progress: Progress | None) -> State:
    """Return the state of a server that is ready, started by us or by another."""
    try:
        if folder.engine.is_dir():
            folder.used.touch()  # before the state is read, see engine_server
    except OSError as error:
        raise _unusable(folder, error) from error
    state = _read(folder)
    if state is not None and state.phase == "ready" and state.alive():
        return state
    report: AbstractContextManager[Progress] = shown() if progress is None else nullcontext(progress)
    with report as tell:
        fetch(settings.cache, tell)
        return _wait(folder, settings, tell)


def _wait(folder: Folder, settings: Settings, tell: Progress) -> State:
    child: subprocess.Popen[bytes] | None = None
    until = time.monotonic() + _START_LIMIT
    while time.monotonic() < until:
        state = _read(folder)
        alive = state is not None and state.alive()
        if state is not None and alive and state.phase == "ready":
            return state
        if child is None and not alive:
            recovers = state is not None and state.died()
            tell(
                "recovering the graph after its engine was killed"
                if recovers
                else "starting the graph engine",
                0,
                0,
            )
            child = _spawn(folder, settings)
        elif child is not None and child.poll() is not None:
            if child.returncode != TAKEN:
                _ended(folder, child)
            child = None  # another command was faster: its server is the one to wait for
        time.sleep(_POLL)
    raise Busy("the graph engine is still starting", hint=f"see {folder.log}")


def _spawn(folder: Folder, settings: Settings) -> subprocess.Popen[bytes]:
    try:
        folder.make()
        free = shutil.disk_usage(folder.engine).free
        if free < _ROOM:
            raise GraphUnreachable(
                f"the disk of {folder.home} is full ({free >> 20} MB free)",
                hint="make room, then run the command again",
            )
        with folder.log.open("ab") as log:
            child = subprocess.Popen(
                [
                    sys.executable, "-m", MODULE, str(folder.home),
                    f"--cache={settings.cache.absolute()}", f"--heap={settings.heap}",
                    f"--page-cache={settings.page_cache}", f"--idle={settings.idle_minutes * 60}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder.engine,
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise _unusable(folder, error) from error
    # Reaps it should it end before us; else it goes on without us.
    threading.Thread(target=child.wait, name="engine-reaper", daemon=True).start()
    return child


def _ended(folder: Folder, child: subprocess.Popen[bytes]) -> NoReturn:
    state = _read(folder)
    reason, hint = f"its process ended with code {child.returncode}{_last_words(folder)}", ""
    if state is not None and state.pid == child.pid and state.phase == "failed":
        reason, hint = state.message, state.hint
    raise GraphUnreachable(
        f"the graph engine of {folder.home} does not start: {reason}", hint=hint or f"see {folder.log}"
    )


def _last_words(folder: Folder) -> str:
    """Return the last line of the log: why a JVM does not start is said only there."""
    with contextlib.suppress(OSError):
        lines = folder.log.read_text("utf-8", "replace").split("\n")
        return next((f" ({line.strip()})" for line in reversed(lines) if line.strip()), "")
    return ""


def _unusable(folder: Folder, error: OSError) -> GraphUnreachable:
    return GraphUnreachable(
        f"the folder {folder.home} cannot be used: {error.strerror or error}",
        hint="choose another by BOARDTRACE_DATA or embedded:PATH",
    )
