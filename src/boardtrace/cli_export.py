# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""``boardtrace export``: what the graph knows, in the languages of others."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from boardtrace.cli_common import GraphOption, group, opened
from boardtrace.errors import AskedWrong

__all__ = ["add"]


def add(app: typer.Typer) -> None:
    """Give ``app`` the commands."""
    export = group("export", "Write what the graph knows in a format of others.", app)
    export.command()(epcis)


def epcis(
    ctx: typer.Context,
    unit: Annotated[
        str | None, typer.Argument(help="Serial of a unit: its life.", show_default=False)
    ] = None,
    shipment: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A shipment instead: what went out in it.", show_default=False),
    ] = None,
    graph: GraphOption = None,
) -> None:
    """Write an EPCIS 2.0 document: the life of a unit, or what went out in a shipment."""
    from boardtrace.epcis_out import export

    if (unit is None) == (shipment is None):
        raise AskedWrong("name a unit, or a shipment by --shipment", parameter="unit")
    with opened(ctx, graph) as chosen:
        if unit is not None:
            sys.stdout.buffer.write(export(chosen, "unit", unit))
        elif shipment is not None:
            sys.stdout.buffer.write(export(chosen, "shipment", shipment))
