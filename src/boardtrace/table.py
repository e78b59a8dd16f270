"""An answer as a table for people: fits the terminal, and says what it leaves out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from boardtrace.questions import CLASSES, STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from boardtrace.answer import Answer

__all__ = ["write"]

_ROWS = 40
_ITEMS = 2  # of a list
_WIDEST = 32  # a longer cell is folded
_GAP = 2
# Columns that give way when there is no room, the first of them first: what to do about a
# unit comes before how it got there. A row's first column says what it is of, and stays.
_GIVE_WAY = (
    "batch", "until", "since", "operator", "program", "lots", "shipped_at", "product",
    "removed_at", "placed_at", "machine", "kind", "origins", "refdes", "at",
)  # fmt: skip
_HASH = re.compile("[0-9a-f]{64}")
_MARKS = {"possible": "yellow", "certain": "bold", "past": "dim"}


def write(answer: Answer, meta: Mapping[str, Any], console: Console) -> None:
    """Write the table, then what ``meta`` says about it."""
    rows = [[_plain(value, console) for value in row] for row in answer.rows[:_ROWS]]
    if rows:
        _table(answer, rows, console)
    for line in _summary(meta, len(answer.rows)):
        console.print(Text(_safe(line, console)), highlight=False)


def _table(answer: Answer, rows: Sequence[Sequence[str]], console: Console) -> None:
    widths = [
        min(_WIDEST, max(cell_len(name), *(cell_len(row[place]) for row in rows)))
        for place, name in enumerate(answer.columns)
    ]
    places = _fitting(answer.columns, widths, console.width)
    shown = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
        header_style="bold",
    )
    for place in places:
        numbers = all(type(row[place]) is int for row in answer.rows[:_ROWS])
        shown.add_column(
            Text(answer.columns[place]),
            width=min(widths[place], console.width),
            justify="right" if numbers else "left",
            overflow="fold",
        )
    for row in rows:
        shown.add_row(*(Text(row[place], style=_MARKS.get(row[place], "")) for place in places))
    console.print(shown)
    left_out = [name for place, name in enumerate(answer.columns) if place not in places]
    if len(answer.rows) > _ROWS:
        _note(f"... and {_count(len(answer.rows) - _ROWS, 'more row')} (--format csv has all)", console)
    if left_out:
        _note(f"+{_count(len(left_out), 'column')}: {', '.join(left_out)} (--format csv has all)", console)
    console.print()


def _note(line: str, console: Console) -> None:
    console.print(Text(_safe(line, console), style="dim"), highlight=False)


def _fitting(names: Sequence[str], widths: Sequence[int], room: int) -> list[int]:
    """Choose the columns that have room together, the most useful first; one at least."""
    rank = {name: -place for place, name in enumerate(_GIVE_WAY)}
    useful = sorted(
        range(len(names)), key=lambda place: (place > 0, rank.get(names[place], -len(rank)), place)
    )
    chosen: list[int] = []
    used = 0
    for place in useful:
        if not chosen or used + widths[place] <= room:
            chosen.append(place)
            used += widths[place] + _GAP
    return sorted(chosen)


def _plain(value: Any, console: Console) -> str:
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list):
        more = f" +{len(value) - _ITEMS}" if len(value) > _ITEMS else ""
        text = " ".join(map(str, value[:_ITEMS])) + more
    elif isinstance(value, dict):
        text = " ".join(f"{name}={value[name]}" for name in sorted(value))
    else:
        text = "-" if value is None else str(value)
        if _HASH.fullmatch(text):  # of a run: the beginning is enough to tell it from others
            text = text[:12]
    return _safe(text, console)


def _safe(text: str, console: Console) -> str:
    """Escape what would move the cursor, and what the terminal's encoding has not."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text.encode(console.encoding, "backslashreplace").decode(console.encoding)


def _summary(meta: Mapping[str, Any], rows: int) -> list[str]:
    summary = meta.get("summary")
    lines = [_count(rows, "row") if rows else "no rows"]
    if "class" in meta:  # of a why
        lines = [f"{meta['class'] or 'not exposed'}: {_count(rows, 'link')}"]
    if summary:
        classes = ", ".join(f"{summary[name]:,} {name}" for name in CLASSES)
        states = ", ".join(f"{summary[name]:,} {name.replace('_', ' ')}" for name in STATES)
        lines = [
            f"{_count(summary['units'], 'unit')} in {_count(summary['tops'], 'top')}: {classes}",
            f"now {states}",
            f"{_count(summary['shipments'], 'shipment')}, {_count(summary['customers'], 'customer')}",
        ]
    gaps = meta.get("gaps", 0)
    if gaps:
        lines.append(f"{_count(gaps, 'gap')}: links are missing that could lead to more")
    else:
        lines.append("no gaps")
    batch = meta.get("batch")
    whole = meta.get("complete", True)
    state = "complete" if whole is True else f"NOT COMPLETE: {whole}"
    lines.append(
        f"batch {batch['number']} ({batch['hash'][:12]}), {state}" if batch else f"no batch yet, {state}"
    )
    return lines


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
