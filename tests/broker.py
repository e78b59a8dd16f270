"""A real broker for the tests: Apache ActiveMQ Artemis, with a durable store, in a process of its own.

Its jars come as the engine's do: ``broker.lock`` lists them with their SHA-256. The process
(``python tests/broker.py HOME ...``) runs until it is told to stop on stdin, or killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boardtrace.engine_jars import AMQP, Jar, JarList, fetch, libjvm, locked, read_lock, verified
from boardtrace.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

USER, PASSWORD = "plant", "s3cret/@:word"
ADDRESSES = ("cfx", "line/two", "third")
_ARTEMIS = "org.apache.activemq.artemis"
_CLIENT = "org.apache.qpid.protonj2.client"
_BROKER = JarList("broker.lock", "the tests' broker", "", ())


def jars() -> list[Jar]:
    return read_lock(Path(__file__).with_name("broker.lock").read_text("utf-8"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Helper:
    """A process of this file: one line of JSON in, one line of JSON out."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self._answer()

    def ask(self, **what: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.kill()
            raise AssertionError(f"{self._process.args!r} ended with {self._process.returncode}")
        return json.loads(line)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]


class Broker:
    """The broker; it keeps its port and its store over `kill` and `start`."""

    def __init__(self, home: Path, certificate: Path | None = None) -> None:
        self.home, self.port, self.tls_port = home, free_port(), free_port()
        self._certificate = certificate
        self._running: _Helper | None = None

    def start(self) -> None:
        assert self._running is None
        tls = [str(self.tls_port), str(self._certificate)] if self._certificate else []
        self._running = _Helper("serve", str(self.home), str(self.port), *tls)

    def kill(self) -> None:
        if self._running:
            self._running.kill()
            self._running = None

    def waiting(self, address: str = "cfx") -> int:
        """Count the messages that nobody acknowledged yet."""
        assert self._running is not None
        return int(self._running.ask(waiting=address))

    def drop(self, address: str) -> None:
        """Delete a queue with all who listen to it."""
        assert self._running is not None
        self._running.ask(drop=address)

    def create(self, address: str) -> None:
        assert self._running is not None
        self._running.ask(create=address)


class Publisher(_Helper):
    """Sends durable messages, each confirmed by the broker before the next answer."""

    def __init__(self, port: int) -> None:
        super().__init__("publish", str(port))

    def send(
        self, bodies: Iterable[str | bytes | dict[str, Any]], address: str = "cfx", **how: Any
    ) -> None:
        """Send bodies: bytes as data, a text as AMQP value, or ``how=...`` with content-encoding."""
        said = [{"hex": body.hex()} if isinstance(body, bytes) else {"text": body} for body in bodies]
        self.ask(address=address, bodies=said, **how)


# --- the processes


def _start_jvm(wanted: list[Jar], listed: JarList) -> None:
    import jpype  # noqa: PLC0415

    cache = Settings().cache
    fetch(cache, lambda *_: None, listed, wanted)
    jpype.startJVM(
        "-Xmx256m", "-Xrs", "-XX:TieredStopAtLevel=1", "-Dslf4j.internal.verbosity=ERROR",
        "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
        jvmpath=libjvm(),
        classpath=[str(jar) for jar in verified(cache, wanted)],
        convertStrings=False,
        interrupt=False,
    )  # fmt: skip


def _serve(home: Path, port: int, tls_port: int = 0, certificate: str = "") -> Any:
    """Start the broker in this process; return what answers questions about it."""
    import jpype  # noqa: PLC0415

    _start_jvm(jars(), _BROKER)
    named = jpype.JClass
    settings = named(f"{_ARTEMIS}.core.config.impl.ConfigurationImpl")()
    for kind in ("Journal", "Bindings", "LargeMessages", "Paging"):
        getattr(settings, f"set{kind}Directory")(str(home / kind.lower()))
    settings.setNodeManagerLockDirectory(str(home / "lock"))
    settings.setPersistenceEnabled(True).setJournalFileSize(1 << 20).setJournalMinFiles(2)
    settings.setJournalType(named(f"{_ARTEMIS}.core.server.JournalType").NIO)
    settings.setMaxDiskUsage(-1)
    settings.addAcceptorConfiguration("amqp", f"tcp://127.0.0.1:{port}?protocols=AMQP")
    if tls_port:
        tls = f"sslEnabled=true;keyStorePath={certificate};keyStorePassword=secret;keyStoreType=PKCS12"
        settings.addAcceptorConfiguration("tls", f"tcp://127.0.0.1:{tls_port}?protocols=AMQP;{tls}")
    rules = named(f"{_ARTEMIS}.core.settings.impl.AddressSettings")()
    rules.setAutoCreateQueues(False).setAutoCreateAddresses(False)
    settings.addAddressSetting("#", rules)
    everything = named("java.util.HashSet")()
    everything.add(named(f"{_ARTEMIS}.core.security.Role")("machines", *([True] * 10)))
    settings.putSecurityRoles("#", everything)
    queue, kinds = (
        named(f"{_ARTEMIS}.api.core.QueueConfiguration"),
        named(f"{_ARTEMIS}.api.core.RoutingType"),
    )

    def described(address: str) -> Any:
        return queue.of(address).setAddress(address).setRoutingType(kinds.ANYCAST).setDurable(True)

    for address in ADDRESSES:
        settings.addQueueConfiguration(described(address))
    users = named(f"{_ARTEMIS}.core.config.impl.SecurityConfiguration")()
    users.addUser(USER, PASSWORD)
    users.addRole(USER, "machines")
    spi = f"{_ARTEMIS}.spi.core.security"
    login = named(f"{spi}.jaas.InVMLoginModule").class_.getName()
    server = named(f"{_ARTEMIS}.core.server.embedded.EmbeddedActiveMQ")()
    server.setConfiguration(settings)
    server.setSecurityManager(named(f"{spi}.ActiveMQJAASSecurityManager")(login, users))
    server.start()
    inside = server.getActiveMQServer()
    assert inside.isActive()
    text = named(f"{_ARTEMIS}.api.core.SimpleString").of

    def answer(asked: dict[str, Any]) -> Any:
        if "drop" in asked:
            inside.destroyQueue(text(asked["drop"]), None, False, True)
        elif "create" in asked:
            inside.createQueue(described(asked["create"]), True)
        else:
            return int(inside.locateQueue(text(asked["waiting"])).getMessageCount())
        return None

    return answer


def _publish(port: int) -> Any:
    import jpype  # noqa: PLC0415

    _start_jvm(locked(AMQP), AMQP)
    options = jpype.JClass(f"{_CLIENT}.ConnectionOptions")().user(USER).password(PASSWORD)
    options.transportOptions().allowNativeIO(False)
    options.reconnectEnabled(True)
    connection = jpype.JClass(f"{_CLIENT}.Client").create().connect("127.0.0.1", port, options)
    message, senders = jpype.JClass(f"{_CLIENT}.Message"), dict[str, Any]()

    def answer(asked: dict[str, Any]) -> None:
        sender = senders.get(asked["address"])
        if sender is None:
            sender = senders[asked["address"]] = connection.openSender(asked["address"])
        pending = []
        for body in asked["bodies"]:
            data = jpype.JArray(jpype.JByte)(bytes.fromhex(body["hex"])) if "hex" in body else body["text"]
            one = message.create(data).durable(True)
            if "encoding" in asked:
                one.contentEncoding(asked["encoding"])
            pending.append(sender.send(one))
        for tracker in pending:
            tracker.awaitAccepted()

    return answer


def _main(what: str, *arguments: str) -> None:
    # Who started this process may be gone: then there is nothing left on stdin.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if what == "serve":
        home, port, *tls = arguments
        answer = _serve(Path(home), int(port), *((int(tls[0]), tls[1]) if tls else ()))
    else:
        answer = _publish(int(arguments[0]))
    print("null", file=answers, flush=True)  # ready
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)
    os._exit(0)


if __name__ == "__main__":
    _main(*sys.argv[1:])
