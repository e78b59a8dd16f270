"""The API: a route for every question, made from the question itself.

Answers are rendered to bytes here and go out as they are; nothing validates rows again.
What goes wrong is a problem document (RFC 9457), whoever found it. The driver is
synchronous, so questions run in the thread pool; ``/healthz`` does not, to answer even
when every thread waits.
"""

from __future__ import annotations

import errno
import gzip
import logging
import socket
import threading
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import uvicorn
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response

from boardtrace import __version__, api_batches, api_epcis, api_export
from boardtrace.answer import ask, asked_again, last_batch, planned
from boardtrace.api_cache import Given, tag, unchanged
from boardtrace.api_docs import names, parameters, responses
from boardtrace.api_given import given
from boardtrace.api_problems import answer_problems, problems
from boardtrace.errors import AskedWrong, BoardtraceError, Busy, GraphUnreachable
from boardtrace.graph import Graph
from boardtrace.questions import QUESTIONS
from boardtrace.render import META, header, negotiate, packs
from boardtrace.settings import Settings
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from boardtrace.answer import Answer
    from boardtrace.api_cache import Kept, Wanted
    from boardtrace.questions import Question
    from boardtrace.render import Form

__all__ = ["Source", "create_app", "serve"]

T = TypeVar("T")

_WAIT = 10.0  # seconds that a question waits for a graph that is starting
_LARGEST_PORT = 65535
_PACKED = 1000  # bytes from which an answer is compressed
_LOG = logging.getLogger("boardtrace")


class Source:
    """The graph that is asked: given, or made on first need and again after it was lost."""

    def __init__(self, graph: Graph | Callable[[], Graph]) -> None:
        self._graph = graph if isinstance(graph, Graph) else None
        self._make = None if isinstance(graph, Graph) else graph
        self._making = threading.Lock()
        self._writing = CapacityLimiter(1)

    def get(self, wait: float = _WAIT) -> Graph:
        """Return the graph; Busy if another thread is still making it."""
        graph = self._graph
        if graph is not None:
            return graph
        if not self._making.acquire(timeout=wait):
            raise Busy("the graph is still starting", hint="ask again in some seconds")
        try:
            if self._graph is None and self._make is not None:
                self._graph = self._make()
            if self._graph is None:
                raise GraphUnreachable("the server is stopping")
            return self._graph
        finally:
            self._making.release()

    @property
    def started(self) -> bool:
        """Say whether the graph may be one that has just started, and has planned nothing yet."""
        return self._make is not None

    def _lost(self, graph: Graph) -> None:
        """Let go of a graph: an embedded engine that ended is started again by who asks next."""
        if self._make is not None and self._graph is graph:
            self._graph = None
            with suppress(Exception):  # another thread may be speaking over it at this moment
                graph.close()

    @contextmanager
    def asked(self, wait: float = _WAIT) -> Iterator[Graph]:
        """Lend the graph, and let go of it if it does not answer; errors as of `get`."""
        graph = self.get(wait)
        try:
            yield graph
        except GraphUnreachable:
            self._lost(graph)
            raise

    async def written(self, work: Callable[..., T], *given: Any) -> T:
        """Run what writes to the graph in a thread, one after the other.

        They would wait for each other anyway, each in a thread that a question could have.
        """
        return await to_thread.run_sync(work, *given, limiter=self._writing)

    def check(self, wait: float = 0.0) -> str:
        """Ask something small, and leave a connection open: it keeps an embedded engine alive."""
        with self.asked(wait) as graph:
            engine = graph.check()
            graph.read("ready", lambda tx: tx.one(load("questions/batch")))
        return engine

    def close(self) -> None:
        """Close the graph if it was made here."""
        if self._make is not None and self._graph is not None:
            self._graph.close()


def create_app(graph: Graph | Callable[[], Graph]) -> FastAPI:
    """Make the application that asks this graph, or the one that the function connects to.

    The function is called when the application starts, in the background, and again when
    the graph does not answer any more.
    """
    source = Source(graph)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_warm, args=(source,), daemon=True, name="first-connection").start()
        yield
        source.close()

    app = FastAPI(
        title="boardtrace",
        version=__version__,
        summary="Which units contain this lot, and who has them now.",
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
    )
    answer_problems(app)
    app.add_middleware(_Heads)
    answers = Given(Settings().answers << 20)
    for question in QUESTIONS.values():
        _route(app, source, answers, question)
    api_batches.add(app, source)
    api_export.add(app, source)
    api_epcis.add(app, source)
    _service(app, source)
    return app


class _Heads:
    """HEAD is answered as GET is; the server leaves the body out (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


def _warm(source: Source) -> None:
    with suppress(Exception):  # who asks will be told; and it may stop meanwhile
        source.check(_WAIT)
        if source.started:
            planned(source.get())


def _route(app: FastAPI, source: Source, answers: Given, question: Question) -> None:
    def answer(request: Request) -> Response:
        asked = given(request, question.name, [*names(question), "format"])
        form = negotiate(asked.pop("format", None), ",".join(request.headers.getlist("accept")))
        coding = "gzip" if packs(request.headers.get("accept-encoding")) else ""
        known = request.headers.get("if-none-match")
        with source.asked() as graph:
            wanted = (graph.endpoint.label, question.name, *asked.items(), form.name, coding)
            kept = None if "no-cache" in request.headers.get("cache-control", "") else answers.get(wanted)
            if kept or known:  # an answer that somebody has may still hold
                batch = last_batch(graph)
                tagged = tag(wanted, batch) if batch else ""
                if tagged and unchanged(tagged, known):
                    return Response(status_code=304, headers=_fresh(tagged))
                kept = kept if kept and kept[1]["ETag"] == tagged else None
            if kept:
                asked_again(graph, question, asked)
            else:
                kept = _written(ask(graph, question, asked), form, wanted, coding)
                if "ETag" in kept[1]:
                    answers.keep(wanted, *kept)
        body, headers = kept
        return Response(body, media_type=form.media_type, headers=headers)

    app.add_api_route(
        f"/v1/{question.path}",
        answer,
        name=question.name,
        operation_id=question.name.replace(" ", "_"),
        tags=[question.name.split()[0]],
        summary=question.statement.title,
        description=question.description,
        response_class=Response,
        responses=responses(question),
        openapi_extra={"parameters": parameters(question)},
    )


def _written(found: Answer, form: Form, wanted: Wanted, coding: str) -> Kept:
    """Write an answer; it has a tag only if it is whole, and of a batch."""
    whole = found.meta["complete"] is True and found.meta["batch"]
    headers = _fresh(tag(wanted, found.meta["batch"])) if whole else dict(_VARY)
    if form.name == "csv":
        headers[META] = header(found)
    body = form.write(found)
    if coding and form.name != "parquet" and len(body) >= _PACKED:  # Parquet is compressed by itself
        # the lowest level: higher ones take longer than they save; no time of day in the bytes
        body, headers["Content-Encoding"] = gzip.compress(body, 1, mtime=0), coding
    return body, headers


_VARY = {"Vary": "Accept, Accept-Encoding"}


def _fresh(tagged: str) -> dict[str, str]:
    """Say that an answer holds until the next batch: to ask whether it still does costs little."""
    return {**_VARY, "ETag": tagged, "Cache-Control": "private, no-cache"}


def _service(app: FastAPI, source: Source) -> None:
    @app.get("/healthz", tags=["service"], summary="The process lives.")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", tags=["service"], summary="The graph can be asked.", responses=problems(503))
    def readyz() -> dict[str, str]:
        return {"status": "ready", "engine": source.check()}

    @app.get("/", tags=["service"], summary="What can be asked.")
    async def routes() -> dict[str, Any]:
        asked = {f"/v1/{question.path}": question.statement.title for question in QUESTIONS.values()}
        return {
            "name": "boardtrace",
            "version": __version__,
            "openapi": "/openapi.json",
            "questions": asked,
        }


# Serving ------------------------------------------------------------------------------------------

_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "boardtrace: %(message)s"},
        "access": {
            "()": "uvicorn.logging.AccessFormatter",
            "fmt": '%(asctime)s %(client_addr)s "%(request_line)s" %(status_code)s',
            "use_colors": False,
        },
    },
    "handlers": {
        name: {"class": "logging.StreamHandler", "formatter": name, "stream": "ext://sys.stderr"}
        for name in ("plain", "access")
    },
    "loggers": {
        "boardtrace": {"handlers": ["plain"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["plain"], "level": "WARNING", "propagate": False},
        "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}


def serve(host: str, port: int, graph: Graph | Callable[[], Graph]) -> None:
    """Serve until SIGINT or SIGTERM; BoardtraceError if nothing can listen there.

    Says on stderr where it listens, then one line per request.
    """
    with _listening(host, port) as listening:
        configuration = uvicorn.Config(create_app(graph), log_config=_LOGGING, server_header=False)
        name = f"[{host}]" if ":" in host else host
        _LOG.info("http://%s:%d (Ctrl+C ends it)", name, listening.getsockname()[1])
        with suppress(KeyboardInterrupt):
            uvicorn.Server(configuration).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done: uvicorn would only exit."""
    if not 0 <= port <= _LARGEST_PORT:
        raise AskedWrong(f"{port} is no port", parameter="port", hint=f"choose one up to {_LARGEST_PORT}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.create_server(found[4][:2], family=found[0], backlog=2048)
        # Only a socket that says it is TCP gets TCP_NODELAY from asyncio: without it each answer on
        # a kept connection waits 40 ms for an acknowledgement.
        return socket.socket(made.family, made.type, socket.IPPROTO_TCP, fileno=made.detach())
    except OSError as error:
        where = f"port {port} of {host}"
        if error.errno == errno.EADDRINUSE:
            problem, hint = f"{where} is in use", "choose another by --port, or end the program that has it"
        elif error.errno == errno.EACCES:
            problem, hint = f"{where} is not allowed to this user", "choose one above 1023 by --port"
        else:
            problem, hint = (
                f"{where} cannot be used ({error.strerror or error})",
                "is --host one of this machine?",
            )
        raise BoardtraceError(problem, hint=hint) from None
