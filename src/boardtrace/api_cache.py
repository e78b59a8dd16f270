"""Answers that were given already: as good as new until the next batch.

What a graph answers is decided by the batches that it holds. So an answer has a tag (ETag,
RFC 9110, 8.8.3) of the question, its form and the last batch; who has it is told that it still
holds, and who asks the same again is given the same bytes.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

import orjson
from cachetools import LRUCache

from boardtrace.kinds import DERIVED_BY

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Given", "Kept", "Wanted", "tag", "unchanged"]

_LARGEST = 4  # an answer that takes more than this part of the room is not kept

Wanted = tuple[object, ...]
"""What is asked for: the graph, the question, its parameters as given, the answer's form and coding."""

Kept = tuple[bytes, dict[str, str]]
"""An answer's body and headers."""


class Given:
    """The last answers, as many as fit into so many bytes; any thread may use it."""

    def __init__(self, room: int) -> None:
        self._most = room // _LARGEST
        self._kept = LRUCache[Wanted, Kept](maxsize=max(room, 1), getsizeof=lambda kept: len(kept[0]))
        self._lock = threading.Lock()

    def get(self, wanted: Wanted) -> Kept | None:
        """Return the last answer, if it is still kept; whether it still holds its tag says."""
        with self._lock:
            return self._kept.get(wanted)

    def keep(self, wanted: Wanted, body: bytes, headers: dict[str, str]) -> None:
        """Keep an answer instead of the one before it."""
        if len(body) <= self._most:
            with self._lock:
                self._kept[wanted] = (body, headers)


def tag(wanted: Wanted, batch: Mapping[str, object]) -> str:
    """Return the entity tag of an answer: the same only if it has the same bytes.

    ``batch`` is the last one, by number and hash: the hash is of it and of all before it.
    """
    said = [DERIVED_BY, batch["number"], batch["hash"], *wanted]
    return f'"{hashlib.sha256(orjson.dumps(said)).hexdigest()[:32]}"'


def unchanged(tagged: str, known: str | None) -> bool:
    """Say whether a client has it already, by its If-None-Match (RFC 9110, 13.1.2)."""
    names = [name.strip().removeprefix("W/") for name in (known or "").split(",")]
    return tagged in names or names == ["*"]
