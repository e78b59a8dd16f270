# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""`boardtrace listen`: CFX as the machines send it."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from boardtrace.cli_common import GraphOption, opened, say, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from boardtrace.errors import BoardtraceError
    from boardtrace.graph import Graph
    from boardtrace.ingest import Options, Report

__all__ = ["listen"]


def listen(
    ctx: typer.Context,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="amqp[s]://[USER[:PASSWORD]@]HOST[:PORT]/ADDRESS")
    ],
    address: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="A further address.", show_default=False)
    ] = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds of messages that make a batch.")] = 5.0,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Messages that make a batch.")] = 10_000,
    site: Annotated[
        str,
        typer.Option(
            help="Put SITE: before every id of the site's own.", metavar="SITE", show_default=False
        ),
    ] = "",
    graph: GraphOption = None,
) -> None:
    """Take CFX messages from an AMQP 1.0 broker as they come, until interrupted.

    A message is acknowledged when the batch that holds it is durable.
    """
    from boardtrace import cli_ingest
    from boardtrace.amqp import Connection, Place, start_jvm
    from boardtrace.errors import BoardtraceError
    from boardtrace.ingest import Options
    from boardtrace.listen import Listener

    chosen = settings()
    place = Place.parse(url, tuple(address or ()), chosen.amqp_password.get_secret_value(), chosen.amqp_ca)
    options = Options("cfx", site)

    def tell(what: str, told: Report | BoardtraceError) -> None:
        if isinstance(told, BoardtraceError):
            say(": ".join(filter(None, (what, str(told)))))
        else:
            cli_ingest.write_line(what, told)

    def connect() -> Connection:
        found = Connection(place, most)
        say(f"listening to {', '.join(place.addresses)} at {place} (Ctrl+C ends it)")
        return found

    with cli_ingest.bar() as progress:
        start_jvm(chosen.cache, progress)
    stop = threading.Event()
    with _Graph(ctx, graph, options) as taking, _stopping(stop):
        Listener(connect, taking.take, tell, stop, taking.data / "refused", every, most).run()


class _Graph:
    """The graph to write to, opened again after it was gone: an embedded one is started then."""

    def __init__(self, ctx: typer.Context, name: str | None, options: Options) -> None:
        self._asked = ctx, name
        self._options = options
        self._held = ExitStack()
        self._graph: Graph | None = None

    def __enter__(self) -> Self:
        self._graph = self._held.enter_context(opened(*self._asked))
        self.data = self._graph.endpoint.data
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def take(self, paths: list[Path]) -> Report:
        """Ingest files as one batch; after an error the same files may be given again."""
        from boardtrace.errors import GraphUnreachable
        from boardtrace.ingest import ingest

        graph = self._graph or self._held.enter_context(opened(*self._asked))
        self._graph = graph
        try:
            return ingest(graph, paths, self._options)
        except GraphUnreachable:
            self._graph = None
            self._held.close()
            raise


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """Let the first Ctrl+C, or SIGTERM, end the work in order; a second one ends it at once."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def told(*_: object) -> None:
        stop.set()
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in numbers:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
