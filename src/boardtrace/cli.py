# ruff: noqa: PLC0415 - a command imports what it needs when it runs: DuckDB alone takes a tenth of a second
"""The command line: the questions (cli_questions.py), and what keeps the graph.

Answers go to stdout, everything else to stderr. An error is one line there and an exit
code: 0 answered, 1 asked wrong or not found, 2 usage, 3 the graph cannot be reached,
4 quarantined rows under --strict.
"""

from __future__ import annotations

import io
import sys
import textwrap
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from boardtrace import __version__
from boardtrace.cli_batches import add as add_batches
from boardtrace.cli_common import FormOption, GraphOption, group, opened, say, settings, write
from boardtrace.cli_doctor import doctor
from boardtrace.cli_export import add as add_export
from boardtrace.cli_listen import listen
from boardtrace.cli_questions import add, command
from boardtrace.errors import BoardtraceError

if TYPE_CHECKING:
    from boardtrace.engine import Status

__all__ = ["app", "command", "main"]

app = group(
    "boardtrace",
    "Which units contain this lot, and who has them now: a supply-chain tracer for electronics.",
)
add(app)
add_batches(app)
add_export(app)
app.command()(listen)
app.command()(doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"boardtrace {__version__}")
        raise typer.Exit


@app.callback()
def _all(
    ctx: typer.Context,
    graph: GraphOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del version
    ctx.obj = graph


_engine = group("engine", "The Neo4j server of an embedded graph; it starts by itself.", app)


@_engine.command()
def start(ctx: typer.Context, graph: GraphOption = None) -> None:
    """Start the engine, unless it runs, and say where it answers."""
    from boardtrace import engine

    chosen = settings()
    _show(engine.start(graph or ctx.obj or chosen.graph, chosen))


@_engine.command()
def status(ctx: typer.Context, graph: GraphOption = None) -> None:
    """Say whether the engine runs, and where; nothing is started."""
    from boardtrace import engine

    chosen = settings()
    _show(engine.status(graph or ctx.obj or chosen.graph, chosen))


@_engine.command()
def stop(ctx: typer.Context, graph: GraphOption = None) -> None:
    """Stop the engine; the next command that needs it starts it again."""
    from boardtrace import engine

    chosen = settings()
    name = graph or ctx.obj or chosen.graph
    engine.stop(name, chosen)
    _show(engine.status(name, chosen))


def _show(status: Status) -> None:
    facts = {
        "graph": f"embedded:{status.home}",
        "engine": status.phase,
        "version": f"Neo4j {status.version}" if status.running else "",
        "address": status.uri or "",
        "process": str(status.pid or ""),
        "message": status.message,
        "log": str(status.log),
    }
    for name, fact in facts.items():
        if fact:
            typer.echo(f"{name:<9}{fact}")


@app.command()
def schema(
    ctx: typer.Context,
    mend: Annotated[
        bool, typer.Option("--mend", help="Make again what `boardtrace doctor` says is missing or failed.")
    ] = False,
    graph: GraphOption = None,
    form: FormOption = "table",
) -> None:
    """List the numbered migrations: checksum, and when this graph got it."""
    from boardtrace.answer import Answer
    from boardtrace.rows import shown
    from boardtrace.schema import mend as mended
    from boardtrace.schema import migrations

    with opened(ctx, graph) as chosen:
        if mend:
            for migration in mended(chosen):
                say(f"made again: {migration.number:03} {migration.name}")
        rows = [
            (m.number, m.name, None if m.applied_at is None else shown(m.applied_at), m.checksum)
            for m in migrations(chosen)
        ]
    if form == "table":
        for number, name, at, checksum in rows:
            typer.echo(f"{number:03} {name:<14} {at or 'not applied yet':<27}  {checksum[:12]}")
        return
    columns = ["number", "name", "applied_at", "checksum"]
    write(Answer(columns, rows, {"question": "schema", "rows": len(rows)}), form)


@app.command("formats")
def formats_(
    name: Annotated[
        str | None, typer.Argument(metavar="[FORMAT]", help="One of them.", show_default=False)
    ] = None,
    form: FormOption = "table",
) -> None:
    """List what is read and written, with the version of each standard, message by message."""
    from boardtrace.answer import Answer
    from boardtrace.formats import COLUMNS, formats

    rows = formats(name)
    if form != "table":
        write(Answer(COLUMNS, rows, {"question": "formats", "rows": len(rows)}), form)
        return
    last = ""
    for of, standard, direction, kind, what, becomes in rows:
        if of != last:
            typer.echo(f"{'' if not last else chr(10)}{of}: {standard}")
            last = of
        typer.echo(f"  {direction if what == 'written' else what:<9}{kind}")
        for line in textwrap.wrap(becomes, 76):
            typer.echo(f"    {line}")


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    graph: GraphOption = None,
) -> None:
    """Serve the API, until interrupted."""
    from boardtrace import api
    from boardtrace.engine import connect
    from boardtrace.graph import Graph
    from boardtrace.schema import migrate

    chosen = settings()
    name = graph or ctx.obj or chosen.graph
    if not name.startswith("embedded:"):
        connect(name, chosen)  # a wrong name is said now, not by the first request

    def connected() -> Graph:
        endpoint = connect(name, chosen)
        found = Graph(endpoint, chosen.timeout)
        try:
            say(f"{endpoint.label} ({found.check()})")
            migrate(found)
        except BoardtraceError:
            found.close()
            raise
        return found

    api.serve(host, port, connected)


@app.command()
def demo(
    ctx: typer.Context,
    boards: Annotated[int, typer.Option(min=400, help="Boards that the plant makes.")] = 20_000,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the plant's input tables here.", show_default=False),
    ] = None,
    graph: GraphOption = None,
) -> None:
    """Make a plant and follow a bad lot from a field return to every customer.

    The plant has a graph of its own, unless --graph names another.
    """
    from boardtrace.demo import tell

    tell(settings(), graph or ctx.obj, boards, keep)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8
    app(prog_name="boardtrace")
