"""Break each question on purpose and see whether an answer changes: ``python tests/mutate.py``.

One graph holds some random plants, the cases and one plant of traps of their own; what is asked of it is
what the tests ask. A mutant of a .cypher file that changes no answer is printed: either it means the
same, or no test would notice. Compared is with the unbroken product, which the tests hold to the oracle.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, seed, settings

import boardtrace.answer
import boardtrace.questions
import boardtrace.recall
from boardtrace import engine, statement
from boardtrace.errors import BoardtraceError
from boardtrace.graph import Graph
from boardtrace.schema import migrate
from boardtrace.settings import Settings
from oracle import Oracle, Tables
from plants import INSTANTS, plants, renamed
from semantics import fill, suspects

if TYPE_CHECKING:
    from collections.abc import Iterator

Asked = tuple[str, dict[str, Any]]

SWAPS = [
    *((" < ", " <= "), (" <= ", " < "), (" >= ", " > "), (" > ", " >= "), (" <> ", " = ")),
    *((" AND ", " OR "), (" OR ", " AND "), ("NOT ", ""), ("DISTINCT ", "")),
    *((" IS NULL", " IS NOT NULL"), (" IS NOT NULL", " IS NULL"), ("true", "false"), ("false", "true")),
    *(
        ("max(", "min("),
        ("min(", "max("),
        ("any(", "all("),
        ("all(", "any("),
        ("*0..", "*1.."),
        ("*1..", "*1..1"),
    ),
    *(
        ("= 'sale'", "<> 'sale'"),
        ("current: true", "current: false"),
        ("UNION ALL", "UNION"),
        (" DESC", ""),
    ),
]
FOLDERS = ("suspects", "exposure", "views", "gaps", "questions")


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """Yield (what was done, text) for each place where something can be broken."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("//"):
            continue
        found = [(m.start(), old, new) for old, new in SWAPS for m in re.finditer(re.escape(old), line)]
        for at, old, new in found:
            yield (
                f"{number}: {old!r} -> {new!r}",
                _with(lines, number, line[:at] + new + line[at + len(old) :]),
            )
        filtered = re.match(r"(.*?)\bWHERE [^{}|]+$", line)
        follows = lines[number].lstrip().startswith(("AND", "OR")) if number < len(lines) else False
        if filtered and not follows and line.count("(") == line.count(")"):
            yield f"{number}: dropped {line.strip()!r}", _with(lines, number, filtered[1])


def _with(lines: list[str], number: int, line: str) -> str:
    return "\n".join([*lines[: number - 1], line, *lines[number:]])


def corpus(count: int, start: int) -> list[Tables]:
    """Draw so many plants, and add the cases; each under names of its own."""
    drawn: list[Tables] = [
        json.loads(p.read_text()) for p in sorted(Path(__file__).parent.glob("cases/*.json"))
    ]

    cases = len(drawn)

    @seed(start)
    @settings(
        max_examples=3 * count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(plants())
    def each(tables: Tables) -> None:
        if sum(map(len, tables.values())) > 25:
            drawn.append(tables)

    each()
    return [renamed(tables, f"{number}:") for number, tables in enumerate(drawn[: cases + count])]


def questions(tables: Tables) -> Iterator[Asked]:
    """What is asked of a plant."""
    oracle = Oracle(tables)
    for number, (suspect, asked) in enumerate(suspects(oracle)):
        for view in ("unit", ("shipment", "customer", "lot", "gap")[number % 4]):
            yield f"recall {suspect}", {**asked, "by": view, "state": (None, None, "shipped")[number % 3]}
        exposed = [row.unit for row in oracle.exposed(suspect, **asked) if row.kind != "lot"]
        other = {"suspect" if name == "unit" else name: value for name, value in asked.items()}
        for unit in exposed[number % 3 :: 3]:
            yield f"why {suspect}", {**other, "unit": unit}
    for unit in oracle.known_units:
        for question in ("provenance unit", "contents unit", "history"):
            yield question, {"unit": unit}
        yield "find", {"id": unit}
    for name in oracle.known_containers:
        yield "provenance container", {"container": name}
        yield "contents container", {"container": name}
    for name in oracle.known_shipments:
        yield "provenance shipment", {"shipment": name}
        yield "contents shipment", {"shipment": name}
    for supplier, lot in oracle.known_lots:
        yield "lineage", {"supplier": supplier, "lot": lot}


def answer(graph: Graph, asked: Asked) -> Any:
    name, parameters = asked
    try:
        found = boardtrace.answer.ask(graph, boardtrace.questions.QUESTIONS[name], parameters)
    except Exception as error:  # noqa: BLE001  whatever a broken question leads to is another answer
        return repr(error)
    return found.rows, {key: value for key, value in found.meta.items() if key != "question"}


def concerns(file: str, asked: Asked) -> bool:
    """Say whether an answer may depend on a file."""
    folder, _, name = file.partition("/")
    question, parameters = asked
    if folder == "questions" and name not in {"find", "numbered", "batch"}:
        return question.replace(" ", "_") == name or (name == "why" and question.startswith("why"))
    if folder == "suspects":
        return question.split()[-1] == name
    if folder == "views":
        return parameters.get("by") == name or (name == "summary" and parameters.get("by") == "gap")
    if file == "gaps/recall":
        return question.startswith("recall")
    return True


def _unnoticed(graph: Graph, mine: list[tuple[Asked, Any]]) -> bool:
    """Say whether all is answered as it was; the question that is not comes first from now on."""
    for place, (one, was) in enumerate(mine):
        if answer(graph, one) != was:
            mine.insert(0, mine.pop(place))
            return False
    return True


def read_again(folder: Path) -> None:
    statement.CYPHER = folder
    statement.load.cache_clear()
    for module in (boardtrace.questions, boardtrace.recall, boardtrace.answer):
        importlib.reload(module)


def main() -> None:
    """Break everything, one place at a time."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--plants", type=int, default=20)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("files", nargs="*", help="such as exposure/units; default: all")
    chosen = parser.parse_args()
    whole = statement.CYPHER
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as copy:
        name = f"embedded:{home}"
        with Graph(engine.connect(name, Settings()), 60) as graph:
            migrate(graph)
            drawn = corpus(chosen.plants, chosen.seed)
            together: Tables = {}
            for one in drawn:
                for table, rows in one.items():
                    together.setdefault(table, []).extend(rows)
            fill(graph, together)
            asks: list[Asked] = [one for tables in drawn for one in questions(tables)]
            window = {"since": INSTANTS[2], "until": INSTANTS[5]}
            machine, reason = {"machine": "1:M1"}, {"reason": "nothing was loaded at this feeder"}
            asks += [("gaps", given) for given in ({}, machine, reason, window, {**window, **machine})]
            asks.append(("findings", {}))
            known = [answer(graph, one) for one in asks]
            print(f"{len(asks)} questions to {len(drawn)} plants", flush=True)
            killed = lived = 0
            for path in sorted(p for folder in FOLDERS for p in (whole / folder).glob("*.cypher")):
                file = path.relative_to(whole).with_suffix("").as_posix()
                if chosen.files and file not in chosen.files:
                    continue
                mine = [(one, was) for one, was in zip(asks, known, strict=True) if concerns(file, one)]
                for what, text in mutants(path.read_text()):
                    shutil.rmtree(copy)
                    shutil.copytree(whole, copy)
                    (Path(copy) / f"{file}.cypher").write_text(text)
                    try:
                        read_again(Path(copy))
                        same = _unnoticed(graph, mine)
                    except BoardtraceError:
                        same = False  # it does not even load
                    killed, lived = killed + (not same), lived + same
                    if same:
                        print(f"LIVES {file}:{what}", flush=True)
                print(f"{file}: {killed} killed, {lived} live so far", flush=True)
            read_again(whole)
        engine.stop(name, Settings())


if __name__ == "__main__":
    main()
