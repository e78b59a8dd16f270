"""A process for each system: its memory is its own, and its clock stands beside it."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from bench.systems.base import Loaded, Plant
    from bench.truth import Asked, Rows

__all__ = ["Failed", "Worker"]

_PATIENCE = 120.0  # seconds for a system to stop


class Failed(Exception):
    """A system failed, or has no answer; says why in a line."""


class Worker:
    """A system in a process of its own, at the other end of a pipe."""

    def __init__(self, name: str, home: Path) -> None:
        home.mkdir(parents=True)
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(name, home, other), name=name)
        self._process.start()
        other.close()
        self.title, self.ways, self.colds = self._call("hello")

    def load(self, plant: Plant) -> tuple[Loaded, dict[str, str]]:
        """Load a plant; return what it took, and version and settings."""
        found: tuple[Loaded, dict[str, str]] = self._call("load", plant)
        return found

    def ask(self, way: str, asked: Asked) -> float:
        """Return the seconds of an answer; Failed if there is none."""
        return float(self._call("ask", way, asked))

    def check(self, way: str, asked: Asked, right: Rows) -> str:
        """Return what is wrong with an answer: nothing, or how many rows it lacks and has too many."""
        return str(self._call("check", way, asked, right))

    def restart(self) -> None:
        """Stop and start the system."""
        self._call("restart")

    def memory(self) -> int:
        """Return the bytes of memory that the system holds."""
        return int(self._call("memory"))

    def close(self) -> None:
        """Stop the system and end the process."""
        with contextlib.suppress(Failed, OSError):
            self._call("close")
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.terminate()

    def _call(self, what: str, *given: Any) -> Any:
        try:
            self._pipe.send((what, given))
            fault, found = self._pipe.recv()
        except (EOFError, BrokenPipeError) as error:
            raise Failed("the process ended") from error
        if fault:
            raise Failed(fault)
        return found


def _serve(name: str, home: Path, pipe: Connection) -> None:
    """Answer calls until there are no more; whatever happens, stop what was started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who was interrupted closes the pipe
    from bench.systems import system  # noqa: PLC0415  a system's dependencies are its process's own
    from bench.systems.base import Unasked  # noqa: PLC0415

    measured = None
    try:
        while True:
            what, given = pipe.recv()
            try:
                measured = measured or system(name)(home)
                pipe.send(("", _done(measured, what, given)))
            except Unasked as error:
                pipe.send((str(error), None))
            except Exception as error:  # noqa: BLE001  told in the report
                traceback.print_exc(file=sys.stderr)
                pipe.send((f"{type(error).__name__}: {error}".splitlines()[0], None))
            if what == "close":
                return
    except EOFError:
        return
    finally:
        if measured is not None:
            measured.stop()
            measured.close()


def _done(measured: Any, what: str, given: tuple[Any, ...]) -> Any:
    if what == "hello":
        return measured.name, measured.ways, measured.ways if measured.colds is None else measured.colds
    if what == "load":
        return measured.load(*given), measured.about()
    if what == "ask":
        return _clocked(measured, *given)[0]
    if what == "check":
        *asked, right = given
        found = measured.rows(asked[1], _clocked(measured, *asked)[1])
        return "" if found == right else f"{len(right - found)} rows missing, {len(found - right)} too many"
    if what == "restart":
        measured.stop()
        measured.start()
        return None
    return measured.memory() if what == "memory" else None


def _clocked(measured: Any, way: str, asked: Asked) -> tuple[float, Any]:
    measured.prepare(way, asked)
    began = time.perf_counter()
    answer = measured.ask(way, asked)
    seconds = time.perf_counter() - began
    if hasattr(answer, "seconds"):
        return answer.seconds, answer.answer
    return seconds, answer
