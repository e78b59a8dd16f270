"""PostgreSQL as an expert would have it: indexed, analysed, prepared, jit off; a server of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import psutil  # type: ignore[import-untyped]
import psycopg

from bench.systems.base import SCHEMAS, Loaded, Plant, Sql

__all__ = ["MEASURED", "Postgres", "binaries"]

_SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "128MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    "synchronous_commit": "off",
    "jit": "off",
    "autovacuum": "off",  # nothing changes after the load, which ends with VACUUM ANALYZE
}
_INDEXES = """
ALTER TABLE lot ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX ON lot(supplier, code);
CREATE INDEX ON lot(part, date_code);
CREATE INDEX ON move(parent, child);
CREATE INDEX ON move(child, parent);
ALTER TABLE unit ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX ON unit(unit);
CREATE INDEX ON mount(child) INCLUDE (parent, "at", until);
CREATE INDEX ON mount(parent) INCLUDE (child, "at", until);
CREATE INDEX ON inside(child) INCLUDE (parent, "at", until);
ALTER TABLE run ADD PRIMARY KEY (id);
CREATE INDEX ON run(machine, first_at);
CREATE INDEX ON feed(lot);
CREATE INDEX ON feed(run);
CREATE INDEX ON placed(run, "at") INCLUDE (unit, ended);
CREATE INDEX ON placed(unit) INCLUDE (run, "at");
CREATE INDEX ON gone(unit, run, lot);
CREATE INDEX ON test(unit);
CREATE INDEX ON removal(unit);
CREATE INDEX ON placement(lot);
CREATE INDEX ON placement(unit);
CREATE INDEX ON visit(machine, "at") INCLUDE (unit, ended);
CREATE INDEX ON packing(unit);
CREATE INDEX ON consignment(container);
CREATE INDEX ON shipment(shipment);
CREATE INDEX ON lot_run(lot);
CREATE INDEX ON lot_shipment(lot);
"""
# What is searched first decides the order of rows on disk.
_ORDER = {
    "placement": "lot, unit",
    "placed": "run, unit",
    "feed": "lot",
    "lot_run": "lot, run",
    "lot_shipment": "lot",
}
_TYPES = {"VARCHAR": "text", "INTEGER": "integer", "BIGINT": "bigint", "HUGEINT": "bigint"}
_PATIENCE = 60.0  # seconds for the server to start or stop


def binaries() -> Path:
    """Return the folder of PostgreSQL's server programs; FileNotFoundError says how to get them."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise FileNotFoundError(
        "no initdb: install the package postgresql (sh bench/setup.sh), or leave it out"
    )


class Postgres(Sql):
    """A cluster in a temporary folder, on a socket in it, ended by its process id."""

    name = "PostgreSQL"
    ways = ("recursive", "two", "plain", "roll-up")
    placeholder = r"%(\1)s"

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._server: subprocess.Popen[bytes] | None = None

    @cached_property
    def _cluster(self) -> Path:
        # the path of a socket may have hundred characters: not below a deep folder of somebody's
        return Path(tempfile.mkdtemp(prefix="bench-pg-"))

    @cached_property
    def _user(self) -> str | None:
        """Return the user to run the server as, since it refuses root; None: who runs this."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                pwd.getpwnam(name)
            except KeyError:
                continue
            return name
        raise LookupError("PostgreSQL refuses root, and there is neither a user postgres nor nobody")

    def _as_user(self, *words: str | Path) -> list[str]:
        given = list(map(str, words))
        if self._user is None:
            return given
        group = str(pwd.getpwnam(self._user).pw_gid)
        return ["setpriv", "--reuid", self._user, "--regid", group, "--clear-groups", *given]

    def load(self, plant: Plant) -> Loaded:
        """Make a cluster, copy the derived tables in, index and analyse them."""
        if self._user:
            shutil.chown(self._cluster, self._user)
        options = ["-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        initdb = self._as_user(binaries() / "initdb", "-D", self._cluster / "data", *options)
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/")
        self.start()
        began = time.perf_counter()
        with duckdb.connect(str(plant.relations), read_only=True) as source:
            for table in dict.fromkeys(name for tables in SCHEMAS.values() for name in tables):
                self._fill(source, table)
        for line in filter(str.strip, _INDEXES.split(";")):
            self._db.execute(line)
        self._db.execute("VACUUM ANALYZE")
        self._db.execute("CHECKPOINT")
        seconds = time.perf_counter() - began + plant.derived_seconds
        return Loaded(seconds, {kept: self._size(tables) for kept, tables in SCHEMAS.items()})

    def _fill(self, source: duckdb.DuckDBPyConnection, table: str) -> None:
        found = source.table(table)
        columns = ", ".join(
            f'"{n}" {_TYPES[str(t)]}' for n, t in zip(found.columns, found.types, strict=True)
        )
        self._db.execute(f"CREATE TABLE {table} ({columns})")
        path = self.home / f"{table}.csv"
        order = f" ORDER BY {_ORDER[table]}" if table in _ORDER else ""
        source.execute(f"COPY (FROM {table}{order}) TO '{path}' (HEADER false, NULLSTR '\\N')")
        into = f"COPY {table} FROM STDIN (FORMAT csv, NULL '\\N')"
        with self._db.cursor() as cursor, path.open("rb") as file, cursor.copy(into) as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        path.unlink()

    def _size(self, tables: list[str]) -> int:
        query = "SELECT sum(pg_total_relation_size(t::regclass))::bigint FROM unnest(%s::text[]) t"
        (size,) = self._db.execute(query, [tables]).fetchone() or (0,)
        return int(size)

    def start(self) -> None:
        """Start the server and connect."""
        super().start()
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        postgres = [binaries() / "postgres", "-D", self._cluster / "data", "-k", self._cluster]
        self._server = subprocess.Popen(
            self._as_user(*postgres, "-c", "listen_addresses=", *settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        until = time.monotonic() + _PATIENCE
        while not self._connected():
            if self._server.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the PostgreSQL server does not start")
            time.sleep(0.05)

    def _connected(self) -> bool:
        where = f"host={self._cluster} user=bench dbname=postgres"
        try:
            self._db = psycopg.connect(where, autocommit=True)
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End the server by its process id."""
        if self._server and self._server.poll() is None:
            if hasattr(self, "_db"):
                self._db.close()
            self._server.send_signal(signal.SIGINT)  # "fast": no waiting for clients
            self._server.wait(_PATIENCE)

    def close(self) -> None:
        """Remove the cluster."""
        shutil.rmtree(self._cluster, ignore_errors=True)

    def run(self, text: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run a statement, prepared, its rows in the binary form."""
        with self._db.cursor(binary=True) as cursor:
            return cursor.execute(text, given, prepare=True).fetchall()

    def memory(self) -> int:
        """Return the memory of the server's processes, what they share counted once."""
        if self._server is None:
            return 0
        server = psutil.Process(self._server.pid)
        return sum(_held(process) for process in [server, *server.children(recursive=True)])

    def about(self) -> dict[str, str]:
        """Return version and settings."""
        (version,) = self._db.execute("SHOW server_version").fetchone() or ("?",)
        settings = ", ".join(f"{name} {value}" for name, value in _SETTINGS.items())
        return {"version": f"{version}, psycopg {psycopg.__version__}", "settings": settings}


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return int(process.memory_info().rss)


MEASURED = Postgres
