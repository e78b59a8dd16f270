"""The questions, one small class each: what is asked and what a row of the answer is.

API routes, commands and documentation are loops over ``QUESTIONS``. What a parameter
means and an example of it stand in the header of the question's file under cypher/;
that the two agree is checked when a question is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from boardtrace.errors import BoardtraceError
from boardtrace.statement import Statement, load

__all__ = [
    "CLASSES",
    "QUESTIONS",
    "STATES",
    "VIEWS",
    "Asked",
    "Names",
    "Question",
    "Row",
    "Suspect",
    "Time",
    "Why",
]


@dataclass(frozen=True, slots=True)
class Names:
    """Marks a parameter that names a thing of this kind: an unknown one is an error, an alias is known."""

    kind: str


_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
_Blank = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:\d\d)")


def _instant(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and _TIME.fullmatch(value.strip()):
        return value.strip()
    raise PydanticCustomError("time", "is no time with an offset, as 2024-03-05T08:00:00Z (RFC 3339)")


def _utc(time: datetime) -> datetime:
    """Neo4j tells two offsets of one instant apart when it compares."""
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("years", "should be a time of the years 1 to 9999") from None


def _number(value: Any) -> Any:
    if isinstance(value, int) or (isinstance(value, str) and value.strip().isdecimal()):
        return value
    raise PydanticCustomError("int_parsing", "is no whole number")


_Instant = Annotated[AwareDatetime, BeforeValidator(_instant), AfterValidator(_utc)]
_DateCode = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{2}(0[1-9]|[1-4][0-9]|5[0-3])$"),
    Field(examples=["2405"]),
]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A column of times: microseconds since 1970 from the graph, RFC 3339 in UTC in the answer."""

_Class = Literal["certain", "possible", "past"]
_State = Literal["in_stock", "shipped", "returned", "scrapped"]
CLASSES: tuple[str, ...] = get_args(_Class)
"""The strongest first."""
STATES: tuple[str, ...] = get_args(_State)
_Kind = Literal[
    "unit", "lot", "supplier", "component", "machine", "operator", "container", "shipment", "customer",
    "program", "firmware",
]  # fmt: skip
_Reason = Literal[
    "nothing was loaded at this feeder",
    "no reel id at this feeder",
    "no reel id and no feeder",
    "made of a product whose lot was not named",
    "made of what was in a container",
    "nobody said what it was made of",
    "became a lot, in which units are not followed",
    "went into what nobody named",
    "only the part number is known",
    "known only by reference",
    "from no known lot",
    "part not known",
    "packed again elsewhere",
    "in quarantine",
]
_Finding = Literal[
    "values disagree",
    "removal of nothing",
    "several mountings",
    "in two parents at once",
    "at two machines at once",
    "in two shipments at once",
    "fed more than it held",
    "mounted in a circle",
    "packed in a circle",
    "lots in a circle",
    "packed again elsewhere",
    "never there",
    "ends before it starts",
    "another part than the program wants",
    "sold after scrapping",
    "one name of several",
    "not said",
    "end without a beginning",
    "different events of one id",
    "correction of nothing",
]


class Asked(BaseModel):
    """Parameters of a question; a field without default is required and comes first."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class _AsOf(Asked):
    as_of: Annotated[
        Annotated[int, BeforeValidator(_number)] | _Instant | None,
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


class MeasurementsAsked(UnitAsked):
    """What was measured on one unit."""

    kind: str | None = None


class MeasurementsRow(Row):
    """A value that was measured."""

    at: Time
    kind: str
    machine: str | None
    path: str
    number: float | None
    text: str | None


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


class LotView(Row):
    """A suspected lot, and a feeder where it is loaded now."""

    supplier: str
    lot: str
    part: str | None
    certain: bool
    quantity: float | None
    machine: str | None
    feeder: str | None
    units: int


class GapView(Row):
    """What could hide further units of the suspect."""

    unit: str | None
    machine: str | None
    feeder: str | None
    refdes: list[str]
    part: str | None
    at: Time | None
    reason: str
    top: str | None
    customer: str | None


VIEWS: dict[str, type[Row]] = {
    "unit": UnitView,
    "shipment": ShipmentView,
    "customer": CustomerView,
    "lot": LotView,
    "gap": GapView,
}


class _Recall(_AsOf):
    by: Annotated[
        Literal["unit", "shipment", "customer", "lot", "gap"], Field(description="what a row is of")
    ] = "unit"
    state: Annotated[_State | None, Field(description="only units in this state")] = None
    class_: Annotated[_Class | None, Field(alias="class", description="only units of this class")] = None


# Suspects: what a recall and a `why` ask for ------------------------------------------------------


class _Window(_AsOf):
    since: _Instant | None = None
    until: _Instant | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise PydanticCustomError("order", "since is not before until", {"parameter": "until"})
        return self


class SupplierAsked(_Window):
    """What a supplier made or delivered."""

    supplier: Annotated[_Id, Names("supplier")]
    part: Annotated[_Id | None, Names("part")] = None


class ComponentAsked(_AsOf):
    """A part, or a range of its date codes."""

    part: Annotated[_Id, Names("part")]
    date_code_from: _DateCode | None = None
    date_code_to: _DateCode | None = None
    supplier: Annotated[_Id | None, Names("supplier")] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.date_code_from and self.date_code_to and self.date_code_from > self.date_code_to:
            message = "date_code_from is after date_code_to"
            raise PydanticCustomError("order", message, {"parameter": "date_code_to"})
        return self


class MachineAsked(_Window):
    """A machine, at some time."""

    machine: Annotated[_Id, Names("machine")]
    program: Annotated[_Id | None, Names("program")] = None


class OperatorAsked(_Window):
    """An operator, at some time."""

    operator: Annotated[_Id, Names("operator")]


class ProgramAsked(_Window):
    """A program, at some time."""

    program: Annotated[_Id, Names("program")]
    machine: Annotated[_Id | None, Names("machine")] = None


class FirmwareAsked(_Window):
    """A firmware, given at some time."""

    firmware: Annotated[_Id, Names("firmware")]


# Why and what is missing --------------------------------------------------------------------------


class WhyRow(Row):
    """A link of a path from the suspect to the unit."""

    path: int
    step: int
    from_: Annotated[str, Field(alias="from")]
    edge: str
    to: str
    since: Time | None
    until: Time | None
    certain: bool
    batch: int | None
    file: str | None
    line: int | None


class GapsAsked(_Window):
    """What is missing."""

    reason: _Reason | None = None
    machine: Annotated[_Id | None, Names("machine")] = None


class GapsRow(Row):
    """Something that is missing."""

    reason: _Reason
    kind: str
    id: str
    detail: str | None
    at: Time | None
    closes_with: str


class FindingsAsked(_AsOf):
    """Contradictions."""

    kind: _Finding | None = None


class FindingsRow(Row):
    """A contradiction."""

    kind: _Finding
    ids: list[str]
    detail: str
    at: Time | None


class BatchesAsked(_AsOf):
    """The batches."""


class BatchesRow(Row):
    """A batch, as a link of the chain."""

    batch: int
    at: Time
    done: bool
    read: int
    accepted: int
    duplicate: int
    quarantined: int
    files: list[str]
    source: str
    hash: str


class QuarantineAsked(_AsOf):
    """Rows that could not be used."""

    batch: Annotated[int | None, Field(ge=1), Names("batch")] = None
    file: str | None = None


class QuarantineRow(Row):
    """A row that could not be used; line 0 is a whole file."""

    batch: int
    file: str
    line: int
    column: str | None
    reason: str
    names: list[str]
    id: str


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
    """A recall. Its file finds suspected lots, or leads by itself from the suspect to units."""

    @property
    def of_lots(self) -> bool:
        """Say whether it suspects lots; else visits."""
        return self.statement.returns[0] == "lot"

    @property
    def reach(self) -> tuple[str, ...]:
        """Name the files that lead to what is exposed: what stands at ``@include $reach``."""
        if self.of_lots:
            return "exposure/of_lots", "exposure/each", "exposure/apart"
        return "exposure/each", self.statement.name

    @property
    def evidence(self) -> str:
        """Name the file that leads to every unit: the same for ``why``, which knows no cohorts."""
        return "exposure/placed" if self.of_lots else self.statement.name

    def row_of(self, asked: Asked) -> type[Row]:
        """Return the row of the view that was asked for."""
        return VIEWS[asked.by]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Why(Question):
    """The evidence for what a recall of ``suspect`` says of one unit."""

    suspect: Suspect

    def parameter(self, name: str) -> str:
        """Say what a parameter means: the file's word, else that of the suspect's file."""
        own = self.statement.parameters.get(name)
        return own or self.suspect.parameter("unit" if name == "suspect" else name)


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


def _suspect(name: str, about: type[Asked], *, why: type[Asked] | None = None) -> list[Question]:
    """Make the recall of a suspect and the `why` to it, from what is asked about it."""
    statement = load(f"suspects/{name}")
    recalled = _both(f"Recall{about.__name__}", about, _Recall)
    _agree(statement, recalled)
    suspect = Suspect(f"recall {name}", recalled, UnitView, statement)
    for view, row in VIEWS.items():
        if list(load(f"views/{view}", *suspect.reach).returns) != columns(row):
            raise BoardtraceError(f"cypher/views/{view}.cypher returns other columns than {row.__name__}")
    of_unit = why or _both(f"Why{about.__name__}", UnitAsked, about)
    paths = load("questions/why", suspect.evidence)
    fits = [
        e
        for e in paths.examples
        if set(e) == {n for n, f in of_unit.model_fields.items() if f.is_required()}
    ]
    title = f"Why a unit is exposed to this {name}: the evidence, link by link."
    return [
        suspect,
        Why(f"why {name}", of_unit, WhyRow, replace(paths, title=title, examples=tuple(fits)), suspect),
    ]


def _both(name: str, first: type[Asked], then: type[Asked]) -> type[Asked]:
    """Make a class that has the parameters of two, in their order."""
    return create_model(name, __base__=(then, first), __doc__=first.__doc__)


class WhyUnitAsked(UnitAsked):
    """Two units that may have a lot in common."""

    suspect: Annotated[_Id, Names("unit")]


def _agree(statement: Statement, asked: type[Asked]) -> None:
    # `only` is ours: `why` looks at the runs of one unit
    odd = set(statement.parameters) - set(asked.model_fields) - {"only"}
    if odd:
        raise BoardtraceError(f"cypher/{statement.name}.cypher: {asked.__name__} has no {min(odd)}")


_ALL = (
    _question("provenance unit", UnitAsked, ProvenanceUnitRow),
    _question("provenance container", ContainerAsked, ProvenanceRow),
    _question("provenance shipment", ShipmentAsked, ProvenanceRow),
    _question("contents unit", UnitAsked, ContentsUnitRow),
    _question("contents container", ContainerAsked, ContentsContainerRow),
    _question("contents shipment", ShipmentAsked, ContentsShipmentRow),
    _question("lineage", LineageAsked, LineageRow, raw=True),
    _question("find", FindAsked, FindRow),
    _question("history", UnitAsked, HistoryRow),
    _question("measurements", MeasurementsAsked, MeasurementsRow, raw=True),
    *_suspect("lot", LotAsked),
    *_suspect("supplier", SupplierAsked),
    *_suspect("component", ComponentAsked),
    *_suspect("machine", MachineAsked),
    *_suspect("operator", OperatorAsked),
    *_suspect("program", ProgramAsked),
    *_suspect("firmware", FirmwareAsked),
    *_suspect("unit", UnitAsked, why=WhyUnitAsked),
    _question("gaps", GapsAsked, GapsRow),
    _question("findings", FindingsAsked, FindingsRow),
    _question("quarantine", QuarantineAsked, QuarantineRow),
    _question("batches", BatchesAsked, BatchesRow),
)
# Recalls together, then the evidence for them.
_ORDER = (
    "provenance",
    "contents",
    "lineage",
    "find",
    "history",
    "measurements",
    "recall",
    "why",
    "gaps",
    "findings",
    "quarantine",
    "batches",
)
QUESTIONS: dict[str, Question] = {
    question.name: question for question in sorted(_ALL, key=lambda one: _ORDER.index(one.name.split()[0]))
}
