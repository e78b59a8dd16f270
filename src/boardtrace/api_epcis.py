"""EPCIS 2.0 by HTTP (section 12, REST bindings): ``/capture``, and ``/events`` by simple queries.

A capture is a batch, and its job is named after it: nothing else is kept of it.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from boardtrace.api_given import given
from boardtrace.api_problems import problem, problems
from boardtrace.captured import Page, TooMany, contexts, events
from boardtrace.epcis_out import CONTEXT, export
from boardtrace.epcis_query import PAGING, Refused, described, page_of, token_of, wanted_of
from boardtrace.errors import BoardtraceError
from boardtrace.ingest import Options, ingest
from boardtrace.render import preferred
from boardtrace.rows import shown
from boardtrace.statement import load

if TYPE_CHECKING:
    from boardtrace.api import Source

__all__ = ["LD", "add"]

LD: Final = "application/ld+json"
_JSON: Final = "application/json"
_TYPES: Final = {_JSON, LD}
_VERSIONS: Final = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}
_UNCHANGED: Final = "unchanged"
_IN_MEMORY: Final = 1 << 20
_REFUSED: Final = 422
_EMPTY: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*\]\s*)?")
_UNPACKED: Final = 1 << 30
"""Bytes of a body that came compressed; a larger one is to be sent as it is."""


def add(app: FastAPI, source: Source) -> None:
    """Give ``app`` the routes."""
    app.add_exception_handler(Refused, _problem)
    _events(app, source)
    _exports(app, source)
    body = {"required": True, "content": {name: {"schema": {"type": "object"}} for name in sorted(_TYPES)}}

    @app.post(
        "/capture", operation_id="capture", tags=["epcis"], status_code=202, response_class=Response,
        summary="Take an EPCIS document as one batch; the job is at Location.",
        responses=problems(400, 413, 415, 503), openapi_extra={"requestBody": body},
    )  # fmt: skip
    async def capture(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _TYPES:
            why = f"a document is one of {', '.join(sorted(_TYPES))}, not {kind or 'without a type'}"
            raise Refused(415, "UnsupportedMediaTypeException", why)
        with tempfile.TemporaryDirectory(prefix="boardtrace-") as folder:
            path = Path(folder) / "capture.json"
            with path.open("wb", buffering=_IN_MEMORY) as out:
                async for piece in request.stream():
                    await run_in_threadpool(out.write, piece)
            await run_in_threadpool(_checked, path, request.headers.get("content-encoding", ""))
            job = await source.written(_taken, source, path, request)
        return Response(status_code=202, headers={**_VERSIONS, "Location": f"/capture/{job}"})

    @app.get(
        "/capture", operation_id="captures", tags=["epcis"], response_class=Response,
        summary="The batches, as jobs of capture.", responses=problems(400, 406, 503),
        openapi_extra={"parameters": [_parameter(name) for name in PAGING]},
    )  # fmt: skip
    def captures(request: Request) -> Response:
        headers = _headers(request, _JSON, LD)
        after, limit = page_of(request.query_params)
        with source.asked() as graph:
            batches = graph.read("captures", lambda tx: tx.rows(load("questions/batches")))
        found = sorted((one for one in batches if one["batch"] > after), key=lambda one: one["batch"])
        page = found[:limit]
        if len(found) > len(page):
            following = urlencode({"perPage": len(page), "nextPageToken": page[-1]["batch"]})
            headers["Link"] = f'</capture?{following}>; rel="next"'
        jobs = [_shown(batch) for batch in page]
        return Response(orjson.dumps(jobs), headers=headers)

    @app.get(
        "/capture/{job}", operation_id="capture_job", tags=["epcis"], response_class=Response,
        summary="What became of a capture.", responses=problems(404, 406, 503),
    )  # fmt: skip
    def capture_job(job: str, request: Request) -> Response:
        headers = _headers(request, _JSON, LD)
        found = _job(source, job)
        if found is None:
            raise Refused(404, "NoSuchResourceException", f"no capture {job!r}")
        return Response(orjson.dumps(found), headers=headers)


def _events(app: FastAPI, source: Source) -> None:
    @app.get(
        "/events", operation_id="events", tags=["epcis"], response_class=Response,
        summary="The captured EPCIS events, in order of time, by the standard's simple queries.",
        responses=problems(400, 406, 413, 503),
        openapi_extra={"parameters": [_parameter(name, what) for name, what in described().items()]},
    )  # fmt: skip
    def get_events(request: Request) -> Response:
        headers = _headers(request, LD, _JSON)
        wanted = wanted_of(request.query_params)
        ledger = _ledger(source)
        try:
            page = events(ledger, wanted) if ledger else Page([], more=False)
        except TooMany:
            raise Refused(
                413, "QueryTooLargeException", f"there are more than {wanted.most} events"
            ) from None
        if page.more:
            again = {name: value for name, value in request.query_params.items() if name != "nextPageToken"}
            following = urlencode({**again, "nextPageToken": token_of(wanted, page)})
            headers["Link"] = f'</events?{following}>; rel="next"'
        names = contexts(ledger) if ledger else {}
        return Response(_document(page, names), headers=headers)


def _parameter(name: str, what: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "schema": {"type": "string"},
        **({"description": what} if what else {}),
    }


def _headers(request: Request, *offered: str) -> dict[str, str]:
    """Give the headers of an answer, of the media type that the client wants most; Refused if of none."""
    accept = ",".join(request.headers.getlist("accept"))
    media = preferred(accept, offered)
    if media is None:
        why = f"there is {' and '.join(offered)}, and Accept is {accept[:100]}"
        raise Refused(406, "NotAcceptableException", why)
    return {**_VERSIONS, "Content-Type": media, "Vary": "Accept"}


def _exports(app: FastAPI, source: Source) -> None:
    def answer(request: Request, what: Literal["unit", "shipment"], name: str) -> Response:
        given(request, f"epcis {what}", [what])
        headers = _headers(request, LD, _JSON)
        with source.asked() as graph:
            return Response(export(graph, what, name), headers=headers)

    @app.get(
        "/v1/epcis/unit", operation_id="epcis_unit", tags=["epcis"], response_class=Response,
        summary="The life of a unit as an EPCIS document.", responses=problems(404, 406, 422, 503),
    )  # fmt: skip
    def unit(
        request: Request, unit: Annotated[str, Query(min_length=1, description="serial of the unit")]
    ) -> Response:
        return answer(request, "unit", unit)

    @app.get(
        "/v1/epcis/shipment", operation_id="epcis_shipment", tags=["epcis"], response_class=Response,
        summary="What went out in a shipment, as an EPCIS document.",
        responses=problems(404, 406, 422, 503),
    )  # fmt: skip
    def shipment(
        request: Request, shipment: Annotated[str, Query(min_length=1, description="id of the shipment")]
    ) -> Response:
        return answer(request, "shipment", shipment)


async def _problem(request: Request, refused: Exception) -> Response:
    status, kind, why = refused.args
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.removesuffix("Exception"))
    return problem(request, status, f"epcisException:{kind}", name, why, headers=_VERSIONS)


# Capture -------------------------------------------------------------------------------------------


def _checked(path: Path, coding: str) -> None:
    """Unpack a body; Refused if it is packed in another way, or holds nothing."""
    coding = coding.strip().lower()
    if coding in {"gzip", "x-gzip"}:
        packed = path.rename(path.with_suffix(".gz"))
        try:
            _unpack(packed, path)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Refused(400, "ValidationException", f"the body is no gzip: {error}") from None
    elif coding not in {"", "identity"}:
        why = f"a body comes as it is, or as gzip, not {coding}"
        raise Refused(415, "UnsupportedMediaTypeException", why)
    if path.stat().st_size < _IN_MEMORY and _EMPTY.fullmatch(path.read_bytes()):
        raise Refused(400, "ValidationException", "there is no event in the body, nor a document")


def _unpack(packed: Path, plain: Path) -> None:
    size = 0
    with gzip.open(packed) as source, plain.open("wb") as out:
        while piece := source.read(_IN_MEMORY):
            size += len(piece)
            if size > _UNPACKED:
                why = f"a compressed body of more than {_UNPACKED >> 20} MB; send it as it is"
                raise Refused(413, "CaptureLimitExceededException", why)
            out.write(piece)


def _taken(source: Source, path: Path, request: Request) -> str:
    """Ingest a document; by default all of it or nothing, as the standard has it."""
    behaviour = request.headers.get("gs1-capture-error-behaviour", "rollback").lower()
    if behaviour not in {"rollback", "proceed"}:
        why = f"GS1-Capture-Error-Behaviour is rollback or proceed, not {behaviour!r}"
        raise Refused(400, "ValidationException", why)
    try:
        with source.asked() as graph:
            report = ingest(graph, [path], Options("epcis"), strict=behaviour == "rollback")
    except BoardtraceError as error:
        if error.status == _REFUSED:
            raise Refused(400, "ValidationException", str(error)) from None
        raise
    return _UNCHANGED if report.batch is None else str(report.batch)


def _job(source: Source, job: str) -> dict[str, Any] | None:
    """Describe a capture: its batch, and what of it was not taken."""
    if job == _UNCHANGED:
        return {"captureID": job, "running": False, "success": True, "errors": []}
    if not re.fullmatch(r"[1-9]\d{0,8}", job):
        return None
    with source.asked() as graph:
        batches = graph.read("captures", lambda tx: tx.rows(load("questions/batches")))
        batch = next((one for one in batches if one["batch"] == int(job)), None)
        if batch is None:
            return None
        bad = graph.read(
            "quarantine", lambda tx: tx.rows(load("questions/quarantine"), batch=int(job), file=None)
        )
    errors = [
        {
            "type": "epcisException:ValidationException",
            "title": "Not taken",
            "status": 400,
            "detail": f"line {row['line']}: {row['column'] or 'event'}: {row['reason']}",
        }
        for row in sorted(bad, key=lambda row: (row["line"], row["column"] or ""))
    ]
    return {**_shown(batch), "errors": errors}


def _shown(batch: dict[str, Any]) -> dict[str, Any]:
    return {
        "captureID": str(batch["batch"]),
        "createdAt": shown(batch["at"]),
        "running": not batch["done"],
        "success": not batch["quarantined"],
        "captureErrorBehaviour": "proceed" if batch["quarantined"] else "rollback",
    }


# Events ------------------------------------------------------------------------------------------


def _ledger(source: Source) -> Path | None:
    """Find the folder of the graph's ledger; None before the first batch."""
    with source.asked() as graph:
        known = graph.read("identity", lambda tx: tx.one(load("digest/identity")))
    return graph.endpoint.data / "ledger" / known["id"] if known else None


def _document(page: Page, names: dict[str, str]) -> bytes:
    """Write the answer to a query (section 8.2.9): the events as they came, each with its id."""
    found = []
    for one in page.found:
        event = orjson.loads(one.json)
        event.setdefault("eventID", one.id)
        event["recordTime"] = shown(one.recorded)
        found.append(event)
    return orjson.dumps(
        {
            "@context": [CONTEXT, names] if names else [CONTEXT],
            "type": "EPCISQueryDocument",
            "schemaVersion": "2.0",
            "creationDate": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "epcisBody": {
                "queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": found}}
            },
        }
    )
