"""A FAKE cluster: several doors in front of one real server.

Real are the driver, every message, and the server that answers each of them. Fake is that there are
several servers: `leader`, `replica` and `router` are ports of this process which pass everything on to
the one server, but for `ROUTE`, which is answered with a table that names the doors. So it shows which
server of a cluster would have been asked what, and with which bookmarks; it shows nothing of Raft, of
replication or of a replica that is behind.
"""

from __future__ import annotations

import contextlib
import importlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from io import BufferedReader

__all__ = ["FakeCluster", "Message"]

# The driver's own reader of its messages, which is untyped: one of ours would be one more to be wrong.
_packstream: Any = importlib.import_module("neo4j._codec.packstream.v1")
_HANDSHAKE = 20  # bytes: a magic number and four offers
_MANIFEST = b"\x00\x00\x01\xff"  # the server offers, the client chooses
_NAMES = {0x10: "RUN", 0x11: "BEGIN", 0x66: "ROUTE"}
_SUCCESS = b"\x70"


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sent to a door: ``extra`` is its map of options (mode, bookmarks, metadata...)."""

    door: str
    name: str
    extra: dict[str, Any]

    @property
    def reads(self) -> bool:
        """Whether the client said that it only reads."""
        return bool(self.extra.get("mode") == "r")

    @property
    def what(self) -> str:
        """Name that our transactions carry."""
        return str(self.extra.get("tx_metadata", {}).get("boardtrace"))


class FakeCluster:
    """Doors in front of ``server``; ``messages`` says what came to which, in order."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.messages: list[Message] = []
        self.roles = {"ROUTE": ["router"], "WRITE": ["leader"], "READ": ["replica"]}
        self.doors = {name: _Door(self, name) for name in ("router", "leader", "replica")}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for door in self.doors.values():
            door.close()

    @property
    def uri(self) -> str:
        """Where a client starts."""
        return f"neo4j://{self.doors['router'].address}"

    def table(self) -> dict[str, Any]:
        """The routing table: who may be asked what."""
        servers = [
            {"role": role, "addresses": [self.doors[name].address for name in names]}
            for role, names in self.roles.items()
        ]
        return {"rt": {"ttl": 300, "db": "neo4j", "servers": servers}}

    def begun(self) -> list[Message]:
        """Return the beginnings of transactions since this was last asked, those of one statement too."""
        seen, self.messages[:] = list(self.messages), []
        return [one for one in seen if one.name == "BEGIN" or (one.name == "RUN" and one.extra)]


class _Door:
    """One port; a thread for each connection and direction."""

    def __init__(self, cluster: FakeCluster, name: str) -> None:
        self.cluster = cluster
        self.name = name
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Be a server that is gone."""
        for one in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.cluster.server)
                self.open += [client, server]
                threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError), client, server:
            asks, answers = client.makefile("rb"), server.makefile("rb")
            server.sendall(_exactly(asks, _HANDSHAKE))
            chosen = _exactly(answers, 4)
            client.sendall(chosen)
            if chosen == _MANIFEST:
                count, raw = _varint(answers)
                client.sendall(raw + _exactly(answers, 4 * count) + _varint(answers)[1])
                server.sendall(_exactly(asks, 4) + _varint(asks)[1])
            threading.Thread(target=_pass, args=(answers, client), daemon=True).start()
            while True:
                raw, data = _message(asks)
                if not self._answered(data, client):
                    server.sendall(raw)

    def _answered(self, data: bytes, client: socket.socket) -> bool:
        """Note a message; answer it here if it asks for the routing table."""
        name = _NAMES.get(data[1]) if len(data) > 1 else None
        if name is None:
            return False
        fields = _packstream.Unpacker(_packstream.UnpackableBuffer(data)).unpack().fields
        extra = {"BEGIN": 0, "RUN": 2}.get(name)
        self.cluster.messages.append(Message(self.name, name, {} if extra is None else fields[extra]))
        if name != "ROUTE":
            return False
        buffer = _packstream.PackableBuffer()
        _packstream.Packer(buffer).pack_struct(_SUCCESS, [self.cluster.table()])
        client.sendall(struct.pack(">H", len(buffer.data)) + bytes(buffer.data) + b"\0\0")
        return True


def _pass(answers: BufferedReader, client: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := answers.read1(1 << 16):
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)


def _exactly(file: BufferedReader, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _varint(file: BufferedReader) -> tuple[int, bytes]:
    number, raw = 0, b""
    while True:
        byte = _exactly(file, 1)
        number |= (byte[0] & 0x7F) << (7 * len(raw))
        raw += byte
        if not byte[0] & 0x80:
            return number, raw


def _message(file: BufferedReader) -> tuple[bytes, bytes]:
    """Read chunks until the empty one; return them as they came, and what they say."""
    raw, data = b"", b""
    while True:
        head = _exactly(file, 2)
        size = struct.unpack(">H", head)[0]
        part = _exactly(file, size)
        raw += head + part
        data += part
        if not size:
            return raw, data
