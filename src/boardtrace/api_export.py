"""``GET /v1/<format>/...``: what the graph knows, in a format that a partner reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request, Response

from boardtrace.api_given import given
from boardtrace.api_problems import problems
from boardtrace.catenax_out import export

if TYPE_CHECKING:
    from boardtrace.api import Source

__all__ = ["add"]


def add(app: FastAPI, source: Source) -> None:
    """Give ``app`` the routes."""

    @app.get(
        "/v1/catenax/unit",
        operation_id="catenax_unit",
        tags=["export"],
        summary="A unit as Catena-X twins: serial parts, batches and bills of material as built.",
        response_class=Response,
        responses={
            200: {"content": {"application/json": {}}, "description": "a test-data container"},
            **problems(404, 422, 503),
        },
    )
    def catenax_unit(
        request: Request,
        unit: Annotated[str, Query(min_length=1, description="serial of the unit, or another name of it")],
    ) -> Response:
        given(request, "catenax unit", ["unit"])
        with source.asked() as graph:
            return Response(export(graph, unit), media_type="application/json")
