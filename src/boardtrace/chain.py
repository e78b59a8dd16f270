"""A link of the chain: what one batch was, bound to the one before.

Its hash is the SHA-256 of its text without the hash, in the one form that `text` gives:
whoever changes, drops or re-orders a link changes every hash after it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

__all__ = ["Link", "Source", "source_digest"]


@dataclass(frozen=True, slots=True)
class Source:
    """A file of a batch: ``name`` as the user knows it, and its bytes in the archive.

    ``packed`` is the SHA-256 of the object as it is stored.
    """

    name: str
    sha256: str
    bytes: int
    packed: str


@dataclass(frozen=True, slots=True)
class Link:
    """One batch.

    ``version`` is that of the program that read it, ``at`` the time of recording in
    microseconds since 1970, ``source`` the digest of all its files, ``options`` how they were
    read, by the file ``mapping`` too, ``delta`` what the digest of the graph grew by
    (digest.py), ``signed`` the signature that came with the files, if one did.
    """

    number: int
    version: str
    at: int
    source: str
    files: tuple[Source, ...]
    options: dict[str, str]
    read: int
    accepted: int
    duplicate: int
    quarantined: int
    delta: str
    previous: str
    mapping: Source | None = None
    signed: dict[str, str] | None = None
    hash: str = ""

    def sealed(self) -> Link:
        """Return the link with its hash."""
        return replace(self, hash=self.sum())

    def sum(self) -> str:
        """Compute the hash anew."""
        said = asdict(self)
        del said["hash"]
        return hashlib.sha256(_canonical(said).encode()).hexdigest()

    def text(self) -> str:
        """Write it as JSON, always the same bytes."""
        return _canonical(asdict(self)) + "\n"

    @property
    def objects(self) -> list[Source]:
        """Everything that it needs of the archive."""
        return [*self.files, *([self.mapping] if self.mapping else [])]

    @classmethod
    def parse(cls, text: str) -> Link:
        """Read what `text` wrote; ValueError if it is anything else."""
        try:
            said: dict[str, Any] = json.loads(text)
            mapping = said["mapping"]
            said["mapping"] = Source(**mapping) if mapping is not None else None
            link = cls(**{**said, "files": tuple(Source(**file) for file in said["files"])})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no link: {error}") from None
        if link.text() != text or not all(type(getattr(link, one.name)) in _TYPES for one in fields(cls)):
            raise ValueError("no link as this program writes it")
        return link


_TYPES = (int, str, tuple, dict, Source, type(None))


def _canonical(said: dict[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def source_digest(digests: list[str]) -> str:
    """Hash a set of files by their SHA-256, whatever their names and order."""
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()
