"""The files of an ingest: folders walked, archives unpacked, each under a name of its own."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from boardtrace.errors import AskedWrong, BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UNNAMED", "File", "broken", "collect", "saved"]

_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
_HEAD = 1 << 16
_LONGEST = 255  # bytes of a name, on any file system of today
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    ValueError,  # a name that is none
)


@dataclass(frozen=True, slots=True)
class File:
    """A file to read; ``name`` is what the user knows it by, and tells what it holds."""

    name: str
    path: Path

    @property
    def base(self) -> str:
        """Its name without folders."""
        return PurePosixPath(self.name).name

    def sha256(self) -> str:
        """Hash its bytes."""
        with self.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()


def collect(paths: list[Path], folder: Path) -> list[File]:
    """List the files of all paths, archives unpacked into ``folder``.

    An archive that cannot be unpacked, or has nothing in it, is in the list as it is. No two files
    have one name: who comes second has that of what it came in before it. BadInput if there is nothing.
    """
    found: dict[str, File] = {}
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path}: no such file or folder")
        for file in _walk(path):
            for inner in _plain(file, folder):
                name, holder = inner.name, file.name if inner.path != file.path else path.name
                if name in found:
                    name = f"{holder}/{name}"
                number = 2
                while name in found:
                    name = f"{holder}~{number}/{inner.name}"
                    number += 1
                found[name] = replace(inner, name=name)
    if not found:
        raise BadInput(f"{', '.join(map(str, paths))}: nothing to read there")
    return list(found.values())


_MAGIC = {b"PK\x03\x04": ".zip", b"\x1f\x8b": ".tar.gz", b"BZh": ".tar.bz2", b"\xfd7zXZ": ".tar.xz"}


def broken(file: File, head: bytes) -> bool:
    """Say whether a file that `collect` left as it is, and that begins so, is or should be an archive."""
    return head.startswith(tuple(_MAGIC)) or file.base.lower().endswith(_ARCHIVES)


UNNAMED = "input"
"""What a stream without a name is called."""


def saved(stream: IO[bytes], folder: Path, name: str = "") -> Path:
    """Save a stream of bytes as a file; without a ``name`` its ending is that of what it holds.

    AskedWrong if no file can have the name.
    """
    head = stream.read(_HEAD)
    if not name:
        known = {**_MAGIC, b"{": ".ndjson"}
        ending = next((end for magic, end in known.items() if head.lstrip().startswith(magic)), "")
        name = f"{UNNAMED}{ending or ('.tar' if head[257:262] == b'ustar' else '')}"
    base = PurePosixPath(name).name
    if base in {"", ".."} or "\0" in base or len(os.fsencode(base)) > _LONGEST:
        raise AskedWrong(
            f"name: should be a file's, as visits.csv, not {name[:_LONGEST]!r}", parameter="name"
        )
    path = folder / base
    with path.open("wb") as out:
        out.write(head)
        shutil.copyfileobj(stream, out)
    return path


def _walk(path: Path) -> Iterator[File]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path)
            if file.is_file() and not any(part.startswith((".", "__MACOSX")) for part in name.parts):
                yield File(_spelled(name.as_posix()), file)
    else:
        yield File(_spelled(path.name), path)


def _spelled(name: str) -> str:
    """Spell a name that is not UTF-8, as an old archive may have, so that it can be told and kept."""
    return name.encode("utf-8", "backslashreplace").decode()


def _plain(file: File, folder: Path) -> list[File]:
    """Unpack a file, and what is packed in it; itself if it is no archive, a broken or an empty one."""
    room = folder / str(sum(1 for _ in folder.iterdir()))
    room.mkdir()
    try:
        return list(_unpacked(file, room)) or [file]
    except _BROKEN:
        return [file]


def _extract(path: Path, folder: Path) -> None:
    """Unpack an archive into rooms of ``folder``: it may hold two files of one name, and both are read."""
    seen: Counter[str] = Counter()

    def room(name: str) -> Path:
        inside = "/".join(part for part in PurePosixPath(name).parts if part not in {"/", ".."})
        seen[inside] += 1
        return folder / str(seen[inside])

    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as packed:
            for entry in packed.infolist():
                entry.filename = entry.filename.replace("\\", "/")  # as old ones of Windows part folders
                packed.extract(entry, room(entry.filename))  # zipfile itself keeps names inside
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                archive.extract(member, room(member.name), filter="data")


def _unpacked(file: File, folder: Path) -> Iterator[File]:
    name = file.path.name.lower()
    if name.endswith(_ARCHIVES):
        inside, deeper = folder / "inside", folder / "deeper"
        inside.mkdir()
        deeper.mkdir()
        _extract(file.path, inside)
        for room in sorted(inside.iterdir()):
            for inner in _walk(room):
                yield from _plain(inner, deeper)
    elif name.endswith(".gz"):
        plain = folder / file.path.name[:-3]
        with gzip.open(file.path) as packed, plain.open("wb") as out:
            shutil.copyfileobj(packed, out)
        yield File(file.name, plain)
    else:
        yield file
