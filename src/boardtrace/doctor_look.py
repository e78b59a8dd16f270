"""What the checks of `boardtrace doctor` look at, and what they say."""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from boardtrace.errors import BoardtraceError
from boardtrace.statement import load

if TYPE_CHECKING:
    from boardtrace.graph import Graph

__all__ = ["CSV", "TIMEOUT", "Found", "Look", "Verdict", "sized"]

Verdict = Literal["ok", "warn", "fail", "unknown"]

CSV = "dbms.security.allow_csv_import_from_file_urls"
TIMEOUT = "db.transaction.timeout"
_PAGE_CACHE = "server.memory.pagecache.size"
_DATA = "server.directories.data"
_BYTES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


@dataclass(frozen=True, slots=True)
class Found:
    """One check: ``change`` says what to do about it, None where there is nothing to do."""

    check: str
    found: str
    verdict: Verdict = "ok"
    change: str | None = None


class Look:
    """A graph as the checks see it: what several of them need is asked once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.embedded = graph.endpoint.label.startswith("embedded:")
        self.here = _here(graph.endpoint.uri)

    def ask(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run cypher/``name``.cypher in a read transaction."""
        return self.graph.read("doctor", lambda tx: tx.rows(load(name), **parameters))

    @functools.cached_property
    def settings(self) -> dict[str, str | None]:
        """The server's configuration, of those settings that matter here."""
        rows = self.ask("doctor/settings", names=[CSV, TIMEOUT, _PAGE_CACHE, _DATA])
        if not rows:
            raise BoardtraceError("this user may not see the server's settings")
        return {row["name"]: row["value"] for row in rows}

    @functools.cached_property
    def memory(self) -> dict[str, int | None]:
        """Bytes: ``heap`` at most, and of the ``machine``."""
        return self.ask("doctor/memory")[0]

    @functools.cached_property
    def page_cache(self) -> int | None:
        """Bytes, None where the server decides by itself."""
        said = self.settings[_PAGE_CACHE]
        match = re.fullmatch(r"([\d.]+)([KMGT]?i?B)", said or "")
        return int(float(match[1]) * _BYTES[match[2]]) if match else None

    @functools.cached_property
    def store(self) -> int | None:
        """Bytes of the graph's store, None where it is on another machine."""
        data = self.settings[_DATA]
        if not data or not self.here:
            return None
        return _size(Path(data) / "databases" / self.graph.endpoint.database)

    def how(self, setting: str, size: int) -> str:
        """Say how a memory setting is set to so many bytes, rounded up."""
        wanted = f"{-(-size >> 28) * 256}m" if size < 1 << 30 else f"{-(-size >> 30)}g"
        if self.embedded:
            return f"BOARDTRACE_{setting.upper()}={wanted}, then `boardtrace engine stop`"
        full = {"heap": "heap.max_size", "page_cache": "pagecache.size"}[setting]
        return f"server.memory.{full}={wanted} in neo4j.conf, then restart the server"


def sized(size: int) -> str:
    """Write a number of bytes for people."""
    if size < 1 << 30:
        return f"{size / (1 << 20):.0f} MB"
    return f"{size / (1 << 30):.1f} GB"


def _size(folder: Path) -> int | None:
    """Add up the files of a folder, None if there is none; PermissionError if it is closed to us."""
    if not folder.is_dir():
        return None
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _here(uri: str) -> bool:
    """Say whether the address is one of this machine's own."""
    host = urlsplit(uri).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
