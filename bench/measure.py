"""Measure: every system, the same questions, in turns."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bench.plant import Shape, build
from bench.questions import FEW, MANY, instances
from bench.relations import derive
from bench.systems.base import Plant
from bench.truth import Truth
from bench.worker import Failed, Worker

if TYPE_CHECKING:
    from pathlib import Path

    from bench.truth import Asked

__all__ = ["Effort", "measure"]


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    repetitions: int = 30
    many: int = 4
    """Times that a question with a small answer is asked in each repetition."""
    few: int = 6
    """Repetitions after which a question with a very large answer is asked once."""
    warm: int = 10
    """Times that each question is asked before the clock counts; one with a very large answer once."""
    cold: int = 3
    """Restarts after which the first answers are timed."""


@dataclass
class _Series:
    """What is known of one question asked in one way of one system."""

    wrong: str = ""
    reason: str = ""
    warm: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)

    @property
    def timed(self) -> bool:
        return not self.wrong and not self.reason


def measure(shape: Shape, names: list[str], effort: Effort, work: Path) -> dict[str, Any]:
    """Make a plant in ``work``, load every system with it, check and time all answers.

    Returns what the report is made of: plain values. A system that cannot be started is
    left out and says why; a wrong answer is told and not timed.
    """
    began = time.perf_counter()
    rows = build(work / "tables", shape)
    _say(f"plant of {shape.boards:,} boards: {rows:,} rows in {time.perf_counter() - began:.0f} s")
    counted: dict[str, int] = {}
    began = time.perf_counter()
    if {*names} != {"boardtrace"}:  # which reads the tables as they are
        counted = derive(work / "tables", work / "relations.duckdb")
        _say(f"relational tables derived in {time.perf_counter() - began:.0f} s")
    seconds = time.perf_counter() - began
    plant = Plant(work / "tables", work / "relations.duckdb", shape.boards, rows, seconds)
    truth = Truth(shape, work / "truth")
    asks = instances(truth, max(effort.repetitions * effort.many // 2, 4))
    found: dict[str, Any] = {
        "shape": asdict(shape),
        "rows": rows,
        "tables": counted,
        "derived": seconds,
        "systems": {},
    }
    workers: list[Worker] = []
    try:
        for name in names:
            workers += _started(name, plant, work, found["systems"])
        series = {(w, way, q): _Series() for w in workers for way in w.ways for q in asks}
        found["answers"] = _check(truth, asks, series)
        _warm(asks, series, effort)
        _time(asks, series, effort)
        for worker in workers:
            found["systems"][worker.title]["memory"] = worker.memory()
        _cold(workers, asks, series, effort)
    finally:
        truth.close()
        for worker in workers:
            worker.close()
    found["series"] = [
        {"system": worker.title, "way": way, "question": question, **asdict(one)}
        for (worker, way, question), one in series.items()
    ]
    return found


_Series_ = dict[tuple[Worker, str, str], _Series]


def _started(name: str, plant: Plant, work: Path, known: dict[str, Any]) -> list[Worker]:
    worker = None
    try:
        worker = Worker(name, work / name)
        loaded, about = worker.load(plant)
    except Failed as error:
        known[worker.title if worker else name] = {"left_out": str(error)}
        _say(f"{name} is left out: {error}")
        if worker:
            worker.close()
        return []
    known[worker.title] = {"about": about, "seconds": loaded.seconds, "bytes": loaded.bytes}
    _say(f"{worker.title} loaded in {loaded.seconds:.0f} s")
    return [worker]


def _check(truth: Truth, asks: dict[str, list[Asked]], series: _Series_) -> dict[str, int]:
    """Compare every answer with the truth; return the rows of each question's."""
    sizes: dict[str, int] = {}
    for question, all_asked in asks.items():
        for asked in all_asked:
            right = truth.answer(asked)
            sizes[question] = max(sizes.get(question, 0), len(right))
            for (worker, way, what), one in series.items():
                if what == question and one.timed:
                    try:
                        one.wrong = worker.check(way, asked, right)
                    except Failed as error:
                        one.reason = str(error)
                    if one.wrong:
                        _say(f"WRONG: {worker.title}, {way}: {asked.key}: {one.wrong}")
        _say(f"{question}: {sizes[question]:,} rows, checked")
    return sizes


def _warm(asks: dict[str, list[Asked]], series: _Series_, effort: Effort) -> None:
    for (worker, way, question), one in series.items():
        for turn in range(1 if question in FEW else effort.warm):
            if one.timed:
                _timed(worker, way, asks[question][turn % len(asks[question])], one)
    _say("warm")


def _timed(worker: Worker, way: str, asked: Asked, one: _Series) -> list[float]:
    """Return the seconds of one answer in a list, or none and the reason in the series."""
    try:
        return [worker.ask(way, asked)]
    except Failed as error:
        one.reason = str(error)
        return []


def _time(asks: dict[str, list[Asked]], series: _Series_, effort: Effort) -> None:
    """Ask in turns; each round begins with another system."""
    turns = list(series.items())
    began = time.perf_counter()
    for turn in range(effort.repetitions):
        for question, all_asked in asks.items():
            if question in FEW and turn % effort.few:
                continue
            mine = [entry for entry in turns if entry[0][2] == question]
            shift = turn % len(mine)
            for (worker, way, _), one in mine[shift:] + mine[:shift]:
                for again in range(effort.many if question in MANY else 1):
                    asked = all_asked[(turn * effort.many + again) % len(all_asked)]
                    if one.timed:
                        one.warm += _timed(worker, way, asked, one)
        if turn in {0, effort.repetitions // 2}:
            _say(f"repetition {turn + 1} of {effort.repetitions} after {time.perf_counter() - began:.0f} s")
    _say(f"{effort.repetitions} repetitions in {time.perf_counter() - began:.0f} s")


def _cold(workers: list[Worker], asks: dict[str, list[Asked]], series: _Series_, effort: Effort) -> None:
    """Time the first answer to each question after a restart, of each way that has a cold start."""
    for turn in range(effort.cold):
        for worker, way in ((one, way) for one in workers for way in one.colds):
            try:
                worker.restart()
            except Failed as error:
                _say(f"{worker.title} does not start again: {error}")
                continue
            for question, all_asked in asks.items():
                one = series[worker, way, question]
                if one.timed:
                    one.cold += _timed(worker, way, all_asked[turn % len(all_asked)], one)
    _say("cold")


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
