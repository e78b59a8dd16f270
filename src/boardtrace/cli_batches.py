# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""The commands that write, and those that prove what was written."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from boardtrace.cli_common import GraphOption, opened, plain, say, settings
from boardtrace.errors import AskedWrong

__all__ = ["add"]

_Report = Annotated[
    Literal["table", "json"], typer.Option("--format", help="Form of the report; table is for people.")
]
_Source = Annotated[
    Literal["tables", "epcis", "cfx", "catenax"] | None,
    typer.Option("--from", help="What the files are, where they do not show it.", show_default=False),
]
_Site = Annotated[
    str,
    typer.Option(help="Put SITE: before every id of the site's own.", metavar="SITE", show_default=False),
]
_Map = Annotated[
    Path | None,
    typer.Option("--map", metavar="FILE", help="What foreign columns mean (YAML).", show_default=False),
]
_Strict = Annotated[bool, typer.Option("--strict", help="Write nothing if any row cannot be used.")]
_STDIN = Path("-")


def add(app: typer.Typer) -> None:
    """Give ``app`` the commands."""
    for run in (
        ingest,
        load,
        import_,
        watch,
        resume,
        repairs,
        evidence,
        digest,
        verify,
        rebuild,
        sign,
        map_,
    ):
        app.command(run.__name__.rstrip("_"))(run)


def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, folders or archives; - is standard input.")
    ],
    source: _Source = None,
    site: _Site = "",
    mapping: _Map = None,
    strict: _Strict = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")
    ] = False,
    recalls: Annotated[
        int, typer.Option(min=0, help="Of a dry run: try so many of the last recalls.", metavar="N")
    ] = 20,
    signed_by: Annotated[
        Path | None,
        typer.Option(metavar="KEY", help="Take nothing that this public key has not signed."),
    ] = None,
    name: Annotated[
        str, typer.Option(metavar="FILE", help="What standard input is called, as visits.csv.")
    ] = "",
    graph: GraphOption = None,
    form: _Report = "table",
) -> None:
    """Take files into the graph as one batch: all or nothing, and twice is once."""
    from boardtrace import cli_ingest
    from boardtrace.files import saved
    from boardtrace.ingest import Options
    from boardtrace.ingest import ingest as take
    from boardtrace.rehearsal import rehearse

    options = Options(source, site, mapping)
    if name and _STDIN not in paths:
        raise AskedWrong(
            "names standard input, and no path is -", parameter="name", hint="a file has its own name"
        )
    with tempfile.TemporaryDirectory(prefix="boardtrace-") as folder:
        given = [saved(sys.stdin.buffer, Path(folder), name) if path == _STDIN else path for path in paths]
        with opened(ctx, graph) as chosen, cli_ingest.bar() as progress:
            if dry_run:
                found = rehearse(
                    chosen,
                    given,
                    options,
                    strict=strict,
                    signer=signed_by,
                    recalls=recalls,
                    progress=progress,
                )
            else:
                report = take(chosen, given, options, strict=strict, signer=signed_by, progress=progress)
    if dry_run:
        cli_ingest.write_rehearsal(found, form)
    else:
        cli_ingest.write(report, form)


def load(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, folders or archives.")],
    offline: Annotated[
        bool, typer.Option("--offline", help="By Neo4j's importer, into an embedded graph that is empty.")
    ] = False,
    source: _Source = None,
    site: _Site = "",
    mapping: _Map = None,
    strict: _Strict = False,
    graph: GraphOption = None,
    form: _Report = "table",
) -> None:
    """Take a large plant into a new graph, with --offline by Neo4j's own importer."""
    from boardtrace import cli_ingest
    from boardtrace.ingest import Options
    from boardtrace.offline import load as loaded

    if not offline:
        ingest(ctx, paths, source=source, site=site, mapping=mapping, strict=strict, graph=graph, form=form)
        return
    chosen = settings()
    with cli_ingest.bar() as progress:
        report = loaded(
            graph or ctx.obj or chosen.graph,
            chosen,
            paths,
            Options(source, site, mapping),
            strict=strict,
            progress=progress,
        )
    cli_ingest.write(report, form)


def import_(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `boardtrace export graph` wrote.")],
    graph: GraphOption = None,
) -> None:
    """Fill an empty graph with an exported one: a copy to ask, which takes no batch."""
    from boardtrace import cli_ingest
    from boardtrace.graph_in import take

    with opened(ctx, graph) as chosen, cli_ingest.bar() as progress:
        manifest = take(chosen, folder, progress)
    typer.echo(f"the graph is that of batch {manifest.batch} ({manifest.hash[:12]})")
    typer.echo(f"digest {manifest.digest}, as exported")


def watch(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where files are dropped.")],
    source: _Source = None,
    site: _Site = "",
    mapping: _Map = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2.0,
    graph: GraphOption = None,
) -> None:
    """Take each file that is dropped into a folder, when it is complete, until interrupted."""
    from boardtrace import cli_ingest
    from boardtrace.errors import BoardtraceError
    from boardtrace.ingest import Options, Report
    from boardtrace.watch import watch as look_on

    def tell(paths: list[Path], what: Report | BoardtraceError) -> None:
        names = ", ".join(path.name for path in paths)
        if isinstance(what, BoardtraceError):
            say(f"{names}: {what}")
            return
        cli_ingest.write_line(names, what)

    with opened(ctx, graph) as chosen:
        say(f"watching {folder} (Ctrl+C ends it)")
        look_on(chosen, folder, Options(source, site, mapping), tell, every=every)


def resume(ctx: typer.Context, graph: GraphOption = None) -> None:
    """Write the rest of a batch that was broken off; any command that writes does so too."""
    from boardtrace import cli_ingest
    from boardtrace.ingest import resume as go_on

    with opened(ctx, graph) as chosen, cli_ingest.bar() as progress:
        number = go_on(chosen, progress)
    typer.echo("nothing was left" if number is None else f"batch {number} is whole")


def repairs(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write them.")],
    batch: Annotated[int | None, typer.Option(min=1, help="Only rows of this batch.")] = None,
    graph: GraphOption = None,
) -> None:
    """Write the rows in quarantine out as they came, to be mended and taken again."""
    from boardtrace.answer import ask
    from boardtrace.evidence import repairs as written
    from boardtrace.questions import QUESTIONS

    with opened(ctx, graph) as chosen:
        rows = ask(chosen, QUESTIONS["quarantine"], {"batch": batch}).records()
        for path in written(chosen, rows, folder):
            typer.echo(plain(str(path)))
    if not rows:
        typer.echo("nothing is in quarantine")


def evidence(
    ctx: typer.Context,
    batch: Annotated[int, typer.Argument(metavar="BATCH", help="Number of the batch.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="Its file, as an edge names it.")],
    line: Annotated[int, typer.Argument(metavar="LINE", help="Line of the record.")],
    graph: GraphOption = None,
    form: _Report = "table",
) -> None:
    """Show the original record behind an edge: what an auditor asks for."""
    from dataclasses import asdict

    from boardtrace.evidence import evidence as found

    with opened(ctx, graph) as chosen:
        shown = found(chosen, batch, file, line)
    if form == "json":
        typer.echo(json.dumps(asdict(shown)))
        return
    typer.echo(plain(f"{shown.file}:{shown.line} of batch {shown.batch}, recorded {shown.recorded_at}"))
    typer.echo(f"SHA-256 of the file {shown.sha256}")
    for text in filter(None, (shown.header, *shown.record.splitlines())):
        typer.echo(plain(text))


def digest(ctx: typer.Context, graph: GraphOption = None) -> None:
    """Print one hash of the graph's facts: equal facts, equal hash, on any engine."""
    from boardtrace.digest import digest as computed

    with opened(ctx, graph) as chosen:
        typer.echo(computed(chosen))


def verify(ctx: typer.Context, graph: GraphOption = None) -> None:
    """Prove that chain, archive, ledger and graph agree; name the first thing that does not."""
    from boardtrace import cli_ingest
    from boardtrace.verify import verify as proved

    with opened(ctx, graph) as chosen, cli_ingest.bar() as progress:
        last, found = proved(chosen, progress)
    for text in found:
        say(text)
    if found:
        raise typer.Exit(1)
    batches = (
        f"batches 1 to {last.number}" if last and last.number > 1 else "batch 1" if last else "no batch"
    )
    typer.echo(f"{batches}: chain, archive, ledger and graph agree")
    if last:
        typer.echo(f"hash of the last link {last.hash}")


def rebuild(
    ctx: typer.Context,
    archive: Annotated[
        str | None, typer.Option(metavar="URL", help="Another archive than the graph's own.")
    ] = None,
    chain: Annotated[
        str | None, typer.Option(metavar="ID", help="Which chain, if the archive has several.")
    ] = None,
    graph: GraphOption = None,
) -> None:
    """Make the graph again from the archive alone; what it holds is dropped."""
    from boardtrace import cli_ingest
    from boardtrace.replay import rebuild as made

    with opened(ctx, graph) as chosen, cli_ingest.bar() as progress:
        last, otherwise = made(chosen, progress, archive, chain)
    for line in otherwise:
        say(line)
    typer.echo(f"the graph is that of batch {last.number}" if last else "the chain is empty")


def sign(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files or folders that belong together.")
    ],
    key: Annotated[Path, typer.Option(metavar="KEY", help="Private Ed25519 key, in PEM.")],
) -> None:
    """Sign files, so that who takes them knows whose they are; writes boardtrace.sig beside them."""
    from boardtrace.files import collect
    from boardtrace.signature import NAME
    from boardtrace.signature import sign as signature

    with tempfile.TemporaryDirectory(prefix="boardtrace-") as folder:
        files = [file for file in collect(paths, Path(folder)) if file.base != NAME]
        text = signature(files, key)
    place = (paths[0] if paths[0].is_dir() else paths[0].parent) / NAME
    place.write_text(text, "utf-8")
    typer.echo(plain(str(place)))


def map_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A table with headers of its own.")],
) -> None:
    """Propose what the columns of an export mean: save it, look it over, `ingest --map` it."""
    import yaml

    from boardtrace.mapping import headers, proposed

    found: dict[str, object] = {}
    for name, header in headers(path):
        found |= proposed(name, header)
    typer.echo("# proposed from the header: look it over")
    typer.echo(yaml.safe_dump(found, sort_keys=False, allow_unicode=True), nl=False)
