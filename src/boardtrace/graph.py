"""The graph over Bolt: the only module that imports the driver.

Statements come from files (statement.py) and go in with parameters. Everything that the
driver raises leaves here as an error of ours. Every transaction has a timeout and says
in its metadata which statement it is, so that `SHOW TRANSACTIONS` names the question. On a cluster
(`neo4j://`) reads go to a replica and writes to the leader; bookmarks make what a graph
wrote visible to what it reads next (docs/scale.md).
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, Self, TypeVar

import neo4j  # noqa: TID251  the one home of the driver
from neo4j import exceptions as raised  # noqa: TID251

from boardtrace.errors import AskedWrong, BoardtraceError, Busy, GraphUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boardtrace.engine import Endpoint
    from boardtrace.statement import Statement

__all__ = ["Graph", "Transaction"]

# What the driver warns of is raised too, and said once: Python would print it where nobody listens.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_T = TypeVar("_T")
# Seconds: a server that does not answer a handshake in this time is not there.
_CONNECT = 10.0
# Seconds that one write of a batch may take, a full page cache flush included.
_WRITE_TIMEOUT = 600.0


class Transaction:
    """A transaction in which statements of ours are run; they return plain values, never nodes.

    So records are taken as they are: the driver's own `data()` would copy every value of a
    recall's columns, at a third of the time of the whole answer.
    """

    def __init__(self, inner: neo4j.ManagedTransaction, data: Path) -> None:
        self._inner = inner
        self.data = data
        """The folder beside the graph: what is too long for it lies there (measured.py)."""

    def rows(self, statement: Statement, **parameters: Any) -> list[dict[str, Any]]:
        """Run a statement, return its records."""
        return [dict(record) for record in self._run(statement, parameters)]

    def columns(self, statement: Statement, **parameters: Any) -> dict[str, Any]:
        """Run a statement that returns one record, return that."""
        return dict(self._run(statement, parameters).single(strict=True))

    def one(self, statement: Statement, **parameters: Any) -> dict[str, Any] | None:
        """Run a statement that returns one record or none."""
        record = self._run(statement, parameters).single()
        return dict(record) if record else None

    def each(self, statement: Statement, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Run a statement, yield its records as they come."""
        for record in self._run(statement, parameters):
            yield dict(record)

    def run(self, statement: Statement, **parameters: Any) -> None:
        """Run a statement for what it does."""
        self._run(statement, parameters).consume()

    def _run(self, statement: Statement, parameters: dict[str, Any]) -> neo4j.Result:
        try:
            return self._inner.run(statement.text, parameters)
        except (raised.CypherSyntaxError, raised.CypherTypeError) as error:
            raise BoardtraceError(f"{statement.path}: {error.message}") from error


class Graph:
    """A connection to the graph at ``endpoint``; questions give up after ``timeout`` seconds."""

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        self.endpoint = endpoint
        self.timeout = timeout
        with _mapped(endpoint):
            self._driver = neo4j.GraphDatabase.driver(
                endpoint.uri,
                auth=(endpoint.user, endpoint.password),
                connection_timeout=_CONNECT,
                connection_acquisition_timeout=_CONNECT,
                max_transaction_retry_time=_CONNECT,
                notifications_min_severity="OFF",
                user_agent="boardtrace",
            )
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._driver.close()

    def check(self) -> str:
        """Say which engine answers, as `Neo4j/2026.09.0`; GraphUnreachable if none does."""
        with _mapped(self.endpoint):
            self._driver.verify_connectivity()
            return str(self._driver.get_server_info().agent)

    def read(self, name: str, work: Callable[[Transaction], _T], timeout: float | None = None) -> _T:
        """Run ``work`` in a read transaction; ``name`` is the question's, for whoever looks on."""
        return self._execute(neo4j.READ_ACCESS, name, timeout or self.timeout, work)

    def peek(self, name: str, statement: Statement, **parameters: Any) -> dict[str, Any] | None:
        """Run one small statement that reads, by itself: half the round trips of a transaction."""
        with _mapped(self.endpoint), self._session(neo4j.READ_ACCESS) as session:
            query = neo4j.Query(statement.text, metadata={"boardtrace": name}, timeout=self.timeout)
            record = session.run(query, parameters).single()
            return dict(record) if record else None

    def write(self, name: str, work: Callable[[Transaction], _T]) -> _T:
        """Run ``work`` in a write transaction: all of it or nothing."""
        return self._execute(neo4j.WRITE_ACCESS, name, _WRITE_TIMEOUT, work)

    def apply(self, statement: Statement, **parameters: Any) -> None:
        """Run a statement by itself (a change of the schema cannot share a transaction with data)."""
        with _mapped(self.endpoint), self._session(neo4j.WRITE_ACCESS) as session:
            session.run(neo4j.Query(statement.text, timeout=_WRITE_TIMEOUT), parameters).consume()

    @contextlib.contextmanager
    def _session(self, access: str) -> Iterator[neo4j.Session]:
        """Open a session that sees what every earlier one of this graph wrote, whichever server it meets.

        Each transaction has a session of its own; in a cluster a replica waits until it has the writes
        that the bookmarks name.
        """
        try:
            with self._driver.session(
                database=self.endpoint.database,
                default_access_mode=access,
                fetch_size=10_000,
                bookmark_manager=self._bookmarks,
            ) as session:
                yield session
        except raised.Neo4jError as error:
            if "Bookmark" in (error.code or ""):
                # The database was replaced beneath us: what it never had, no later question waits for.
                self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
            raise

    def _execute(self, access: str, name: str, timeout: float, work: Callable[[Transaction], _T]) -> _T:
        @neo4j.unit_of_work(metadata={"boardtrace": name}, timeout=timeout)
        def unit(inner: neo4j.ManagedTransaction) -> _T:
            return work(Transaction(inner, self.endpoint.data))

        with _mapped(self.endpoint), self._session(access) as session:
            run = session.execute_read if access == neo4j.READ_ACCESS else session.execute_write
            return run(unit)


@contextlib.contextmanager
def _mapped(endpoint: Endpoint) -> Iterator[None]:
    """Turn what the driver raises into errors of ours."""
    where = endpoint.label
    try:
        yield
    except raised.AuthError:
        raise GraphUnreachable(
            f"{where} refuses user {endpoint.user!r} with this password",
            hint="set BOARDTRACE_USER and BOARDTRACE_PASSWORD",
        ) from None
    except (raised.ServiceUnavailable, raised.SessionExpired, OSError) as error:
        raise GraphUnreachable(
            f"{where} does not answer ({str(error).splitlines()[0]})",
            hint="is the server running, and --graph or BOARDTRACE_GRAPH right?",
        ) from error
    except raised.ConfigurationError as error:
        raise AskedWrong(f"{where}: {error}", parameter="graph") from None
    except raised.Neo4jError as error:
        code = error.code or ""
        if "TransactionTimedOut" in code:
            raise Busy(
                "the graph gave up: the question took longer than allowed",
                hint="narrow it, or raise BOARDTRACE_TIMEOUT (seconds)",
            ) from None
        if "Bookmark" in code:
            raise Busy(
                f"{where} has not seen what was written before",
                hint="a replica is behind, or its database was replaced: ask again",
            ) from None
        if "DatabaseNotFound" in code:
            raise GraphUnreachable(f"{where} has no database {endpoint.database!r}") from None
        if "ForbiddenOnReadOnlyDatabase" in code or "WriteOnReadOnlyAccess" in code:
            raise GraphUnreachable(f"{where} cannot be written to: {error.message}") from None
        raise BoardtraceError(f"{where}: {error.message}") from error
