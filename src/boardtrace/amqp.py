"""The broker: the only module that speaks AMQP 1.0, by Apache Qpid ProtonJ2.

That is the Java client: no AMQP 1.0 client in Python is public, kept and installed without a
compiler, and a JVM is here anyway. Its jars are fetched on first use, as the engine's are
(engine_jars.py), and it runs in a JVM within the listener's own process.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from boardtrace.engine_jars import AMQP, fetch, libjvm, locked, verified
from boardtrace.errors import AskedWrong, BoardtraceError, BrokerUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boardtrace.engine_jars import Progress

__all__ = ["Connection", "Message", "Place", "start_jvm"]

_PORTS = {"amqp": 5672, "amqps": 5671}
_PATIENCE = 15_000  # ms that connecting, opening and closing may take
_IDLE = 30_000  # ms without a frame from the broker: the connection is dead
_BUFFER = 32 << 20  # bytes that the broker may send ahead of what was read
_CLIENT = "org.apache.qpid.protonj2.client"


@dataclass(frozen=True, slots=True)
class Place:
    """A broker and the addresses on it; shown without the password."""

    host: str
    port: int
    addresses: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    authorities: Path | None = None
    """PEM file of the authorities that its certificate may be from, else those that Java knows."""

    def __str__(self) -> str:
        """Return its URL without password and addresses."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (
            f"{'amqps' if self.tls else 'amqp'}://{self.user}{'@' if self.user else ''}{host}:{self.port}"
        )

    @classmethod
    def parse(
        cls, url: str, addresses: tuple[str, ...] = (), password: str = "", authorities: Path | None = None
    ) -> Place:
        """Read ``amqp[s]://[USER[:PASSWORD]@]HOST[:PORT][/ADDRESS]``; AskedWrong if it is none.

        ``addresses`` are further ones, ``password`` is for a URL that has none.
        """
        split = _split(url)
        path = unquote(split.path.removeprefix("/"))
        wanted = tuple(dict.fromkeys(name for name in (path, *addresses) if name))
        if not wanted:
            raise AskedWrong(
                "url: names no address to receive from", parameter="url", hint="add /ADDRESS, or --address"
            )
        given = unquote(split.password or "")
        return cls(
            host=str(split.hostname),
            port=split.port or _PORTS[split.scheme],
            addresses=wanted,
            user=unquote(split.username or ""),
            password=given or password,
            tls=split.scheme == "amqps",
            authorities=authorities,
        )


def _split(url: str) -> SplitResult:
    with contextlib.suppress(ValueError):
        split = urlsplit(url)
        if split.scheme in _PORTS and split.hostname and not split.query and not split.fragment:
            split.port  # noqa: B018  raises if it is no number
            return split
    # the password may be in it, even where it is not recognised as one
    shown = re.sub(r"(?<=//).*@", "...@", url)
    raise AskedWrong(
        f"url: should be amqp[s]://[USER[:PASSWORD]@]HOST[:PORT]/ADDRESS, not {shown!r}",
        parameter="url",
        hint="write other characters than letters and digits of a password as %XX",
    )


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is not settled yet."""

    address: str
    body: bytes
    encoding: str
    """Its content-encoding, blank if it has none."""
    delivery: Any = None


def start_jvm(cache: Path, progress: Progress) -> None:
    """Start Java in this process with the client's jars, unless it runs."""
    import jpype  # noqa: PLC0415 - takes a while, and most commands need none

    if jpype.isJVMStarted():
        return
    fetch(cache, progress, AMQP)
    jpype.startJVM(
        "-Xmx512m",
        "-Xrs",  # signals are for Python
        "-XX:+ExitOnOutOfMemoryError",
        "-Dslf4j.internal.verbosity=ERROR",  # it says that it logs nowhere
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        jvmpath=libjvm(),
        classpath=[str(jar) for jar in verified(cache, locked(AMQP))],
        convertStrings=False,
        interrupt=False,
    )


class Connection:
    """Receivers of all addresses of a place over one connection; what is received stays unsettled.

    Every method raises BrokerUnreachable once the broker, or a link to one of the addresses, is
    gone; what was not accepted by then comes again on the next connection.
    """

    def __init__(self, place: Place, window: int) -> None:
        """Connect; ``window`` messages may be sent ahead for each address.

        Raises AskedWrong if the broker has no such address.
        """
        import jpype  # noqa: PLC0415

        self.place = place
        client = jpype.JClass(f"{_CLIENT}.Client").create()
        self._close = client.close
        self._unit = jpype.JClass("java.util.concurrent.TimeUnit").MILLISECONDS
        self._data = jpype.JClass("org.apache.qpid.protonj2.types.messaging.Data")
        self._binary = jpype.JClass("org.apache.qpid.protonj2.types.Binary")
        self._policy = jpype.JClass(f"{_CLIENT}.NextReceiverPolicy").ROUND_ROBIN
        try:
            with self._mapped():
                self._connection = client.connect(place.host, place.port, _connection_options(place))
                self._connection.openFuture().get()
                self._receivers = [self._receiver(address, window) for address in place.addresses]
        except BaseException:
            self.close()
            raise

    def _receiver(self, address: str, window: int) -> Any:
        import jpype  # noqa: PLC0415

        options = jpype.JClass(f"{_CLIENT}.ReceiverOptions")()
        options.autoAccept(False).creditWindow(window)
        options.deliveryMode(jpype.JClass(f"{_CLIENT}.DeliveryMode").AT_LEAST_ONCE)
        with self._mapped(address):
            return self._connection.openReceiver(address, options).openFuture().get()

    def receive(self, limit: int, seconds: float) -> list[Message]:
        """Return what is there, ``limit`` messages at most; wait so long for the first."""
        found: list[Message] = []
        wait = max(1, ceil(seconds * 1000))  # 0 would wait for ever
        with self._mapped():
            self._connection.nextReceiver(self._policy, wait, self._unit)
            self._receivers.append(self._receivers.pop(0))  # who was first is last
            for receiver in self._receivers:  # each, since only this tells that its link was closed
                while len(found) < limit and (delivery := receiver.tryReceive()) is not None:
                    found.append(self._read(str(receiver.address()), delivery))
        return found

    def _read(self, address: str, delivery: Any) -> Message:
        message = delivery.message().toAdvancedMessage()
        encoding = message.contentEncoding()
        pieces = [self._bytes(section.getValue()) for section in message.bodySections()]
        return Message(
            address, b"".join(pieces), "" if encoding is None else str(encoding).strip().lower(), delivery
        )

    def _bytes(self, value: Any) -> bytes:
        """Return a section of a body: binary as it is, anything else as text."""
        if value is None:
            return b""
        if isinstance(value, self._binary):
            value = value.asByteArray()
        try:
            return memoryview(value).tobytes()
        except TypeError:
            return str(value).encode("utf-8", "backslashreplace")

    def accept(self, messages: list[Message]) -> None:
        """Settle messages as accepted: the broker forgets them."""
        with self._mapped():
            for message in messages:
                message.delivery.accept()

    def close(self) -> None:
        """Close it; what was accepted before reaches the broker first."""
        import jpype  # noqa: PLC0415

        with contextlib.suppress(jpype.JException):
            self._close()

    @contextlib.contextmanager
    def _mapped(self, address: str = "") -> Iterator[None]:
        import jpype  # noqa: PLC0415

        try:
            yield
        except jpype.JException as error:
            raise _explained(self.place, error, address) from None


def _connection_options(place: Place) -> Any:
    import jpype  # noqa: PLC0415

    options = jpype.JClass(f"{_CLIENT}.ConnectionOptions")()
    options.openTimeout(_PATIENCE).requestTimeout(_PATIENCE).closeTimeout(_PATIENCE).idleTimeout(_IDLE)
    options.transportOptions().allowNativeIO(False).connectTimeout(_PATIENCE)
    if place.user:
        options.user(place.user).password(place.password)
    if place.tls:
        options.sslEnabled(True)
        if place.authorities:
            options.sslOptions().sslContextOverride(_context(place.authorities))
    return options


def _context(authorities: Path) -> Any:
    """Return Java's TLS settings, trusting the certificates of a PEM file."""
    import jpype  # noqa: PLC0415

    try:
        pem = authorities.read_bytes()
    except OSError as error:
        raise AskedWrong(f"{authorities}: {error.strerror}", parameter="BOARDTRACE_AMQP_CA") from None
    store = jpype.JClass("java.security.KeyStore").getInstance("PKCS12")
    store.load(None, None)
    stream = jpype.JClass("java.io.ByteArrayInputStream")(jpype.JArray(jpype.JByte)(pem))
    try:
        found = jpype.JClass("java.security.cert.CertificateFactory").getInstance("X.509")
        for number, certificate in enumerate(found.generateCertificates(stream)):
            store.setCertificateEntry(str(number), certificate)
    except jpype.JException:
        pass
    if not store.size():
        raise AskedWrong(f"{authorities}: no certificates in PEM", parameter="BOARDTRACE_AMQP_CA")
    trust = jpype.JClass("javax.net.ssl.TrustManagerFactory").getInstance("PKIX")
    trust.init(store)
    context = jpype.JClass("javax.net.ssl.SSLContext").getInstance("TLS")
    context.init(None, trust.getTrustManagers(), None)
    return context


def _explained(place: Place, error: Any, address: str) -> BoardtraceError:
    """Say in one line what the client's exception means."""
    chain = [error]
    while (cause := chain[-1].getCause()) is not None and len(chain) < 10:  # noqa: PLR2004  no cycles
        chain.append(cause)
    kinds = {type(one).__name__.rpartition(".")[2] for one in chain}
    said = str(chain[-1].getMessage() or type(chain[-1]).__name__).partition("\n")[0]
    if address and "not-found" in _conditions(chain):
        return AskedWrong(f"{place} has no address {address}", parameter="address")
    if any("SecuritySasl" in kind or "ConnectionSecurity" in kind for kind in kinds):
        who = f"the user {place.user}" if place.user else "who names no user"
        return BrokerUnreachable(
            f"{place} refuses {who}: {said}", hint="the password is in the URL or BOARDTRACE_AMQP_PASSWORD"
        )
    if any("SSL" in kind or "CertPath" in kind for kind in kinds):
        return BrokerUnreachable(
            f"{place}: no TLS that can be trusted: {said}", hint="see BOARDTRACE_AMQP_CA"
        )
    where = f"{place} at {address}" if address else str(place)
    return BrokerUnreachable(f"{where} cannot be reached: {said}")


def _conditions(chain: list[Any]) -> str:
    """Return what the broker gave as reasons for closing a link, a session or the connection."""
    closed = [one.getErrorCondition() for one in chain if hasattr(one, "getErrorCondition")]
    return " ".join(str(condition.condition()) for condition in closed if condition is not None)
