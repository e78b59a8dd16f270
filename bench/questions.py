"""The questions of the comparison, for a plant of any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.truth import Asked

if TYPE_CHECKING:
    from bench.truth import Truth

__all__ = ["FEW", "GROWTH", "LINEAR", "MANY", "instances"]

MANY = {"provenance", "why", "history", "machine window", "lot, one reel"}
"""Small answers: asked more often, for a 99th percentile that is one."""
FEW = {"lot, hot"}
"""Answers of up to 200,000 rows: asked less often."""
GROWTH = "lot, steady"
"""The same answer in a plant of any size."""
LINEAR = ("lot, one reel", "lot, steady", "lot by unit", "lot, hot")
"""The same question with answers of different sizes."""

_SUSPECT = {"supplier": "MURATA", "lot": "SUSPECT"}


def instances(truth: Truth, each: int) -> dict[str, list[Asked]]:
    """Return for each question what is asked in turn; of a single unit, of ``each`` different ones."""
    shape = truth.shape
    boards = [k * shape.boards // each for k in range(each)]
    repaired = truth.reworked(max(each // 10, 2))
    spread = boards[: max(each - len(repaired), 1)] + repaired
    last = (shape.lots - 1) % 5
    hot = {"supplier": ["MURATA", "YAGEO", "KEMET", "VISHAY", "TDK"][last], "lot": "HOT"}
    began = shape.panels // 3 * 57
    window = {"machine": "SMT-2", "since": truth.instant(began), "until": truth.instant(began + 14_400)}
    codes = {"part": "PN-001", "date_code_from": "2545", "date_code_to": "2546"}
    return {
        "provenance": [Asked("provenance", {"unit": f"P{i:07}"}) for i in spread],
        "lot by unit": [Asked("recall lot", _SUSPECT, "unit")],
        "lot by shipment": [Asked("recall lot", _SUSPECT, "shipment")],
        "lot by customer": [Asked("recall lot", _SUSPECT, "customer")],
        "lot, one reel": [Asked("recall lot", {"supplier": "", "lot": truth.reel()}, "unit")],
        "lot, steady": [Asked("recall lot", {"supplier": "YAGEO", "lot": "STEADY"}, "unit")],
        "lot, hot": [Asked("recall lot", hot, "unit")],
        "component by date code": [Asked("recall component", codes, "unit")],
        "machine window": [Asked("recall machine", window, "unit")],
        "why": [Asked("why", {"unit": f"P{i:07}", **_SUSPECT}) for i in truth.suspects(each)],
        "history": [Asked("history", {"unit": f"B{i:07}"}) for i in spread],
    }
