# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""The commands that write what partners read."""

from __future__ import annotations

from typing import Annotated

import typer

from boardtrace.cli_common import GraphOption, group, opened, send

__all__ = ["add"]


def add(app: typer.Typer) -> None:
    """Give ``app`` the command `export`, with a command for each format."""
    home = group("export", "What the graph knows, in a format that a partner reads.", app)
    home.command()(catenax)


def catenax(
    ctx: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Serial of the unit, or another name of it.")],
    graph: GraphOption = None,
) -> None:
    """Write a unit as Catena-X twins: serial parts, batches and bills of material as built."""
    from boardtrace.catenax_out import export

    with opened(ctx, graph) as chosen:
        send(export(chosen, unit))
