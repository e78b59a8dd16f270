"""Ask a question: check the parameters, know the things they name, run it, order the rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from boardtrace.asked_log import note
from boardtrace.errors import AskedWrong, BoardtraceError, NotFound
from boardtrace.kinds import RULES
from boardtrace.lineage import certain_lots, steps_from
from boardtrace.model import lot_id, same_part
from boardtrace.questions import QUESTIONS, Asked, Names, Suspect, Why, columns
from boardtrace.recall import Found, missing, recall, why
from boardtrace.rows import in_order
from boardtrace.statement import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from boardtrace.graph import Graph, Transaction
    from boardtrace.questions import Question

__all__ = ["Answer", "answered", "ask", "asked_again", "last_batch", "planned", "thing"]

_NEAR = 10
_TRIES = 3  # as often a question is asked again because a batch came meanwhile


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known: ``rows`` are tuples in the order of ``columns``, sorted; ``meta`` says how much."""

    columns: list[str]
    rows: Sequence[tuple[Any, ...]]
    meta: dict[str, Any] = field(default_factory=dict)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as dicts."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(graph: Graph, question: Question, parameters: Mapping[str, Any]) -> Answer:
    """Answer a question, in one read transaction.

    Raises AskedWrong for a parameter that is unknown or has a wrong value, NotFound for
    an identifier that nothing carries, with what is spelled almost like it.
    """
    asked = _checked(question, parameters)
    if asked.as_of is not None:  # type: ignore[attr-defined]
        return _earlier(graph, question, parameters, asked.as_of)  # type: ignore[attr-defined]
    answer = graph.read(question.name, lambda tx: _answered(tx, question, parameters, asked))
    asked_again(graph, question, parameters)
    return answer


def asked_again(graph: Graph, question: Question, parameters: Mapping[str, Any]) -> None:
    """Note that a recall was asked, also where its answer was at hand."""
    if isinstance(question, Suspect):
        note(graph, question.name, parameters)


def last_batch(graph: Graph) -> dict[str, Any] | None:
    """Return number and hash of the last batch; None if there is none, or one is being written."""
    found = graph.peek("batch", load("questions/batch"))
    whole = found and found["number"] and found["open"] is None
    return {"number": found["number"], "hash": found["hash"]} if found and whole else None


def planned(graph: Graph) -> None:
    """Have the server plan the usual recalls of a lot before somebody asks: of a lot that is not there.

    It is of use where a list's length does not matter to a plan, as in the embedded engine.
    """
    question, nothing = cast("Suspect", QUESTIONS["recall lot"]), {"supplier": "", "lot": ""}
    for view in ("unit", "customer", "shipment"):

        def work(tx: Transaction, view: str = view) -> None:
            tx.rows(load("questions/find"), id="", kind="lot")
            recall(tx, question, {**nothing, "by": view})

        graph.read("plan", work)


def answered(tx: Transaction, question: Question, parameters: Mapping[str, Any]) -> Answer:
    """Answer a question of the graph as this transaction sees it; errors as of `ask`."""
    return _answered(tx, question, parameters, _checked(question, parameters))


def _answered(tx: Transaction, question: Question, parameters: Mapping[str, Any], asked: Asked) -> Answer:
    # in the question's order, however they came
    known_as = [field.alias or name for name, field in type(asked).model_fields.items()]
    given = {name: parameters[name] for name in known_as if parameters.get(name) is not None}
    # A transaction reads what others have committed by then: what came while a question was asked may be
    # in one part of the answer and not in another. So it counts only if no batch was begun or ended.
    for _ in range(_TRIES):
        batch = tx.columns(load("questions/batch"))
        # while a batch is written, the ones before it say nothing of rules: `complete` tells of that
        if batch["number"] and batch["open"] is None and batch["rules"] != RULES:
            raise BoardtraceError(
                "this graph was made by another version of boardtrace: its answers could lack something",
                hint="`boardtrace rebuild` makes it again from its archive",
            )
        unfinished = batch["open"] and f"batch {batch['open']} is not written to its end yet"
        try:
            known = _identified(tx, question, asked)
        except NotFound as error:
            if not unfinished:
                raise
            # it may be in what is still to come: "no such lot" alone would be read as "not affected"
            message = f"{error.message}, but {unfinished}"
            raise NotFound(message, parameter=error.parameter, near=error.near) from None
        found, extra = _run(tx, question, known)
        after = extra.pop("batch", None) or tx.columns(load("questions/batch"))
        if after == batch:
            break
    row = question.row_of(asked)
    rows = found["blocks"] if "blocks" in found else in_order(row, found)
    parts = [unfinished, extra.pop("partly", None)]
    if after != batch and not unfinished:
        parts.insert(0, f"batch {after['open'] or after['number']} was written while this was asked")
    meta = {
        "question": question.name,
        "parameters": given,
        "batch": {"number": batch["number"], "hash": batch["hash"]} if batch["number"] else None,
        "rows": len(rows),
        "complete": "; ".join(filter(None, parts)) or True,
        "gaps": extra.pop("gaps"),
        **extra,
    }
    return Answer(columns(row), rows, meta)


def _earlier(
    graph: Graph, question: Question, parameters: Mapping[str, Any], as_of: int | datetime
) -> Answer:
    """Answer as the graph knew it then; the answer does not name ``as_of``, as it did not then."""
    from boardtrace.asof import batch_at, graph_at  # noqa: PLC0415  few questions need the writing side

    now = {name: value for name, value in parameters.items() if name != "as_of"}
    number = batch_at(graph, as_of)
    if number is None:
        return ask(graph, question, now)
    with graph_at(graph, number) as past:
        return ask(past, question, now)


def _checked(question: Question, parameters: Mapping[str, Any]) -> Asked:
    try:
        return question.asked.model_validate({k: v for k, v in parameters.items() if v is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "extra_forbidden":
            known = [f.alias or n for n, f in question.asked.model_fields.items()]
            raise AskedWrong(
                f"{question.name} has no parameter {name!r}",
                parameter=name,
                hint=f"it has {', '.join(known)}",
            ) from None
        if fault["type"] == "missing":
            raise AskedWrong(f"{question.name} needs {name}", parameter=name) from None
        if fault["type"] == "order":
            raise AskedWrong(fault["msg"], parameter=fault["ctx"]["parameter"]) from None
        message = _SAID.get(fault["type"], fault["msg"].lower())
        if name.startswith("date_code"):
            message = "should be a date code as YYWW, weeks 01 to 53"
        if name == "as_of":
            message = "should be the number of a batch, or a time with an offset"
        given = fault.get("input")
        lost = (fault["type"] == "time" or name == "as_of") and _LOST_PLUS(str(given))
        hint = "in a URL a + is written %2B" if lost else ""
        raise AskedWrong(f"{name}: {message}, not {given!r}", parameter=name, hint=hint) from None


_SAID = {
    "time": "should be a time with an offset, as 2024-03-05T08:00:00Z (RFC 3339)",
    "int_parsing": "should be a whole number",
}
_LOST_PLUS = re.compile(r".*:\d\d(\.\d+)? \d\d:\d\d").fullmatch


def _identified(tx: Transaction, question: Question, asked: Asked) -> dict[str, Any]:
    """Replace aliases by what they name; NotFound for what nothing carries."""
    values = {name: getattr(asked, name) for name in type(asked).model_fields}
    for name, info in type(asked).model_fields.items():
        for mark in info.metadata:
            if not isinstance(mark, Names) or values[name] is None or mark.kind == "supplier of lot":
                continue
            if mark.kind == "lot":
                values |= _lot(tx, values["supplier"], values["lot"])
            elif mark.kind == "part":
                values[name] = _part(tx, values[name])
            elif mark.kind == "batch":
                _in_chain(tx, values[name])
            elif isinstance(question, Why) and name == "unit":
                values |= _exposed(tx, values["unit"])
            else:
                values[name] = thing(tx, mark.kind, values[name], name)
    return values


def thing(tx: Transaction, kind: str, name: str, parameter: str) -> str:
    """Return the key of what has this name; NotFound, with what is spelled almost so, if nothing has."""
    rows = tx.rows(load("questions/find"), id=name, kind=kind)
    exact = [row for row in rows if row["match"] == "exact"] or rows
    keys = sorted({str(next(iter(row["key"].values()))) for row in exact})
    if len(keys) > 1:
        raise AskedWrong(
            f"{name!r} is a name of {len(keys)} {kind}s",
            parameter=parameter,
            hint=f"say which: {_few(keys)}",
        )
    if not keys:
        raise NotFound(f"no {kind} {name}", parameter=parameter, near=_near_names(tx, kind, name))
    return keys[0]


def _in_chain(tx: Transaction, number: int) -> None:
    """Look for a batch, also one that is being written; NotFound if it never was."""
    known = tx.columns(load("questions/batch"))
    last = known["open"] or known["number"]
    if number > (last or 0):
        raise NotFound(
            f"no batch {number}: {f'the last is {last}' if last else 'there is none yet'}",
            parameter="batch",
        )


def _part(tx: Transaction, name: str) -> str:
    """Find a part number, however it is spelled, or the component of this name; return its number."""
    number = same_part(name)
    if not tx.rows(load("questions/numbered"), number=number):
        number = same_part(thing(tx, "component", name, "part"))
    return number


def _exposed(tx: Transaction, name: str) -> dict[str, Any]:
    """Find a unit, or goods without serials by supplier/lot: what a row of a recall calls a unit."""
    if "/" in name and not tx.rows(load("questions/find"), id=name, kind="unit"):
        for row in tx.rows(load("questions/find"), id=name, kind="lot"):
            return {"goods": lot_id(**row["key"])}
    return {"unit": thing(tx, "unit", name, "unit"), "goods": None}


def _lot(tx: Transaction, supplier: str, lot: str) -> dict[str, str]:
    """Find a lot by its key, by its supplier's alias, by an alias of its own."""
    rows = tx.rows(load("questions/find"), id=lot, kind="lot")
    keys = [row["key"] for row in rows if row["match"] == "exact" and row["key"]["lot"] == lot]
    found = [key for key in keys if key["supplier"] == supplier]
    if found:
        return dict(found[0])
    suppliers = {supplier}
    if supplier:
        named = tx.rows(load("questions/find"), id=supplier, kind="supplier")
        suppliers |= {row["key"]["supplier"] for row in named if row["match"] == "alias"}
    found = [key for key in keys if key["supplier"] in suppliers]
    if not found:
        other = [row["key"] for row in rows if row["match"] == "alias"]
        found = [key for key in other if not supplier or key["supplier"] in suppliers]
    if len(found) == 1:
        return dict(found[0])
    names = sorted(lot_id(**key) for key in found)
    if names:
        raise AskedWrong(
            f"{lot!r} is a name of {len(names)} lots", parameter="lot", hint=f"say which: {_few(names)}"
        )
    same_code = sorted(lot_id(**key) for key in keys)
    # of one supplier first: who mistypes a lot mostly knows whose it is
    near = same_code or sorted(
        _near_names(tx, "lot", lot), key=lambda one: not one.startswith(lot_id(supplier, ""))
    )
    raise NotFound(f"no lot {lot_id(supplier, lot)}", parameter="lot", near=near[:_NEAR])


def _few(names: list[str]) -> str:
    return ", ".join(names[:_NEAR]) + (f" and {len(names) - _NEAR} more" if len(names) > _NEAR else "")


def _near(tx: Transaction, kind: str | None, name: str) -> list[dict[str, Any]]:
    """Find what is spelled almost so: the full-text index gives candidates, edit distance the order."""
    if not name.strip():
        return []  # every name begins so, and the index takes it for no word
    escaped = "".join(f"\\{char}" if not char.isalnum() else char for char in name)
    if escaped.upper() in _OPERATORS:
        escaped = f"\\{escaped}"
    # the index tells capitals apart, who types a label mostly does not
    cases = dict.fromkeys((escaped, escaped.upper(), escaped.lower(), escaped.title()))
    edits = min(2, len(name) // 2)  # Lucene's own limit; of a short name one letter may be wrong
    words = " OR ".join(f"{word}~{edits} OR {word}*" for word in cases)
    rows = tx.rows(load("questions/near"), words=words, number=same_part(name), kind=kind, most=100)
    limit = max(2, len(name) // 3)
    choices = [row["spelled"] for row in rows]
    ranked = process.extract(
        name,
        choices,
        scorer=DamerauLevenshtein.distance,
        processor=str.casefold,
        limit=None,
        score_cutoff=limit,
    )
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for _, _, index in sorted(ranked, key=lambda hit: (hit[1], hit[0])):
        row = rows[index]  # by its own name or by another, once
        found.setdefault((row["kind"], *sorted(row["key"].values())), row)
    return list(found.values())[:_NEAR]


# Words that the index takes for more than a word.
_OPERATORS = frozenset({"AND", "OR", "NOT"})


def _near_names(tx: Transaction, kind: str, name: str) -> list[str]:
    keys = [row["key"] for row in _near(tx, kind, name)]
    return [lot_id(**key) if kind == "lot" else str(next(iter(key.values()))) for key in keys][:3]


# Running ------------------------------------------------------------------------------------------


def _run(tx: Transaction, question: Question, known: dict[str, Any]) -> Found:
    if isinstance(question, Suspect):
        return recall(tx, question, known)
    if isinstance(question, Why):
        return why(tx, question, known)
    asked = question.statement.asked(known)
    extra: dict[str, Any] = {"gaps": 0}
    if question.name == "lineage":
        rows = _lineage(tx, question, asked, known["direction"])
        extra["gaps"] = sum(row["reference"] for row in rows)
    elif question.name == "measurements":
        from boardtrace.measured import values  # noqa: PLC0415  DuckDB takes a tenth of a second

        rows, lacking = values(tx, tx.rows(question.statement, **asked))
        if lacking:
            extra["partly"] = f"{lacking} long measurements lie beside the ledger, which is not here"
    else:
        rows = tx.rows(question.statement, **asked)
        if question.name == "find" and not rows:
            near = _near(tx, known["kind"], known["id"])
            rows = [{**{k: row[k] for k in ("kind", "key", "name")}, "match": "near"} for row in near]
    for thing in _HOLDERS.intersection(known):
        extra |= missing(tx, f"gaps/{thing}", known)
    if question.name == "gaps":
        extra["gaps"] = len(rows)
    names = columns(question.row)
    return {name: [row[name] for row in rows] for name in names}, extra


_HOLDERS = frozenset({"unit", "container", "shipment"})


def _lineage(
    tx: Transaction, question: Question, asked: dict[str, Any], direction: str
) -> list[dict[str, Any]]:
    start = tx.columns(question.statement, **asked)["lot"]
    found: list[dict[str, Any]] = []
    for way, name in (("up", "exposure/origins"), ("down", "exposure/lots")):
        if direction not in {way, "both"}:
            continue
        rows = tx.rows(load(name), origins=[start])
        by_lot = {row["lot"]: row for row in rows}
        below = certain_lots(rows, {start: True}) if way == "down" else {}
        for lot, (steps, kind) in steps_from(rows, start, up=way == "up").items():
            if lot not in by_lot:
                continue  # merged in from beside
            row = by_lot[lot]
            sure = lot in below if way == "down" else start in certain_lots(rows, {lot: True})
            found.append(
                {
                    "direction": way,
                    "supplier": row["supplier"],
                    "lot": row["code"],
                    "part": row["part"],
                    "kind": kind,
                    "steps": steps,
                    "certain": sure,
                    "reference": row["reference"],
                }
            )
    return found
