# ruff: noqa: PLC0415 - a command imports what it needs when it runs: DuckDB alone takes a tenth of a second
"""The command line: a loop over the questions, and what keeps the graph.

Answers go to stdout, everything else to stderr. An error is one line there and an exit
code: 0 answered, 1 asked wrong or not found, 2 usage, 3 the graph cannot be reached,
4 quarantined rows under --strict.
"""

from __future__ import annotations

import inspect
import os
import shlex
import sys
import traceback
from contextlib import contextmanager
from enum import Enum
from pathlib import Path  # noqa: TC003  typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import typer
from typer.core import TyperGroup

from boardtrace import __version__
from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic.fields import FieldInfo

    from boardtrace.graph import Graph
    from boardtrace.questions import Question
    from boardtrace.settings import Settings

__all__ = ["app", "command", "main"]

_INTERRUPTED = 130  # as a shell counts a process that SIGINT ended
_PIPE_CLOSED = 141  # and one that SIGPIPE ended


class _Commands(TyperGroup):
    """The whole command line: the one place where an error becomes a line and an exit code."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            answer = super().invoke(ctx)  # type: ignore[arg-type]
            sys.stdout.flush()
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise  # typer's own: usage
        except BrokenPipeError:
            # Whoever read has seen enough; Python would complain again when it ends.
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
            raise typer.Exit(_PIPE_CLOSED) from None
        except KeyboardInterrupt:
            _say("interrupted")
            raise typer.Exit(_INTERRUPTED) from None
        except BoardtraceError as error:
            _traced()
            _say(str(error))
            raise typer.Exit(error.exit_code) from None
        except Exception as error:  # noqa: BLE001  a user is never shown a stack trace unasked
            hint = "" if _traced() else "; this is a bug, BOARDTRACE_DEBUG=1 shows where"
            _say(f"{type(error).__name__}: {error}{hint}")
            raise typer.Exit(1) from None
        return answer


def _traced() -> bool:
    wanted = os.environ.get("BOARDTRACE_DEBUG", "") not in {"", "0"}
    if wanted:
        traceback.print_exc()
    return wanted


def _say(message: str) -> None:
    """Write one line to stderr; what a file or a user put in it cannot move the cursor."""
    line = " ".join(message.split())
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
    typer.echo(f"boardtrace: {line}", err=True)


def _group(name: str, about: str, parent: typer.Typer | None = None) -> typer.Typer:
    made = typer.Typer(
        name=name,
        cls=None if parent else _Commands,
        help=about,
        no_args_is_help=True,
        rich_markup_mode=None,  # plain text: quick, and a bracket in it is a bracket
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    )
    if parent:
        parent.add_typer(made)
    return made


app = _group(
    "boardtrace",
    "Which units contain this lot, and who has them now: a supply-chain tracer for electronics.",
)

Form = Literal["table", "json", "ndjson", "csv", "parquet"]
_Graph = Annotated[
    str | None,
    typer.Option("--graph", metavar="GRAPH", help="embedded:[PATH], bolt://, neo4j:// (else BOARDTRACE_GRAPH)."),
]
_Form = Annotated[Form, typer.Option("--format", help="Form of the answer; table is for people.")]
_Report = Annotated[
    Literal["table", "json"], typer.Option("--format", help="A report to read, or one object to parse.")
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"boardtrace {__version__}")
        raise typer.Exit


@app.callback()
def _all(
    ctx: typer.Context,
    graph: _Graph = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del version
    ctx.obj = graph


def _settings() -> Settings:
    from pydantic import ValidationError

    from boardtrace.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        name = f"BOARDTRACE_{fault['loc'][0]}".upper()
        raise AskedWrong(f"{name}: {fault['msg']}, not {fault['input']!r}", parameter=name) from None


@contextmanager
def _opened(ctx: typer.Context, graph: str | None) -> Iterator[Graph]:
    """Connect to the graph and say which it is."""
    from boardtrace.engine import connect
    from boardtrace.graph import Graph

    settings = _settings()
    endpoint = connect(graph or ctx.obj or settings.graph, settings)
    with Graph(endpoint, settings.timeout) as opened:
        _say(f"{endpoint.label} ({opened.check()})")
        yield opened


def _write(answer: Any, form: Form) -> None:
    """Write an answer to stdout: bytes as they are, a table as wide as there is room."""
    from boardtrace import render

    if form == "table":
        from rich.console import Console

        render.table(answer, Console(file=sys.stdout, highlight=False))
        return
    if form == "parquet" and sys.stdout.isatty():
        raise AskedWrong("Parquet is nothing for a terminal", parameter="format", hint="write it to a file: > FILE")
    sys.stdout.buffer.write(render.render(answer, form))
    sys.stdout.buffer.flush()


# Questions -----------------------------------------------------------------------------------------


def command(question: Question, parameters: Mapping[str, Any]) -> str:
    """Write a question with these parameters as a user would type it."""
    words = ["boardtrace", *question.name.split()]
    fields = question.asked.model_fields.items()
    names = {info.alias or name: info.is_required() for name, info in fields}
    words += [_quoted(parameters[name]) for name, required in names.items() if required]
    for name, value in parameters.items():
        if not names[name]:
            words += [f"--{name.replace('_', '-')}", _quoted(value)]
    return " ".join(words)


def _quoted(value: Any) -> str:
    return shlex.quote(str(value)) if value != "" else '""'


def _parameter(question: Question, name: str, field: FieldInfo) -> inspect.Parameter:
    """Describe a parameter of a question to typer."""
    about = question.parameter(name)
    about = about[:1].upper() + about[1:] + "."
    if field.is_required():
        annotation = Annotated[str, typer.Argument(metavar=name.upper(), help=about)]
        return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation)
    public = field.alias or name
    choices = next((a for a in (field.annotation, *get_args(field.annotation)) if get_origin(a) is Literal), str)
    metavar = "BATCH|TIME" if name == "as_of" else None
    option = typer.Option(f"--{public.replace('_', '-')}", metavar=metavar, help=about, show_default=False)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[choices | None, option]
    )


def _ask(question: Question) -> Callable[..., None]:
    """Make the command of a question."""

    def run(ctx: typer.Context, graph: str | None, form: Form, **given: Any) -> None:
        from boardtrace.answer import ask

        fields = question.asked.model_fields
        asked = {fields[name].alias or name: _plain(value) for name, value in given.items() if value is not None}
        with _opened(ctx, graph) as opened:
            answer = ask(opened, question, asked)
        _write(answer, form)

    own = [_parameter(question, name, field) for name, field in question.asked.model_fields.items()]
    common = (("ctx", typer.Context, inspect.Parameter.empty), ("graph", _Graph, None), ("form", _Form, "table"))
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, annotation, default in common
    ]
    # Required ones come first, as the contract orders them; the question's options before the shared ones.
    own.sort(key=lambda one: one.kind)
    run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {}
    return run


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _examples(question: Question) -> str:
    lines = [f"  {command(question, example)}" for example in question.statement.examples]
    return "\b\nExamples:\n" + "\n".join(lines)


_GROUPS = {
    "provenance": "Which lots are or were in it.",
    "contents": "What is or was in it.",
    "recall": "Which units are exposed to a suspect, and who has them.",
}


def _questions() -> None:
    groups: dict[str, typer.Typer] = {}
    for name, question in QUESTIONS.items():
        *path, last = name.split()
        home = app
        for word in path:
            if word not in groups:
                groups[word] = _group(word, _GROUPS.get(word, f"Questions about {word}."), home)
            home = groups[word]
        home.command(
            last,
            help=question.description,
            short_help=question.statement.title,
            epilog=_examples(question) if question.statement.examples else None,
        )(_ask(question))


_questions()


# The graph -----------------------------------------------------------------------------------------


@app.command()
def ingest(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, folders or archives.")],
    source: Annotated[
        Literal["tables", "cfx", "catenax"] | None,
        typer.Option("--from", help="What the files are, where that is not seen from them.", show_default=False),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing if any row cannot be used.")] = False,
    graph: _Graph = None,
    form: _Report = "table",
) -> None:
    """Take files into the graph as one batch: all of it or nothing, and twice is once."""
    from boardtrace import cli_ingest
    from boardtrace.ingest import ingest as take

    with _opened(ctx, graph) as opened, cli_ingest.bar() as progress:
        report = take(opened, paths, source=source, strict=strict, progress=progress)
    cli_ingest.write(report, form)


_engine = _group("engine", "The Neo4j server of an embedded graph: it starts by itself and stops when idle.", app)


def main() -> None:
    """Run the command line."""
    app()
