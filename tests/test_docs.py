"""What the documentation says is run, or compared with the code."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from typer.main import get_command
from typer.testing import CliRunner

from boardtrace import __version__, reference
from boardtrace.cli import app
from boardtrace.kinds import KINDS
from boardtrace.model import NODES, TABLES
from boardtrace.questions import QUESTIONS
from boardtrace.settings import Settings
from semantics import wipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boardtrace.graph import Graph

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
TEXT = {name: page.read_text(encoding="utf-8") for name, page in zip(NAMES, PAGES, strict=True)}
ALL = "\n".join(TEXT.values())
COMPOSE = ROOT / "docker-compose.yml"


class Shown(NamedTuple):
    """A command that a page shows, and the lines under it."""

    page: str
    command: str
    lines: list[str]


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT[page], re.DOTALL | re.MULTILINE)


def _shown() -> list[Shown]:
    found = []
    for page in (name for name in NAMES if name != "docs/ingest.md"):  # that is a story of its own
        for block in _blocks(page, "console"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, *lines = part.splitlines()
                found.append(Shown(page, command, lines))
    return found


def _examples() -> list[str]:
    """Return the commands of the tables and lists of examples: they are not shown with their output."""
    reading = {name.split()[0] for name in QUESTIONS}
    spans = re.findall(r"`(boardtrace [^`]+)`", TEXT["README.md"])
    spans += [
        line
        for page in ("README.md", "docs/questions.md")
        for block in _blocks(page, "sh")
        for line in block.splitlines()
    ]
    return sorted(
        {
            words
            for words in spans
            if words.startswith("boardtrace ")
            and words.split()[1] in reading
            and not re.search(r"\b(SUPPLIER|LOT|UNIT)\b", words)
        }
    )


@pytest.fixture
def run(demo_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    there = demo_graph.endpoint
    for name, value in {
        "BOARDTRACE_GRAPH": there.uri,
        "BOARDTRACE_USER": there.user,
        "BOARDTRACE_PASSWORD": there.password,
        "BOARDTRACE_DATABASE": there.database,
        "BOARDTRACE_DATA": str(tmp_path),
        "COLUMNS": "80",
    }.items():
        monkeypatch.setenv(name, value)

    def invoke(command: str) -> str:
        program, *words = shlex.split(command)
        assert program == "boardtrace"
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


def _plain(line: str) -> str:
    """Drop what differs from one graph to another with the same facts: the batch's number and hash."""
    return re.sub(r"batch \d+ \([0-9a-f]{12}\)", "batch 1 (...)", line.rstrip())


def _session() -> Iterator[tuple[str, str]]:
    """Yield what docs/ingest.md does: files that it shows, by name, and commands with what they print."""
    page = TEXT["docs/ingest.md"]
    for kind, body, before in (
        (match[2], match[3], match[1])
        for match in re.finditer(r"([^\n]*)\n\n```(\w+)\n(.*?)```", page, re.DOTALL)
    ):
        if kind in {"csv", "yaml"}:
            yield re.findall(r"`([\w.]+)`", before)[-1], body
        elif kind == "console":
            for part in body.removeprefix("$ ").split("\n$ "):
                command, _, shown = part.partition("\n")
                yield f"$ {command}", shown


def _of_any_run(text: str) -> str:
    """Drop what differs from one run to another."""
    text = re.sub(r"batch (\d+) \([0-9a-f]{12}\)", r"batch \1 (...)", text)
    text = re.sub(r"time +[0-9.]+ s", "time               ... s", text)
    text = re.sub(r"(recorded|SHA-256 of the file|hash of the last link) \S+", r"\1 ...", text)
    text = re.sub(r"^ +(\d)  20\d\d-.*$", r"  \1  ...", text, flags=re.MULTILINE)
    text = re.sub(r"[ ─]{2,}", "  ", text)  # columns are as wide as what is in them
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_the_story_of_an_ingest_is_the_real_one(
    blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(blank_graph)
    there = blank_graph.endpoint
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # as wide as there is room
    monkeypatch.setenv("BOARDTRACE_DATA", str(tmp_path / "data"))
    if there.label.startswith("embedded:"):
        monkeypatch.setenv("BOARDTRACE_GRAPH", there.label)
        (there.data / "asked.ndjson").unlink(missing_ok=True)
    else:
        for name, value in {"GRAPH": there.uri, "USER": there.user, "PASSWORD": there.password}.items():
            monkeypatch.setenv(f"BOARDTRACE_{name}", value)
    steps = list(_session())
    assert len(steps) > 10
    for what, text in steps:
        if not what.startswith("$ "):
            Path(what).write_text(text)
            continue
        program, *words = shlex.split(what[2:])
        if program == "boardtrace":
            result = CliRunner().invoke(app, words)
            assert result.exit_code == 0, result.output
            assert _of_any_run(result.stdout) == _of_any_run(text), what
        else:
            subprocess.run([program, *words], check=True)


def test_there_are_examples() -> None:
    assert _shown()
    assert len(_examples()) > len(QUESTIONS)


@pytest.mark.parametrize("shown", _shown(), ids=lambda shown: f"{shown.page}: {shown.command}")
def test_shown_output_is_the_real_one(run: Any, shown: Shown) -> None:
    real = iter([_plain(line) for line in run(shown.command).splitlines()])
    for line in shown.lines:
        if line == "...":
            continue
        assert any(_plain(line) == other for other in real), f"not there, or not in this order: {line}"


@pytest.mark.parametrize("command", _examples())
def test_example_is_answered(run: Any, command: str) -> None:
    assert run(command)


@pytest.mark.parametrize("number", range(len(_blocks("docs/graph.md", "cypher"))))
def test_cypher_for_analysts_runs(demo_graph: Graph, number: int) -> None:
    query: Any = _blocks("docs/graph.md", "cypher")[number]
    rows = demo_graph.read("docs", lambda tx: [record.data() for record in tx._inner.run(query)])
    assert rows
    assert None not in rows[0].values()


def test_every_name_in_the_graph_is_documented(demo_graph: Graph) -> None:
    def names(query: Any) -> set[str]:
        return demo_graph.read("docs", lambda tx: {record[0] for record in tx._inner.run(query)})

    used = names("MATCH (n) UNWIND labels(n) AS name RETURN DISTINCT name")
    used |= names("MATCH (n) UNWIND keys(n) AS name RETURN DISTINCT name")
    used |= names("MATCH ()-[r]->() RETURN DISTINCT type(r)")
    used |= names("MATCH ()-[r]->() UNWIND keys(r) AS name RETURN DISTINCT name")
    documented = set(re.findall(r"\w+", TEXT["docs/graph.md"]))
    assert used <= documented, used - documented


def test_three_queries_and_every_kind_of_edge() -> None:
    assert len(_blocks("docs/graph.md", "cypher")) == 3
    edges = {
        re.sub(r"_(unit|lot|container)$", "_in", kind.name)
        if kind.name.startswith(("packed", "shipped"))
        else kind.name.partition("_")[0]
        if kind.name.startswith("numbered")
        else kind.name
        for kind in KINDS
        if not kind.node and not kind.name.startswith("known_")
    }
    assert {edge.upper() for edge in edges} <= set(re.findall(r":(\w+)\]", TEXT["docs/graph.md"]))
    assert all(f"`{node.label}`" in TEXT["docs/graph.md"] for node in NODES.values())


def test_reference_is_what_the_questions_say() -> None:
    assert TEXT["docs/questions.md"] == reference.page(), (
        "python -m boardtrace.reference > docs/questions.md"
    )


def test_reference_as_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "boardtrace.reference"], capture_output=True, check=True)
    assert done.stdout.decode() == TEXT["docs/questions.md"]


def _commands(command: Any, path: str = "boardtrace") -> list[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [path]
    return [name for word, one in inner.items() for name in _commands(one, f"{path} {word}")]


def test_every_question_and_command_is_documented() -> None:
    prose = ALL.replace(TEXT["docs/questions.md"], "")
    for name in QUESTIONS:
        asked = "why GW1-003399 lot" if name.startswith("why ") else name  # one of them is enough
        assert f"boardtrace {asked}" in TEXT["README.md"], name
    every = {
        re.sub("^boardtrace why .*", "why GW1-003399 lot", name) for name in _commands(get_command(app))
    }
    missing = [name for name in every if not re.search(rf"{name}\b", prose)]
    assert not missing


def _rows(page: str, head: str) -> list[list[str]]:
    """Return the rows of the table whose first line begins so."""
    lines = TEXT[page].split(f"\n{head}", 1)[1].splitlines()[2:]
    table = lines[: next(i for i, line in enumerate([*lines, ""]) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_settings_are_those_of_the_code() -> None:
    documented = {}
    for name, default, about in _rows("docs/running.md", "| variable |"):
        documented[name.strip("`")] = (default, about)
    fields = {f"BOARDTRACE_{name}".upper(): field for name, field in Settings.model_fields.items()}
    assert list(documented) == list(fields)
    for name, field in fields.items():
        default, about = documented[name]
        assert about == field.description, name
        if (
            field.default
            and field.default is not PydanticUndefined
            and not isinstance(field.default, SecretStr)
        ):
            assert default == f"`{field.default}`", name


def test_tables_are_those_of_the_model() -> None:
    documented = dict(_rows("docs/tables.md", "| table |"))
    real = {
        table.name: ", ".join(f"{column.name}{'*' if column.required else ''}" for column in table.columns)
        for table in TABLES.values()
        if table.name != "gaps"  # a reader's own
    }
    assert documented == real
    words = dict(_rows("docs/tables.md", "| column |"))
    for table in TABLES.values():
        for column in table.columns:
            said = words.get(f"`{table.name}.{column.name}`", words.get(f"`{column.name}`", ""))
            assert all(re.search(rf"\b{word}\b", said) for word in column.words), (table.name, column.name)


@pytest.mark.parametrize("page", NAMES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXT[page]):
        path, _, anchor = target.partition("#")
        found = (ROOT / page).parent / path if path else ROOT / page
        assert found.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {head.lower().replace(" ", "-") for head in heads}, target


def test_changelog_has_this_version() -> None:
    assert f"\n## {__version__}\n" in TEXT["CHANGELOG.md"]
    assert f"image: boardtrace:{__version__}\n" in COMPOSE.read_text(encoding="utf-8")


def test_compose_file_is_valid() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_needs_a_password_and_stays_on_this_host() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{BOARDTRACE_PASSWORD(.{2})", text)) == {":?"}
    ports = re.findall(r"^ +- (\S+:\d+)(?: #.*)?$", text, re.MULTILINE)
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_one_neo4j_everywhere() -> None:
    from boardtrace.engine_jars import VERSION  # noqa: PLC0415  tells what it compares

    said = set(re.findall(r"neo4j:(\d[\w.]*)-community", COMPOSE.read_text(encoding="utf-8")))
    said |= set(
        re.findall(r"neo4j:(\d[\w.]*)-community", (ROOT / "tests/conftest.py").read_text(encoding="utf-8"))
    )
    assert said == {VERSION}


def _tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("not a checkout")
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    # Written apart, so that this file is not found.
    hosts = ("pypi" + r"\.org", "files.python" + "hosted", "repo1?" + r"\.maven", "registry" + r"\.npmjs")
    paths = ("/wor" + r"k/", "/roo" + r"t\b", "/hom" + r"e/(?!boardtrace\b)\w", r"\bC:\\Use" + r"rs\\")
    forbidden = re.compile("|".join((*hosts, *paths)).encode())
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in _tracked()
        if (match := forbidden.search(path.read_bytes()))
    ]
    assert not found


# The code ------------------------------------------------------------------------------------------

_EACH_FIRST = """
import importlib, pkgutil, sys, boardtrace
names = [one.name for one in pkgutil.walk_packages(boardtrace.__path__, "boardtrace.")]
for name in names:
    # sources is the package that imports its own: there a circle can be
    for loaded in [name, *(other for other in sys.modules if other.startswith("boardtrace.sources"))]:
        sys.modules.pop(loaded, None)
    if not name.endswith("__main__"):
        importlib.import_module(name)
"""


def test_every_module_can_be_the_first_to_be_imported() -> None:
    # a command imports what it needs when it runs: a circle may show in one of them alone
    done = subprocess.run([sys.executable, "-c", _EACH_FIRST], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
