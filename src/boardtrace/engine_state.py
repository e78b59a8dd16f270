"""What is known of one embedded engine: its folder, its state file, whether it lives.

The engine keeps everything in ``HOME/engine``, Neo4j's own home: whoever deletes that
folder has a fresh engine, never one whose password nobody knows.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import psutil  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MODULE", "Folder", "Phase", "State"]

MODULE = "boardtrace.engine_server"
Phase = Literal["starting", "ready", "stopping", "stopped", "failed"]
_CLOCK_STEP = 2.0  # seconds: a process's start time moves when the clock is set


@dataclass(frozen=True, slots=True)
class State:
    """One line of truth about an engine, written by its server process only.

    ``created`` is the process's start (seconds since 1970): with ``pid`` it tells the
    server from another process that got the same number later.
    """

    phase: Phase
    pid: int
    created: float
    port: int = 0
    password: str = field(default="", repr=False)
    version: str = ""
    message: str = ""
    hint: str = ""

    @classmethod
    def own(cls, phase: Phase, **rest: Any) -> State:
        """Return a state of the process that runs this."""
        process = psutil.Process()
        return cls(phase, process.pid, process.create_time(), **rest)

    def terminate(self, seconds: float) -> bool:
        """Tell the server process to end and wait for it; False if it lives on after so long."""
        try:
            process = psutil.Process(self.pid)
            if self.alive():
                process.terminate()
                process.wait(seconds)
        except psutil.NoSuchProcess:
            pass
        except psutil.TimeoutExpired:
            return False
        return True

    def alive(self) -> bool:
        """Tell whether the server process that wrote this still runs."""
        if self.phase in {"stopped", "failed"}:
            return False
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.created) < _CLOCK_STEP
                and process.status() != psutil.STATUS_ZOMBIE
                and MODULE in process.cmdline()
            )
        except psutil.Error:
            return False

    def died(self) -> bool:
        """Tell whether the server ended without saying so: the next start recovers."""
        return self.phase in {"starting", "ready", "stopping"} and not self.alive()


@dataclass(frozen=True, slots=True)
class Folder:
    """``HOME/engine`` and the files in it."""

    home: Path

    @property
    def engine(self) -> Path:
        """Neo4j's home."""
        return self.home / "engine"

    @property
    def log(self) -> Path:
        """What the server process printed; Neo4j's own logs are beside it."""
        return self.engine / "logs" / "server.log"

    @property
    def used(self) -> Path:
        """Touched by whoever is about to use the engine."""
        return self.engine / "used"

    @property
    def lock(self) -> Path:
        """Held by the server process as long as it lives."""
        return self.engine / "server.lock"

    @property
    def configuration(self) -> Path:
        """Neo4j's settings, written at each start."""
        return self.engine / "engine.conf"

    @property
    def initial_password(self) -> Path:
        """Hash of the password, read by Neo4j when it makes its system database."""
        return self.engine / "data" / "dbms" / "auth.ini"

    @property
    def system_database(self) -> Path:
        """Exists once Neo4j has made its system database."""
        return self.engine / "data" / "databases" / "system"

    def make(self) -> None:
        """Make the folders, for their owner only; raises OSError."""
        # A folder that the user already had keeps its permissions: only ours are private.
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.engine.mkdir(mode=0o700, exist_ok=True)
        self.engine.chmod(0o700)
        self.log.parent.mkdir(exist_ok=True)

    def read(self) -> State | None:
        """Return the last state, None where there is none; raises OSError."""
        try:
            return State(**json.loads((self.engine / "state.json").read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, TypeError):
            return None  # from another version: the password is set anew

    def write(self, state: State) -> State:
        """Replace the state at once, readable by its owner only; raises OSError."""
        private_write(self.engine / "state.json", json.dumps(asdict(state)))
        return state

    def write_phase(self, state: State, phase: Phase) -> State:
        """Replace the phase of the state."""
        return self.write(replace(state, phase=phase))


def private_write(path: Path, text: str) -> None:
    """Write a whole file or none, mode 0600; raises OSError."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
