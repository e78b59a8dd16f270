"""JSON of any size, record by record: documents one after the other, and lists within them.

The text passes through a window, so memory is that of one record. What cannot be read is a
Reject with its line and column, and reading goes on with the next line that begins as the
broken record did: a bad line of NDJSON, or of a list with one record a line, costs itself only.
In a list without line ends it goes on with the next record whose first two names are the same.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn

import orjson

from boardtrace.errors import BadInput
from boardtrace.sources import Reject
from boardtrace.sources.fields import has_long_number, may_name_twice

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Item", "items", "shown_path"]

_CHUNK = 1 << 20
_BLANK = re.compile(r"[ \t\r\n]*")
_BETWEEN = re.compile(
    "[ \t\r\n,\x1e\ufeff]*"
)  # documents: a list cut into lines, RFC 7464, files put together
_LINE = 1 << 16  # characters of a record that is read as a line
_ENOUGH = 100  # bad records, after which a file is one of bad records and not of another format
_NEAR = 16  # characters: an error so near to the end of the window may be the end itself
_STRING = r'"(?:[^"\\]|\\.)*"'
_SCALAR = rf"(?:{_STRING}|[-+.\w]+)"
_BEGIN = re.compile(rf"\{{\s*({_STRING})\s*:\s*{_SCALAR}\s*,\s*({_STRING})\s*:")
_OVERLAP = 1 << 12  # characters at the window's end, of which a record's beginning may be one
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


class Item(NamedTuple):
    """A record: the line where it begins, its path in its document, and its value.

    What is left of a document whose list was read record by record comes after the list, with
    the path ``()``.
    """

    line: int
    path: tuple[str | int, ...]
    value: Any


class _Broken(Exception):
    """A record that cannot be read: line, path or key, why."""


@dataclass(slots=True)
class _Window:
    """The part of a file's text that is looked at; ``at`` is where, in line ``line``."""

    file: IO[bytes]
    text: str = ""
    at: int = 0
    line: int = 1
    size: int = _CHUNK
    ended: bool = False
    odd: bool = False
    """Whether bytes were seen that are no UTF-8."""
    decoder: codecs.IncrementalDecoder | None = None
    twice: list[str] = field(default_factory=list)
    """Names that an object of the value at hand has twice."""
    reader: json.JSONDecoder = field(init=False)

    def __post_init__(self) -> None:
        def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
            said = dict(found)
            if len(said) < len(found):
                names = [name for name, _ in found]
                self.twice.extend(name for name in said if names.count(name) > 1)
            return said

        self.reader = json.JSONDecoder(object_pairs_hook=pairs, parse_constant=_no_number)

    def fill(self) -> bool:
        """Read more, twice as much if a record is long; False at the end of the file."""
        if self.ended:
            return False
        if self.at > _CHUNK:
            self.text, self.at = self.text[self.at :], 0
        self.size = max(_CHUNK, len(self.text) - self.at)
        data = self.file.read(self.size)
        self.ended = not data
        if self.decoder is None:
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise BadInput("UTF-16 text", hint="save it as UTF-8")
            self.decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
            data = data.removeprefix(codecs.BOM_UTF8)
        new = self.decoder.decode(data, final=self.ended)
        self.odd = self.odd or not (new.isascii() or _NOT_UTF8.search(new) is None)
        self.text += new
        return True

    def peek(self, blank: re.Pattern[str] = _BLANK) -> str:
        """Move to the next character that is not blank and return it; '' at the end."""
        while True:
            end = blank.match(self.text, self.at).end()  # type: ignore[union-attr]  # matches nothing, too
            self.move(end)
            if end < len(self.text):
                return self.text[end]
            if not self.fill():
                return ""

    def move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def take(self, char: str) -> None:
        """Pass one character; _Broken if it is another."""
        found = self.peek()
        if found != char:
            self.fail(self.line, self.at, f"expecting {char!r}" if found else "it ends too early")
        self.move(self.at + 1)

    def _line(self) -> Any:
        """Read an object that is the rest of its line, quickly; None where `value` must look."""
        end = self.text.find("\n", self.at, self.at + _LINE)
        if end < 0 or self.odd:
            return None
        text = self.text[self.at : end].rstrip(" \t\r,")
        if not text.startswith("{") or "\\u003" in text:
            return None
        data = text.encode("utf-8", "surrogatepass")
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            return None
        if may_name_twice(data, value) or has_long_number(data):
            return None
        self.move(self.at + len(text))
        return value

    def value(self) -> Any:
        """Read a value, which begins here."""
        quick = self._line()
        if quick is not None:
            return quick
        while True:
            self.twice.clear()
            try:
                value, end = self.reader.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                cut = error.pos >= len(self.text) - _NEAR or error.msg.startswith("Unterminated")
                if cut and self.fill():
                    continue
                self.fail(
                    self.line + error.lineno - 1 - self.text.count("\n", 0, self.at), error.pos, error.msg
                )
            except RecursionError:
                self.fail(self.line, self.at, "nested too deeply")
            except ValueError as error:
                self.fail(self.line, self.at, str(error).partition("\n")[0])
            if end == len(self.text) and self.fill():
                continue  # a number may go on
            if self.odd and _NOT_UTF8.search(self.text, self.at, end):
                self.move(end)
                raise _Broken(self.line, "", "not UTF-8")
            line = self.line
            self.move(end)
            if self.twice:
                raise _Broken(line, self.twice[0], "stands there twice in one object")
            return value

    def fail(self, line: int, at: int, why: str) -> NoReturn:
        column = at - self.text.rfind("\n", 0, at)
        raise _Broken(line, "", f"not JSON: {why[0].lower()}{why[1:]}: line {line} column {column}")

    def indent(self) -> str | None:
        """Return what stands before this place in its line, None unless it is blank."""
        start = self.text.rfind("\n", 0, self.at) + 1
        before = self.text[start : self.at].lstrip("\x1e\ufeff")
        return before if not before.strip() and (start or self.line == 1 or self.at == 0) else None

    def skip(self, indent: str | None) -> bool:
        """Go to the next line that begins with ``indent`` and a record; False if there is none."""
        if indent is None:
            return False
        begin = re.compile(rf"\n[\x1e\ufeff]?{re.escape(indent)}(?=[{{\[])")
        return self._seek(begin, len(indent) + 2)

    def skip_alike(self) -> bool:
        """Go to the next record in a list whose first two names are those of the record here."""
        begins = _BEGIN.match(self.text, self.at)
        if begins is None:
            return False
        first, second = map(re.escape, begins.groups())
        alike = rf"\}}\s*,\s*(?=\{{\s*{first}\s*:\s*{_SCALAR}\s*,\s*{second}\s*:)"
        return self._seek(re.compile(alike), _OVERLAP)

    def _seek(self, begin: re.Pattern[str], overlap: int) -> bool:
        """Go behind what is found first; so many characters may stand in what is not read yet, too."""
        while True:
            found = begin.search(self.text, self.at)
            if found:
                self.move(found.end())
                return True
            self.move(max(self.at, len(self.text) - overlap))
            if not self.fill():
                return False


def items(file: IO[bytes], *lists: tuple[str, ...], ahead: str = "") -> Iterator[Item | Reject]:
    """Yield the records of a file: its documents, the elements of a list that is one, and of ``lists``.

    ``lists`` are paths of lists within a document, of which each element is a record of its own;
    a step that ends in `*` is any key that begins so. What a document says under the name ``ahead`` is
    told before the records that come after it, too. BadInput if nothing of it can be read.
    """
    window = _Window(file)
    waiting: list[Reject] | None = []  # until one record is good
    indent = None
    while window.peek(_BETWEEN):
        here = window.indent()
        indent = indent if here is None else here  # behind a document in its line: go on as that one began
        try:
            for item in _document(window, (), lists, ahead):
                if waiting is not None and isinstance(item, Reject):
                    waiting.append(item)
                    continue
                yield from waiting or ()
                waiting = None
                yield item
        except _Broken as broken:
            line, column, why = broken.args
            there = window.skip(indent)
            lost = "" if there or not window.peek() else "; nothing after it was read"
            rejects = [*(waiting or ()), Reject(line, column, why + lost)]
            if waiting is None or len(rejects) > _ENOUGH:
                yield from rejects
                waiting = None
            else:
                waiting = rejects
            if not there:
                break
    if waiting:
        first = waiting[0]
        raise BadInput(
            first.reason if not first.column else f"line {first.line}: {first.column}: {first.reason}"
        )


def _document(
    window: _Window, path: tuple[str | int, ...], lists: tuple[tuple[str, ...], ...], ahead: str = ""
) -> Iterator[Item | Reject]:
    line, first = window.line, window.peek()
    if first == "[" and (not path or any(_leads(wanted, path) == 0 for wanted in lists)):
        yield from _elements(window, path)
    elif first == "{" and any(_leads(wanted, path) is not None for wanted in lists):
        rest: dict[str, Any] = {}
        for item in _fields(window, path, lists, rest):
            if ahead and ahead in rest:
                yield Item(line, (ahead,), rest[ahead])
                ahead = ""
            yield item
        yield Item(line, path, rest)
    else:
        yield Item(line, path, window.value())


def _leads(wanted: tuple[str, ...], path: tuple[str | int, ...]) -> int | None:
    """Count the steps from here to a list that is wanted; None if this is not on the way to it."""
    for step, key in zip(wanted, path, strict=False):
        if key != step and not (step.endswith("*") and str(key).startswith(step[:-1])):
            return None
    return len(wanted) - len(path) if len(path) <= len(wanted) else None


def _fields(
    window: _Window, path: tuple[str | int, ...], lists: tuple[tuple[str, ...], ...], rest: dict[str, Any]
) -> Iterator[Item | Reject]:
    """Read an object key by key; what is no list that is wanted goes to ``rest``."""
    window.take("{")
    if window.peek() == "}":
        window.take("}")
        return
    while True:
        if window.peek() != '"':
            window.fail(window.line, window.at, "expecting a name in double quotes")
        line, key = window.line, window.value()
        window.take(":")
        if key in rest:
            raise _Broken(line, key, "stands there twice in one object")
        inner = (*path, key)
        if any(_leads(wanted, inner) is not None for wanted in lists) and window.peek() in "{[":
            rest[key] = {}
            for item in _document(window, inner, lists):
                if isinstance(item, Item) and item.path == inner:
                    rest[key] = item.value
                else:
                    yield item
        else:
            window.peek()
            rest[key] = window.value()
        if window.peek() == "}":
            window.take("}")
            return
        window.take(",")


def _elements(window: _Window, path: tuple[str | int, ...]) -> Iterator[Item | Reject]:
    """Read a list, element by element."""
    window.take("[")
    number = 0
    if window.peek() == "]":
        window.take("]")
        return
    while True:
        window.peek()
        line, indent = window.line, window.indent()
        try:
            yield Item(line, (*path, number), window.value())
            number += 1
            if window.peek() == "]":
                window.take("]")
                return
            window.take(",")
        except _Broken as broken:
            where, column, why = broken.args
            if column or why == "not UTF-8":  # read to its end all the same
                yield Reject(where, column, why)
                if window.peek() == "]":
                    window.take("]")
                    return
                window.take(",")
            elif window.skip(indent) if indent is not None else window.skip_alike():
                yield Reject(where, column, why)
            else:
                raise
            number += 1


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"no number of JSON: {name}")


def shown_path(path: tuple[str | int, ...]) -> str:
    """Write a path as messages do: epcisBody.eventList[3]."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
