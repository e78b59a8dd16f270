"""``POST /v1/batches``: a batch by HTTP.

The body is an archive of tables, NDJSON of ``{"table": ..., ...}``, or one file with its name.
A media type must be given: a page of another site can make a browser send none of these.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from boardtrace.api_given import given
from boardtrace.api_problems import problems
from boardtrace.errors import AskedWrong
from boardtrace.files import saved
from boardtrace.ingest import FORMATS, Options, Report, ingest
from boardtrace.rehearsal import rehearse

if TYPE_CHECKING:
    from boardtrace.api import Source

__all__ = ["TYPES", "add"]

TYPES = {
    "application/zip": "input.zip",
    "application/x-tar": "input.tar",
    "application/gzip": "input.tar.gz",
    "application/x-ndjson": "input.ndjson",
    "text/csv": "",
    "application/json": "",
}
"""Media type -> the name of a body that has none; one that must say it is blank."""

_IN_MEMORY = 1 << 20
_CODINGS = {"identity": "", "gzip": ".gz", "x-gzip": ".gz"}
_OWN = ("from", "site", "strict", "dry_run", "name")


class Problem(BaseModel):
    """A row that was not taken; line 0 is a whole file."""

    file: str
    line: int
    column: str | None
    reason: str


class Taken(BaseModel):
    """What became of a batch; ``batch`` is null if it changed nothing."""

    batch: int | None
    read: int
    accepted: int
    duplicate: int
    quarantined: int
    problems: list[Problem]
    notes: list[str]


def add(app: FastAPI, source: Source) -> None:
    """Give ``app`` the route."""

    @app.post(
        "/v1/batches",
        operation_id="post_batch",
        tags=["batches"],
        summary="Take files as one batch: all or nothing, and twice is once.",
        status_code=201,
        response_model=Taken,
        responses={
            200: {"model": Taken, "description": "nothing new, or a dry run"},
            **problems(415, 422, 503),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in TYPES},
            }
        },
    )
    async def post(
        request: Request,
        response: Response,
        from_: Annotated[
            str | None, Query(alias="from", description=f"one of {', '.join(FORMATS)}")
        ] = None,
        site: Annotated[str, Query(description="stands before every id of the site's own")] = "",
        strict: Annotated[
            str, Query(description="true: write nothing if any row cannot be used")
        ] = "false",
        dry_run: Annotated[str, Query(description="true: write nothing at all")] = "false",
        name: Annotated[str, Query(description="what one file is called, as visits.csv")] = "",
    ) -> Taken:
        given(request, "a batch", _OWN)
        flags = {"strict": strict, "dry_run": dry_run}
        _true_or_false(flags)
        options = Options(from_, site)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in TYPES:
            raise HTTPException(415, f"a body is one of {', '.join(TYPES)}, not {kind or 'without a type'}")
        name = name or TYPES[kind]
        if not name:
            raise AskedWrong(f"a body of {kind} needs a name, as visits.csv", parameter="name")
        coding = request.headers.get("content-encoding", "identity").strip().lower()
        if coding not in _CODINGS:
            raise HTTPException(415, f"a body is coded by gzip or not at all, not by {coding[:40]}")
        name += _CODINGS[coding]
        with (
            tempfile.SpooledTemporaryFile(_IN_MEMORY) as body,
            tempfile.TemporaryDirectory(prefix="boardtrace-") as folder,
        ):
            async for piece in request.stream():
                await run_in_threadpool(body.write, piece)
            body.seek(0)
            path = await run_in_threadpool(saved, body, Path(folder), name)
            report = await source.written(_take, source, path, options, flags)
        if report.batch is None or dry_run == "true":
            response.status_code = 200
        problems = [Problem(**{n: getattr(p, n) for n in Problem.model_fields}) for p in report.problems]
        return Taken(**report.summary, problems=problems, notes=report.notes)


def _true_or_false(flags: dict[str, str]) -> None:
    for name, value in flags.items():
        if value not in {"true", "false"}:
            raise AskedWrong(f"{name}: should be true or false, not {value!r}", parameter=name)


def _take(source: Source, path: Path, options: Options, flags: dict[str, str]) -> Report:
    strict = flags["strict"] == "true"
    with source.asked() as graph:
        if flags["dry_run"] == "true":
            return rehearse(graph, [path], options, strict=strict, recalls=0).report
        return ingest(graph, [path], options, strict=strict)
