"""What a batch can have changed where EPCIS events or Catena-X twins are known: the same as everything."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import cfx_noise
import told_noise
from boardtrace.ingest import ingest
from boardtrace.verify import verify
from epcis_events import DEVICE, LOT, SSCC, aggregated, made, shipped, unit
from epcis_events import event as happened
from semantics import wipe
from taking import compared, derive_parts, watched, write_batch
from test_catenax import child, thing, twin
from test_traps import tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boardtrace.graph import Graph

Batch = dict[str, list[Any]]
OTHER = "urn:epc:class:lgtin:4023333.000001.B"
_SOME = {"childQuantityList": [{"epcClass": LOT, "quantity": 1}]}


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    derive_parts(monkeypatch)


def told(*events: Any, **given: list[str]) -> Batch:
    """Make a batch of events, and of tables with their columns and rows."""
    return {**tables(given), "events": list(events)}


def twins(*entries: Any, **given: list[str]) -> Batch:
    return {**tables(given), "twins": list(entries)}


def turned(lot: str, into: str, hour: int = 9, **more: Any) -> dict[str, Any]:
    lots = [{"epcClass": lot, "quantity": 2}]
    said = happened(type="TransformationEvent", inputQuantityList=lots, outputEPCList=[into], **more)
    del said["action"]
    return said | {"eventTime": f"2026-01-05T{hour:02}:00:00Z"}


def wrong(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"errorDeclaration": {"declarationTime": "2026-01-09T08:00:00Z"}}


def on(day: int, said: dict[str, Any]) -> dict[str, Any]:
    return said | {"eventTime": f"2026-01-{day:02}T09:00:00Z"}


def papers(number: int, customer: str, *things: str) -> dict[str, Any]:
    to = [{"type": "owning_party", "destination": f"urn:epc:id:pgln:4099999.{customer}"}]
    named = [{"type": "desadv", "bizTransaction": f"urn:epc:id:gdti:4012345.00001.{number}"}]
    return on(8, shipped(*things, destinationList=to, bizTransactionList=named))


# The batches, and how many beyond the first are derived whole, since something is known no longer.
_TRAPS: dict[str, tuple[list[Batch], int]] = {
    "events of some goods, rows of others": (
        [
            told(made(unit(1), unit(2)), aggregated("ADD", SSCC, unit(1), unit(2), day=6)),
            told(tests=["unit at kind result", f"{unit(1)} 10:00 ICT pass"]),
            told(on(7, shipped(SSCC))),
            told(service=["unit at kind", f"{unit(2)} 11:00 scrap"]),
        ],
        0,
    ),
    "the first event": (
        [
            tables(
                {"tests": ["unit at kind result"] + [f"{unit(number)} 10:00 ICT pass" for number in (1, 2)]}
            ),
            told(made(unit(1))),
            told(made(unit(2))),
        ],
        1,
    ),
    "a packing that is declared wrong": (
        [
            told(made(unit(1), unit(2)), aggregated("ADD", SSCC, unit(1), day=6), on(7, shipped(SSCC))),
            told(wrong(aggregated("ADD", SSCC, unit(1), day=6))),
        ],
        0,
    ),
    "what was only in an event that is declared wrong": (
        [
            told(turned(LOT, unit(1)), turned(OTHER, unit(2)), turned(OTHER, unit(3))),
            told(wrong(turned(OTHER, unit(2)))),
            told(wrong(turned(LOT, unit(1)))),
        ],
        1,
    ),
    "a lot that was made by an event that is declared wrong": (
        [
            told(turned(OTHER, unit(1)), made(quantityList=_SOME["childQuantityList"])),
            told(wrong(made(quantityList=_SOME["childQuantityList"]))),
        ],
        1,
    ),
    "a lot that a table still tells of": (
        [
            told(turned(LOT, unit(1)), turned(OTHER, unit(2)), lots=["supplier lot", f"4023333 {LOT}"]),
            told(wrong(turned(LOT, unit(1)))),
        ],
        0,
    ),
    "one paper for the goods of two customers": (
        [
            told(papers(1, "00001", unit(1)), papers(2, "00001", unit(3)), made(unit(4))),
            told(papers(1, "00002", unit(2))),
            told(papers(2, "00001", unit(4))),
        ],
        1,
    ),
    "a link whose company prefix becomes known": (
        [
            told(made("https://id.gs1.org/01/04012345123456/21/7"), aggregated("ADD", SSCC, DEVICE, day=6)),
            told(made(unit(8))),
        ],
        0,
    ),
    "a lot of which more is told": (
        [
            told(turned(LOT, unit(1)), turned(LOT, unit(2), 10)),
            told(on(4, made(quantityList=[{"epcClass": LOT, "quantity": 1}]))),
            told(on(3, happened(bizStep="receiving", quantityList=[{"epcClass": LOT, "quantity": 1}]))),
        ],
        0,
    ),
    "out of what it was not in, and it was": (
        [
            told(made(unit(1), unit(2)), aggregated("DELETE", SSCC, unit(1), day=9, **_SOME)),
            told(aggregated("ADD", SSCC, unit(1), day=6)),
            told(aggregated("ADD", SSCC, day=5, **_SOME)),
            told(aggregated("DELETE", SSCC, unit(2), day=9)),
            told(
                happened(eventID="urn:x:1", epcList=[unit(1)]),
                happened(eventID="urn:x:1", epcList=[unit(2)]),
            ),
        ],
        0,
    ),
    "how much went into each": (
        [
            twins(
                *(twin(name, serial=thing("P")) for name in ("U", "V")),
                twin("L", batch=thing("B")),
                twin("U", bom=[child("L")]),
            ),
            twins(twin("V", bom=[child("L", quantity={"value": 2, "unit": "unit:piece"})])),
            twins(tests=["unit at kind result", "V 09:00 ICT pass"]),
            twins(twin("W", serial=thing("P"), bom=[child("L")])),
        ],
        0,
    ),
    "how much went into one of two, after all": (
        [
            twins(
                *(twin(name, serial=thing("P")) for name in ("U", "V")),
                twin("L", batch=thing("B")),
                *(twin(name, bom=[child("L")]) for name in ("U", "V")),
            ),
            twins(twin("U", bom=[child("L", quantity={"value": 1, "unit": "unit:kilogram"})])),
        ],
        0,
    ),
    "what a twin is turns out later": (
        [
            twins(twin("U", serial=thing("P"), bom=[child("L"), child("M")]), twin("M", serial=thing("Q"))),
            twins(twin("L", batch=thing("B"))),
            twins(twin("M", batch=thing("B"))),
        ],
        0,
    ),
}


@pytest.mark.parametrize("what", _TRAPS)
def test_what_is_told_changes_of_others(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given_out, whole = _TRAPS[what]
    assert compared(given_out, monkeypatch) == len(given_out) - 1 - whole


def test_the_graph_gets_it(blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wipe(blank_graph)
    parts = watched(monkeypatch)
    seeded = random.Random(3)  # noqa: S311  no secret
    plants = [make(seeded) for make in (cfx_noise.noise, told_noise.events, told_noise.twins)]
    for number, batches in enumerate(itertools.zip_longest(*plants, fillvalue=Batch())):
        for place, batch in enumerate(batches):
            write_batch(batch, tmp_path / str(number) / str(place))
        if any(batches):
            ingest(blank_graph, [tmp_path / str(number)])
    assert True in parts
    assert verify(blank_graph, lambda *_: None)[1] == []


@pytest.mark.parametrize("noise", [told_noise.events, told_noise.twins])
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(by=st.randoms(use_true_random=True))
def test_noise(
    noise: Callable[[random.Random], list[Batch]], by: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    event(f"{compared(noise(by), monkeypatch)} parts")
