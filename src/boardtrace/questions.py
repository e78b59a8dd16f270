"""The questions, one small class each: what is asked and what a row of the answer is.

API routes, commands and documentation are loops over ``QUESTIONS``. What a parameter
means and an example of it stand in the header of the question's file under cypher/;
that the two agree is checked when a question is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from boardtrace.errors import BoardtraceError
from boardtrace.statement import Statement, load

__all__ = ["QUESTIONS", "VIEWS", "Asked", "Names", "Question", "Row", "Suspect", "Time"]


@dataclass(frozen=True, slots=True)
class Names:
    """Marks a parameter that names a thing of this kind: an unknown one is an error, an alias is known."""

    kind: str


_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
_Blank = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A column of times: microseconds since 1970 from the graph, RFC 3339 in UTC in the answer."""

_Class = Literal["certain", "possible", "past"]
_State = Literal["in_stock", "shipped", "returned", "scrapped"]
_Kind = Literal[
    "unit", "lot", "supplier", "component", "machine", "operator", "container", "shipment", "customer"
]


class Asked(BaseModel):
    """Parameters of a question; a field without default is required and comes first."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _AsOf(Asked):
    as_of: Annotated[
        int | datetime | None,
        Field(description="answer as the graph knew it then: a batch number or a time of recording"),
    ] = None


class Row(BaseModel):
    """A row of an answer: its columns, in order."""

    model_config = ConfigDict(populate_by_name=True)


class UnitAsked(_AsOf):
    """A question about one unit."""

    unit: Annotated[_Id, Names("unit")]


class ContainerAsked(_AsOf):
    """A question about one container."""

    container: Annotated[_Id, Names("container")]


class ShipmentAsked(_AsOf):
    """A question about one shipment."""

    shipment: Annotated[_Id, Names("shipment")]


class LotAsked(_AsOf):
    """A question about one lot."""

    supplier: Annotated[_Blank, Names("supplier of lot")]
    lot: Annotated[_Id, Names("lot")]


class ProvenanceUnitRow(Row):
    """A lot in a unit: one placement and interval."""

    via: str
    refdes: list[str]
    part: str | None
    supplier: str
    lot: str
    origins: list[str]
    machine: str | None
    program: str | None
    operator: str | None
    placed_at: Time
    removed_at: Time | None
    class_: Annotated[_Class, Field(alias="class")]


class ProvenanceRow(Row):
    """A lot in a container or shipment."""

    supplier: str
    lot: str
    part: str | None
    origins: list[str]
    units: int
    class_: Annotated[_Class, Field(alias="class")]


class ContentsUnitRow(Row):
    """A unit in a unit."""

    unit: str
    parent: str
    product: str | None
    position: str | None
    depth: int
    at: Time
    removed_at: Time | None


class ContentsContainerRow(Row):
    """A thing in a container."""

    kind: Literal["unit", "lot", "container"]
    id: str
    container: str
    depth: int
    at: Time
    removed_at: Time | None


class ContentsShipmentRow(Row):
    """A thing that went out."""

    kind: Literal["unit", "lot", "container"]
    id: str
    container: str | None
    product: str | None
    top: str | None


class LineageAsked(LotAsked):
    """Where a lot came from and what it became."""

    direction: Annotated[
        Literal["up", "down", "both"], Field(description="up: what it came from; down: what it became")
    ] = "both"


class LineageRow(Row):
    """A lot above or below."""

    direction: Literal["up", "down"]
    supplier: str
    lot: str
    part: str | None
    kind: Literal["reel", "split", "merge", "relabel", "made"]
    steps: int
    certain: bool


class HistoryRow(Row):
    """An event of a unit's life."""

    at: Time | None
    kind: str
    machine: str | None
    program: str | None
    operator: str | None
    result: str | None
    detail: str | None


class FindAsked(_AsOf):
    """An identifier of anything."""

    id: _Id
    kind: _Kind | None = None


class FindRow(Row):
    """A thing that carries the identifier."""

    kind: _Kind
    key: dict[str, str]
    name: str | None
    match: Literal["exact", "alias", "near"]


class UnitView(Row):
    """An exposed unit or lot."""

    unit: str
    product: str | None
    kind: str | None
    class_: Annotated[_Class, Field(alias="class")]
    since: Time | None
    until: Time | None
    lots: list[str]
    refdes: list[str]
    top: str
    container: str | None
    shipment: str | None
    shipped_at: Time | None
    customer: str | None
    state: _State


class ShipmentView(Row):
    """A shipment with exposed units."""

    shipment: str
    customer: str | None
    shipped_at: Time | None
    certain: int
    possible: int
    past: int
    tops: int


class CustomerView(Row):
    """A customer with exposed units, now or formerly."""

    customer: str | None
    name: str | None
    certain: int
    possible: int
    past: int
    former: int
    tops: int


VIEWS: dict[str, type[Row]] = {"unit": UnitView, "shipment": ShipmentView, "customer": CustomerView}


class _Recall(_AsOf):
    by: Annotated[Literal["unit", "shipment", "customer"], Field(description="what a row is of")] = "unit"
    state: Annotated[_State | None, Field(description="only units in this state")] = None
    class_: Annotated[_Class | None, Field(alias="class", description="only units of this class")] = None


class RecallLotAsked(LotAsked, _Recall):
    """Which units are exposed to a lot."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its name is the path of its route and the words of its command."""

    name: str
    asked: type[Asked]
    row: type[Row]
    statement: Statement

    @property
    def path(self) -> str:
        """Below /v1/."""
        return self.name.replace(" ", "/")

    @property
    def description(self) -> str:
        """What it answers, as its file says."""
        return "\n\n".join(part for part in (self.statement.title, self.statement.notes) if part)

    def parameter(self, name: str) -> str:
        """Say what a parameter means: the file's word, else the class's."""
        field = self.asked.model_fields.get(name) or self.asked.model_fields[f"{name}_"]
        return self.statement.parameters.get(name) or field.description or ""

    def row_of(self, _asked: Asked) -> type[Row]:
        """Return the row of the answer to these parameters."""
        return self.row


@dataclass(frozen=True, slots=True)
class Suspect(Question):
    """A recall: ``reach`` is the file that leads from the suspect to units."""

    reach: str = "exposure/placed"

    def row_of(self, asked: Asked) -> type[Row]:
        """Return the row of the view that was asked for."""
        return VIEWS[asked.by]  # type: ignore[attr-defined]


def columns(row: type[Row]) -> list[str]:
    """Name the columns of a row, in order."""
    return [field.alias or name for name, field in row.model_fields.items()]


def times(row: type[Row]) -> set[str]:
    """Name the columns that hold times."""
    return {
        field.alias or name
        for name, field in row.model_fields.items()
        if _is_time(field.annotation) or _marked(field.metadata)
    }


def _is_time(annotation: Any) -> bool:
    return any(_marked(get_args(one)[1:]) for one in (annotation, *get_args(annotation)) if get_args(one))


def _marked(metadata: Any) -> bool:
    return any(isinstance(mark, WithJsonSchema) for mark in metadata)


def _question(name: str, asked: type[Asked], row: type[Row], *, raw: bool = False) -> Question:
    statement = load(f"questions/{name.replace(' ', '_')}")
    _agree(statement, asked)
    if not raw and list(statement.returns) != columns(row):
        raise BoardtraceError(f"cypher/{statement.name}.cypher returns other columns than {row.__name__}")
    return Question(name, asked, row, statement)


def _suspect(name: str, asked: type[Asked], reach: str) -> Suspect:
    statement = load(f"suspects/{name}")
    _agree(statement, asked)
    for view, row in VIEWS.items():
        if list(load(f"views/{view}", reach).returns) != columns(row):
            raise BoardtraceError(f"cypher/views/{view}.cypher returns other columns than {row.__name__}")
    return Suspect(f"recall {name}", asked, UnitView, statement, reach)


def _agree(statement: Statement, asked: type[Asked]) -> None:
    odd = set(statement.parameters) - set(asked.model_fields)
    if odd:
        raise BoardtraceError(f"cypher/{statement.name}.cypher: {asked.__name__} has no {min(odd)}")


QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        _question("provenance unit", UnitAsked, ProvenanceUnitRow),
        _question("provenance container", ContainerAsked, ProvenanceRow),
        _question("provenance shipment", ShipmentAsked, ProvenanceRow),
        _question("contents unit", UnitAsked, ContentsUnitRow),
        _question("contents container", ContainerAsked, ContentsContainerRow),
        _question("contents shipment", ShipmentAsked, ContentsShipmentRow),
        _question("lineage", LineageAsked, LineageRow, raw=True),
        _question("find", FindAsked, FindRow),
        _question("history", UnitAsked, HistoryRow),
        _suspect("lot", RecallLotAsked, "exposure/placed"),
    )
}
