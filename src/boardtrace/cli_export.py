# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""The commands that write what partners and other programs read."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import Annotated

import typer

from boardtrace.cli_common import GraphOption, group, opened, plain, say, send
from boardtrace.errors import AskedWrong

__all__ = ["add"]


def add(app: typer.Typer) -> None:
    """Give ``app`` the command `export`, with a command for each format."""
    home = group("export", "What the graph knows, in a format that others read.", app)
    home.command()(catenax)
    home.command()(epcis)
    home.command("graph")(whole)
    home.command()(messages)


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


def whole(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write it: a new folder.")],
    graph: GraphOption = None,
) -> None:
    """Write every node and edge as Parquet, for DuckDB, pandas, Spark, or `boardtrace import`."""
    from boardtrace import cli_ingest
    from boardtrace.graph_out import export

    with opened(ctx, graph) as chosen, cli_ingest.bar() as progress:
        manifest, notes = export(chosen, folder, progress)
    for note in notes:
        say(note)
    typer.echo(
        f"batch {manifest.batch} ({manifest.hash[:12]}): {manifest.nodes:,} nodes and "
        f"{manifest.edges:,} edges in {plain(str(folder))}"
    )
    typer.echo(f"digest {manifest.digest}")


def messages(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write them: a new file.")],
    graph: GraphOption = None,
) -> None:
    """Write every message of CFX, EPCIS and Catena-X as it came, as Parquet, with batch, file and line."""
    from boardtrace.messages import export

    with opened(ctx, graph) as chosen:
        count = export(chosen, file)
    typer.echo(f"{count:,} messages in {plain(str(file))}")
