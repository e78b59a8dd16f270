"""What a client gives in the query: nothing that is unknown, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boardtrace.errors import AskedWrong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import Request

__all__ = ["given"]


def given(request: Request, of: str, known: Iterable[str]) -> dict[str, str]:
    """Read the query of ``of``, in the order of ``known``: how it was written does not change the answer.

    AskedWrong for what is unknown, which may be another parameter mistyped, and for what is
    given twice, of which one would be passed over.
    """
    names, said = list(known), request.query_params
    for name in said:
        if name not in names:
            raise AskedWrong(
                f"{of} has no parameter {name!r}", parameter=name, hint=f"it has {', '.join(names)}"
            )
        if len(said.getlist(name)) > 1:
            raise AskedWrong(f"{name} is given more than once", parameter=name)
    return {name: said[name] for name in names if name in said}
