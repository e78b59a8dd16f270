"""The archive: the source bytes of every batch, and the chain that binds them.

    objects/ab/abcdef....gz      source bytes, under their SHA-256, gzip'd
    chain/<graph>/00000001.json  one link a batch (chain.py), of the graph of that id
    chain/<graph>/writing        a batch is being taken: there may be objects of no link

A folder by default; any store that fsspec knows (s3://bucket/prefix) by BOARDTRACE_ARCHIVE.
Nothing in it is ever changed or deleted, but for objects that an ingest left behind when
it was killed before its link was written.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import shutil
import zlib
from typing import TYPE_CHECKING, Any

import fsspec  # type: ignore[import-untyped]
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from boardtrace.chain import Link, Source
from boardtrace.errors import BoardtraceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Archive"]

_PIECE = 1 << 20
_QUICK = 1  # gzip: tables shrink to a tenth at once, the last tenth of that costs four times as long


class Archive:
    """Sources and links of one graph; every method raises BoardtraceError if the store refuses."""

    def __init__(self, url: str, graph: str) -> None:
        self.url = url
        self.graph = graph
        with self._mapped("opened"):
            self._fs, self._root = fsspec.core.url_to_fs(url)

    def put(self, path: Path, name: str = "") -> Source:
        """Keep a file's bytes, unless they are there; return what a link says of it."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        place = self._object(digest)
        with self._mapped("written"):
            if not self._fs.exists(place):
                self._fs.makedirs(place.rpartition("/")[0], exist_ok=True)
                # no name and no time in it: equal bytes, equal object
                with (
                    path.open("rb") as plain,
                    self._whole(place) as raw,
                    gzip.GzipFile("", "wb", _QUICK, raw, mtime=0) as packed,
                ):
                    shutil.copyfileobj(plain, packed, _PIECE)
        return Source(name, digest, path.stat().st_size, self.packed(digest))

    def packed(self, digest: str) -> str:
        """Hash an object as it is stored."""
        with self._mapped("read"), self._fs.open(self._object(digest), "rb") as raw:
            found = hashlib.sha256()
            while piece := raw.read(_PIECE):
                found.update(piece)
            return found.hexdigest()

    def copy(self, digest: str, to: Archive) -> None:
        """Put an object into another archive as it is stored here."""
        with self._mapped("read"), self._fs.open(self._object(digest), "rb") as raw:
            to.receive(digest, raw)

    def receive(self, digest: str, raw: Any) -> None:
        """Take an object as another archive stores it."""
        place = self._object(digest)
        with self._mapped("written"):
            self._fs.makedirs(place.rpartition("/")[0], exist_ok=True)
            with self._whole(place) as out:
                shutil.copyfileobj(raw, out, _PIECE)

    def fetch(self, digest: str, to: Path) -> None:
        """Write the bytes with this SHA-256 to a file; an error if they are gone or others."""
        found = hashlib.sha256()
        place = self._object(digest)
        with self._mapped("read"):
            if not self._fs.exists(place):
                raise BoardtraceError(f"the archive {self.url} has no object {digest}")
            try:
                with (
                    self._fs.open(place, "rb") as raw,
                    gzip.GzipFile(fileobj=raw) as packed,
                    to.open("wb") as out,
                ):
                    while piece := packed.read(_PIECE):
                        found.update(piece)
                        out.write(piece)
            except (gzip.BadGzipFile, EOFError, ValueError, zlib.error) as error:
                raise BoardtraceError(
                    f"object {digest} of the archive {self.url} is broken: {error}"
                ) from None
        if found.hexdigest() != digest:
            raise BoardtraceError(
                f"object {digest} of the archive {self.url} has other bytes than its name says"
            )

    def add(self, link: Link) -> None:
        """Write a link of the chain, unless it is there."""
        with self._mapped("written"):
            self._fs.makedirs(self._chain(), exist_ok=True)
            place = self._link(link.number)
            text = link.text().encode()
            if not self._fs.exists(place) or self._fs.cat_file(place) != text:
                with self._whole(place) as raw:
                    raw.write(text)

    def knows(self, link: Link) -> bool:
        """Say whether this is the archive that holds what was before a link, or the bytes of the first."""
        with self._mapped("read"):
            if link.number > 1:
                return bool(self._fs.exists(self._link(link.number - 1)))
            first = [self._object(source.sha256) for source in link.files[:1]]
            return any(self._fs.exists(place) for place in (self._link(link.number), *first))

    def links(self) -> list[tuple[str, bytes]]:
        """Return name and bytes of every file of the chain, in order of name."""
        with self._mapped("read"):
            return [(name.rpartition("/")[2], self._fs.cat_file(name)) for name in self._links()]

    def last(self) -> tuple[str, bytes] | None:
        """Return name and bytes of the last file of the chain, None if it has none."""
        with self._mapped("read"):
            names = self._links()
            return (names[-1].rpartition("/")[2], self._fs.cat_file(names[-1])) if names else None

    def graphs(self) -> list[str]:
        """Return the ids of the graphs whose chains lie here."""
        with self._mapped("read"):
            place = f"{self._root}/chain"
            if not self._fs.isdir(place):
                return []
            return sorted(name.rstrip("/").rpartition("/")[2] for name in self._fs.ls(place, detail=False))

    def objects(self) -> dict[str, str]:
        """Return every file among the objects: the SHA-256 that its name says -> its name."""
        with self._mapped("read"):
            names = self._fs.find(f"{self._root}/objects")
            return {
                name.rpartition("/")[2].removesuffix(".gz"): name.removeprefix(self._root).lstrip("/")
                for name in names
            }

    def begin(self) -> None:
        """Mark that objects are being put whose link is not written yet."""
        with self._mapped("written"):
            self._fs.makedirs(self._chain(), exist_ok=True)
            self._fs.pipe_file(f"{self._chain()}/writing", b"")

    def sweep(self) -> None:
        """Remove the objects of an ingest that ended before its link was written, if there was one."""
        mark = f"{self._chain()}/writing"
        with self._mapped("written"):
            if not self._fs.exists(mark):
                return
            linked = set()
            for graph in self.graphs():
                for _, data in Archive(self.url, graph).links():
                    with contextlib.suppress(ValueError):
                        linked |= {one.sha256 for one in Link.parse(data.decode()).objects}
            for digest, name in self.objects().items():
                if digest not in linked:
                    self._fs.rm_file(f"{self._root}/{name}")
            self._fs.rm_file(mark)

    def _object(self, digest: str) -> str:
        return f"{self._root}/objects/{digest[:2]}/{digest}.gz"

    def _links(self) -> list[str]:
        if not self._fs.isdir(self._chain()):
            return []
        names = sorted(self._fs.ls(self._chain(), detail=False, refresh=True))
        return [name for name in names if not name.endswith("/writing")]

    def _chain(self) -> str:
        return f"{self._root}/chain/{self.graph}"

    def _link(self, number: int) -> str:
        return f"{self._chain()}/{number:08}.json"

    @contextlib.contextmanager
    def _whole(self, place: str) -> Iterator[Any]:
        """Open a file that is there when it is whole, or not at all."""
        part = f"{place}.part"
        with self._fs.open(part, "wb") as raw:
            yield raw
        local = isinstance(self._fs, LocalFileSystem)
        if local:  # a store elsewhere answers when it has it; a file of ours may be in memory only
            _synced(part)
        self._fs.mv(part, place)
        if local:
            _synced(place.rpartition("/")[0])

    @contextlib.contextmanager
    def _mapped(self, done: str) -> Iterator[None]:
        try:
            yield
        except BoardtraceError:
            raise
        except Exception as error:
            # each store raises errors of its own; what the batch itself raises passes elsewhere
            reason = (
                getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__
            )
            raise BoardtraceError(
                f"the archive {self.url} cannot be {done}: {reason}", hint="see BOARDTRACE_ARCHIVE"
            ) from error


def _synced(path: str) -> None:
    """See that a file, or the names in a folder, outlast a power cut; where folders can be opened."""
    with contextlib.suppress(PermissionError):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
