"""The header of a .cypher file is a contract: what does not agree is refused, by file and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from boardtrace import statement
from boardtrace.errors import BoardtraceError
from boardtrace.kinds import KINDS
from boardtrace.lineage import certain_lots, steps_from
from boardtrace.questions import QUESTIONS, Suspect
from boardtrace.statement import CYPHER, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = sorted(path.relative_to(CYPHER).with_suffix("").as_posix() for path in CYPHER.rglob("*.cypher"))


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], statement.Statement]:
    monkeypatch.setattr(statement, "CYPHER", tmp_path)

    def write(text: str) -> statement.Statement:
        (tmp_path / "q.cypher").write_text(text)
        load.cache_clear()
        return load("q")

    return write


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_a_title_and_agrees_with_itself(name: str) -> None:
    found = load(name, *(["exposure/placed"] * 2))
    assert found.title.endswith("."), found.title
    assert not name.startswith(("questions/", "suspects/")) or found.cost


def test_every_kind_of_fact_is_written_and_withdrawn() -> None:
    for folder in ("write", "drop"):
        assert {f"{folder}/{kind.name}" for kind in KINDS} <= set(FILES)


def test_every_name_that_is_written_is_made_known_first() -> None:
    """A plan in which a name was not known yet is thrown away whenever names come."""
    known = re.sub(r"//.*", "", load("write/names").text)
    written = "\n".join(load(name).text for name in FILES if name.startswith("write/"))
    written = re.sub(r"//.*", "", written)
    for pattern in (r":([A-Z]\w+)", r"(?m)(?:^|[{,(])\s*(\w+): ", r"\bSET (?:\w+)\.(\w+) ="):
        assert set(re.findall(pattern, written)) <= set(re.findall(r"\w+", known)), pattern
    assert {kind.label for kind in KINDS} <= set(re.findall(r"\w+", known))


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))
def test_every_question_says_what_it_needs(question: Suspect) -> None:
    assert question.statement.examples
    for example in question.statement.examples:
        assert question.asked.model_validate(example)
    for name, field in question.asked.model_fields.items():
        assert question.parameter(field.alias or name), name


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("// T.\nRETURN $a", r"q\.cypher:1: \$a is used and not declared"),
        ("// T.\n// @param a of it\nRETURN 1", r"q\.cypher:1: \$a is declared and not used"),
        ("// T.\n// @param a\nRETURN $a", r"q\.cypher:2: @param a says nothing"),
        ("// T.\n// @wrong x\nRETURN 1", r"q\.cypher:2: no header line is called @wrong"),
        ("// T.\n// @example {a}\nRETURN 1", r"q\.cypher:2: @example is no JSON"),
        ("// T.\n// @example [1]\nRETURN 1", r"q\.cypher:2: @example is no JSON object"),
    ],
)
def test_a_header_that_lies_is_refused(
    written: Callable[[str], statement.Statement], text: str, fault: str
) -> None:
    with pytest.raises(BoardtraceError, match=fault):
        written(text)


def test_what_only_looks_like_a_parameter(written: Callable[[str], statement.Statement]) -> None:
    found = written("// T.\n// @param a of it\nRETURN '$b', \"$c\", `$d`, $a // $e\n/* $f */")
    assert list(found.parameters) == ["a"]


def test_certain_is_the_least_fixpoint() -> None:
    def row(lot: str, *parents: tuple[str, bool]) -> dict[str, object]:
        return {
            "lot": lot,
            "id": lot,
            "parents": [{"lot": p, "certain": c, "kind": "reel" if c else "merge"} for p, c in parents],
        }

    rows = [row("a"), row("b", ("a", True)), row("c", ("a", True)), row("m", ("b", False), ("c", False))]
    assert set(certain_lots(rows, {"a": True})) == {"a", "b", "c", "m"}
    assert set(certain_lots(rows, {"b": True})) == {"b"}
    ring = [row("x", ("y", False), ("a", False)), row("y", ("x", True))]
    assert set(certain_lots(ring, {"a": True})) == {"a"}
    assert set(certain_lots(rows, {"a": False})) == set()
    assert steps_from(rows, "a", up=False)["m"] == (2, "merge")
