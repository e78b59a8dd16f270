"""The simple event query of EPCIS 2.0 (section 8.2.7.1): parameters -> conditions on captured events."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from boardtrace.captured import Place, Wanted
from boardtrace.gs1 import BadName, identify
from boardtrace.sources.epcis.cbv import word
from boardtrace.sources.fields import is_time

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

__all__ = ["KNOWN", "PAGING", "Refused", "page_of", "wanted_of"]

_PER_PAGE: Final = 30
_MOST: Final = 1000
_PATTERN: Final = re.compile(r"idpat:(\w+):(?:\*?:\*{1,2}|\*:(\d+)|(\d?:[^*]+)\*)(?:\.\*)*")
"""What all spellings of a pattern are: of all of a scheme; all of a company; what begins so."""

# parameter -> condition on a column of the captured events; several values are parted by |
_EQUAL: Final = {
    "eventType": "type", "EQ_action": "verb", "EQ_bizStep": "step", "EQ_disposition": "disposition",
    "EQ_eventID": "id",
}  # fmt: skip
_MATCH: Final = {"MATCH_epc": "epc", "MATCH_anyEPC": "any_epc", "MATCH_parentID": "parent"}
_TIMES: Final = {
    "GE_eventTime": '"at" >=', "LT_eventTime": '"at" <', "GE_recordTime": "recorded >=",
    "LT_recordTime": "recorded <",
}  # fmt: skip
_ACTIONS: Final = ("ADD", "OBSERVE", "DELETE")
PAGING: Final = ("perPage", "nextPageToken")
KNOWN: Final = (*_EQUAL, *_MATCH, *_TIMES, *PAGING)


class Refused(Exception):
    """What the client sent cannot be used: status, the standard's name of the problem, why."""


def wanted_of(given: QueryParams) -> Wanted:
    """Read a query; Refused if it is none of those that are answered."""
    conditions, values = [], list[Any]()
    after, limit = None, _PER_PAGE
    for name, said in _said(given, KNOWN).items():
        if name in _EQUAL:
            words = [word(one) for one in said.split("|")]
            if name == "EQ_action" and not set(words).issubset(_ACTIONS):
                raise _asked_wrong(f"{name} is of {', '.join(_ACTIONS)}, not {said[:40]!r}")
            conditions.append(f"list_contains(?, {_EQUAL[name]})")
            values.append(words)
        elif name in _MATCH:
            condition, value = _match(name, said)
            conditions.append(condition)
            values += value
        elif name in _TIMES:
            at = said.replace(" ", "+")  # a plus that was not escaped
            if not is_time(at):
                raise _asked_wrong(f"{name}: not a time with an offset (RFC 3339): {said[:40]!r}")
            conditions.append(f"{_TIMES[name]} ?")
            values.append(_micros(at))
        elif name == "perPage":
            limit = _number(said)
        else:
            after = _place(said)
    return Wanted(tuple(conditions), tuple(values), after, limit)


def page_of(given: QueryParams) -> tuple[int, int | None]:
    """Read which jobs of capture: those after a number, and how many; all unless told."""
    said = _said(given, PAGING)
    token, size = said.get("nextPageToken", "0"), said.get("perPage")
    if not re.fullmatch(r"\d{1,9}", token, re.ASCII):
        raise _asked_wrong("nextPageToken is not one that was given")
    return int(token), None if size is None else _number(size)


def _said(given: QueryParams, known: tuple[str, ...]) -> dict[str, str]:
    """Give the parameters of a request: each is known, and there once."""
    for name in given:
        if name not in known:
            raise _asked_wrong(f"{name} is no parameter; there are {', '.join(known)}")
        if len(given.getlist(name)) > 1:
            raise _asked_wrong(f"{name} is given more than once; several values are parted by |")
    return dict(given)


def _asked_wrong(why: str) -> Refused:
    return Refused(400, "QueryParameterException", why)


def _match(name: str, said: str) -> tuple[str, list[Any]]:
    """Write what finds events by identifiers, in any spelling, or by patterns of them."""
    exact, starts = [], []
    for one in said.split("|"):
        try:
            same = identify(one).same
        except BadName as error:
            raise _asked_wrong(f"{name}: {error}") from None
        if same.startswith("idpat:") and "*" in same:
            starts += _starts(name, one, same)
        else:
            exact.append(same.replace("idpat:", "id:", 1) if same.startswith("idpat:") else same)
    column = _MATCH[name]
    like = f"list_filter({column}, lambda n: len(list_filter(?, lambda s: starts_with(n, s))) > 0)"
    return f"(list_has_any({column}, ?) OR len({like}) > 0)", [exact, starts]


def _starts(name: str, said: str, same: str) -> list[str]:
    """Give what the names begin with that a pattern means: one whose last fields are `*`."""
    found = _PATTERN.fullmatch(same)
    if found is None:
        raise _asked_wrong(f"{name}: a pattern has * for its last fields, and there only: {said[:60]!r}")
    scheme, company, known = found.groups()
    if company:  # the digit before its prefix is one of the item
        return [f"id:{scheme}:{digit}:{company}" for digit in range(10)]
    return [f"id:{scheme}:{known or ''}"]


def _micros(said: str) -> int:
    since = datetime.fromisoformat(said.upper()) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def _number(said: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", said):
        raise _asked_wrong(f"perPage is a number from 1, not {said[:40]!r}")
    return min(int(said), _MOST)


def _place(token: str) -> Place:
    try:
        match orjson.loads(base64.urlsafe_b64decode(token)):
            case [int(at), str(name), str(event), bool(declared)]:
                return at, name, event, declared
    except (ValueError, binascii.Error):
        pass
    raise _asked_wrong("nextPageToken is not one that was given")
