"""What boardtrace must show, as ratios of figures of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.questions import GROWTH

if TYPE_CHECKING:
    from bench.report import Figures

__all__ = ["Target", "targets"]

_OURS = ("boardtrace", "HTTP")
_RECURSIVE = ("PostgreSQL", "recursive")
_TWO = ("PostgreSQL", "two")


@dataclass(frozen=True)
class Target:
    """One ratio; ``figure`` is None if what it needs was not measured or was wrong."""

    name: str
    least: float | None
    most: float | None
    figure: float | None

    @property
    def aim(self) -> str:
        """Say what is wanted."""
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"

    @property
    def verdict(self) -> str:
        """Say whether it is reached."""
        if self.figure is None:
            return "not measured"
        reached = self.figure >= self.least if self.least is not None else self.figure <= (self.most or 0)
        return "reached" if reached else "**missed**"


def targets(plants: list[Figures]) -> list[Target]:
    """Return every target with its figure on the largest plant."""
    from bench.report import exponent  # noqa: PLC0415  each needs the other

    large, small = plants[-1], plants[0]

    def ratio(
        question: str, above: tuple[str, str], below: tuple[str, str], share: float = 0.5
    ) -> float | None:
        one, other = large.at(*above, question, share), large.at(*below, question, share)
        return one / other if one and other else None

    slower = "lot by unit: PostgreSQL's recursive statement takes so many times as long"
    found = [
        Target(slower, 2, None, ratio("lot by unit", _RECURSIVE, _OURS)),
        Target(
            "lot by unit: times the expert's two statements", None, 2.5, ratio("lot by unit", _OURS, _TWO)
        ),
        Target("lot by shipment: times the expert's two", None, 1, ratio("lot by shipment", _OURS, _TWO)),
        Target("lot by customer: times the expert's two", None, 1, ratio("lot by customer", _OURS, _TWO)),
        Target(
            "provenance, p99: times PostgreSQL's", None, 8, ratio("provenance", _OURS, _RECURSIVE, 0.99)
        ),
    ]
    for question in ("provenance", "lot by unit", "lot by shipment", "lot by customer"):
        over = ratio(question, _OURS, ("boardtrace", "driver"))
        found.append(Target(f"{question}: HTTP times the driver's own time", None, 1.15, over))
    for way in ("again", "ETag"):
        again = ratio("lot by unit", ("boardtrace", way), _OURS)
        found.append(Target(f"lot by unit: {way}, times the first answer", None, 0.02, again))
    if large.boards > small.boards:
        one, other = large.at(*_OURS, GROWTH), small.at(*_OURS, GROWTH)
        times = large.boards / small.boards
        grown = one / other if one and other else None
        name = f"the same answer in a plant {times:.3g} times as large: times as long"
        found.append(Target(name, None, 1.3, grown))
    found.append(Target("exponent of time over the size of the answer", None, 1.1, exponent(large, _OURS)))
    return found
