"""Every error that a user can meet, one tree.

    BoardtraceError                 exit  HTTP
    ├── AskedWrong                     1   422   a parameter has a wrong value
    │   ├── NotFound                   1   404   no such unit, lot, ...; carries near matches
    │   └── NotAcceptable              1   406   no form of the answer is one that the client takes
    ├── BadInput                       1   422   a file or row cannot be read
    ├── Quarantined                    4   422   rows were refused under --strict
    ├── Damaged                        1   500   the ledger's file is not what was written
    ├── GraphUnreachable               3   503   no server, wrong password, no download
    ├── BrokerUnreachable              3   503   no message broker, wrong password, connection lost
    └── Busy                           3   503   another process holds what is needed

Errors of libraries are mapped to these where they are met: the driver's in
graph.py, DuckDB's in facts.py, jgo's and JPype's in engine.py, the AMQP client's in
amqp.py. One line says what happened, ``hint`` says what to do about it.
"""

from __future__ import annotations

__all__ = [
    "AskedWrong",
    "BadInput",
    "BoardtraceError",
    "BrokerUnreachable",
    "Busy",
    "Damaged",
    "GraphUnreachable",
    "NotAcceptable",
    "NotFound",
    "Quarantined",
]


class BoardtraceError(Exception):
    """Something the user can understand and act upon.

    ``exit_code`` is the command line's, ``status`` that of HTTP, ``title`` the
    problem document's (RFC 9457).
    """

    exit_code = 1
    status = 500
    title = "Error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class AskedWrong(BoardtraceError):
    """A parameter has a wrong value: ``parameter`` names it, the message what is allowed."""

    status = 422
    title = "Parameter not valid"

    def __init__(self, message: str, *, parameter: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.parameter = parameter


class NotFound(AskedWrong):
    """Nothing carries this identifier: ``near`` lists what is spelled almost so."""

    status = 404
    title = "Not found"

    def __init__(self, message: str, *, parameter: str = "", near: list[str] | None = None) -> None:
        self.near = near or []
        hint = f"did you mean {', '.join(self.near)}?" if self.near else ""
        super().__init__(message, parameter=parameter, hint=hint)


class NotAcceptable(AskedWrong):
    """The client takes none of the forms that an answer has: the hint lists them."""

    status = 406
    title = "Not acceptable"


class BadInput(BoardtraceError):
    """A file cannot be read as what it says it is: the message names it."""

    status = 422
    title = "Input not readable"


class Quarantined(BoardtraceError):
    """Rows cannot be used and --strict was asked for: nothing was written."""

    exit_code = 4
    status = 422
    title = "Rows refused"


class Damaged(BoardtraceError):
    """The file of a ledger cannot be read any more: the archive has all that was in it."""

    title = "Ledger damaged"


class GraphUnreachable(BoardtraceError):
    """The graph does not answer: the message says why, the hint what to do."""

    exit_code = 3
    status = 503
    title = "Graph not reachable"


class BrokerUnreachable(BoardtraceError):
    """The message broker does not answer, refuses us, or went away."""

    exit_code = 3
    status = 503
    title = "Broker not reachable"


class Busy(BoardtraceError):
    """What is needed is held by others for longer than we wait: a lock, or the graph itself."""

    exit_code = 3
    status = 503
    title = "Busy"
