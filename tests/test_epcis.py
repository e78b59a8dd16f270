"""EPCIS: events -> facts, without a graph; what the facts of all files come to is asked of the ledger."""

from __future__ import annotations

import io
import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from boardtrace import derivation
from boardtrace.admit import Options, admit
from boardtrace.digest import summed
from boardtrace.errors import BadInput
from boardtrace.facts import Ledger
from boardtrace.files import collect
from boardtrace.gs1 import BadName, identify, own
from boardtrace.questions import _Finding, _Reason
from boardtrace.sources import READERS, Fact, Reject, Unread, epcis
from epcis_events import (
    AT,
    DEVICE,
    LOT,
    PARTY,
    PLACE,
    SSCC,
    aggregated,
    document,
    event,
    made,
    shipped,
    unit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SAMPLES = Path(__file__).parents[2] / "shared/samples/epcis"
LINK = "https://id.gs1.org/01/04012345123456/21/7"
SAME = "urn:epc:id:sgtin:4012345.012345.7"


def read(*events: Any) -> list[Fact | Reject | Unread]:
    return list(epcis.read(io.BytesIO(json.dumps(document(*events)).encode())))


def rejects(found: list[Fact | Reject | Unread]) -> list[Reject]:
    return [one for one in found if isinstance(one, Reject)]


def counted(found: list[Fact | Reject | Unread]) -> Counter[str]:
    return Counter(one.table if isinstance(one, Fact) else type(one).__name__ for one in found)


@pytest.fixture
def derived(tmp_path: Path) -> Iterator[Callable[..., Ledger]]:
    """Give what makes a ledger of files, each a list of events and a batch of its own."""
    made: list[Ledger] = []

    def derive(*files: list[dict[str, Any]]) -> Ledger:
        ledger = Ledger(tmp_path / f"ledger{len(made)}")
        made.append(ledger)
        for number, events in enumerate(files, 1):
            path = tmp_path / f"{len(made)}-{number}.json"
            path.write_text(json.dumps(document(*events)))
            admit(ledger, number, collect([path], tmp_path), Options(), lambda *_: None)
        derivation.interpret(ledger, derivation.counted(ledger))
        return ledger

    yield derive
    for ledger in made:
        ledger.close()


def says(ledger: Ledger, table: str, columns: str) -> list[tuple[Any, ...]]:
    """List what the events come to in one of the input tables."""
    quoted = ", ".join(
        f'shown_time("{name}")' if name.endswith("at") else f'"{name}"' for name in columns.split()
    )
    return ledger.rows(f"SELECT {quoted} FROM epcis_says_{table} ORDER BY ALL")  # noqa: S608


def findings(ledger: Ledger) -> list[tuple[str, list[str]]]:
    return [(kind, ids) for kind, ids in ledger.rows("SELECT kind, ids FROM said_findings ORDER BY ALL")]


def total(ledger: Ledger) -> int:
    """Add up all that the graph should hold."""
    derivation.derive(ledger)
    return summed(ledger, "want")


# --- identifiers


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:4012345.012345.7", "https://id.gs1.org/01/04012345123456/21/7"),
        ("urn:epc:id:sgtin:4012345.012345.7", "http://shop.example/a/gtin/4012345123456/ser/7?17=270101"),
        ("urn:epc:id:sgtin:4012345.012345.a%2Fb", "https://id.gs1.org/01/04012345123456/10/L/21/a%2fb"),
        ("urn:epc:class:lgtin:0614141.712345.998877", "https://id.gs1.org/01/70614141123451/10/998877"),
        ("urn:epc:idpat:sgtin:4012345.012345.*", "https://id.gs1.org/01/04012345123456"),
        ("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"),
        ("urn:epc:id:sgln:4012345.00005.0", "https://id.example.com/414/4012345000054"),
        ("urn:epc:id:sgln:4012345.00005.12", "https://id.example.com/414/4012345000054/254/12"),
        ("urn:epc:id:pgln:4012345.00005", "https://id.gs1.org/417/4012345000054"),
        ("urn:epc:id:giai:4000001.111", "https://id.gs1.org/8004/4000001111"),
        ("urn:epc:id:grai:4012345.66666.87", "https://id.gs1.org/8003/0401234566666?87"),
        ("urn:epc:id:cpi:4012345.ABC.123", "https://id.gs1.org/8010/4012345ABC/8011/123"),
        ("urn:epc:id:itip:4012345.012345.01.02.999", "https://id.gs1.org/8006/040123451234560102/21/999"),
        ("urn:epc:id:gdti:4012345.55555.98", "https://id.gs1.org/253/401234555555?98"),
        ("urn:epc:id:gsrn:4012345.9876540000", "https://id.gs1.org/8018/40123459876540000?"),
        ("urn:epc:id:upui:4012345.012345.AB12", "https://id.gs1.org/01/04012345123456/235/AB12"),
    ],
)
def test_both_spellings_are_one(urn: str, link: str) -> None:
    if "?" in link and "?17" not in link:  # the check digit is worked out here in another way
        digits = link.rpartition("/")[2].partition("?")[0].lstrip("0")
        total = sum(int(one) * (3 if at % 2 == 0 else 1) for at, one in enumerate(reversed(digits)))
        link = link.replace("?", str(-total % 10))
    name, other = identify(urn), identify(link)
    assert name.same == other.same
    assert name.kind == other.kind
    assert name.text == urn
    assert other.text.startswith("urn:boardtrace:gs1:")
    assert identify(other.text).same == name.same
    found = other.link
    assert found
    prefix = name.prefix
    assert f"{found.start}{prefix}.{found.head}{found.digits[len(prefix) :]}{found.tail}" == urn


@pytest.mark.parametrize(
    ("spelled", "urn"),
    [
        ("urn:epc:tag:sgtin-96:3.4012345.012345.7", SAME),
        ("urn:epc:tag:sscc-96:0.4012345.0000000333", SSCC),
        ("urn:epc:tag:grai-170:0.4012345.66666.87", "urn:epc:id:grai:4012345.66666.87"),
        ("urn:epc:tag:gid-96:4012345.12345.400", "urn:epc:id:gid:4012345.12345.400"),
        ("urn:epc:pat:sgtin-96:3.4012345.012345.*", "urn:epc:idpat:sgtin:4012345.012345.*"),
        ("urn:epc:id:sgtin:4012345.012345.a/b", "urn:epc:id:sgtin:4012345.012345.a%2Fb"),
        ("urn:epc:id:sgtin:4012345.012345.%61%2fb", "urn:epc:id:sgtin:4012345.012345.a%2Fb"),
        ("urn:epc:class:lgtin:4012345.012345.a%c3%a4%7e", "urn:epc:class:lgtin:4012345.012345.a%C3%A4%7E"),
    ],
)
def test_spellings_of_a_urn_are_one(spelled: str, urn: str) -> None:
    assert identify(spelled) == identify(urn)
    assert identify(spelled).text == urn


def test_only_company_prefixes_part_a_link() -> None:
    assert identify("urn:epc:id:gid:40123451.1.1").prefix == ""  # a general manager's number
    assert identify("https://a.example/01/04012345123456?10=L&17=270101&21=7").same == identify(LINK).same


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://id.gs1.org/01/04012345123457/21/7", "wrong check digit: 04012345123457 should end in 6"),
        ("https://example.com/00/040123450000003339", "should end in 8"),
        ("https://id.gs1.org/8003/030013450007718765", "should end in 6"),
        ("https://id.gs1.org/00/04012345", "not 18 digits"),
        ("", "blank"),
        ("urn:x y", "blanks"),
        ("urn:x:" + "y" * 500, "more than 450"),
    ],
)
def test_no_identifiers(text: str, why: str) -> None:
    with pytest.raises(BadName, match=why):
        identify(text)


@pytest.mark.parametrize(
    ("text", "kind", "supplier"),
    [
        ("https://id.example.com/8003/030013450007718765", "unit", ""),  # no GRAI: somebody's own path
        ("https://example.com/things/01/abc", "unit", ""),
        ("urn:jaif:class:DUNS123.PART.LOT", "lot", "DUNS123"),
        ("urn:example:acme:class:ACME.part.lot", "lot", "ACME"),
        ("urn:epc:class:lgtin:6000001.recycled-aluminum.batch-2032-03", "lot", "6000001"),
        ("urn:epc:id:consumer", "unit", ""),
        (own("lot", "A/B", "L:1"), "lot", "A/B"),
        (own("unit", "SN 1"), "unit", ""),
    ],
)
def test_other_names_are_kept(text: str, kind: str, supplier: str) -> None:
    name = identify(text)
    assert (name.kind, name.supplier) == (kind, supplier)
    assert name.text == {own("lot", "A/B", "L:1"): "L:1", own("unit", "SN 1"): "SN 1"}.get(text, text)
    assert identify("https://example.com/lot/7", of_class=True).kind == "lot"


def test_a_link_is_the_urn_once_its_prefix_is_known(derived: Callable[..., Ledger]) -> None:
    alone = derived([event(epcList=[LINK], readPoint={"id": "urn:x:place"})])
    (name,) = says(alone, "units", "unit product")
    assert name == ("urn:boardtrace:gs1:01/04012345123456/21/7", "urn:boardtrace:gs1:01/04012345123456")
    assert ("unit", name[0], LINK) in says(alone, "aliases", "kind id alias")
    both = derived([event(epcList=[LINK])], [event(epcList=[SSCC], eventTime="2026-01-06T08:00:00Z")])
    assert says(both, "units", "unit product") == [(SAME, "urn:epc:idpat:sgtin:4012345.012345.*")]
    aliases = says(both, "aliases", "kind id alias")
    assert {("unit", SAME, LINK), ("unit", SAME, name[0])} <= set(aliases)
    assert ("component", "urn:epc:idpat:sgtin:4012345.012345.*", "04012345123456") in aliases
    # of two prefixes that fit, the one with which the very URN occurred
    odd = "urn:epc:id:giai:40123450.1"
    assert says(derived([event(epcList=[LINK, SAME, odd])]), "units", "unit") == [(odd,), (SAME,)]


def test_one_event_in_both_spellings_is_one_event() -> None:
    words = {"bizStep": "receiving", "disposition": "in_progress"}
    urns = event(epcList=[SAME, SSCC], eventTime="2026-01-05T08:00:00Z", **words)
    links = event(
        epcList=["https://id.gs1.org/00/040123450000003338", LINK],
        eventTime="2026-01-05T09:00:00.000+01:00",
        bizStep="urn:epcglobal:cbv:bizstep:receiving",
        disposition="https://ref.gs1.org/cbv/Disp-in_progress",
    )
    capitals = urns | {"bizStep": "Receiving", "disposition": "IN_PROGRESS"}
    numbers = {
        fact.row["event"]
        for fact in read(urns, links, capitals)
        if isinstance(fact, Fact) and "event" in fact.row
    }
    assert len(numbers) == 1
    assert len(read(urns, urns | {"action": "ADD"})) > 1


# --- files


def test_forms_of_a_file() -> None:
    one, two = event(epcList=[SAME]), event(epcList=[SAME], bizStep="packing")
    body = document(one, two)
    query = body | {"type": "EPCISQueryDocument"}
    query["epcisBody"] = {"queryResults": {"queryName": "q", "resultsBody": body["epcisBody"]}}
    backwards = dict(reversed(body.items()))
    forms = [body, backwards, query, [one, two], [body]]
    texts = [json.dumps(form) for form in forms] + ["\n".join(map(json.dumps, (one, two)))]
    for text in texts:
        assert epcis.recognises(text.encode()), text
        assert counted(list(epcis.read(io.BytesIO(text.encode()))))["epcis_events"] == 2, text
    assert next(r.NAME for r in READERS.values() if r.recognises(texts[0].encode())) == "epcis"
    assert not epcis.recognises(b'{"MessageName": "CFX.Heartbeat"}')


def test_xml_is_refused_by_name() -> None:
    xml = b'<?xml version="1.0"?>\n<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1"/>'
    assert epcis.recognises(xml)
    with pytest.raises(BadInput, match="EPCIS in XML"):
        list(epcis.read(io.BytesIO(xml)))


def test_broken_line_of_ndjson_costs_itself() -> None:
    lines = [
        json.dumps(event(epcList=[SAME])),
        '{"type": "ObjectEvent", "epcList": [',
        json.dumps(event(epcList=[SSCC])),
    ]
    found = list(epcis.read(io.BytesIO("\n".join(lines).encode())))
    assert counted(found)["epcis_events"] == 2
    assert [one.line for one in rejects(found)] in ([2], [3])
    # as does what stands behind an event in its line
    found = list(epcis.read(io.BytesIO("\n".join([lines[0] + "}", lines[2]]).encode())))
    assert counted(found)["epcis_events"] == 2
    assert [(one.line, "nothing after" in one.reason) for one in rejects(found)] == [(1, False)]


def numbers(*events: Any) -> list[str]:
    return [one.row["event"] for one in read(*events) if isinstance(one, Fact) and "event" in one.row]


@pytest.mark.parametrize("key", ["isA", "@type"])
def test_the_type_by_older_names(key: str) -> None:
    said = made(SAME)
    said[key] = said.pop("type")
    events = numbers(said, made(SAME))
    assert len(events) == 2
    assert len(set(events)) == 1


def test_a_whole_number_is_one_in_either_spelling() -> None:
    reports = [[{"sensorReport": [{"type": "Temperature", "value": value}]}] for value in (26, 26.0, 26.5)]
    whole, point, half = numbers(*(made(SAME, sensorElementList=report) for report in reports))
    assert whole == point != half
    assert len({*numbers(made(SAME, **{"x:y": True}), made(SAME, **{"x:y": 1.0}))}) == 2


@pytest.mark.parametrize(
    ("change", "column", "why"),
    [
        ({"eventTime": None}, "eventTime", "is required"),
        ({"eventTime": "2026-01-05T08:00:00"}, "eventTime", "not a time with an offset"),
        ({"eventTime": "2999-01-05T08:00:00Z"}, "eventTime", "is after 2100"),
        ({"eventTime": "1900-01-05T08:00:00Z"}, "eventTime", "is before 1970"),
        ({"action": "CREATE"}, "action", "is one of"),
        ({"action": None}, "action", "is one of"),
        ({"type": None}, "type", "does not say what it is"),
        ({"epcList": []}, "epcList", "is required: epcList or quantityList"),
        ({"epcList": "urn:x"}, "epcList", "not a list"),
        ({"epcList": ["https://id.gs1.org/01/04012345123457/21/7"]}, "epcList", "can be used"),
        ({"type": "AggregationEvent", "action": "ADD", "childEPCs": [SAME]}, "parentID", "is required"),
        (
            {"type": "AggregationEvent", "parentID": "https://a.example/00/040123450000003339"},
            "parentID",
            "wrong check digit: 040123450000003339 should end in 8",
        ),
        ({"type": "AssociationEvent", "action": "ADD", "parentID": DEVICE}, "childEPCs", "is required"),
        ({"type": "TransactionEvent"}, "bizTransactionList", "is required"),
        ({"type": "TransformationEvent"}, "inputEPCList", "is required"),
    ],
)
def test_events_that_cannot_be_used(change: dict[str, Any], column: str, why: str) -> None:
    bad = {key: value for key, value in (event(epcList=[SAME]) | change).items() if value is not None}
    found = read(bad, event(epcList=[SSCC]))
    (*_, reject) = rejects(found)
    assert reject.column == f"epcisBody.eventList[0].{column}"
    assert re.search(why, reject.reason), reject
    assert counted(found)["epcis_events"] == 1


def test_the_end_of_a_transaction_names_no_things() -> None:
    papers = [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:1"}]
    said = event(type="TransactionEvent", action="DELETE", bizTransactionList=papers)
    found = read(said, said | {"action": "ADD"})
    assert counted(found)["epcis_events"] == 1
    assert [one.column for one in rejects(found)] == ["epcisBody.eventList[1].epcList"]


def test_a_part_that_cannot_be_used_costs_itself() -> None:
    found = read(
        event(
            epcList=[SAME, "https://id.gs1.org/01/04012345123457/21/7"],
            quantityList=[{"epcClass": LOT, "quantity": "twenty"}, 7],
            bizStep="transforming",
            disposition="in_transport",
            sourceList=[{"type": "place", "source": PARTY}],
            ilmd={"materialType": "soil", "x:productionDate": "yesterday"},
        )
    )
    assert [one.column.removeprefix("epcisBody.eventList[0].") for one in rejects(found)] == [
        "epcList[1]",
        "quantityList[0].quantity",
        "quantityList[1]",
        "sourceList[0].type",
        "bizStep",
        "disposition",
        "ilmd.materialType",
        "ilmd.productionDate",
    ]
    (row,) = [one.row for one in found if isinstance(one, Fact) and one.table == "epcis_events"]
    assert [thing[3] for thing in json.loads(row["things"])] == [SAME, LOT]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"readPoint": PLACE}, "readPoint"),
        ({"bizLocation": [PLACE]}, "bizLocation"),
        ({"bizStep": ["shipping"]}, "bizStep"),
        ({"ilmd": []}, "ilmd"),
        ({"destinationList": PARTY}, "destinationList"),
        ({"sourceList": [{"type": {}, "source": PARTY}]}, "sourceList[0].type"),
    ],
)
def test_what_is_not_of_its_kind_costs_itself(change: dict[str, Any], column: str) -> None:
    found = read(event(epcList=[SAME], **{"readPoint": {"id": PLACE}} | change))
    assert [one.column for one in rejects(found)] == [f"epcisBody.eventList[0].{column}"]
    assert counted(found)["epcis_events"] == 1


def test_identifiers_need_no_reader() -> None:
    """It is imported first here, in a process of its own."""
    read = "from boardtrace.gs1 import identify; print(identify('urn:epc:id:sscc:4012345.0000000333').kind)"
    done = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True)
    assert done.stdout == "container\n"


def test_a_list_of_one_may_be_that_one() -> None:
    (party,) = shipped(SSCC)["destinationList"]
    found = read(shipped(SSCC), shipped(SSCC, destinationList=party, eventTime="2026-01-06T08:00:00Z"))
    sent = [one.row.get("destination") for one in found if isinstance(one, Fact) and "event" in one.row]
    assert sent == ["urn:epc:id:pgln:4099999.00007"] * 2
    assert rejects(found) == []


def test_a_date_that_the_ledger_has_not_costs_itself() -> None:
    dates = {
        "x:productionDate": "2150-01-01",
        "x:itemExpirationDate": "9999-12-31",
    }  # never, as many write it
    found = read(event(action="ADD", quantityList=[{"epcClass": LOT}], ilmd=dates))
    assert [one.column for one in rejects(found)] == ["epcisBody.eventList[0].ilmd.productionDate"]
    (row,) = [one.row for one in found if isinstance(one, Fact) and one.table == "epcis_events"]
    assert row["expires_at"] == "9999-12-31T00:00:00Z"
    assert "manufactured_at" not in row


def test_what_is_not_read_is_counted() -> None:
    found = read(
        event(type="example:WashingEvent", epcList=[SAME]),
        event(epcList=[], sensorElementList=[{"sensorReport": []}]),
        event(quantityList=[{"epcClass": "urn:epc:idpat:sgtin:4012345.066666.*", "quantity": 3}]),
    )
    assert [one.kind for one in found if isinstance(one, Unread)] == [
        "WashingEvent (not of the standard)",
        "sensor data of a place",
        "amount of a product without lot",
    ]


# --- what events come to together


def test_object_events(derived: Callable[..., Ledger]) -> None:
    lot = {"epcClass": LOT, "quantity": 150}
    order = [{"type": "prodorder", "bizTransaction": "urn:x:order:9"}]
    dates = {"cbvmda:itemExpirationDate": "2027-01-01", "gs1:productionDate": "2026-01-02T00:00:00Z"}
    ledger = derived(
        [
            made(unit(1), bizTransactionList=order),
            event(action="ADD", quantityList=[lot], ilmd=dates | {"x:dateCode": "2601"}),
            event(quantityList=[lot], bizStep="receiving", eventTime="2026-01-08T08:00:00Z"),
            event(epcList=[unit(1)], bizStep="urn:epcglobal:cbv:bizstep:inspecting", disposition="active"),
            event(
                action="DELETE", epcList=[unit(1)], bizStep="destroying", eventTime="2026-02-01T08:00:00Z"
            ),
        ]
    )
    assert says(ledger, "units", "unit created_at work_order") == [(unit(1), AT, "urn:x:order:9")]
    columns = "supplier lot part quantity date_code manufactured_at received_at expires_at"
    assert says(ledger, "lots", columns) == [
        (
            "4023333",
            LOT,
            "urn:epc:idpat:sgtin:4023333.000001.*",
            150,
            None,
            None,
            "2026-01-08T08:00:00Z",
            None,
        ),
        ("4023333", LOT, None, None, "2601", "2026-01-02T00:00:00Z", None, "2027-01-01T00:00:00Z"),
    ]
    assert says(ledger, "processes", "kind result machine") == [
        ("commissioning", None, PLACE),
        ("destroying", None, PLACE),
        ("inspecting", "active", PLACE),
    ]
    assert says(ledger, "service", "unit kind at") == [(unit(1), "scrap", "2026-02-01T08:00:00Z")]
    assert findings(ledger) == []


def test_packing_in_any_order(derived: Callable[..., Ledger]) -> None:
    events = [
        aggregated("ADD", SSCC, unit(1), unit(2), day=5),
        aggregated("OBSERVE", SSCC, unit(1), unit(3), day=6),
        aggregated("DELETE", SSCC, unit(2), day=7),
        aggregated("DELETE", SSCC, day=8),
        aggregated("ADD", SSCC, unit(2), day=9, childQuantityList=[{"epcClass": LOT, "quantity": 5}]),
        aggregated("DELETE", SSCC, unit(4), day=9),
    ]
    sums = set()
    for order in itertools.islice(itertools.permutations(events), 0, 720, 239):
        ledger = derived(*([one] for one in order))
        sums.add(total(ledger))
        assert says(ledger, "packing", "content content_kind supplier at removed_at") == [
            (LOT, "lot", "4023333", "2026-01-09T08:00:00Z", None),
            (unit(1), "unit", None, "2026-01-05T08:00:00Z", "2026-01-08T08:00:00Z"),
            (unit(2), "unit", None, "2026-01-05T08:00:00Z", "2026-01-07T08:00:00Z"),
            (unit(2), "unit", None, "2026-01-09T08:00:00Z", None),
            (unit(3), "unit", None, "2026-01-06T08:00:00Z", "2026-01-08T08:00:00Z"),
        ]
        assert findings(ledger) == [("removal of nothing", [unit(4), SSCC])]
    assert len(sums) == 1


def some(number: float | None, uom: str | None = None) -> list[dict[str, Any]]:
    said = {"epcClass": LOT, "quantity": number, "uom": uom}
    return [{name: value for name, value in said.items() if value is not None}]


def of_lot(number: int, events: Iterable[dict[str, Any]], whole: str) -> list[dict[str, Any]]:
    """Let events without single children be of a lot and a whole of their own."""
    return [
        {name: said for name, said in one.items() if name != "childEPCs"}
        | {
            "parentID": whole,
            "childQuantityList": [
                one_lot | {"epcClass": f"{LOT}{number}"} for one_lot in one["childQuantityList"]
            ],
        }
        for one in events
    ]


STAYS: list[tuple[list[Any], list[Any], int | None]] = [  # came in, went out, the day it was out
    ([some(5)], [some(2)], None),
    ([some(5)], [some(2), some(3)], 9),
    ([some(5)], [some(2), some(2)], None),
    ([some(5)], [some(2), some(None)], 9),
    ([some(5)], [some(None), some(2)], 8),
    ([some(5)], [some(7)], 8),
    ([some(0.1), some(0.2)], [some(0.3)], 8),
    ([some(3), some(3)], [some(3)], None),
    ([some(None)], [some(2)], None),
    ([some(5, "KGM")], [some(600, "GRM")], None),
    ([some(5, "KGM")], [some(5, "KGM")], 8),
    ([some(5, "KGM")], [some(1, "KGM") + some(600, "GRM")], None),
    ([some(5, "KGM")], [some(1, "KGM") + some(600, "GRM"), some(None)], 9),
    ([some(2) + some(None)], [some(2)], None),
    ([some(2) + some(None)], [some(2), some(None)], 9),
    ([some(5)], [some(2) + some(None)], None),
    ([some(2) + some(3)], [some(4)], None),
    ([some(2) + some(2)], [some(2) + some(2)], 8),
]


def test_a_lot_is_in_it_until_as_much_came_out_as_went_in(derived: Callable[..., Ledger]) -> None:
    packed: list[dict[str, Any]] = []
    built: list[dict[str, Any]] = []
    for number, (came, went, _) in enumerate(STAYS):
        events = [
            *(aggregated("ADD", SSCC, day=day, childQuantityList=lots) for day, lots in enumerate(came, 5)),
            aggregated("OBSERVE", SSCC, day=7, childQuantityList=some(1)),
            *(
                aggregated("DELETE", SSCC, day=day, childQuantityList=lots)
                for day, lots in enumerate(went, 8)
            ),
        ]
        packed += of_lot(number, events, f"{SSCC[:-2]}{number:02}")
        built += (one | {"type": "AssociationEvent"} for one in of_lot(100 + number, events, unit(number)))
    ended = [until and f"2026-01-{until:02}T08:00:00Z" for _, _, until in STAYS]
    for order in (1, -1):
        found = derived(packed[::order], built[::order])
        assert dict(says(found, "packing", "content removed_at")) == {
            f"{LOT}{number}": end for number, end in enumerate(ended)
        }
        assert dict(says(found, "removals", "lot at")) == {
            f"{LOT}{number}": end for number, end in enumerate(ended, 100) if end
        }
        assert {at for (at,) in says(found, "packing", "at")} == {"2026-01-05T08:00:00Z"}


COUNTED_ANEW: list[tuple[Any, Any, Any, str | None]] = [  # out, in again, out again, when it was out
    (some(7), some(3), some(2), None),  # two too many came out: nothing of what goes in later
    (some(7), some(3), some(3), "2026-01-08T08:00:00Z"),
    (some(None), some(3), some(3), "2026-01-08T08:00:00Z"),
    (some(None), some(3), some(2), None),
]


def test_a_lot_that_had_all_come_out_is_counted_anew(derived: Callable[..., Ledger]) -> None:
    events: list[dict[str, Any]] = []
    for number, (out, again, out_again, _) in enumerate(COUNTED_ANEW):
        told = (("ADD", some(5)), ("DELETE", out), ("ADD", again), ("DELETE", out_again))
        said = [
            aggregated(verb, SSCC, day=day, childQuantityList=lots)
            for day, (verb, lots) in enumerate(told, 5)
        ]
        events += of_lot(number, said, f"{SSCC[:-2]}{number:02}")
    stays = [
        (f"{LOT}{number}", f"2026-01-{begun:02}T08:00:00Z", end)
        for number, (*_, until) in enumerate(COUNTED_ANEW)
        for begun, end in ((5, "2026-01-06T08:00:00Z"), (7, until))
    ]
    assert says(derived(events), "packing", "content at removed_at") == stays


@pytest.mark.parametrize(("out", "until"), [(some(2), None), (some(None), "2026-01-08T08:00:00Z")])
def test_of_a_lot_that_was_only_seen_in_it_some_may_be_left(
    derived: Callable[..., Ledger], out: list[Any], until: str | None
) -> None:
    seen = aggregated("OBSERVE", SSCC, day=7, childQuantityList=some(5))
    gone = aggregated("DELETE", SSCC, day=8, childQuantityList=out)
    del seen["childEPCs"], gone["childEPCs"]
    assert says(derived([seen, gone]), "packing", "at removed_at") == [("2026-01-07T08:00:00Z", until)]


@pytest.mark.parametrize(
    ("amounts", "sum_"),
    [
        (some(5) + some(5), 10),
        (some(5) + some(6), 11),
        (some(5, "KGM") + some(600, "GRM"), None),
        (some(5) + some(None), None),
        (some(5), 5),
    ],
)
def test_a_lot_that_an_event_lists_twice(
    derived: Callable[..., Ledger], amounts: list[Any], sum_: float | None
) -> None:
    begun = event(action="ADD", quantityList=amounts)
    again = begun | {"eventID": "urn:uuid:7"}
    for events in ([begun], [begun, again]):
        assert says(derived(events), "lots", "lot quantity") == [(LOT, sum_)]


A, B = (f"urn:epc:id:pgln:40999{number}.00007" for number in (10, 20))


def moves(step: str, day: int, to: str | None = None, **more: Any) -> dict[str, Any]:
    said = event(bizStep=step, eventTime=f"2026-01-{day:02}T08:00:00Z", epcList=[unit(1)], **more)
    if more:
        del said["epcList"]
    return said | ({"destinationList": [{"type": "owning_party", "destination": to}]} if to else {})


def test_a_receipt_says_who_has_it_where_the_sending_does_not(derived: Callable[..., Ledger]) -> None:
    sent, received = moves("shipping", 5), moves("receiving", 7, A)
    elsewhere, there = moves("shipping", 9), moves("receiving", 10, B)
    for files in ([[sent, received, elsewhere, there]], [[there], [received], [elsewhere], [sent]]):
        assert says(derived(*files), "shipments", "shipped_at customer") == [
            ("2026-01-05T08:00:00Z", A),
            ("2026-01-09T08:00:00Z", B),
        ]
    assert says(derived([sent, there, elsewhere]), "shipments", "shipped_at customer") == [
        ("2026-01-05T08:00:00Z", None),
        ("2026-01-09T08:00:00Z", B),
    ]


def test_a_unit_that_another_received_went_on(derived: Callable[..., Ledger]) -> None:
    sent, received = moves("shipping", 5, A), moves("receiving", 7, B)
    paper = {"bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:1:D1"}]}
    files: list[list[dict[str, Any]]]
    for files in ([[sent, received]], [[received], [sent]], [[sent | paper, received | paper]]):
        ledger = derived(*files)
        assert ("values disagree", [unit(1)]) in findings(ledger)
        assert says(ledger, "shipments", "shipped_at customer") == [
            ("2026-01-05T08:00:00Z", A),
            ("2026-01-07T08:00:00Z", B),
        ]
    arrived = derived([sent, moves("receiving", 7, PLACE)])  # a place of A's, as far as is known
    assert says(arrived, "shipments", "customer") == [(A,)]
    assert findings(arrived) == [("values disagree", [unit(1)])]
    assert findings(derived([sent, moves("receiving", 7, A)])) == []
    assert findings(derived([sent, moves("receiving", 7)])) == []
    on = [sent, moves("receiving", 6, A), moves("shipping", 7, B), moves("receiving", 8, B)]
    assert findings(derived(on)) == []


def test_of_a_lot_others_may_have_received_some(derived: Callable[..., Ledger]) -> None:
    sent, received = (
        moves("shipping", 5, A, quantityList=some(100)),
        moves("receiving", 7, B, quantityList=some(50)),
    )
    for files in ([[sent, received]], [[received], [sent]]):
        ledger = derived(*files)
        assert says(ledger, "shipments", "customer") == [(A,), (B,)]
        assert says(ledger, "shipment_contents", "content") == [(LOT,), (LOT,)]
    same = moves("receiving", 7, A, quantityList=some(50))
    assert says(derived([sent, same]), "shipments", "customer") == [(A,)]


def test_units_in_units_are_mounted_and_what_holds_a_container_is_one(
    derived: Callable[..., Ledger],
) -> None:
    pallet = "urn:epc:id:grai:4012345.66666.87"
    ledger = derived(
        [
            aggregated("ADD", DEVICE, unit(1), day=5, type="AssociationEvent"),
            aggregated("DELETE", DEVICE, unit(1), day=6, type="AssociationEvent"),
            aggregated(
                "ADD",
                DEVICE,
                day=6,
                type="AssociationEvent",
                childQuantityList=[{"epcClass": LOT, "quantity": 4}],
            ),
            aggregated(
                "DELETE", DEVICE, day=8, type="AssociationEvent", childQuantityList=[{"epcClass": LOT}]
            ),
            aggregated("ADD", pallet, SSCC, unit(2), day=5),
        ]
    )
    at = "2026-01-0{}T08:00:00Z".format
    assert says(ledger, "mounts", "child parent at removed_at") == [(unit(1), DEVICE, at(5), at(6))]
    assert says(ledger, "placements", "unit supplier lot quantity at machine") == [
        (DEVICE, "4023333", LOT, 4, at(6), PLACE)
    ]
    assert says(ledger, "removals", "unit lot at") == [(DEVICE, LOT, at(8))]
    assert says(ledger, "packing", "content content_kind container") == [
        (unit(2), "unit", pallet),
        (SSCC, "container", pallet),
    ]
    assert pallet not in {row[0] for row in says(ledger, "units", "unit")}


def transformed(
    inputs: list[str],
    outputs: list[str],
    lots: tuple[str, ...] = (),
    made_lots: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    said = (
        event(type="TransformationEvent", inputEPCList=inputs, outputEPCList=outputs, bizStep="assembling")
        | more
    )
    said["inputQuantityList"] = [{"epcClass": lot, "quantity": 2} for lot in lots]
    said["outputQuantityList"] = [{"epcClass": lot, "quantity": 9} for lot in made_lots]
    del said["action"]
    return said


def test_transformations(derived: Callable[..., Ledger]) -> None:
    other = "urn:epc:class:lgtin:4023333.000002.B"
    ledger = derived([transformed([unit(1)], [DEVICE], (LOT,)), transformed([], [], (LOT,), (other,))])
    assert says(ledger, "mounts", "child parent at") == [(unit(1), DEVICE, AT)]
    assert says(ledger, "placements", "unit lot quantity") == [(DEVICE, LOT, 2)]
    assert says(ledger, "lot_moves", "kind from_lot to_supplier to_lot quantity at") == [
        ("made", LOT, "4023333", other, 2, AT)
    ]
    assert says(ledger, "units", "unit created_at") == [(unit(1), None), (DEVICE, AT)]
    # told by two events of one transformation, in two files
    later = "2026-01-06T08:00:00Z"
    parts = transformed([unit(1)], [], (LOT,), transformationID="urn:x:t:1")
    whole = transformed([], [DEVICE], transformationID="urn:x:t:1", eventTime=later)
    for told in (([parts], [whole]), ([whole], [parts])):
        ledger = derived(*told)
        assert says(ledger, "mounts", "child parent at") == [(unit(1), DEVICE, later)]
        assert says(ledger, "placements", "unit lot quantity at") == [(DEVICE, LOT, 2, later)]
    # without a lot, and into one
    pattern = "urn:epc:idpat:sgtin:4012345.066666.*"
    ledger = derived([transformed([], [DEVICE], (pattern,)), transformed([unit(2)], [], (), (other,))])
    assert says(ledger, "gaps", "unit part reason") == [
        (unit(2), "urn:epc:idpat:sgtin:4023333.000002.*", "became a lot, in which units are not followed"),
        (DEVICE, pattern, "made of a product whose lot was not named"),
    ]


@pytest.mark.parametrize("known", [True, False])
def test_a_repaired_device_stays_and_its_parts_change(derived: Callable[..., Ledger], known: bool) -> None:
    first = [transformed([unit(1)], [DEVICE])] if known else []
    swap = transformed([DEVICE, unit(1)], [DEVICE, unit(2)], eventTime="2026-01-07T08:00:00Z")
    ledger = derived([swap, *first])
    expected = [(unit(2), DEVICE, "2026-01-07T08:00:00Z", None)]
    assert says(ledger, "mounts", "child parent at removed_at") == [
        *([(unit(1), DEVICE, AT, "2026-01-07T08:00:00Z")] if known else []),
        *expected,
    ]
    assert findings(ledger) == ([] if known else [("removal of nothing", [unit(1), DEVICE])])
    # only in: mounted; only out: taken out
    ledger = derived(
        [
            transformed([DEVICE, unit(1)], [DEVICE]),
            transformed([DEVICE], [DEVICE, unit(1)], eventTime="2026-01-07T08:00:00Z"),
        ]
    )
    assert says(ledger, "mounts", "child parent at removed_at") == [
        (unit(1), DEVICE, AT, "2026-01-07T08:00:00Z")
    ]


@pytest.mark.parametrize(
    "step",
    [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ],
)
def test_shipping_is_a_shipment_to_who_owns_it_then(derived: Callable[..., Ledger], step: str) -> None:
    papers = [{"type": "urn:epcglobal:cbv:btt:desadv", "bizTransaction": "urn:x:desadv:1"}]
    other = PARTY.replace("00001", "00002")
    parties = [
        {"type": "possessing_party", "destination": other},
        {"type": "owning_party", "destination": PARTY},
    ]
    ledger = derived(
        [
            event(epcList=[SSCC], bizStep=step, bizTransactionList=papers, destinationList=parties),
            event(
                epcList=[unit(9)],
                bizStep=step,
                bizTransactionList=papers,
                destinationList=parties,
                eventTime="2026-01-05T09:00:00Z",
            ),
            # its receipt tells nothing new
            event(
                epcList=[SSCC],
                bizStep="receiving",
                destinationList=parties,
                eventTime="2026-01-09T08:00:00Z",
            ),
        ]
    )
    assert says(ledger, "shipments", "shipment kind customer shipped_at") == [
        ("urn:x:desadv:1", "sale", PARTY, "2026-01-05T09:00:00Z")
    ]
    assert says(ledger, "shipment_contents", "content content_kind") == [
        (unit(9), "unit"),
        (SSCC, "container"),
    ]
    assert says(ledger, "customers", "customer") == [(PARTY,)]


def test_names_of_shipments_returns_transfers_and_voids(derived: Callable[..., Ledger]) -> None:
    owner = [{"type": "owning_party", "source": PARTY}]
    to = [{"type": "owning_party", "destination": PARTY}]
    ledger = derived(
        [
            shipped(unit(1), eventID="urn:uuid:1"),
            shipped(
                unit(1),
                disposition="returned",
                sourceList=owner,
                eventID="urn:uuid:2",
                eventTime="2026-01-06T08:00:00Z",
            ),
            shipped(unit(2), sourceList=owner, destinationList=to, eventID="urn:uuid:3"),
            shipped(unit(3), eventID="urn:uuid:4"),
            event(epcList=[unit(3)], bizStep="void_shipping", eventTime="2026-01-06T08:00:00Z"),
            event(epcList=[unit(4)], bizStep="receiving", destinationList=to, eventID="urn:uuid:5"),
            event(epcList=[unit(5)], bizStep="receiving", eventID="urn:uuid:6"),
        ]
    )
    assert says(ledger, "shipments", "shipment kind customer") == [
        ("urn:uuid:1", "sale", "urn:epc:id:pgln:4099999.00007"),
        ("urn:uuid:2", "return", PARTY),
        ("urn:uuid:3", "transfer", PARTY),
        ("urn:uuid:5", "sale", PARTY),
    ]
    ((name,),) = says(derived([shipped(unit(1))]), "shipments", "shipment")
    assert name.startswith("urn:boardtrace:event:")


def test_a_transformation_of_which_a_side_is_not_known(derived: Callable[..., Ledger]) -> None:
    def turned(number: int, **sides: Any) -> dict[str, Any]:
        said = event(type="TransformationEvent", transformationID=f"urn:x:{number}", **sides)
        del said["action"]
        return said

    lots = {"inputQuantityList": [{"epcClass": LOT, "quantity": 4}]}
    amount = {"outputQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:4012345.012345.*", "quantity": 9}]}
    open_ = [
        turned(1, **lots),
        turned(2, inputEPCList=[unit(2)], **lots, **amount),
        turned(3, outputEPCList=[unit(3)]),
        turned(4, inputEPCList=[SSCC], outputEPCList=[unit(4)]),
        turned(5, inputEPCList=[unit(5)], outputEPCList=["urn:epc:id:sscc:4012345.0000000334"], **lots),
    ]
    ledger = derived(open_)
    # what a lot went into is a lot of which no more is known: a gap that `gaps` and `lineage` show
    assert says(ledger, "lot_moves", "from_lot to_lot quantity") == [
        (LOT, "urn:x:1", 4),
        (LOT, "urn:x:2", 4),
    ]
    assert [lot for (lot,) in says(ledger, "lots", "lot")] == [LOT]
    assert says(ledger, "gaps", "unit reason part") == [
        (unit(2), "went into what nobody named", "urn:epc:idpat:sgtin:4012345.012345.*"),
        (unit(3), "nobody said what it was made of", None),
        (unit(4), "made of what was in a container", None),
    ]
    assert says(ledger, "packing", "content container") == [
        (LOT, "urn:epc:id:sscc:4012345.0000000334"),
        (unit(5), "urn:epc:id:sscc:4012345.0000000334"),
    ]
    assert {reason for (reason,) in says(ledger, "gaps", "reason")} <= set(get_args(_Reason))
    # the other sides, later
    late = derived([*open_, turned(1, outputEPCList=[unit(1)]), turned(3, **lots)])
    assert says(late, "placements", "unit lot") == [(unit(1), LOT), (unit(3), LOT)]
    assert "urn:x:1" not in {lot for (lot,) in says(late, "lot_moves", "to_lot")}
    assert unit(3) not in {name for (name,) in says(late, "gaps", "unit")}


def test_a_sending_by_other_steps(derived: Callable[..., Ledger]) -> None:
    def step(name: str, number: int, day: int, **more: Any) -> dict[str, Any]:
        return shipped(unit(number), bizStep=name, eventTime=f"2026-01-{day:02}T08:00:00Z", **more)

    ledger = derived(
        [
            step("consigning", 1, 5, eventID="urn:x:1"),
            step("departing", 2, 5, eventID="urn:x:2"),
            step("accepting", 2, 6),
            step("accepting", 3, 6, eventID="urn:x:3"),
            # told by both: one sending, whichever is first
            step("departing", 4, 5),
            step("shipping", 4, 6, eventID="urn:x:4"),
            step("shipping", 5, 5, eventID="urn:x:5"),
            step("departing", 5, 6),
            # further on, after it was received
            step("receiving", 5, 7),
            step("departing", 5, 8, eventID="urn:x:6"),
            # no word of where to: a truck that leaves a yard
            event(epcList=[unit(7)], bizStep="departing"),
        ]
    )
    assert says(ledger, "shipment_contents", "shipment content") == [
        ("urn:x:1", unit(1)),
        ("urn:x:2", unit(2)),
        ("urn:x:3", unit(3)),
        ("urn:x:4", unit(4)),
        ("urn:x:5", unit(5)),
        ("urn:x:6", unit(5)),
    ]


def test_one_number_of_two_senders_is_two_shipments(derived: Callable[..., Ledger]) -> None:
    paper = {"bizTransactionList": [{"type": "desadv", "bizTransaction": "DN1"}]}
    other = [{"type": "owning_party", "destination": "urn:epc:id:pgln:4088888.00001"}]
    to = shipped()["destinationList"][0]["destination"]
    ledger = derived([shipped(unit(1), **paper), shipped(unit(2), **paper, destinationList=other)])
    names = dict(says(ledger, "shipment_contents", "content shipment"))
    assert len(set(names.values())) == 2
    assert dict(says(ledger, "shipments", "shipment customer")) == {
        names[unit(1)]: to,
        names[unit(2)]: other[0]["destination"],
    }
    assert {(name, "DN1") for name in names.values()} <= set(says(ledger, "aliases", "id alias"))
    assert ("values disagree", ["DN1"]) in findings(ledger)
    # what comes back by the papers with which it went takes them from nothing
    back = event(
        epcList=[unit(1)],
        bizStep="receiving",
        disposition="returned",
        eventTime="2026-01-09T08:00:00Z",
        **paper,
    )
    ledger = derived([shipped(unit(1), **paper), back])
    sale, other_way = says(ledger, "shipments", "kind shipped_at shipment"), findings(ledger)
    assert sale[1] == ("sale", AT, "DN1")
    assert sale[0][:2] == ("return", "2026-01-09T08:00:00Z")
    assert other_way == []


def test_a_correction_of_what_is_not_known_is_a_finding(derived: Callable[..., Ledger]) -> None:
    wrong = {"errorDeclaration": {"declarationTime": AT}}
    ledger = derived(
        [
            made(unit(1)),
            made(unit(1), eventTimeZoneOffset="+01:00") | wrong,
            made(unit(2), eventID="urn:x:2") | wrong,
        ]
    )
    kinds = [kind for kind, _ in findings(ledger)]
    assert kinds == ["correction of nothing"] * 2
    assert set(kinds) <= set(get_args(_Finding))
    assert derived([made(unit(1)), made(unit(1)) | wrong]).rows("FROM said_findings") == []


def test_declared_errors_do_not_count(derived: Callable[..., Ledger]) -> None:
    wrong = {"errorDeclaration": {"declarationTime": AT, "reason": "incorrect_data"}}
    named, plain = shipped(unit(1), eventID="urn:uuid:1"), shipped(unit(2))
    for original in (named, plain):
        declaration = original | wrong
        sums = set()
        for told in (([original], [declaration]), ([declaration], [original]), ([original, declaration],)):
            ledger = derived(*told)
            assert says(ledger, "shipments", "shipment") == []
            assert says(ledger, "units", "unit") == []
            sums.add(total(ledger))
        assert len(sums) == 1
    # another event of this id stays; a declaration that repeats no event of its id means whichever has it
    other = shipped(unit(3), eventID="urn:uuid:1")
    ledger = derived([named, other, named | wrong])
    assert says(ledger, "units", "unit") == [(unit(3),)]
    assert findings(ledger) == [("different events of one id", ["urn:uuid:1"])]
    assert "different events of one id" in get_args(_Finding)  # so that it can be asked for
    ledger = derived([named, event(epcList=[unit(1)], eventID="urn:uuid:1", **wrong)])
    assert says(ledger, "units", "unit") == []


def test_the_same_event_twice_is_one(derived: Callable[..., Ledger]) -> None:
    ledger = derived([made(unit(1))], [made(unit(1)), made(unit(1), eventID="urn:uuid:1")])
    assert len(says(ledger, "processes", "unit")) == 1
    assert findings(ledger) == []


def test_an_event_that_comes_back_with_our_number_has_no_id(derived: Callable[..., Ledger]) -> None:
    plain = [made(unit(1)), transformed([unit(1)], [DEVICE], (LOT,))]
    first = derived(plain)
    numbers = [row[0] for row in first.rows("SELECT event FROM epcis_events ORDER BY type")]
    told = [
        said | {"eventID": f"urn:boardtrace:event:{number}", "recordTime": AT}
        for said, number in zip(plain, numbers, strict=True)
    ]
    again = derived(plain, told)
    assert again.rows("SELECT DISTINCT event, event_id FROM epcis_events ORDER BY type") == [
        (number, None) for number in numbers
    ]
    assert total(again) == total(first) == total(derived(told))
    other = derived([made(unit(2), eventID=f"urn:boardtrace:event:{numbers[0]}")])  # of another event
    assert other.rows("SELECT event_id FROM epcis_events") == [(f"urn:boardtrace:event:{numbers[0]}",)]


def test_any_order_of_files_gives_the_same(derived: Callable[..., Ledger]) -> None:
    events = [
        made(unit(1)),
        transformed([unit(1)], [DEVICE], (LOT,)),
        aggregated("ADD", SSCC, DEVICE, day=6),
        shipped(SSCC, eventTime="2026-01-07T08:00:00Z", eventID="urn:uuid:7"),
        event(
            epcList=["https://id.gs1.org/00/040123450000003338"],
            bizStep="receiving",
            eventTime="2026-01-08T08:00:00Z",
        ),
        shipped(SSCC, eventTime="2026-01-07T08:00:00Z", eventID="urn:uuid:8"),
    ]
    sums = {
        total(derived(*([one] for one in order)))
        for order in itertools.islice(itertools.permutations(events), 0, 720, 239)
    }
    sums.add(total(derived(events)))
    assert len(sums) == 1


@pytest.mark.parametrize("alone", [False, True])
def test_master_data_names_customers(
    derived: Callable[..., Ledger], tmp_path: Path, *, alone: bool
) -> None:
    said = document(shipped(unit(1)))
    attributes = [
        {"id": "urn:epcglobal:cbv:mda#name", "attribute": "Seven Shops"},
        {"id": "cbvmda:countryCode", "attribute": "DE"},
    ]
    element = {"id": "urn:epc:id:pgln:4099999.00007", "attributes": attributes}
    vocabulary = {"type": "urn:epcglobal:epcis:vtype:Party", "vocabularyElementList": [element]}
    said["epcisHeader"] = {"epcisMasterData": {"vocabularyList": [vocabulary]}}
    files = [said]
    if alone:
        files.append({"@context": "x", "type": "EPCISMasterDataDocument", "epcisBody": {}})
        files[1]["epcisBody"] = said.pop("epcisHeader")["epcisMasterData"]
    ledger = derived([])
    for number, file in enumerate(files):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(file))
        counts, _ = admit(ledger, 2 + number, collect([path], tmp_path), Options(), lambda *_: None)
        assert counts.quarantined == 0
    derivation.interpret(ledger, derivation.counted(ledger))
    assert says(ledger, "customers", "customer name country") == [
        ("urn:epc:id:pgln:4099999.00007", "Seven Shops", "DE")
    ]


# --- the sample files

# file -> events taken, amounts of a product without lot, rows of tables that the file alone comes to
_TAKEN: dict[str, tuple[int, int, dict[str, int]]] = {
    "AggregationEvent.json": (1, 1, {"packing": 3, "processes": 2}),
    "AggregationEvent_with_persistentDisposition.json": (
        2,
        0,
        {"mounts": 10, "shipments": 1, "customers": 1},
    ),
    "AggregationEvent_with_sensorData.json": (1, 0, {"packing": 1, "processes": 0, "lots": 1}),
    "AssociationEvent.json": (2, 0, {"mounts": 3, "placements": 1}),
    "Combination_of_different_event.json": (6, 1, {"mounts": 8, "placements": 8, "gaps": 4}),
    "JumbledFieldsOrder.json": (1, 0, {"shipments": 1, "shipment_contents": 4, "customers": 1}),
    "ObjectEvent.json": (2, 0, {"shipments": 1, "shipment_contents": 2, "customers": 0}),
    "ObjectEvent_all_possible_fields.json": (1, 0, {"units": 0, "shipments": 0}),
    "ObjectEvent_with_digitalLink.json": (1, 0, {"lots": 1, "shipments": 1, "customers": 1}),
    "ObjectEvent_with_error_declaration.json": (2, 0, {"shipments": 0, "processes": 1}),
    "ObjectEvent_with_userExtensions.json": (2, 0, {"shipments": 1, "lots": 1}),
    "TransactionEvent.json": (2, 0, {"processes": 2}),
    "TransactionEvent_all_possible_fields.json": (1, 0, {"shipments": 0, "units": 0}),
    "TransformationEvent.json": (1, 1, {"mounts": 8, "placements": 8, "gaps": 4}),
    "TransformationEvent_all_possible_fields.json": (1, 2, {"units": 0}),
    "TransformationEvent_with_error_declaration.json": (2, 2, {"mounts": 1, "placements": 1}),
    "epcisDocWithAllGS1Keys.json": (1, 6, {"units": 12, "lots": 1}),
    "commissioning.jsonld": (1, 0, {"units": 1, "processes": 1}),
    "component-replacement.jsonld": (2, 0, {"mounts": 1, "findings": 1, "processes": 4}),
    "ownership-transfer.jsonld": (3, 0, {"shipments": 2, "customers": 2}),
    "software-update.jsonld": (2, 0, {"units": 2, "processes": 2}),
    "weee-disposal.jsonld": (3, 0, {"lots": 4, "service": 1, "shipments": 1, "gaps": 0}),
}
# file -> events taken, places of what was not
_REFUSED = {
    "Combination_of_multiple_invalid_fields.json": (
        4,
        ["0.bizStep", "1.disposition", "2.sourceList[0].type", "3.ilmd.materialType", "4.eventTime"],
    ),
    "ObjectEvent_with_invalid_action.json": (0, ["0.action"]),
    "ObjectEvent_with_invalid_eventTime_format.json": (0, ["0.eventTime"]),
    "ObjectEvent_with_quantity_as_text.json": (1, ["0.quantityList[0].quantity"]),
    "ObjectEvent_without_action_and_eventTime.json": (0, ["0.eventTime"]),
    "ObjectEvent_without_identifier_list.json": (0, ["0.epcList"]),
}


def sample(name: str) -> Path:
    if not (SAMPLES / name).is_file():
        pytest.skip("the sample files are not here")
    return SAMPLES / name


@pytest.mark.parametrize("name", _TAKEN)
def test_samples(derived: Callable[..., Ledger], name: str) -> None:
    path, (events, patterns, rows) = sample(name), _TAKEN[name]
    found = list(epcis.read(io.BytesIO(path.read_bytes())))
    assert events == len(json.loads(path.read_bytes())["epcisBody"]["eventList"])
    assert (counted(found)["epcis_events"], counted(found)["Unread"], rejects(found)) == (
        events,
        patterns,
        [],
    )
    ledger = derived([])
    admit(ledger, 2, collect([path], path.parent), Options(), lambda *_: None)
    derivation.interpret(ledger, derivation.counted(ledger))
    assert {
        table: len(says(ledger, table, "_src" if table != "findings" else "ids")) for table in rows
    } == rows


@pytest.mark.parametrize("name", _REFUSED)
def test_invalid_samples(name: str) -> None:
    found = list(epcis.read(io.BytesIO(sample(f"invalid/{name}").read_bytes())))
    events, places = _REFUSED[name]
    assert counted(found)["epcis_events"] == events
    where = [re.sub(r"epcisBody.eventList\[(\d)\]", r"\1", one.column) for one in rejects(found)]
    assert where == places
    assert all(one.line > 1 and one.reason for one in rejects(found))


def test_a_document_without_context_is_refused() -> None:
    found = list(epcis.read(io.BytesIO(sample("invalid/EPCISDocument_without_context.json").read_bytes())))
    assert [type(one) for one in found] == [Reject]
    assert rejects(found)[0].column == "@context"


_NAMED = {"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"]}


@pytest.mark.parametrize("context_last", [False, True])
def test_other_documents_of_its_file_are_taken(*, context_last: bool) -> None:
    def document(serial: int, context: dict[str, Any]) -> dict[str, Any]:
        of = {
            "type": "EPCISDocument",
            "epcisBody": {"eventList": [event(epcList=[f"{SAME[:-1]}{serial}"])]},
        }
        return {**of, **context} if context_last else {**context, **of}

    several = [document(1, _NAMED), document(2, {}), document(3, _NAMED), event(epcList=[f"{SAME[:-1]}4"])]
    for text in ("\n".join(map(json.dumps, several)), json.dumps(several)):
        found = list(epcis.read(io.BytesIO(text.encode())))
        assert counted(found)["epcis_events"] == len((1, 3, 4))
        assert not any(f"{SAME[:-1]}2" in str(one) for one in found if isinstance(one, Fact))
        (refused,) = rejects(found)
        assert refused.column.endswith("@context")
        assert refused.names == (("unit", f"{SAME[:-1]}2"),)


def test_a_long_document_may_name_its_context_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boardtrace.sources.epcis._HELD", 3)
    several = [event(epcList=[f"{SAME}{number}"]) for number in range(5)]
    document = {"type": "EPCISDocument", "epcisBody": {"eventList": several}}
    with pytest.raises(BadInput, match="without @context"):
        list(epcis.read(io.BytesIO(json.dumps(document).encode())))
    found = list(epcis.read(io.BytesIO(json.dumps(document | _NAMED).encode())))
    assert counted(found)["epcis_events"] == len(several)
    assert not rejects(found)


@pytest.mark.parametrize("broken", [0, 2, 3])
@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('"OBSERVE"', "NaN"),
        ('"OBSERVE"', "OBSERVE"),
        ('"OBSERVE", ', '"OBSERVE" '),
        ('"OBSERVE"', '"OBSERVE'),
        ('"OBSERVE"', '"\\x"'),
        ('"bizTransactionList": [', '"bizTransactionList": ['),
    ],
)
def test_a_broken_event_of_a_line_costs_itself(broken: int, good: str, bad: str) -> None:
    """Whether the list has line ends or not."""
    papers = [{"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:4012345000009:{n}"} for n in range(2)]
    texts = [json.dumps(event(epcList=[f"{SAME}{n}"], bizTransactionList=papers)) for n in range(4)]
    assert good in texts[broken]
    texts[broken] = texts[broken].replace(good, bad, 1)
    if good == bad:
        texts[broken] = texts[broken].replace("}, {", "} {", 1)
    for between in (",", ", ", ",\n"):
        text = json.dumps(_NAMED | {"type": "EPCISDocument"})[:-1]
        text += ', "epcisBody": {"eventList": [' + between.join(texts) + "]}}"
        if between.endswith("\n"):
            text = text.replace("[{", "[\n{", 1)
        found = list(epcis.read(io.BytesIO(text.encode())))
        taken = [
            one.row["things"] for one in found if isinstance(one, Fact) and one.table == "epcis_events"
        ]
        kept = [n for n in range(4) if n != broken]
        assert len(taken) == len(kept), (between, rejects(found))
        assert all(f"{SAME}{n}" in things for n, things in zip(kept, taken, strict=True))
        assert "not JSON" in rejects(found)[0].reason


def test_of_a_document_cut_short_before_its_context_nothing_is_known() -> None:
    of = {"type": "EPCISDocument", "epcisBody": {"eventList": [event(epcList=[SAME])]}}
    found = list(epcis.read(io.BytesIO(json.dumps(of)[:-2].encode())))
    assert "epcis_events" not in counted(found)
    assert [one.column for one in rejects(found)] == ["", "@context"]


def test_all_samples_have_their_row() -> None:
    names = {path.name for path in sample("ObjectEvent.json").parent.iterdir() if path.is_file()}
    assert names == set(_TAKEN)


def test_no_value_of_a_wrong_kind_is_more_than_a_reject() -> None:
    good = event(epcList=[SAME], ilmd={}, sourceList=[], bizTransactionList=[])
    odd: list[Any] = [7, True, None, [], {}, [[]], [{}], {"id": 7}, "x", 1.5, [None], 10**40, "\ud800"]
    events = [{**good, key: value} for key in [*good, "parentID", "errorDeclaration"] for value in odd]
    found = read(*events, [], None, 7)
    assert counted(found)["epcis_events"] + len(rejects(found)) > len(events)
    for body in (7, {"eventList": 7}, {}):
        said = json.dumps({**document(), "epcisBody": body}).encode()
        assert [one.reason for one in rejects(list(epcis.read(io.BytesIO(said))))]
    twice = json.dumps(document(good)).replace('"action":', '"action": "ADD", "action":').encode()
    assert [one.column for one in rejects(list(epcis.read(io.BytesIO(twice))))] == ["action"]
