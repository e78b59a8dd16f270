"""The server process of an embedded graph: ``python -m boardtrace.engine_server HOME``.

Started by engine.py in a session of its own, so that it outlives the command which
needed it. It starts a JVM in itself, builds Neo4j by its embedding API, says in its
state file how to reach it, and stops when told to (SIGTERM) or after a time without
use. Only this process writes the state file, and only while it holds the lock.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from boardtrace.engine_jars import VERSION, libjvm, verified
from boardtrace.engine_state import Folder, State, private_write
from boardtrace.errors import GraphUnreachable

__all__ = ["MODULES", "TAKEN", "main"]

TAKEN = 75
"""Exit code: another server process has this home."""

_USER = "neo4j"
_LOCK_WAIT = 5.0  # seconds: a server that just ended may hold the lock a moment longer
MODULES = ("java.nio", "sun.nio.ch", "java.io")  # Neo4j looks into these packages of the JDK
_JVM_SPEED = (
    "-XX:+UseParallelGC",
    # The second compiler takes a third of the CPU of a start, for code that runs once: let it wait longer.
    "-XX:Tier4InvocationThreshold=20000",
    "-XX:Tier4MinInvocationThreshold=3000",
    "-XX:Tier4CompileThreshold=40000",
    "-XX:Tier4BackEdgeThreshold=120000",
)
# Plans are kept by the length of each list and name too, unless told otherwise: a recall of two lots, of
# eleven, of a hundred was planned anew each time, at seconds of CPU, to the same plan.
_SETTINGS = """\
server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.directories.logs=logs
server.memory.pagecache.size={page_cache}
db.tx_log.rotation.size=64m
db.tx_log.rotation.retention_policy=keep_none
dbms.security.auth_enabled=true
dbms.security.allow_csv_import_from_file_urls=false
internal.dbms.cypher_ip_blocklist=0.0.0.0/0,::/0
server.memory.query_cache.per_db_cache_num_entries=250
dbms.cypher.min_replan_interval=300s
internal.cypher.use_parameter_size=false
dbms.usage_report.enabled=false
dbms.fleet_manager.enabled=false
server.fleet_discovery.enabled=false
internal.dbms.bolt.netty_server_shutdown_quiet_period_duration=0s
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the server until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="boardtrace.engine_server")
    parser.add_argument("home", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--heap", default="1g")
    parser.add_argument("--page-cache", default="512m")
    parser.add_argument("--idle", type=float, default=1800.0, help="seconds without use before it stops")
    options = parser.parse_args(arguments)
    folder = Folder(options.home)
    try:
        with FileLock(folder.lock, timeout=_LOCK_WAIT):
            return _Server(folder, options).run()
    except Timeout:
        return TAKEN


class _Server:
    """One run of the server: the state file follows what it does."""

    def __init__(self, folder: Folder, options: argparse.Namespace) -> None:
        self.folder = folder
        self.options = options
        self.told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.told.set())
        before = folder.read()
        self.state = State.own(
            "starting",
            port=_free(before.port) if before else 0,
            password=before.password if before else "",
            version=VERSION,
        )

    def run(self) -> int:
        self.folder.write(self.state)
        try:
            service = self._start()
        except GraphUnreachable as error:
            return self._fail(error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - Java's exceptions have no common base of ours
            return self._fail(_reason(error))
        try:
            self._serve()
        finally:
            service.shutdown()
        self.folder.write_phase(self.state, "stopped")
        return 0

    def _fail(self, message: str, hint: str = "") -> int:
        print(message, file=sys.stderr, flush=True)  # noqa: T201 - into the log
        with contextlib.suppress(OSError):  # the disk is full: the exit code must do
            self.folder.write(replace(self.state, phase="failed", message=message, hint=hint))
        return 1

    def _start(self) -> Any:
        """Return the running Neo4j, its database online and its password ours."""
        import jpype  # noqa: PLC0415 - takes a while: the state comes first

        jars = verified(self.options.cache)
        jpype.startJVM(
            f"-Xmx{self.options.heap}",
            "-Xrs",  # signals are for Python
            *_JVM_SPEED,
            "-XX:+ExitOnOutOfMemoryError",  # recovers at the next start, better than half alive
            f"-XX:ErrorFile={self.folder.log.parent / 'jvm-%p.log'}",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in MODULES),
            jvmpath=libjvm(),
            classpath=[str(jar) for jar in jars],
            convertStrings=False,
            interrupt=False,
        )
        known = bool(self.state.password)
        if not known:
            self.state = replace(self.state, password=secrets.token_urlsafe(24))
        if not self.folder.system_database.exists():
            self.folder.write(self.state)  # an old database's password is written once it is set
            self._write_initial_password()
            known = True
        settings = _SETTINGS.format(port=self.state.port, page_cache=self.options.page_cache)
        private_write(self.folder.configuration, settings)
        path = jpype.JClass("java.nio.file.Path").of
        builder = jpype.JClass("org.neo4j.dbms.api.DatabaseManagementServiceBuilder")(
            path(str(self.folder.engine))
        )
        service = builder.loadPropertiesFromFile(path(str(self.folder.configuration))).build()
        try:
            self._settle(service, known=known)
        except BaseException:
            service.shutdown()
            raise
        return service

    def _write_initial_password(self) -> None:
        # What `neo4j-admin dbms set-initial-password` does; by Cypher it takes 6 s more.
        import jpype  # noqa: PLC0415

        security = jpype.JPackage("org").neo4j.server.security
        secret = jpype.JArray(jpype.JByte)(self.state.password.encode())
        hashed = security.SystemGraphCredential.createCredentialForPassword(secret, security.SecureHasher())
        self.folder.initial_password.parent.mkdir(parents=True, exist_ok=True)
        private_write(self.folder.initial_password, f"{_USER}:{hashed.serialize()}:\n")

    def _settle(self, service: Any, *, known: bool) -> None:
        """Check what build() does not, set a password nobody knows, and say we are ready."""
        import jpype  # noqa: PLC0415

        system, graph = service.database("system"), service.database("neo4j")
        inside = system.getDependencyResolver().resolveDependency
        if not graph.isAvailable(1000):
            states = inside(jpype.JClass("org.neo4j.dbms.DatabaseStateService"))
            cause = states.causeOfFailure(graph.databaseId()).orElse(None)
            raise GraphUnreachable(_reason(cause) if cause is not None else "its database is not online")
        if not known:
            with system.beginTx() as transaction:
                parameters = jpype.JClass("java.util.HashMap")({"password": self.state.password})
                command = f"ALTER USER {_USER} SET PASSWORD $password CHANGE NOT REQUIRED"
                transaction.execute(command, parameters).close()
                transaction.commit()
        connectors = jpype.JPackage("org").neo4j.configuration.connectors
        address = inside(connectors.ConnectorPortRegister).getLocalAddress(connectors.ConnectorType.BOLT)
        self.connections = inside(jpype.JClass("org.neo4j.kernel.api.net.NetworkConnectionTracker"))
        self.folder.used.touch()
        self.state = self.folder.write(replace(self.state, phase="ready", port=int(address.getPort())))

    def _serve(self) -> None:
        """Return once told to stop, or after the idle time without any Bolt connection."""
        last = time.time()
        while not self.told.wait(min(1.0, self.options.idle / 4)):
            if self.connections.activeConnections():
                last = time.time()
            elif time.time() - max(last, self._touched()) > self.options.idle:
                # Who wants the engine touches the file, then reads the state: one of us sees the other.
                self.folder.write_phase(self.state, "stopping")
                if time.time() - self._touched() > self.options.idle:
                    return
                self.folder.write(self.state)
        self.folder.write_phase(self.state, "stopping")

    def _touched(self) -> float:
        try:
            return self.folder.used.stat().st_mtime
        except OSError:
            return 0.0


def _free(port: int) -> int:
    """Return the port if it can be had again, so that clients find a restarted engine; else 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _reason(error: BaseException) -> str:
    """Return the innermost cause in one line: Neo4j wraps it several times."""
    cause: Any = error
    while getattr(cause, "getCause", None) is not None and cause.getCause() is not None:
        cause = cause.getCause()
    name = type(cause).__name__.rsplit(".", 1)[-1].removesuffix("Exception")
    if "FileLock" in name:
        return "another Neo4j has this folder's database open"
    lines = str(cause.getMessage() if hasattr(cause, "getMessage") else cause).splitlines()
    return f"{name}: {lines[0]}" if lines else name


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # not through the JVM's own end: threads of a failed build() may never let it
