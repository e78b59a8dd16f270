"""Is this graph fit for what it is asked? Each check says what was found and what to change.

Nothing is written, neither to the graph nor beside it. What the user may not see, or the
server does not tell, is `unknown` with the reason, never an error: only a graph that cannot
be reached at all is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boardtrace import doctor_beside, doctor_server
from boardtrace.doctor_look import Found, Look
from boardtrace.errors import BoardtraceError, GraphUnreachable

if TYPE_CHECKING:
    from boardtrace.graph import Graph

__all__ = ["COLUMNS", "Found", "examine"]

COLUMNS = ["check", "found", "verdict", "change"]


def examine(graph: Graph) -> list[Found]:
    """Look at the graph, and at what is beside it; every check has one row or more.

    Raises GraphUnreachable if the graph does not answer, nothing else.
    """
    look = Look(graph)
    found: list[Found] = []
    for name, check in {**doctor_server.CHECKS, **doctor_beside.CHECKS}.items():
        try:
            found.extend(check(look))
        except GraphUnreachable:
            raise
        except (BoardtraceError, OSError) as error:
            said = error.message if isinstance(error, BoardtraceError) else error.strerror or str(error)
            found.append(Found(name, " ".join(said.split()), "unknown"))
    return found
