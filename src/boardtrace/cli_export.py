# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""The commands that write what partners read."""

from __future__ import annotations

from typing import Annotated

import typer

from boardtrace.cli_common import GraphOption, group, opened, send
from boardtrace.errors import AskedWrong

__all__ = ["add"]


def add(app: typer.Typer) -> None:
    """Give ``app`` the command `export`, with a command for each format."""
    home = group("export", "What the graph knows, in a format that a partner reads.", app)
    home.command()(catenax)
    home.command()(epcis)


def catenax(
    ctx: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Serial of the unit, or another name of it.")],
    graph: GraphOption = None,
) -> None:
    """Write a unit as Catena-X twins: serial parts, batches and bills of material as built."""
    from boardtrace.catenax_out import export

    with opened(ctx, graph) as chosen:
        send(export(chosen, unit))


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
            send(export(chosen, "unit", unit))
        elif shipment is not None:
            send(export(chosen, "shipment", shipment))
