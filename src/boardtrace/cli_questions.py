"""A command for each question, from the question itself."""

from __future__ import annotations

import inspect
import shlex
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import typer

from boardtrace.cli_common import Form, FormOption, GraphOption, group, opened, write
from boardtrace.questions import QUESTIONS, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic.fields import FieldInfo

    from boardtrace.questions import Question

__all__ = ["add", "command"]

_GROUPS = {
    "provenance": "Which lots are or were in it.",
    "contents": "What is or was in it.",
    "recall": "Which units are exposed to a suspect, and who has them.",
    "why": "Why a unit is exposed to a suspect: the evidence, link by link.",
}
_WIDE = 60  # letters of choices that do not fit a line of help


def add(app: typer.Typer) -> None:
    """Give ``app`` a command for each question; a blank in its name is a command of commands."""
    groups: dict[str, typer.Typer] = {}
    for name, question in QUESTIONS.items():
        *path, last = name.split()
        home = app
        for word in path:
            if word not in groups:
                groups[word] = group(word, _GROUPS.get(word, f"Questions about {word}."), home)
                if isinstance(question, Why):
                    groups[word].callback()(_of_unit)
            home = groups[word]
        home.command(
            last,
            help=question.description,
            short_help=question.statement.title,
            epilog=_examples(question),
        )(_runner(question))


def command(question: Question, parameters: Mapping[str, Any]) -> str:
    """Write a question with these parameters as a user would type it."""
    required = {
        info.alias or name: info.is_required() for name, info in question.asked.model_fields.items()
    }
    words = ["boardtrace", *question.name.split()]
    if isinstance(question, Why):  # the unit, then the suspect
        words.insert(2, _quoted(parameters["unit"]))
        required["unit"] = False
        parameters = {name: value for name, value in parameters.items() if name != "unit"}
    words += [_quoted(parameters[name]) for name, needed in required.items() if needed]
    for name, value in parameters.items():
        if not required[name]:
            words += [_option(name), _quoted(value)]
    return " ".join(words)


def _of_unit(
    ctx: typer.Context,
    unit: Annotated[
        str, typer.Argument(metavar="UNIT", help="Serial of the unit, or goods as supplier/lot.")
    ],
) -> None:
    """Take the unit that every `why` is about."""


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _quoted(value: Any) -> str:
    return '""' if value == "" else shlex.quote(str(value))


def _examples(question: Question) -> str | None:
    lines = [f"  {command(question, example)}" for example in question.statement.examples]
    return "\n".join(["\b", "Examples:", *lines]) if lines else None


def _runner(question: Question) -> Callable[..., None]:
    """Make a function with the parameters of the question, as typer reads them."""
    fields = question.asked.model_fields

    def run(ctx: typer.Context, graph: str | None, form: Form, **given: Any) -> None:
        from boardtrace.answer import ask  # noqa: PLC0415  --help needs no driver

        asked = {
            fields[name].alias or name: _plain(value) for name, value in given.items() if value is not None
        }
        if isinstance(question, Why) and ctx.parent is not None:
            asked["unit"] = ctx.parent.params["unit"]
        with opened(ctx, graph) as chosen:
            answer = ask(chosen, question, asked)
        write(answer, form)

    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [
        _parameter(question, name, field)
        for name, field in fields.items()
        if not (isinstance(question, Why) and name == "unit")
    ]
    own.sort(key=lambda one: one.kind)  # what is required first, and in the question's order
    # as_of is everybody's: it stands after what is the question's own.
    own.sort(key=lambda one: one.name == "as_of")
    shared = [
        inspect.Parameter("ctx", keyword, annotation=typer.Context),
        inspect.Parameter("graph", keyword, default=None, annotation=GraphOption),
        inspect.Parameter("form", keyword, default="table", annotation=FormOption),
    ]
    run.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {}
    return run


def _parameter(question: Question, name: str, field: FieldInfo) -> inspect.Parameter:
    about = question.parameter(name)
    about = f"{about[:1].upper()}{about[1:]}."
    if field.is_required():
        argument = Annotated[str, typer.Argument(metavar=name.upper(), help=about)]
        return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=argument)
    kind: Any = next(
        (a for a in (field.annotation, *get_args(field.annotation)) if get_origin(a) is Literal), str
    )
    metavar = "BATCH|TIME" if name == "as_of" else None
    if len("|".join(get_args(kind))) > _WIDE:
        metavar = name.upper()  # the help text lists them
    option = typer.Option(
        _option(field.alias or name),
        metavar=metavar,
        help=about,
        show_default=False if field.default is None else str(field.default),
    )
    annotation = Annotated[kind | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
