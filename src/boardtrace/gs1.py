"""GS1 identifiers: EPC URNs and Digital Links, and when two spellings are one thing.

EPC Tag Data Standard, section 6 (pure identity URIs) and GS1 Digital Link URI syntax. A URN says
where the company prefix ends, a Digital Link does not: it is named by its digits until some URN with
the same company prefix is known, see sql/formats/epcis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import parse_qsl, quote, unquote

__all__ = ["OWN", "BadName", "Link", "Name", "identify", "link_of", "own", "own_parts"]

Kind = Literal["unit", "container", "lot", "class", "place"]

OWN: Final = "urn:boardtrace:"
"""What begins a URN for what has none: `urn:boardtrace:unit:SN1`, and `urn:boardtrace:gs1:01/...`."""
_GS1: Final = f"{OWN}gs1:"
_LONGEST: Final = 450  # characters; an identifier of the ledger has at most 500
_EPC: Final = re.compile(r"urn:epc:(id|class|idpat|tag|pat):([a-z]+)(?:-[a-z0-9]+)?:(.+)", re.IGNORECASE)
_TAGS: Final = {"tag": "id", "pat": "idpat"}
"""What tags are encoded as: the same things, with a filter value before them that names nothing."""
_HEADED: Final = frozenset({"sgtin", "lgtin", "itip", "upui", "sscc"})
"""Schemes whose second field begins with a digit that stands before the company prefix in the key."""
_PLACES: Final = frozenset({"sgln", "pgln"})
_OTHERS: Final = frozenset({"gid", "usdod", "adi", "bic", "imovn"})
"""Schemes whose first field is no company prefix of GS1."""
_PARTY: Final = re.compile(r":class:(?:[^.:]+:)?([^.:]+)\.")
_AIS: Final = {
    "sscc": "00", "gtin": "01", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "gln": "414",
    "party": "417", "grai": "8003", "giai": "8004", "itip": "8006", "cpid": "8010", "gsrnp": "8017",
    "gsrn": "8018",
    "lot": "10", "ser": "21", "cpv": "22", "tpx": "235", "glnx": "254", "cpsn": "8011", "srin": "8019",
}  # fmt: skip
_KEYS: Final = "00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018"
_LINK: Final = re.compile(
    rf"https?://([^/?#]+)((?:/[^/?#]+)*?)/({_KEYS}|sscc|gtin|gdti|gcn|ginc|gsin|gln|party|grai|giai|itip"
    r"|cpid|gsrnp|gsrn)/([^/?#]+)((?:/[^/?#]*)*)(?:\?([^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_QUALIFIERS: Final = frozenset({"10", "21", "235", "254", "8011"})
_GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
_BLANK: Final = re.compile(r"\s")
# What EPC URNs write as it is, besides letters and digits (Tag Data Standard, table of the GS1 AI
# encodable character set 82); `quote` leaves - . _ ~ too.
_PLAIN: Final = "!'()*+,-.:;=_"
_ODD: Final = re.compile(r"%[0-9a-f]{2}|[^A-Za-z0-9!'()*+,.:;=_%-]", re.IGNORECASE)


class BadName(ValueError):
    """No identifier: why."""


@dataclass(frozen=True, slots=True)
class Link:
    """What makes a URN of a Digital Link once its company prefix is known.

    The URN is ``start`` + prefix + ``.`` + ``head`` + the rest of ``digits`` + ``tail``.
    """

    start: str
    head: str
    digits: str
    tail: str
    given: str
    """The link as it was given."""


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as it is kept: ``text`` is a URN (or the URI of another scheme).

    ``same`` is equal for all spellings of one thing.
    """

    kind: Kind
    text: str
    same: str
    supplier: str = ""
    prefix: str = ""
    link: Link | None = None


@lru_cache(1 << 15)
def identify(text: str, of_class: bool = False) -> Name:  # noqa: C901, PLR0911
    """Read an identifier; ``of_class`` where one of another scheme names a class, no instance.

    BadName where it has a wrong check digit or is no identifier.
    """
    text = text.strip()
    if not text or _BLANK.search(text):
        raise BadName("blanks in an identifier" if text else "blank")
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: JSON can say it
        raise BadName("not Unicode") from None
    if len(text) > _LONGEST:
        raise BadName(f"has more than {_LONGEST} characters")
    if text[:8].lower() == "urn:epc:" and (found := _EPC.fullmatch(text)):
        return _urn(found[1].lower(), found[2].lower(), found[3])
    if text.startswith(_GS1):
        text = f"https://id.gs1.org/{text.removeprefix(_GS1)}"
    if text[:4].lower() == "http" and (link := _LINK.fullmatch(text)):
        name = _linked(text, link)
        if name:
            return name
    elif text.startswith(OWN):
        kind, parts = own_parts(text)
        if kind in {"unit", "container"} and len(parts) == 1 and parts[0]:
            return Name(kind, parts[0], text)  # type: ignore[arg-type]
        if kind == "lot" and len(parts) == 2 and parts[1]:  # noqa: PLR2004
            return Name("lot", parts[1], text, parts[0])
        if kind in {"shipment", "customer", "machine"} and len(parts) == 1 and parts[0]:
            return Name("place", parts[0], text)
        raise BadName("no name of boardtrace")
    party = _PARTY.search(text)
    if of_class or party:
        return Name("lot", text, text, party[1] if party else "")
    return Name("unit", text, text)


def _urn(form: str, scheme: str, rest: str) -> Name:
    if form in _TAGS:
        form = _TAGS[form]
        rest = rest if scheme == "gid" else rest.partition(".")[2]
    rest = _ODD.sub(_respelled, rest)
    prefix, _, after = rest.partition(".")
    head = after[:1] if scheme in _HEADED else ""
    # only of GS1's own keys a link leaves open where the first field ends
    mark = "." if scheme in _OTHERS else ""
    same = f"{form}:{scheme}:{head}:{prefix}{mark}{after[len(head) :]}"
    text = f"urn:epc:{form}:{scheme}:{rest}"
    known = prefix if prefix.isdecimal() and scheme not in _OTHERS else ""
    if form == "id":
        kind: Kind = "container" if scheme == "sscc" else "place" if scheme in _PLACES else "unit"
        return Name(kind, text, same, prefix=known)
    if form == "class":
        return Name("lot", text, same, prefix, known)
    return Name("class", text, same, prefix=known)


def _respelled(found: re.Match[str]) -> str:
    """Write a character as `_escaped` does, whether it was escaped or not."""
    one = found[0]
    return one.upper() if one[0] == "%" and one[1] not in "234567" else _escaped(unquote(one))


def _linked(text: str, found: re.Match[str]) -> Name | None:
    """Read a Digital Link; None if it only looks like one."""
    host, key, said, path = found[1].lower(), found[3].lower(), unquote(found[4]), found[5]
    key = _AIS.get(key, key)
    steps = [step for step in path.split("/") if step]
    pairs = zip(steps[::2], steps[1::2], strict=False)
    # qualifiers belong into the path, but what stands behind it means nothing else
    more = {ai: value for ai, value in parse_qsl(found[6] or "") if ai in _QUALIFIERS}
    more |= {_AIS.get(ai.lower(), ai): unquote(value) for ai, value in pairs}
    try:
        form, scheme, head, digits, tail = _fields(key, said, more)
    except BadName as error:
        # all the digits of a GTIN or SSCC are one, wherever they stand; else it may be anybody's path
        if host.endswith("gs1.org") or (key in {"00", "01"} and "check digit" in str(error)):
            raise
        return None
    kind: Kind = "class"
    if form == "id":
        kind = "container" if scheme == "sscc" else "place" if scheme in _PLACES else "unit"
    elif form == "class":
        kind = "lot"
    link = Link(f"urn:epc:{form}:{scheme}:", head, digits, tail, text)
    return Name(kind, _GS1 + _path(key, said, more), f"{form}:{scheme}:{head}:{digits}{tail}", link=link)


def _path(key: str, said: str, more: dict[str, str]) -> str:
    """Write the path of a link in one way: numbers for names, a GTIN of 14 digits, no variant."""
    parts = [key, said.zfill(14) if key == "01" else said]
    serial = {"8010": "8011", "414": "254"}.get(key, "21")
    for ai in ("235", "21", "10") if serial == "21" else (serial,):
        if ai in more:
            parts += [ai, more[ai]]
            break
    return "/".join(quote(part, safe="") for part in parts)


def _fields(key: str, said: str, more: dict[str, str]) -> tuple[str, str, str, str, str]:  # noqa: C901, PLR0911, PLR0912
    """Give form, scheme, first digit, digits from the company prefix on, and the rest of the URN."""
    match key:
        case "00":
            digits = _checked(said, 18)
            return "id", "sscc", digits[0], digits[1:17], ""
        case "01":
            if len(said) not in _GTIN_LENGTHS:
                raise BadName("no GTIN")
            gtin = _checked(said.zfill(14), 14)
            if more.get("235"):
                return "id", "upui", gtin[0], gtin[1:13], f".{_escaped(more['235'])}"
            if more.get("21"):
                return "id", "sgtin", gtin[0], gtin[1:13], f".{_escaped(more['21'])}"
            if more.get("10"):
                return "class", "lgtin", gtin[0], gtin[1:13], f".{_escaped(more['10'])}"
            return "idpat", "sgtin", gtin[0], gtin[1:13], ".*"
        case "414":
            return "id", "sgln", "", _checked(said, 13)[:12], f".{_escaped(more.get('254', '0'))}"
        case "417":
            return "id", "pgln", "", _checked(said, 13)[:12], ""
        case "8003":
            digits = _checked(said[:14], 14)
            if digits[0] != "0":
                raise BadName("no GRAI: it begins with 0")
            return _serialised("grai", digits[1:13], said[14:])
        case "253" | "255":
            return _serialised("gdti" if key == "253" else "sgcn", _checked(said[:13], 13)[:12], said[13:])
        case "8006":
            gtin, serial = _checked(said[:14], 14), more.get("21", "")
            pieces = f".{said[14:16]}.{said[16:18]}"
            if not re.fullmatch(r"\d{18}", said):
                raise BadName("no ITIP")
            form = "id" if serial else "class" if more.get("10") else "idpat"
            return (
                form,
                "itip",
                gtin[0],
                gtin[1:13],
                f"{pieces}.{_escaped(serial or more.get('10', '')) or '*'}",
            )
        case "8010":
            return _serialised("cpi", _escaped(said), more.get("8011", ""))
        case "8017" | "8018":
            return "id", "gsrnp" if key == "8017" else "gsrn", "", _checked(said, 18)[:17], ""
        case "402":
            return "id", "gsin", "", _checked(said, 17)[:16], ""
        case _:
            return "id", "giai" if key == "8004" else "ginc", "", _escaped(said), ""


def _serialised(scheme: str, digits: str, serial: str) -> tuple[str, str, str, str, str]:
    return "id" if serial else "idpat", scheme, "", digits, f".{_escaped(serial) or '*'}"


def _checked(digits: str, length: int) -> str:
    if len(digits) != length or not (digits.isascii() and digits.isdecimal()):
        raise BadName(f"not {length} digits: {digits}")
    if check_digit(digits[:-1]) != digits[-1]:
        raise BadName(f"wrong check digit: {digits} should end in {check_digit(digits[:-1])}")
    return digits


def check_digit(digits: str) -> str:
    """Compute the digit that follows (GS1 General Specifications, 7.9.1)."""
    return str(-sum(int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(digits))) % 10)


def _escaped(text: str) -> str:
    return quote(text, safe=_PLAIN).replace("~", "%7E")


def own(kind: str, *parts: str) -> str:
    """Write a URN for what has none of its own: `urn:boardtrace:lot:SUPPLIER:LOT`."""
    return OWN + ":".join([kind, *(quote(part, safe="-._") for part in parts)])


def own_parts(text: str) -> tuple[str, list[str]]:
    """Undo `own`."""
    kind, *parts = text.removeprefix(OWN).split(":")
    return kind, [unquote(part) for part in parts]


def link_of(text: str) -> str:
    """Give the Digital Link of a name that `identify` made of one; any other name as it is."""
    return f"https://id.gs1.org/{text.removeprefix(_GS1)}" if text.startswith(_GS1) else text
