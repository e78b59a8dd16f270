"""Live messages: received, kept in a file, taken as a batch, and only then acknowledged.

A message stays unsettled, so that the broker keeps it, until the batch that holds it is a link of
the chain and in the archive. Whatever dies before that, the message comes again; what the ledger
has already is a duplicate there. So nothing is lost and no fact is there twice.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import tempfile
import time
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import orjson

from boardtrace.errors import BadInput, BoardtraceError, BrokerUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from boardtrace.amqp import Message
    from boardtrace.ingest import Report

__all__ = ["Inbox", "Listener", "lines"]

_TICK = 0.25  # seconds between two looks whether we are to stop
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds between two tries
_MOST_BYTES = 64 << 20  # a batch is not longer, but for its last message
_MOST_UNPACKED = 256 << 20  # a compressed message may become
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


class Inbox(Protocol):
    """Where messages come from (amqp.py); its methods raise BrokerUnreachable once it is gone."""

    def receive(self, limit: int, seconds: float) -> list[Message]:
        """Return what is there, so many at most; wait so long for the first."""
        ...

    def accept(self, messages: list[Message]) -> None:
        """Settle them: they do not come again."""
        ...

    def close(self) -> None:
        """Give back what is not settled."""
        ...


@dataclass(slots=True)
class _Batch:
    """Messages that are held, and the files with their text, one for each address."""

    folder: Path
    at: datetime
    messages: list[Message] = field(default_factory=list)
    size: int = 0
    files: dict[str, Path] = field(default_factory=dict)

    def add(self, messages: list[Message]) -> None:
        for message in messages:
            text = b"".join(line + b"\n" for line in lines(message))
            with self._file(message.address).open("ab") as out:
                out.write(text)
            self.size += len(text)
        self.messages += messages

    def _file(self, address: str) -> Path:
        """Return the file of an address: it says where its messages are from, and since when."""
        if address not in self.files:
            plain = re.sub(r"[^A-Za-z0-9.-]+", "_", address).strip("_.") or "address"
            name = f"amqp-{plain}-{self.at:%Y%m%dT%H%M%S.%fZ}"
            taken = {path.name for path in self.files.values()}
            number = 1
            while (full := f"{name}{f'~{number}' if number > 1 else ''}.ndjson") in taken:
                number += 1
            self.files[address] = self.folder / full
        return self.files[address]


@dataclass(slots=True)
class Listener:
    """Takes what an inbox has, until told to stop.

    ``connect`` opens the inbox, ``take`` makes a batch of files, ``tell`` hears of each batch and of
    what went wrong; files that cannot be read at all are kept in ``refused``.
    """

    connect: Callable[[], Inbox]
    take: Callable[[list[Path]], Report]
    tell: Callable[[str, Report | BoardtraceError], None]
    stop: Event
    refused: Path
    every: float = 5.0
    most: int = 10_000

    def run(self) -> None:
        """Listen until ``stop`` is set; what was received by then is taken and acknowledged.

        Raises what is wrong with the first connection; later ones are tried until they succeed.
        """
        inbox = self.connect()
        try:
            while not self.stop.is_set():
                try:
                    self._batch(inbox)
                except BrokerUnreachable as error:
                    self.tell("", error)
                    inbox.close()
                    inbox = self._again() or inbox
        finally:
            inbox.close()

    def _again(self) -> Inbox | None:
        """Connect anew, however often it takes; None if told to stop."""
        for wait in _waits():
            if self.stop.wait(wait):
                break
            try:
                return self.connect()
            except BoardtraceError as error:
                self.tell("", error)
        return None

    def _batch(self, inbox: Inbox) -> None:
        """Take the messages of a few seconds, if there are any, then acknowledge them."""
        with tempfile.TemporaryDirectory(prefix="boardtrace-") as folder:
            batch = self._collected(inbox, Path(folder))
            if batch:
                self._kept(batch)
                inbox.accept(batch.messages)

    def _collected(self, inbox: Inbox, folder: Path) -> _Batch | None:
        batch, end = None, 0.0
        while not self.stop.is_set():
            left = end - time.monotonic() if batch else _TICK
            room = self.most - len(batch.messages) if batch else self.most
            if left <= 0 or room <= 0 or (batch and batch.size > _MOST_BYTES):
                break
            found = inbox.receive(room, min(left, _TICK))
            if found and batch is None:
                batch, end = _Batch(folder, datetime.now(UTC)), time.monotonic() + self.every
            if batch:
                batch.add(found)
        return batch

    def _kept(self, batch: _Batch) -> None:
        """Make a batch of the files, however often it takes; raise why not if told to stop meanwhile."""
        paths = list(batch.files.values())
        what = f"{', '.join(path.name for path in paths)}: {len(batch.messages)} messages"
        for wait in _waits():
            try:
                self.tell(what, self.take(paths))
            except BadInput as error:
                self._put_away(paths, str(error))
                self.tell(what, error)
            except BoardtraceError as error:
                if self.stop.is_set():
                    raise
                self.tell(f"{what} wait", error)
                self.stop.wait(wait)
                continue
            return

    def _put_away(self, paths: list[Path], why: str) -> None:
        """Keep what no reader can read, as `watch` does: else it would come again for ever."""
        self.refused.mkdir(parents=True, exist_ok=True)
        for path in paths:
            for place, data in (
                (self.refused / path.name, path.read_bytes()),
                (self.refused / f"{path.name}.why.txt", f"{why}\n".encode()),
            ):
                with place.open("wb") as out:
                    out.write(data)
                    out.flush()
                    os.fsync(out.fileno())


def _waits() -> Iterator[float]:
    yield from _WAITS
    while True:
        yield _WAITS[-1]


# A message as lines of NDJSON -----------------------------------------------------------------------


def lines(message: Message) -> Iterator[bytes]:
    """Yield each envelope of a message as one line; what is none becomes a line that is no JSON.

    The text stays as it was, but for line ends and blanks around it. What cannot be read must be
    one line, too, and break off at once: else it would take the next message with it.
    """
    body = message.body
    if message.encoding == "gzip" or body.startswith(_GZIP):
        try:
            body = _unpacked(body)
        except (OSError, EOFError, zlib.error):
            yield _unreadable(body)
            return
    body = body.removeprefix(_BOM).strip()
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        yield _unreadable(body)
        return
    if isinstance(said, dict):
        yield _line(body)
    elif isinstance(said, list) and said:
        try:
            elements = list(_elements(body.decode()))
        except RecursionError:  # nested deeper than the readers follow
            yield _unreadable(body)
            return
        for text, is_object in elements:
            yield _line(text.encode()) if is_object else _unreadable(text.encode())
    else:
        yield _unreadable(body)


def _unpacked(body: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
        plain = packed.read(_MOST_UNPACKED + 1)
    if len(plain) > _MOST_UNPACKED:
        raise EOFError
    return plain


def _line(body: bytes) -> bytes:
    # in JSON a line end is between two tokens, never within a text
    return body.replace(b"\r", b" ").replace(b"\n", b" ")


def _unreadable(body: bytes) -> bytes:
    text = body.decode("utf-8", "backslashreplace")
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return f"{{no CFX message: {plain}}}".encode()


def _elements(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text of each element of a list, and whether it is an object."""
    decoder, at = json.JSONDecoder(), 1
    while True:
        while text[at] in " \t\r\n,":
            at += 1
        if text[at] == "]":
            return
        value, end = decoder.raw_decode(text, at)
        yield text[at:end], isinstance(value, dict)
        at = end
