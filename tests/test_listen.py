from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from boardtrace.amqp import Message, Place
from boardtrace.cli import app
from boardtrace.digest import digest
from boardtrace.engine import connect
from boardtrace.engine_jars import AMQP, ENGINE, locked
from boardtrace.errors import AskedWrong, BadInput, BoardtraceError, BrokerUnreachable, GraphUnreachable
from boardtrace.graph import Graph
from boardtrace.ingest import Report, ingest
from boardtrace.ingest import locked as ledger_of
from boardtrace.listen import Listener, lines
from boardtrace.settings import Settings
from boardtrace.sources import Fact, Reject, cfx
from boardtrace.verify import verify
from broker import ADDRESSES, PASSWORD, USER, Broker, Publisher
from semantics import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BEGIN = datetime(2026, 2, 2, 8, tzinfo=UTC)


def envelope(number: int, source: str = "M1") -> dict[str, Any]:
    at = (BEGIN + timedelta(seconds=number)).isoformat()
    return {
        "MessageName": "CFX.Production.Assembly.MaterialsInstalled",
        "Version": "1.7",
        "TimeStamp": at,
        "UniqueID": f"{source}-{number}",
        "Source": source,
        "MessageBody": {
            "InstalledMaterials": [
                {
                    "UnitIdentifier": f"{source}-U{number:05}",
                    "UnitPositionNumber": 1,
                    "QuantityInstalled": 4.0,
                    "Material": {
                        "UniqueIdentifier": f"{source}-R{feeder}-{number // 100}",
                        "InternalPartNumber": f"P{feeder}",
                    },
                    "CarrierLocation": {
                        "LocationIdentifier": f"F{feeder}",
                        "LocationName": f"SLOT{feeder}",
                    },
                    "InstalledComponents": [
                        {"ReferenceDesignator": f"C{feeder}{place}"} for place in range(4)
                    ],
                }
                for feeder in range(3)
            ]
        },
    }


# --- a message as lines


def line(body: bytes, encoding: str = "") -> list[bytes]:
    return list(lines(Message("cfx", body, encoding)))


GOOD = json.dumps(envelope(1)).encode()
PRETTY = json.dumps(envelope(2), indent=2).replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("body", "encoding", "units"),
    [
        (GOOD, "", 1),
        (b"\xef\xbb\xbf \r\n" + PRETTY + b"\n", "", 1),
        (gzip.compress(GOOD), "gzip", 1),
        (gzip.compress(GOOD), "", 1),
        (b" [ " + GOOD + b" ,\n" + PRETTY + b"]", "", 2),
        (gzip.compress(b"[" + GOOD + b"]"), "gzip", 1),
        (b"[" + GOOD + b", 3, [" + PRETTY + b"]]", "", 1),
    ],
)
def test_what_a_message_may_be(body: bytes, encoding: str, units: int) -> None:
    found = line(body, encoding)
    assert all(one.startswith(b"{") and b"\n" not in one and b"\r" not in one for one in found)
    read = list(cfx.read(io.BytesIO(b"\n".join(found))))
    assert (
        len({f.row["unit"] for f in read if isinstance(f, Fact) and f.table == "cfx_placements"}) == units
    )


BAD = [
    b"",
    b"[]",
    b"3",
    b"null",
    b'"text"',
    b"hello\nworld",
    b'{"MessageName": ',
    b"[",
    b'{"a": {"b": "',
    GOOD[:-1],
    GOOD + b"}",
    GOOD + b"\n" + GOOD + b",",
    b"\xff\xfe\x00{",
    b'{"a": "\xff"}',
    b"\x1f\x8b broken",
    gzip.compress(GOOD)[:-9],
    b"[" * 5000,
    b"[" * 1010 + b"]" * 1010,
    b'{"a": NaN}',
    "{\u2028\u0007".encode(),
]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_what_cannot_be_read_takes_nothing_with_it(body: bytes) -> None:
    found = [GOOD, *line(body), PRETTY.replace(b"\r\n", b""), b""]
    assert len(found) == 4
    read = list(cfx.read(io.BytesIO(b"\n".join(found))))
    assert len({f.row["unit"] for f in read if isinstance(f, Fact) and f.table == "cfx_placements"}) == 2
    assert [reject.line for reject in read if isinstance(reject, Reject)] == [2]


def test_what_unpacks_to_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boardtrace.listen._MOST_UNPACKED", 100)
    assert line(gzip.compress(GOOD), "gzip")[0].startswith(b"{no CFX message: ")


# --- where the broker is


def test_url() -> None:
    place = Place.parse("amqps://plant:s%2F%40%3A@broker.example/line/one", ("two", "line/one"), "other")
    assert (place.host, place.port, place.tls, place.user) == ("broker.example", 5671, True, "plant")
    assert place.password == "s/@:"  # noqa: S105
    assert place.addresses == ("line/one", "two")
    assert str(place) == "amqps://plant@broker.example:5671"
    assert "s/@:" not in repr(place)
    place = Place.parse("amqp://u@[::1]:99//queue/x", (), "known")
    assert (place.addresses, place.password, str(place)) == (("/queue/x",), "known", "amqp://u@[::1]:99")
    assert Place.parse("amqp://host", ("a",)).port == 5672


@pytest.mark.parametrize(
    "url",
    [
        "http://u:secret@host/a", "amqp://", "amqp:///a", "host/a", "amqp://u:secret@host:x/a", "amqp://host/a?b",
        "amqp://u:secret@host", "amqp://u:sec#ret@host/a", "amqp://u:sec/ret@host/a", "amqp://[::1/a",
    ],
)  # fmt: skip
def test_wrong_urls_are_refused_and_show_no_password(url: str) -> None:
    with pytest.raises(AskedWrong) as caught:
        Place.parse(url)
    assert "sec" not in str(caught.value)
    assert caught.value.exit_code == 1


def test_both_lists_of_jars_have_the_same_versions() -> None:
    engine = {(jar.group, jar.artifact): jar for jar in locked(ENGINE) if not jar.classifier}
    shared = [jar for jar in locked(AMQP) if (jar.group, jar.artifact) in engine]
    assert len(shared) == len(locked(AMQP)) - 2
    assert [engine[jar.group, jar.artifact] for jar in shared] == shared


# --- the listener, with an inbox made by hand


class Inbox:
    """Hands out what it was given, until it fails or tells the listener to stop."""

    def __init__(self, stop: threading.Event, *given: list[Message] | BoardtraceError | None) -> None:
        self.stop, self.given = stop, list(given)
        self.accepted: list[bytes] = []
        self.handed = 0
        self.closed = False

    def receive(self, limit: int, seconds: float) -> list[Message]:
        if not self.given and self.handed == len(self.accepted):
            self.stop.set()
        found = self.given.pop(0) if self.given else None
        if isinstance(found, BoardtraceError):
            raise found
        if found is None:
            time.sleep(min(seconds, 0.02))
            return []
        if len(found) > limit:
            self.given.insert(0, found[limit:])
        self.handed += len(found[:limit])
        return found[:limit]

    def accept(self, messages: list[Message]) -> None:
        self.accepted += [message.body for message in messages]

    def close(self) -> None:
        self.closed = True


def messages(*numbers: int, address: str = "cfx") -> list[Message]:
    return [Message(address, b'{"n": %d}' % number, "") for number in numbers]


class Story:
    """What a listener did, in order."""

    def __init__(self, folder: Path, *failures: BoardtraceError) -> None:
        self.stop = threading.Event()
        self.failures = list(failures)
        self.inboxes: list[Inbox] = []
        self.taken: list[dict[str, str]] = []
        self.told: list[str] = []
        self.refused = folder / "refused"

    def take(self, paths: list[Path]) -> Report:
        assert not [body for inbox in self.inboxes for body in inbox.accepted if body in self.texts(paths)]
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append({path.name: path.read_text() for path in paths})
        return Report(batch=len(self.taken))

    @staticmethod
    def texts(paths: list[Path]) -> bytes:
        return b"".join(path.read_bytes() for path in paths)

    def run(self, *given: Any, most: int = 1000) -> Inbox:
        inbox = Inbox(self.stop, *given)
        self.inboxes.append(inbox)
        left = list(self.inboxes)

        def connect() -> Inbox:
            return left.pop(0)

        Listener(
            connect, self.take, lambda what, told: self.told.append(f"{what} {told}"), self.stop,
            self.refused, every=0.01, most=most,
        ).run()  # fmt: skip
        return inbox


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boardtrace.listen._WAITS", (0.01,))


def test_accepted_after_the_batch_and_idle_makes_none(tmp_path: Path) -> None:
    story = Story(tmp_path)
    inbox = story.run(None, None, messages(1, 2), None)
    assert inbox.accepted == [b'{"n": 1}', b'{"n": 2}']
    assert len(story.taken) == 1
    assert list(story.taken[0].values()) == ['{"n": 1}\n{"n": 2}\n']
    assert next(iter(story.taken[0])).startswith("amqp-cfx-20")
    assert inbox.closed


def test_a_batch_has_so_many_messages_and_a_file_for_each_address(tmp_path: Path) -> None:
    story = Story(tmp_path)
    both = [*messages(1, 2, address="/a/b"), *messages(3, address="a::b"), *messages(4, 5, address="/a/b")]
    assert len(story.run(both, most=3).accepted) == 5
    assert [len(batch) for batch in story.taken] == [2, 1]
    assert sorted("~2" in name for name in story.taken[0]) == [False, True]


def test_what_is_not_durable_is_tried_again_and_not_accepted(tmp_path: Path) -> None:
    story = Story(tmp_path, GraphUnreachable("gone"), BoardtraceError("the archive cannot be written"))
    assert story.run(messages(1)).accepted == [b'{"n": 1}']
    assert len(story.taken) == 1
    assert [text.split(" ", 3)[3] for text in story.told[:2]] == [
        "wait gone", "wait the archive cannot be written",
    ]  # fmt: skip


def test_told_to_stop_while_the_graph_is_gone(tmp_path: Path) -> None:
    story = Story(tmp_path, *[GraphUnreachable("gone")] * 3)
    inbox = Inbox(story.stop, messages(1))
    story.stop.clear()

    def take(paths: list[Path]) -> Report:
        story.stop.set()
        return story.take(paths)

    listener = Listener(lambda: inbox, take, lambda *_: None, story.stop, tmp_path, every=0.01)
    with pytest.raises(GraphUnreachable):
        listener.run()
    assert inbox.accepted == []
    assert inbox.closed


def test_told_to_stop_while_a_batch_is_collected(tmp_path: Path) -> None:
    story = Story(tmp_path)
    inbox = Inbox(story.stop, messages(1))
    receive = inbox.receive

    def last(limit: int, seconds: float) -> list[Message]:
        story.stop.set()
        return receive(limit, seconds)

    inbox.receive = last  # type: ignore[method-assign]
    Listener(lambda: inbox, story.take, lambda *_: None, story.stop, tmp_path, every=60).run()
    assert inbox.accepted == [b'{"n": 1}']


def test_what_no_reader_reads_is_put_away_and_accepted(tmp_path: Path) -> None:
    story = Story(tmp_path, BadInput("not CFX"))
    assert story.run(messages(1), None, None, messages(2)).accepted == [b'{"n": 1}', b'{"n": 2}']
    kept = sorted(path.read_text() for path in story.refused.iterdir())
    assert kept == ["not CFX\n", '{"n": 1}\n']


def test_connects_again(tmp_path: Path) -> None:
    story = Story(tmp_path)
    first = Inbox(story.stop, messages(1), BrokerUnreachable("broker gone"))
    story.inboxes.append(first)
    second = story.run(messages(1), messages(2))
    assert first.accepted == []
    assert second.accepted == [b'{"n": 1}', b'{"n": 2}']
    assert first.closed
    assert second.closed
    assert story.told[0] == " broker gone"


# --- a real broker and a real graph


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    home = tmp_path_factory.mktemp("broker")
    made = Broker(home, certificate(home))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def broker(running: Broker) -> Broker:
    """The broker, with nothing in its queues that another test left there."""
    for address in ADDRESSES:
        running.drop(address)
        running.create(address)
    return running


@pytest.fixture(scope="module")
def publisher(running: Broker) -> Iterator[Publisher]:
    made = Publisher(running.port)
    yield made
    made.kill()


def certificate(folder: Path) -> Path:
    """Make a certificate of this machine's loopback, signed by itself: PKCS 12, and PEM beside it."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    packed = folder / "broker.p12"
    secret = serialization.BestAvailableEncryption(b"secret")
    packed.write_bytes(pkcs12.serialize_key_and_certificates(b"broker", key, made, None, secret))
    packed.with_suffix(".pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return packed


@pytest.fixture
def graph(blank_graph: Graph) -> Iterator[Graph]:
    """The blank graph, emptied, with its ledger where the command line looks for it."""
    wipe(blank_graph)
    there = blank_graph.endpoint
    if there.label.startswith("embedded:"):
        yield blank_graph
        return
    chosen = Settings(user=there.user, password=SecretStr(there.password), data=there.data)
    with Graph(connect(there.uri, chosen), 60) as same:
        yield same


_COMMAND = "from boardtrace.cli import main; main()"
_DIES_BEFORE_IT_ACCEPTS = f"""
import os, signal
from boardtrace.amqp import Connection
Connection.accept = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{_COMMAND}
"""


class Listening:
    """`boardtrace listen` as a process of its own; what it writes goes to a file."""

    def __init__(
        self, graph: Graph, url: str, log: Path, *options: str,
        every: str = "0.3", code: str = _COMMAND, **env: str,
    ) -> None:  # fmt: skip
        there = graph.endpoint
        variables = {
            "BOARDTRACE_GRAPH": there.label,
            "BOARDTRACE_AMQP_PASSWORD": PASSWORD,
            "PYTHONUNBUFFERED": "1",
        }
        if not there.label.startswith("embedded:"):
            variables |= {
                "BOARDTRACE_USER": there.user,
                "BOARDTRACE_PASSWORD": there.password,
                "BOARDTRACE_DATA": str(there.data.parent),
            }
        self.log = log
        given = {**os.environ, **variables, **env}
        given.pop("JAVA_TOOL_OPTIONS", None)  # of which the JVM would tell on stderr
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, "listen", url, "--every", every, *options],
                env=given, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Tell it to stop, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.kill()


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def totals(graph: Graph) -> dict[str, int]:
    """Return what all batches of a graph took."""
    with ledger_of(graph) as ledger:
        links = ledger.links()
    names = ("accepted", "duplicate", "quarantined")
    return {"batches": len(links)} | {name: sum(getattr(link, name) for link in links) for name in names}


def same_as_a_file(graph: Graph, folder: Path, envelopes: list[dict[str, Any]]) -> None:
    """Nothing is lost and nothing is there twice: graph and ledger have what one file of all gives."""
    last, found = verify(graph, lambda *_: None)
    assert last is not None
    assert found == []
    listened, facts = totals(graph), digest(graph)
    wipe(graph)
    path = folder / "all.ndjson"
    path.write_text("".join(json.dumps(one) + "\n" for one in envelopes))
    report = ingest(graph, [path])
    assert digest(graph) == facts
    assert listened["quarantined"] == 0
    # masters such as components are said by each batch anew, placements by their message alone
    assert listened["accepted"] == report.accepted > len(envelopes) * 3


def url(broker: Broker, address: str = "cfx") -> str:
    return f"amqp://{USER}@127.0.0.1:{broker.port}/{address}"


_RECEIVE_BRIEFLY = """
import sys
from boardtrace.amqp import Connection, Place, start_jvm
from boardtrace.settings import Settings
_, port, user, password = sys.argv
start_jvm(Settings().cache, lambda *_: None)
connection = Connection(Place("127.0.0.1", int(port), ("third",), user, password), 10)
for seconds in (0.0, 0.0004, 0.25):
    assert connection.receive(10, seconds) == []
connection.close()
"""


def test_an_empty_queue_is_waited_for_as_long_as_asked(broker: Broker) -> None:
    """Less than a millisecond is what a batch has left at its end; to the client 0 ms is for ever."""
    asked = [sys.executable, "-c", _RECEIVE_BRIEFLY, str(broker.port), USER, PASSWORD]
    subprocess.run(asked, check=True, timeout=60)


def test_what_is_sent_is_in_the_graph(
    broker: Broker, publisher: Publisher, graph: Graph, tmp_path: Path
) -> None:
    texts = [json.dumps(envelope(number)) for number in range(8)]
    other = json.dumps({"MessageName": "CFX.Heartbeat", "MessageBody": {"CFXHandle": "M1"}})
    publisher.send([texts[0], texts[1].encode(), "[" + ",".join(texts[2:4]) + "]", "{nothing", other])
    publisher.send([gzip.compress(texts[4].encode())], encoding="gzip")
    publisher.send([texts[5], texts[5]], address=ADDRESSES[1])
    with Listening(graph, url(broker), tmp_path / "log", "--address", ADDRESSES[1]) as listening:
        until(lambda: broker.waiting() == broker.waiting(ADDRESSES[1]) == 0)
        publisher.send([texts[6]], address=ADDRESSES[1])
        until(lambda: broker.waiting(ADDRESSES[1]) == 0)
        publisher.send([texts[7]])
        until(lambda: broker.waiting() == 0)
        assert listening.end() == 0
    assert PASSWORD not in listening.said()
    assert "1 of CFX.Heartbeat: not read" in listening.said()
    assert "not JSON" in listening.said()
    assert totals(graph)["quarantined"] == 1
    with ledger_of(graph) as ledger:
        names = [file.name for link in ledger.links() for file in link.files]
    assert all(name.startswith(("amqp-cfx-", "amqp-line_two-")) for name in names)
    facts = digest(graph)
    wipe(graph)
    path = tmp_path / "all.ndjson"
    path.write_text("\n".join(texts))
    ingest(graph, [path])
    assert digest(graph) == facts


def test_listener_killed_again_and_again(
    broker: Broker, publisher: Publisher, graph: Graph, tmp_path: Path
) -> None:
    envelopes = [envelope(number, "K") for number in range(160)]
    publisher.send(json.dumps(one) for one in envelopes)
    until(lambda: broker.waiting() == len(envelopes))
    log = tmp_path / "log"
    asked = (graph, url(broker), log, "--most", "40")
    with Listening(*asked, code=_DIES_BEFORE_IT_ACCEPTS) as listening:
        assert listening.process.wait(120) == -signal.SIGKILL
    assert totals(graph)["batches"] == 1  # durable, and nothing of it is acknowledged
    assert broker.waiting() == len(envelopes)
    for delay in (0.05, 0.5):  # while it receives, while it derives
        written = log.stat().st_size
        with Listening(*asked) as listening:
            until(lambda at=written: "listening to" in listening.said()[at:])  # type: ignore[misc]
            time.sleep(delay)
            listening.kill()
    with Listening(graph, url(broker), log, "--most", "160") as listening:
        until(lambda: broker.waiting() == 0)
        assert listening.end() == 0
    # what came again may have come by itself, and then no batch tells of it: totals say nothing of that
    same_as_a_file(graph, tmp_path, envelopes)


def test_broker_killed_again_and_again(
    broker: Broker, publisher: Publisher, graph: Graph, tmp_path: Path
) -> None:
    envelopes = [envelope(number, "B") for number in range(80)]
    with Listening(graph, url(broker), tmp_path / "log", "--most", "20") as listening:
        for part in (envelopes[:40], envelopes[40:]):
            before = listening.said().count(" messages: batch")
            publisher.send(json.dumps(one) for one in part)
            until(lambda past=before: listening.said().count(" messages: batch") > past)  # type: ignore[misc]
            broker.kill()
            broker.start()
        # three feeders a message, and once their parts and reels; a broker that was killed counts wrongly
        every = len(envelopes) * 3 + 6
        until(lambda: sum(map(int, re.findall(r"(\d+) accepted", listening.said()))) == every)
        until(lambda: listening.said().count("listening to") == 3)
        assert listening.end() == 0
    same_as_a_file(graph, tmp_path, envelopes)


def test_a_queue_that_is_deleted_and_comes_back(broker: Broker, graph: Graph, tmp_path: Path) -> None:
    with Listening(graph, url(broker, "third"), tmp_path / "log") as listening:
        until(lambda: "listening to" in listening.said())
        broker.drop("third")
        until(lambda: "cannot be reached" in listening.said())
        broker.create("third")
        until(lambda: listening.said().count("listening to") == 2)
        assert listening.end() == 0


def test_tls(broker: Broker, publisher: Publisher, graph: Graph, tmp_path: Path) -> None:
    secure = f"amqps://{USER}@localhost:{broker.tls_port}/cfx"
    publisher.send([json.dumps(envelope(1, "T"))])
    with Listening(graph, secure, tmp_path / "untrusted") as listening:
        assert listening.process.wait(120) == 3
    assert "no TLS that can be trusted" in listening.said()
    assert broker.waiting() == 1
    authorities = str(broker.home / "broker.pem")
    with Listening(graph, secure, tmp_path / "log", BOARDTRACE_AMQP_CA=authorities) as listening:
        until(lambda: broker.waiting() == 0)
        assert listening.end() == 0


@pytest.mark.parametrize(
    ("change", "code", "why"),
    [
        ({"address": "nowhere"}, 1, "has no address nowhere"),
        ({"password": "wrong-secret"}, 3, "refuses the user plant"),
        ({"port": 1}, 3, "cannot be reached: Connection refused"),
    ],
)
def test_what_is_wrong_with_the_broker_is_one_line(
    broker: Broker, graph: Graph, tmp_path: Path, change: dict[str, Any], code: int, why: str
) -> None:
    asked = {"address": "cfx", "password": "%73" + "3cret%2F%40%3Aword", "port": broker.port} | change
    place = f"amqp://{USER}:{asked['password']}@127.0.0.1:{asked['port']}/{asked['address']}"
    with Listening(graph, place, tmp_path / "log") as listening:
        assert listening.process.wait(120) == code
    said = listening.said().splitlines()
    assert why in said[-1]
    assert not [text for text in said if not text.startswith("boardtrace: ")]
    assert str(asked["password"]) not in listening.said()


def test_wrong_url_on_the_command_line() -> None:
    result = CliRunner().invoke(app, ["listen", "amqp://plant:hidden@host"])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "hidden" not in result.output
