"""The simple event query of EPCIS 2.0 (section 8.2.7.1): parameters -> conditions on captured events."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from boardtrace.captured import ORDERS, Wanted
from boardtrace.epcis_fields import PAPERS, key
from boardtrace.gs1 import BadName, identify
from boardtrace.sources.epcis.cbv import PARTIES, TRANSACTIONS, local, word
from boardtrace.sources.epcis.told import TYPES
from boardtrace.sources.fields import TIME, is_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams

    from boardtrace.captured import Page

__all__ = ["PAGING", "Refused", "described", "page_of", "token_of", "wanted_of"]

_Condition = tuple[str, list[Any]]
"""SQL on the columns of the captured events, and its values."""

_PER_PAGE: Final = 30
_MOST: Final = 1000
_LARGEST: Final = 999_999_999
_PATTERN: Final = re.compile(r"idpat:(\w+):(?:\*?:\*{1,2}|\*:(\d+)|(\d?:[^*]+)\*)(?:\.\*)*")
"""What all spellings of a pattern are: of all of a scheme; all of a company; what begins so."""
_NUMBER: Final = re.compile(r"-?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,2})?", re.ASCII)
_ACTIONS: Final = ("ADD", "OBSERVE", "DELETE")

_DECLARED: Final = "json_extract_string(json, '$.errorDeclaration.declarationTime')"
_DECLARED_AT: Final = (
    f"CASE WHEN declared AND regexp_full_match({_DECLARED}, '{TIME.pattern}') "
    f"THEN epoch_us(try_cast(upper({_DECLARED}) AS TIMESTAMPTZ)) END"
)
_QUANTITIES: Final = ", ".join(
    f"json_extract(json, '$.{amounts}[*].quantity')"
    for amounts in sorted({amounts for lists in TYPES.values() for _, amounts, _ in lists})
)
_AMOUNTS: Final = (
    f"list_transform(flatten([{_QUANTITIES}]), lambda q: try_cast(CAST(q AS VARCHAR) AS DOUBLE))"
)


class Refused(Exception):
    """What the client sent cannot be used: status, the standard's name of the problem, why."""


def wanted_of(given: QueryParams) -> Wanted:
    """Read a query; Refused if it is none of those that are answered."""
    said = _said(given, KNOWN, _FAMILIES)
    found = [_condition(name, value) for name, value in said.items() if name not in _SHAPE]
    order, way = _choice(said, "orderBy", tuple(ORDERS)), _choice(said, "orderDirection", ("ASC", "DESC"))
    left, most = (_number(name, said.get(name)) for name in ("eventCountLimit", "maxEventCount"))
    if left and most:
        raise _asked_wrong("eventCountLimit and maxEventCount exclude each other")
    if left and not order:
        raise _asked_wrong("eventCountLimit needs orderBy: which events are the first is not said else")
    after, place = None, said.get("nextPageToken")
    if place is not None:
        after, left = _place(place, order, left)
    return Wanted(
        tuple(condition for condition, _ in found),
        tuple(value for _, values in found for value in values),
        after,
        min(_number("perPage", said.get("perPage")) or _PER_PAGE, _MOST),
        order or "eventTime",
        (way or ("DESC" if order else "ASC")) == "DESC",
        left,
        most,
    )


def page_of(given: QueryParams) -> tuple[int, int | None]:
    """Read which jobs of capture: those after a number, and how many; all unless told."""
    said = _said(given, PAGING)
    token, size = said.get("nextPageToken", "0"), _number("perPage", said.get("perPage"))
    if not re.fullmatch(r"\d{1,9}", token, re.ASCII):
        raise _asked_wrong("nextPageToken is not one that was given")
    return int(token), None if size is None else min(size, _MOST)


def _said(given: QueryParams, known: tuple[str, ...], families: tuple[str, ...] = ()) -> dict[str, str]:
    """Give the parameters of a request: each is known, or one of the families, and there once."""
    for name in given:
        if name not in known and not (families and _FAMILY.fullmatch(name)):
            raise _asked_wrong(f"{name} is no parameter; there are {', '.join((*known, *families))}")
        if len(given.getlist(name)) > 1:
            raise _asked_wrong(f"{name} is given more than once; several values are parted by |")
    return dict(given)


def _asked_wrong(why: str) -> Refused:
    return Refused(400, "QueryParameterException", why)


def _choice(said: dict[str, str], name: str, known: tuple[str, ...]) -> str | None:
    value = said.get(name)
    if value is not None and value not in known:
        raise _asked_wrong(f"{name} is {' or '.join(known)}, not {value[:40]!r}")
    return value


def _number(name: str, said: str | None) -> int | None:
    if said is not None and not re.fullmatch(r"[1-9]\d{0,8}", said, re.ASCII):
        raise _asked_wrong(f"{name} is a number from 1 to {_LARGEST}, not {said[:40]!r}")
    return None if said is None else int(said)


# Conditions ----------------------------------------------------------------------------------------


def _condition(name: str, said: str) -> _Condition:
    if name in PARAMETERS:
        return PARAMETERS[name][0](name, said)
    field, kind = _FAMILY.fullmatch(name).groups()  # type: ignore[union-attr]  # `_said` lets no other pass
    return _says(field, name, said, kind)


def _among(column: str, read: Callable[[str, str], str], name: str, said: str) -> _Condition:
    """Find events by a word."""
    return f"list_contains(?, {column})", [[read(name, one) for one in said.split("|")]]


def _word(_: str, said: str) -> str:
    return word(said)


def _action(name: str, said: str) -> str:
    if said not in _ACTIONS:
        raise _asked_wrong(f"{name} is of {', '.join(_ACTIONS)}, not {said[:40]!r}")
    return said


def _type(name: str, said: str) -> str:
    """Read a type of event; one with a namespace may be somebody's own, of which no event is kept."""
    found = local(said)
    if found not in TYPES and ":" not in said:
        raise _asked_wrong(f"{name} is of {', '.join(TYPES)}, not {said[:40]!r}")
    return found


def _says(field: str, name: str, said: str, kind: str = "") -> _Condition:
    """Find events by what a field says, in any spelling."""
    try:
        return "list_has_any(said, ?)", [[key(field, one, kind) for one in said.split("|")]]
    except BadName as error:
        raise _asked_wrong(f"{name}: {error}") from None


def _when(moment: str, name: str, said: str) -> _Condition:
    at = said.replace(" ", "+")  # a plus that was not escaped
    if not is_time(at):
        raise _asked_wrong(f"{name}: not a time with an offset (RFC 3339): {said[:40]!r}")
    return f"{moment} {_OPERATORS[name[:2]]} ?", [_micros(at)]


def _micros(said: str) -> int:
    since = datetime.fromisoformat(said.upper()) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def _amount(name: str, said: str) -> _Condition:
    """Find events of which a quantity is so large."""
    numbers = said.split("|")
    if not all(map(_NUMBER.fullmatch, numbers)) or (name != "EQ_quantity" and len(numbers) > 1):
        raise _asked_wrong(f"{name} is a number, not {said[:40]!r}")
    if name == "EQ_quantity":
        return f"list_has_any({_AMOUNTS}, ?::DOUBLE[])", [[float(number) for number in numbers]]
    larger = f"lambda a: a {_OPERATORS[name[:2]]} ?::DOUBLE"
    return f"len(list_filter({_AMOUNTS}, {larger})) > 0", [float(said)]


def _declared(name: str, said: str) -> _Condition:
    if said not in {"", "true", "false"}:
        raise _asked_wrong(f"{name} is true, false or has no value, not {said[:40]!r}")
    return ("true" if said == "false" else "declared"), []


def _match(column: str, fields: tuple[str, ...], name: str, said: str) -> _Condition:
    """Find events by identifiers, in any spelling, or by patterns of them (section 8.2.7.1.1).

    What a pattern of EPCs means are instances; of classes those that it has all of. ``fields`` stand
    before the names in the column.
    """
    exact, starts = [], []
    of_class = name.endswith("Class")
    form = "idpat" if of_class else "id"
    for one in said.split("|"):
        try:
            same = identify(one, of_class).same
        except BadName as error:
            raise _asked_wrong(f"{name}: {error}") from None
        if not same.startswith("idpat:"):
            exact.append(same)
        elif "*" not in same:
            exact.append(same.replace("idpat", form, 1))
        elif (rest := _starts(same)) is not None:
            starts += [f"{form}:{start}" for start in rest]
        else:
            raise _asked_wrong(f"{name}: a pattern has * for its last fields, and there only: {one[:60]!r}")
    exact, starts = ([field + one for field in fields for one in found] for found in (exact, starts))
    like = f"list_filter({column}, lambda n: len(list_filter(?, lambda s: starts_with(n, s))) > 0)"
    return f"(list_has_any({column}, ?) OR len({like}) > 0)", [exact, starts]


def _starts(same: str) -> list[str] | None:
    """Give what the names begin with that a pattern means: one whose last fields are `*`, else None."""
    found = _PATTERN.fullmatch(same)
    if found is None:
        return None
    scheme, company, known = found.groups()
    if company:  # the digit before its prefix is one of the item
        return [f"{scheme}:{digit}:{company}" for digit in range(10)]
    return [f"{scheme}:{known or ''}"]


_OPERATORS: Final = {"GT": ">", "GE": ">=", "LT": "<", "LE": "<="}
_FAMILY: Final = re.compile(rf"EQ_({'|'.join(PAPERS)})_(.+)")
_PAPERS: Final = {"bizTransaction": "a business transaction", "source": "a source",
                  "destination": "a destination"}  # fmt: skip
_FAMILIES: Final = tuple(f"EQ_{field}_TYPE" for field in PAPERS)
_CLASSES: Final = ("EPCClass ", "inputEPCClass ", "outputEPCClass ")
_SHAPE: Final = {
    "orderBy": "eventTime or recordTime",
    "orderDirection": "ASC or DESC; unless told DESC with orderBy, ASC without",
    "eventCountLimit": "only so many, the first of the order, on all pages together",
    "maxEventCount": "refused (413) if there are more on all pages together",
    "perPage": "how many in one answer, 30 unless told, 1000 at most",
    "nextPageToken": "as given in Link",
}
PAGING: Final = ("perPage", "nextPageToken")

PARAMETERS: Final[dict[str, tuple[Callable[[str, str], _Condition], str]]] = {
    "eventType": (partial(_among, "type", _type), "the event's type"),
    "GE_eventTime": (partial(_when, '"at"'), "at this time or later"),
    "LT_eventTime": (partial(_when, '"at"'), "before this time"),
    "GE_recordTime": (partial(_when, "recorded"), "captured at this time or later"),
    "LT_recordTime": (partial(_when, "recorded"), "captured before this time"),
    "EQ_action": (partial(_among, "verb", _action), "ADD, OBSERVE or DELETE"),
    "EQ_bizStep": (partial(_among, "step", _word), "a business step"),
    "EQ_disposition": (partial(_among, "disposition", _word), "a disposition"),
    **{
        f"EQ_persistentDisposition_{way}": (
            partial(_says, f"persistentDisposition_{way}"), f"a disposition that is {way} for good"
        ) for way in ("set", "unset")
    },
    **{
        f"{how}_{field}": (partial(_says, field), what)
        for field, what in (("readPoint", "a read point"), ("bizLocation", "a business location"))
        for how in ("EQ", "WD")
    },
    "EQ_transformationID": (partial(_says, "transformationID"), "a transformation"),
    "EQ_eventID": (partial(_among, "id", _word), "an event"),
    "MATCH_epc": (partial(_match, "epc", ("",)), "an instance among its objects or children"),
    "MATCH_parentID": (partial(_match, "parent", ("",)), "the parent"),
    "MATCH_inputEPC": (partial(_match, "said", ("inputEPC ",)), "an instance among what went in"),
    "MATCH_outputEPC": (partial(_match, "said", ("outputEPC ",)), "an instance among what came out"),
    "MATCH_anyEPC": (partial(_match, "any_epc", ("",)), "an instance anywhere in it"),
    "MATCH_epcClass": (partial(_match, "said", _CLASSES[:1]), "a class among its objects or children"),
    "MATCH_inputEPCClass": (partial(_match, "said", _CLASSES[1:2]), "a class among what went in"),
    "MATCH_outputEPCClass": (partial(_match, "said", _CLASSES[2:]), "a class among what came out"),
    "MATCH_anyEPCClass": (partial(_match, "said", _CLASSES), "a class anywhere in it"),
    "EQ_quantity": (_amount, "a quantity in it is one of these"),
    **{f"{how}_quantity": (_amount, f"a quantity in it is {so} this") for how, so in _OPERATORS.items()},
    "EXISTS_errorDeclaration": (_declared, "error declarations alone; all with `false`"),
    "GE_errorDeclarationTime": (partial(_when, _DECLARED_AT), "declared wrong at this time or later"),
    "LT_errorDeclarationTime": (partial(_when, _DECLARED_AT), "declared wrong before this time"),
    "EQ_errorReason": (partial(_says, "errorReason"), "why it was declared wrong"),
    "EQ_correctiveEventID": (partial(_says, "correctiveEventID"), "an event that corrects it"),
}  # fmt: skip
"""Parameter (section 8.2.7.1) -> what it asks of an event, as SQL and in words.

Besides these there are `EQ_bizTransaction_TYPE`, `EQ_source_TYPE` and `EQ_destination_TYPE`. No hierarchy
of places is known, so that `WD_` is `EQ_`.
"""
KNOWN: Final = (*PARAMETERS, *_SHAPE)


def described() -> dict[str, str]:
    """Say of each parameter what it asks for; of papers and parties with the types that the CBV has."""
    types = {"bizTransaction": TRANSACTIONS, "source": PARTIES, "destination": PARTIES}
    typed = {
        f"EQ_{field}_{kind}": f"{_PAPERS[field]} of type {kind}" for field in types for kind in types[field]
    }
    return {**{name: what for name, (_, what) in PARAMETERS.items()}, **typed, **_SHAPE}


# Pages ---------------------------------------------------------------------------------------------


def token_of(wanted: Wanted, page: Page) -> str:
    """Write where a page ends, and how many events are still asked for if that is limited."""
    left = () if wanted.left is None else (wanted.left - len(page.found),)
    return base64.urlsafe_b64encode(orjson.dumps([*page.found[-1].place, *left])).decode()


def _place(token: str, order: str | None, left: int | None) -> tuple[tuple[Any, ...], int | None]:
    """Read what `token_of` wrote, in the same order and with the same limit."""
    kinds: list[type] = [int, str, str, bool]
    if order == "recordTime":
        kinds.insert(0, int)
    if left is not None:
        kinds.append(int)
    try:
        place = orjson.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, list) or [type(one) for one in place] != kinds:
        raise _asked_wrong("nextPageToken is not one that was given")
    if left is None:
        return tuple(place), None
    *place, still = place
    if not 0 < still < left:
        raise _asked_wrong("nextPageToken is not one that was given")
    return tuple(place), still
