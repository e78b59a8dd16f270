# ruff: noqa: PLC0415 - a command imports what it needs when it runs: start-up is to be quick
"""What every command does: connect, write, and turn an error into a line and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from boardtrace.errors import AskedWrong, BoardtraceError
from boardtrace.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.answer import Answer
    from boardtrace.graph import Graph
    from boardtrace.settings import Settings

__all__ = [
    "Commands",
    "Form",
    "FormOption",
    "GraphOption",
    "group",
    "opened",
    "plain",
    "say",
    "send",
    "settings",
    "write",
]

_INTERRUPTED = 130  # as a shell counts a process that SIGINT ended
_PIPE_CLOSED = 141  # and one that SIGPIPE ended
_STOPPED = "Query interrupted"  # what DuckDB makes of an interrupt: a RuntimeError
_ROOM = 1000  # columns of a table that goes to a file or another program

Form = Literal["table", "json", "ndjson", "csv", "parquet"]
GraphOption = Annotated[
    str | None,
    typer.Option(
        "--graph", metavar="GRAPH", help="embedded:[PATH], bolt://, neo4j:// (else BOARDTRACE_GRAPH)."
    ),
]
FormOption = Annotated[Form, typer.Option("--format", help="Form of the answer; table is for people.")]


class Commands(TyperGroup):
    """The whole command line: the one place where an error becomes a line and an exit code."""

    def list_commands(self, ctx: Any) -> list[str]:
        """List the questions first, then what keeps the graph."""
        questions = [name.split()[0] for name in QUESTIONS]
        return list(dict.fromkeys([*questions, "ingest", *super().list_commands(ctx)]))

    def make_context(self, info_name: Any, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read what stands before the command."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except typer.TyperException as error:
            raise _usage(error) from None

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            answer = super().invoke(ctx)
            sys.stdout.flush()
        except (typer.Exit, typer.Abort):
            raise
        except typer.TyperException as error:
            raise _usage(error) from None
        except BrokenPipeError:
            # Whoever read has seen enough. Python flushes once more when it ends: to nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(_PIPE_CLOSED) from None
        except KeyboardInterrupt:
            say("interrupted")
            raise typer.Exit(_INTERRUPTED) from None
        except BoardtraceError as error:
            _trace()
            say(str(error))
            raise typer.Exit(error.exit_code) from None
        except Exception as error:  # noqa: BLE001  a user is never shown a stack trace unasked
            if str(error) == _STOPPED:
                say("interrupted")
                raise typer.Exit(_INTERRUPTED) from None
            hint = "" if _trace() else "; this is a bug of ours, BOARDTRACE_DEBUG=1 shows where"
            say(f"{type(error).__name__}: {error}{hint}")
            raise typer.Exit(1) from None
        return answer


def _usage(error: typer.TyperException) -> Exception:
    """Say in one line what is wrong with the words of a command; if it is a whole help, show that."""
    message = error.format_message()
    if "\n" in message:
        return error
    of = getattr(getattr(error, "ctx", None), "command_path", "boardtrace")
    message = message.replace("Value error, ", "").rstrip(".")
    say(f"{message}; `{of} -h` shows what there is")
    return typer.Exit(error.exit_code)


def _trace() -> bool:
    wanted = os.environ.get("BOARDTRACE_DEBUG", "") not in {"", "0"}
    if wanted:
        traceback.print_exc()
    return wanted


def plain(text: str) -> str:
    """Keep what stands in a file or a name from moving the cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def say(message: str) -> None:
    """Write one line to stderr."""
    typer.echo(f"boardtrace: {plain(' '.join(message.split()))}", err=True)


def group(name: str, about: str, parent: typer.Typer | None = None) -> typer.Typer:
    """Make a command of commands; the one without a parent is the whole command line."""
    made = typer.Typer(
        name=name,
        cls=None if parent else Commands,
        help=about,
        no_args_is_help=True,
        rich_markup_mode=None,  # plain text: quick, and a bracket in it is a bracket
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    )
    if parent:
        parent.add_typer(made)
    return made


def settings() -> Settings:
    """Read the settings; AskedWrong names the variable at fault."""
    from pydantic import ValidationError

    from boardtrace.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        name = f"BOARDTRACE_{fault['loc'][0]}".upper()
        raise AskedWrong(f"{name}: {fault['msg']}, not {fault['input']!r}", parameter=name) from None


@contextmanager
def opened(ctx: typer.Context, name: str | None, *, as_it_is: bool = False) -> Iterator[Graph]:
    """Connect to the graph of this name, say which it is, and give it the schema that it lacks.

    With ``as_it_is`` nothing is written to it.
    """
    from boardtrace.engine import connect
    from boardtrace.graph import Graph
    from boardtrace.schema import migrate

    chosen = settings()
    endpoint = connect(name or ctx.obj or chosen.graph, chosen)
    with Graph(endpoint, chosen.timeout) as graph:
        say(f"{endpoint.label} ({graph.check()})")
        if not as_it_is:
            migrate(graph)
        yield graph


def write(answer: Answer, form: Form) -> None:
    """Write an answer to stdout: bytes as they are, a table as wide as there is room."""
    from boardtrace import render

    if form == "table":
        from rich.console import Console

        # Who pipes a table into another program wants all of it, unless COLUMNS says how much.
        narrow = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
        console = Console(file=sys.stdout, highlight=False, width=None if narrow else _ROOM)
        with console.capture() as captured:
            render.table(answer, console)
        send(captured.get().encode(sys.stdout.encoding, "backslashreplace"))
    elif form == "parquet" and sys.stdout.isatty():
        raise AskedWrong(
            "Parquet is nothing for a terminal", parameter="format", hint="write it to a file: > FILE"
        )
    else:
        send(render.render(answer, form))


def send(data: bytes) -> None:
    """Write bytes to stdout, all of them: under PYTHONUNBUFFERED one write may take a part only."""
    rest = memoryview(data)
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()
