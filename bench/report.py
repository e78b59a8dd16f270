"""Figures to a page of Markdown and a chart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.questions import FEW, GROWTH, LINEAR, MANY
from bench.targets import targets

__all__ = ["Figures", "exponent", "page", "write"]

QUESTIONS = {
    "provenance": "every lot in a product, a different one each time",
    "lot by unit": "recall of `MURATA/SUSPECT`, on an eighth of the boards: every exposed unit",
    "lot by shipment": "the same, counted by shipment",
    "lot by customer": "the same, counted by customer",
    "lot, one reel": "recall of one of its five reels, by unit",
    "lot, steady": "recall by unit of a lot on the same 1,000 boards whatever the size of the plant",
    "lot, hot": "recall by unit of a lot on every board, up to 100,000",
    "component by date code": "recall by unit of a part with a date code in a range",
    "machine window": "recall by unit of four hours at a machine",
    "why": "the links from the lot to a product, a different one each time",
    "history": "the life of a board, a different one each time",
}
_CHART = (
    ("boardtrace", "HTTP"), ("PostgreSQL", "recursive"), ("PostgreSQL", "two"), ("PostgreSQL", "plain"),
    ("SQLite", "recursive"), ("DuckDB", "recursive"), ("NumPy", "in memory"),
)  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """The figures of one plant."""

    plant: dict[str, Any]

    @property
    def boards(self) -> int:
        """Return the size of the plant."""
        return int(self.plant["shape"]["boards"])

    def ways(self) -> list[tuple[str, str]]:
        """Return every (system, way)."""
        return list(dict.fromkeys((one["system"], one["way"]) for one in self.plant["series"]))

    def series(self, system: str, way: str, question: str) -> dict[str, Any]:
        """Return what is known of a question; empty if it was not asked."""
        wanted = {"system": system, "way": way, "question": question}
        return next((one for one in self.plant["series"] if wanted.items() <= one.items()), {})

    def at(
        self, system: str, way: str, question: str, share: float = 0.5, kind: str = "warm"
    ) -> float | None:
        """Return a percentile in milliseconds, None without an answer that is right."""
        one = self.series(system, way, question)
        if not one or one["wrong"] or one["reason"] or not one[kind]:
            return None
        return percentile(one[kind], share) * 1000


def percentile(values: list[float], share: float) -> float:
    """Return the value below which so much lies, by the nearest rank."""
    return sorted(values)[max(math.ceil(len(values) * share) - 1, 0)]


def write(found: dict[str, Any], folder: Path) -> None:
    """Write benchmark.md and benchmark.svg into a folder."""
    _chart(Figures(found["plants"][-1]), folder / "benchmark.svg")
    (folder / "benchmark.md").write_text(page(found), encoding="utf-8")


def page(found: dict[str, Any]) -> str:
    """Return the report, of what `measure` found for each plant and how it was asked to."""
    plants = [Figures(plant) for plant in found["plants"]]
    lines = [
        "<!-- Made by `make bench`; do not edit. -->",
        "# Benchmark",
        "",
        "boardtrace over HTTP to the last byte, against what people would use instead, on the same made",
        "plants. Times are in milliseconds. Every answer was compared with the truth before it was timed.",
        "",
        "![Median times of the largest plant](benchmark.svg)",
        "",
        *_busy(found["machine"]),
        *_against(plants),
        *(line for plant in plants for line in _plant(plant)),
        *_growth(plants),
        *_how(found, plants),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _busy(machine: dict[str, str]) -> list[str]:
    """Warn where other work had more than half of the processors."""
    load, cores = float(machine["load"].split()[0]), int(machine["cores"])
    if load <= cores / 2:
        return []
    said = f"load {load:g} on {cores} cores, of the minute before"
    return [f"**When it began, other work was on the machine** ({said}).", ""]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        "|" + "---|" * len(head),
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _against(plants: list[Figures]) -> list[str]:
    rows = [
        [one.name, one.aim, "-" if one.figure is None else f"{one.figure:.2f}", one.verdict]
        for one in targets(plants)
    ]
    title = f"## Against the targets, {plants[-1].boards:,} boards"
    return [
        title,
        "",
        "Ratios of figures of this one run.",
        "",
        *_table(["what", "wanted", "is", ""], rows),
    ]


def _plant(plant: Figures) -> list[str]:
    lines = [f"## {plant.boards:,} boards", "", _described(plant.plant), ""]
    lines += ["### Loading, size, memory", "", *_loading(plant)]
    lines += ["### Median, warm", ""]
    ways = plant.ways()
    head = ["question", "rows", *(_named(way) for way in ways)]
    sizes = plant.plant["answers"]
    rows = [[q, f"{sizes[q]:,}", *(_cell(plant, way, q) for way in ways)] for q in sizes]
    lines += _table(head, rows)
    for question, size in sizes.items():
        lines += [
            f"### {question}",
            "",
            f"{QUESTIONS[question][0].upper()}{QUESTIONS[question][1:]}: {size:,} rows.",
            "",
        ]
        rows = []
        for system, way in ways:
            one = plant.series(system, way, question)
            if one["wrong"] or one["reason"]:
                rows.append([_named((system, way)), _fault(one), "", "", "", "", ""])
                continue
            p50 = plant.at(system, way, question)
            rows.append([
                _named((system, way)), "yes", _ms(p50), _ms(plant.at(system, way, question, 0.99)),
                _ms(plant.at(system, way, question, 0.5, "cold")),
                _ms(plant.at(system, way, question, 1, "cold")),
                "" if not p50 else f"{size / p50 * 1000:,.0f}",
            ])  # fmt: skip
        lines += _table(
            ["system, way", "right", "warm p50", "warm p99", "cold p50", "cold worst", "rows/s"], rows
        )
    return lines


def _described(plant: dict[str, Any]) -> str:
    shape = plant["shape"]
    said = [
        f"{plant['rows']:,} rows of input tables: {shape['lots']} lots a board",
        f"reels of {shape['life']:,} boards",
        f"panels of {shape['panel']}",
        f"{shape['levels']} levels of assembly",
        f"{shape['rework']:.1%} of the boards reworked",
        f"{shape['grey']:.1%} made during a splice; the suspect lot on {shape['exposed']:,} boards",
        f"seed {shape['seed']}.",
    ]
    return ", ".join(said)


def _loading(plant: Figures) -> list[str]:
    rows = []
    for system, known in plant.plant["systems"].items():
        if "left_out" in known:
            rows.append([system, f"left out: {known['left_out']}", "", "", "", ""])
            continue
        kept = ", ".join(f"{what} {size / plant.boards:,.0f}" for what, size in known["bytes"].items())
        rate = plant.plant["rows"] / known["seconds"]
        memory = known.get("memory", 0) / 2**20
        loaded, version = f"{known['seconds']:.1f} s", known["about"]["version"]
        rows.append([system, version, loaded, f"{rate:,.0f}", kept, f"{memory:,.0f} MB"])
    note = (
        "boardtrace takes the input tables and keeps ledger and archive beside its graph. The others take "
        f"tables that DuckDB derived from them in {plant.plant['derived']:.1f} s, which is in their time."
    )
    table = _table(["system", "version", "loaded in", "rows of input/s", "bytes a board", "memory"], rows)
    return [*table, note, ""]


def _named(way: tuple[str, str]) -> str:
    return ", ".join(way)


def _cell(plant: Figures, way: tuple[str, str], question: str) -> str:
    one = plant.series(*way, question)
    return "**wrong**" if one["wrong"] else _ms(plant.at(*way, question))


def _fault(one: dict[str, Any]) -> str:
    return f"**wrong**: {one['wrong']}" if one["wrong"] else f"- ({one['reason']})"


def _ms(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"  # noqa: PLR2004


def _growth(plants: list[Figures]) -> list[str]:
    large = plants[-1]
    rows = []
    for way in large.ways():
        slope = exponent(large, way)
        cells = ["" if slope is None else f"{slope:.2f}"]
        if len(plants) > 1:
            times = [plant.at(*way, GROWTH) for plant in plants]
            cells.append(" / ".join(_ms(one) for one in times))
            small, big = times[0], times[-1]
            more = math.log(large.boards / plants[0].boards)
            cells.append(f"{math.log(big / small) / more:.2f}" if small and big else "")
        rows.append([_named(way), *cells])
    sizes = " and ".join(f"{plant.boards:,}" for plant in plants)
    head = ["system, way", "exponent by size of answer"]
    head += [f"steady answer at {sizes} boards, ms", "exponent by size of plant"] if len(plants) > 1 else []
    note = (
        f"By the size of the answer: the slope of log time over log rows for {'; '.join(LINEAR)} on the "
        "largest plant; 1 is linear, less is a fixed cost beside it. By the size of the plant: the same "
        "for one answer."
    )
    return ["## Growth", "", note, "", *_table(head, rows)]


def exponent(plant: Figures, way: tuple[str, str]) -> float | None:
    """Return the slope of log time over log rows, None with less than three points."""
    points = [
        (math.log(plant.plant["answers"][q]), math.log(time))
        for q in LINEAR
        if (time := plant.at(*way, q)) is not None
    ]
    if len(points) < 3:  # noqa: PLR2004  a line goes through any two
        return None
    x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return float(sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points))


def _how(found: dict[str, Any], plants: list[Figures]) -> list[str]:
    systems = plants[-1].plant["systems"]
    about = {name: known["about"] for name, known in systems.items() if "about" in known}
    text = Path(__file__).with_name("how.md").read_text(encoding="utf-8")
    return text.format(
        **found["machine"],
        **found["effort"],
        many_names="; ".join(sorted(MANY)),
        few_names="; ".join(sorted(FEW)),
        systems="\n".join(
            f"- **{name}** {one['version']}: {one['settings']}." for name, one in about.items()
        ),
    ).splitlines()


def _chart(plant: Figures, path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415  not needed to measure

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    mpl.rcParams["svg.hashsalt"] = "boardtrace"
    questions = list(plant.plant["answers"])
    shown = [way for way in _CHART if any(plant.at(*way, q) for q in questions)]
    figure, axes = plt.subplots(figsize=(11, 5), layout="constrained")
    width = 0.85 / max(len(shown), 1)
    for number, way in enumerate(shown):
        heights = [plant.at(*way, q) or 0 for q in questions]
        axes.bar([at + number * width for at in range(len(questions))], heights, width, label=_named(way))
    axes.set_yscale("log")
    axes.set_ylabel("median, ms (log)")
    axes.set_xticks([at + 0.4 for at in range(len(questions))], questions, rotation=25, ha="right")
    axes.set_title(f"{plant.boards:,} boards, warm")
    axes.legend(ncols=2, fontsize="small")
    axes.grid(axis="y", alpha=0.3)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
