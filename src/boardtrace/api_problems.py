"""Problem documents (RFC 9457): how the API says that something went wrong, whoever found it."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from boardtrace.errors import AskedWrong, BoardtraceError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

__all__ = ["PROBLEM", "Problem", "answer_problems", "problem", "problems"]

PROBLEM = "application/problem+json"
"""The media type of problem documents."""

_RETRY_AFTER = "5"  # seconds
_MEANING = {
    400: "the request is none that the EPCIS standard knows",
    404: "nothing carries this identifier; near is what is spelled almost so",
    406: "no form of the answer is one that Accept takes",
    413: "the body is larger than one that is taken in this form, or the answer than one that is wanted",
    415: "the body is of no media type that is taken",
    422: "a parameter is unknown, missing or has a wrong value",
    503: "the graph cannot be asked now",
}


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    parameter: str = ""
    near: list[str] = []


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems of a route for OpenAPI."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {"description": _MEANING[status], "content": {PROBLEM: {"schema": schema}}}
        for status in statuses
    }


def answer_problems(app: FastAPI) -> None:
    """Answer every error by a problem document, and describe that in OpenAPI."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        # FastAPI knows a model only of answers in its own media type.
        document = made()
        document["components"]["schemas"].setdefault(Problem.__name__, Problem.model_json_schema())
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    app.add_exception_handler(BoardtraceError, _ours)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(ClientDisconnect, _left)
    app.add_exception_handler(Exception, _unexpected)


def problem(
    request: Request, status: int, kind: str, title: str, detail: str,
    more: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Make a problem document; ``kind`` is its type."""
    query = f"?{request.url.query}" if request.url.query else ""
    said = {"type": kind, "title": title, "status": status, "detail": detail,
            "instance": request.url.path + query, **(more or {})}  # fmt: skip
    return Response(orjson.dumps(said), status, headers, PROBLEM)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, BoardtraceError)  # noqa: S101  what it is registered for
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
    more: dict[str, Any] = {}
    if isinstance(error, AskedWrong) and error.parameter:
        more["parameter"] = error.parameter
    if isinstance(error, NotFound):
        more["near"] = error.near
    busy = {"Retry-After": _RETRY_AFTER} if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem(
        request, error.status, f"urn:boardtrace:problem:{name}", error.title, str(error), more, busy
    )


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fault = error.errors()[0]
    name = str(fault["loc"][-1])
    said = "is needed" if fault["type"] == "missing" else fault["msg"].lower()
    return await _ours(request, AskedWrong(f"{name}: {said}", parameter=name))


async def _left(_request: Request, _error: Exception) -> Response:
    """Answer who broke off his upload: nobody reads it, and it is no fault that the log should show."""
    return Response(status_code=400)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    detail = {
        HTTPStatus.NOT_FOUND: f"there is nothing at {request.url.path}; GET / lists the questions",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.url.path} does not take {request.method}",
    }.get(HTTPStatus(error.status_code), str(error.detail))
    title = HTTPStatus(error.status_code).phrase
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(_allowed(request)))
    return problem(request, error.status_code, "about:blank", title, detail, headers=headers)


def _allowed(request: Request) -> set[str]:
    """Collect what every route of this path takes: the router names that of the first alone."""
    found: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return found | {"HEAD"} if "GET" in found else found  # every route that has the one has the other


async def _unexpected(request: Request, _: Exception) -> Response:
    # The stack trace goes to the log, where uvicorn writes it; the client is told nothing of it.
    detail = "this is a bug of the server; its log says more"
    return problem(request, 500, "about:blank", HTTPStatus.INTERNAL_SERVER_ERROR.phrase, detail)
