"""What the API says about itself: parameters, answers, problems and examples in OpenAPI."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field, create_model

from boardtrace.api_problems import problems
from boardtrace.questions import VIEWS, Question, Row, Suspect, Why
from boardtrace.render import FORMS, META

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["names", "parameters", "responses"]


class Batch(BaseModel):
    """The last batch that the graph saw."""

    number: int
    hash: str


class Summary(BaseModel):
    """Counts over every exposed unit, whatever a row is of."""

    units: int
    tops: int
    certain: int
    possible: int
    past: int
    in_stock: int
    shipped: int
    returned: int
    scrapped: int
    shipments: int
    customers: int
    gaps: int


class Meta(BaseModel):
    """How much is known."""

    question: str
    parameters: dict[str, Any]
    batch: Batch | None
    rows: int
    complete: Literal[True] | str = Field(description="true, or why not")
    gaps: int = Field(description="links that should be there and are not")


class RecallMeta(Meta):
    """How much is known, and the counts."""

    summary: Summary


class WhyMeta(Meta):
    """How much is known, and what the evidence amounts to."""

    class_: Literal["certain", "possible", "past"] | None = Field(
        alias="class", description="as the recall says; null if the unit is not exposed"
    )


def names(question: Question) -> list[str]:
    """Name the parameters of a question as clients write them: required ones first, ``as_of`` last."""
    fields = {field.alias or name: field for name, field in question.asked.model_fields.items()}
    return sorted(fields, key=lambda name: (not fields[name].is_required(), name == "as_of"))


def parameters(question: Question) -> list[dict[str, Any]]:
    """Describe the query parameters of a question."""
    schema = question.asked.model_json_schema()
    described = []
    for name in names(question):
        field = schema["properties"][name]
        kinds = {
            key: value for key, value in field.items() if key not in {"title", "description", "default"}
        }
        if "anyOf" in kinds:  # null is the parameter left out
            options = [kind for kind in kinds.pop("anyOf") if kind != {"type": "null"}]
            kinds |= options[0] if len(options) == 1 else {"anyOf": options}
        if field.get("default") is not None:
            kinds["default"] = field["default"]
        given = dict.fromkeys(e[name] for e in question.statement.examples if name in e)
        examples = list(given) or [_sample(name, kinds)]  # what no example gives is shown by its type
        described.append(
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": question.parameter(name),
                "schema": kinds,
                "examples": {str(value) or "blank": {"value": value} for value in examples},
            }
        )
    described.append(
        {
            "name": "format",
            "in": "query",
            "required": False,
            "description": "form of the answer; without it Accept decides",
            "schema": {"type": "string", "enum": list(FORMS)},
            "examples": {form: {"value": form} for form in FORMS},
        }
    )
    return described


def responses(question: Question) -> dict[int | str, dict[str, Any]]:
    """Describe the answers to a question, and its problems."""
    answered = {
        f"example {number}": {"summary": urlencode(example), "value": _answer(question, example)}
        for number, example in enumerate(question.statement.examples, 1)
    }
    content: dict[str, Any] = {form.media_type.partition(";")[0]: {} for form in FORMS.values()}
    content["application/json"] = {"examples": answered}
    text = {"schema": {"type": "string"}}
    content |= {media: {**text} for media in ("application/x-ndjson", "text/csv")}
    content["application/vnd.apache.parquet"] = {"schema": {"type": "string", "format": "binary"}}
    described: dict[int | str, dict[str, Any]] = {
        200: {
            "model": _envelope(question),
            "description": "what the graph knows; the examples show its shape, not its content",
            "content": content,
            "headers": {
                META: {"description": "meta as JSON, with CSV", "schema": {"type": "string"}},
                "ETag": {"description": "holds until the next batch", "schema": {"type": "string"}},
            },
        },
        304: {"description": "the answer that you have (If-None-Match) still holds"},
    }
    return described | problems(404, 406, 422, 503)


def _envelope(question: Question) -> type[BaseModel]:
    row: Any = reduce(or_, VIEWS.values()) if isinstance(question, Suspect) else question.row
    name = "".join(word.capitalize() for word in question.name.split())
    meta = RecallMeta if isinstance(question, Suspect) else WhyMeta if isinstance(question, Why) else Meta
    return create_model(
        f"{name}Answer", __doc__=question.statement.title, meta=(meta, ...), rows=(list[row], ...)
    )


def _answer(question: Question, example: Mapping[str, Any]) -> dict[str, Any]:
    """Make an answer that has the shape of the one to this example."""
    row = question.row_of(question.asked.model_validate(example))
    meta = {
        "question": question.name,
        "parameters": dict(example),
        "batch": {"number": 1, "hash": "0" * 64},
        "rows": 1,
        "complete": True,
        "gaps": 0,
    }
    if isinstance(question, Suspect):
        meta["summary"] = dict.fromkeys(Summary.model_fields, 0) | {"units": 1, "tops": 1, "certain": 1}
    if isinstance(question, Why):
        meta["class"] = "certain"
    return {"meta": meta, "rows": [_row(row, example)]}


def _row(row: type[Row], example: Mapping[str, Any]) -> dict[str, Any]:
    properties = row.model_json_schema()["properties"]
    return {
        name: example[name] if name in example else _sample(name, field)
        for name, field in properties.items()
    }


def _sample(name: str, schema: Mapping[str, Any]) -> Any:
    """Return a value of this JSON schema: of several kinds the first."""
    schema = schema.get("anyOf", [schema])[0]
    if "enum" in schema:
        return schema["enum"][0]
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("format") == "date-time":
        return "2024-03-07T05:11:50Z"
    values = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}
    return values.get(schema.get("type", ""), name.upper())
