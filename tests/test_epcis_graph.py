"""EPCIS in the graph: what was told in any order is one graph, and a recall goes through containers."""

from __future__ import annotations

import gzip
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import jsonschema  # type: ignore[import-untyped]
import pytest
from starlette.datastructures import QueryParams

from boardtrace.api import create_app
from boardtrace.api_epcis import LD
from boardtrace.digest import digest
from boardtrace.epcis_out import export
from boardtrace.epcis_query import Refused, wanted_of
from boardtrace.gs1 import identify
from boardtrace.ingest import Options, ingest
from boardtrace.replay import rebuild
from boardtrace.verify import verify
from epcis_events import AT, DEVICE, LOT, PARTY, SSCC, aggregated, document, event, made, shipped, unit
from semantics import answer, wipe

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have httpx2, and httpx does
    from fastapi.testclient import TestClient

if TYPE_CHECKING:
    from boardtrace.graph import Graph

LINK = "https://id.gs1.org/00/040123450000003338"
CUSTOMER = "urn:epc:id:pgln:4099999.00007"


@pytest.fixture
def graph(blank_graph: Graph) -> Graph:
    wipe(blank_graph)
    return blank_graph


def take(graph: Graph, folder: Path, *files: list[dict[str, Any]]) -> str:
    """Empty the graph, take each list of events as a batch, and hash what it holds."""
    wipe(graph)
    for number, events in enumerate(files):
        path = folder / f"{number}.json"
        path.write_text(json.dumps(document(*events)))
        ingest(graph, [path])
    return digest(graph)


def life() -> list[dict[str, Any]]:
    assembly = event(
        type="TransformationEvent", bizStep="assembling", inputEPCList=[unit(1)], outputEPCList=[DEVICE]
    )
    assembly["inputQuantityList"] = [{"epcClass": LOT, "quantity": 4}]
    del assembly["action"]
    return [
        made(unit(1)),
        assembly,
        aggregated("ADD", SSCC, DEVICE, unit(2), day=6),
        aggregated("DELETE", SSCC, unit(2), day=7),
        shipped(LINK, eventTime="2026-01-08T08:00:00Z"),
        shipped(unit(2), eventID="urn:uuid:2", eventTime="2026-01-09T08:00:00Z"),
    ]


def test_a_recall_goes_through_the_container_in_any_order(graph: Graph, tmp_path: Path) -> None:
    wrong = shipped(unit(2), eventID="urn:uuid:2", eventTime="2026-01-09T08:00:00Z")
    wrong["errorDeclaration"] = {"declarationTime": "2026-01-10T08:00:00Z"}
    events = [*life(), wrong]
    one = take(graph, tmp_path, events)
    late = list(reversed(events))
    assert take(graph, tmp_path, late[:2], late[2:4], late[4:]) == one
    (row,) = answer(graph, "recall lot", supplier="4023333", lot=LOT)
    assert (row["unit"], row["class"], row["container"], row["customer"]) == (
        DEVICE,
        "certain",
        SSCC,
        CUSTOMER,
    )
    assert row["shipment"].startswith("urn:boardtrace:event:")
    assert [
        r["customer"] for r in answer(graph, "recall lot", supplier="4023333", lot=LOT, by="customer")
    ] == [CUSTOMER]
    assert {r["unit"] for r in answer(graph, "recall unit", unit=unit(1))} == set()
    assert [r["unit"] for r in answer(graph, "contents unit", unit=DEVICE)] == [unit(1)]
    contents = answer(graph, "contents container", container=LINK)  # by its other name
    assert {(r["id"], r["removed_at"] is None) for r in contents} == {(DEVICE, True), (unit(2), False)}
    assert [r["kind"] for r in answer(graph, "history", unit=unit(2)) if r["kind"] == "sale"] == []
    assert verify(graph, lambda *_: None)[1] == []


def test_what_an_event_in_quarantine_names_is_a_gap_of_its_recall(graph: Graph, tmp_path: Path) -> None:
    """A site's name stands before no name of GS1."""
    good = event(action="ADD", quantityList=[{"epcClass": LOT, "quantity": 5}])
    bad = life()[1] | {"eventTime": "yesterday"}
    path = tmp_path / "late.json"
    path.write_text(json.dumps(document(good, bad)))
    report = ingest(graph, [path], Options(site="S"))
    assert (report.accepted > 0, report.quarantined) == (True, 1)
    (row,) = answer(graph, "recall lot", supplier="4023333", lot=LOT, by="gap")
    assert (row["unit"], row["reason"]) == (unit(1), "in quarantine: late.json:1")


def test_half_a_character_costs_its_event_only(graph: Graph, tmp_path: Path) -> None:
    half = "\ud800"
    events = [
        event(epcList=[unit(1)]),
        event(epcList=[f"{unit(2)}{half}"]),
        event(epcList=[f"https://id.gs1.org/01/04012345123456/21/7{half}"]),
        event(epcList=[unit(3)], bizStep=f"https://example.com/{half}"),
        event(epcList=[unit(4)], eventTime=half),
    ]
    said = document(*events) | {"epcisHeader": {"epcisMasterData": {"vocabularyList": [
        {"vocabularyElementList": [{"id": "urn:epc:id:sgln:4012345.00001.0", "attributes": [
            {"id": "urn:epcglobal:cbv:mda#name", "attribute": f"Hall {half}"}]}]}]}}}  # fmt: skip
    said["@context"] = [*said["@context"], {half: "https://example.com/"}]
    path = tmp_path / "half.json"
    path.write_text(json.dumps(said))
    report = ingest(graph, [path])
    assert report.quarantined >= len(events) - 1
    assert report.read == report.accepted + report.duplicate + report.quarantined
    assert [row["match"] for row in answer(graph, "find", id=unit(1))] == ["exact"]
    assert verify(graph, lambda *_: None)[1] == []


def test_capture_and_events(graph: Graph) -> None:
    events = [*life(), event(epcList=["urn:x:other"], bizStep="https://ref.gs1.org/cbv/BizStep-holding")]
    bad = event(epcList=[unit(9)], action="CREATE")
    with TestClient(create_app(graph)) as client:

        def post(*events: Any, **headers: str) -> Any:
            kind = {"content-type": "application/ld+json", **headers}
            return client.post("/capture", content=json.dumps(document(*events)), headers=kind)

        def ask(**query: Any) -> list[Any]:
            answer = client.get("/events", params=query)
            assert answer.status_code == 200, answer.text
            return list(answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"])

        assert ask() == []
        refused = post(*events, bad)
        assert refused.status_code == 400
        assert refused.json()["type"] == "epcisException:ValidationException"
        taken = post(*events, bad, **{"GS1-Capture-Error-Behaviour": "proceed"})
        assert taken.status_code == 202
        assert taken.headers["GS1-EPCIS-Version"] == "2.0.0"
        job = client.get(taken.headers["Location"]).json()
        assert (job["running"], job["success"], len(job["errors"])) == (False, False, 1)
        assert client.get(post(*events).headers["Location"]).json()["success"] is True
        assert client.get("/capture/77").status_code == 404
        assert [one["captureID"] for one in client.get("/capture").json()] == ["1"]
        assert len(ask(EQ_action="ADD|DELETE")) == 3

        found = ask()
        assert [one["eventTime"] for one in found] == sorted(one["eventTime"] for one in events)
        for one in found:
            assert one.pop("eventID")
            assert one.pop("recordTime")
        for one in events:
            one.pop("eventID", None)
            assert one in found
        assert len(ask(eventType="ObjectEvent")) == 4
        assert len(ask(eventType="ObjectEvent|TransformationEvent")) == 5
        assert len(ask(GE_eventTime="2026-01-06T08:00:00Z", LT_eventTime="2026-01-08T09:00:00+01:00")) == 2
        assert (
            len(ask(EQ_bizStep="shipping"))
            == len(ask(EQ_bizStep="urn:epcglobal:cbv:bizstep:shipping"))
            == 2
        )
        assert len(ask(EQ_bizStep="holding")) == 1
        assert len(ask(MATCH_epc=SSCC)) == len(ask(MATCH_epc=LINK)) == 1
        assert len(ask(MATCH_anyEPC=SSCC)) == 3
        assert len(ask(MATCH_anyEPC="urn:epc:idpat:sgtin:4012345.012345.*", EQ_action="DELETE")) == 1
        assert len(ask(MATCH_epc=f"{SSCC}|urn:x:other")) == 2
        assert len(ask(MATCH_parentID="urn:epc:idpat:sscc:4012345.*")) == 2
        pages, link = [], "/events?perPage=3"
        while link:
            answer = client.get(link)
            pages.append(answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"])
            link = answer.links["next"]["url"] if "next" in answer.links else ""
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [one for page in pages for one in page] == ask()
        for query in (
            "EQ_colour=red",
            "EQ_action=FLY",
            "EQ_action=ADD|add",
            "GE_eventTime=now",
            "perPage=0",
            "nextPageToken=x",
            "nextPageToken=WzFlMzAwLCJhIiwiYiJd",  # [1e300,"a","b"]
            "nextPageToken=WzFlMzAwLCJhIiwiYiIsdHJ1ZV0=",
            "MATCH_epc=",
            "perPage=1&perPage=2",
        ):
            answer = client.get(f"/events?{query}")
            assert answer.status_code == 400, query
            assert answer.json()["type"] == "epcisException:QueryParameterException"
        assert client.post("/capture", content="x", headers={"content-type": "text/xml"}).status_code == 415
        rebuild(graph, lambda *_: None)
        assert len(ask()) == len(events)


def test_pages_hold_an_event_and_its_error_declaration(graph: Graph, tmp_path: Path) -> None:
    one = made(unit(1), eventID="urn:uuid:1")
    wrong = {**one, "errorDeclaration": {"declarationTime": "2026-01-10T08:00:00Z"}}
    take(graph, tmp_path, [wrong, made(unit(2)), one], [made(unit(3)), one])
    with TestClient(create_app(graph)) as client:
        for size in (1, 2, 3):
            found, link = [], f"/events?perPage={size}"
            while link:
                answer = client.get(link)
                found += answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
                link = answer.links["next"]["url"] if "next" in answer.links else ""
            assert sorted((said["epcList"], "errorDeclaration" in said) for said in found) == [
                ([unit(1)], False),
                ([unit(1)], True),
                ([unit(2)], False),
                ([unit(3)], False),
            ], size


def test_a_capture_may_come_compressed(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    body = gzip.compress(json.dumps(document(made(unit(1)))).encode())
    monkeypatch.setattr("boardtrace.api_epcis._UNPACKED", 1000)
    with TestClient(create_app(graph)) as client:

        def post(content: bytes, coding: str) -> tuple[int, str]:
            headers = {"content-type": "application/json", "content-encoding": coding}
            answer = client.post("/capture", content=content, headers=headers)
            return answer.status_code, answer.json()["type"] if answer.content else ""

        assert post(body, "gzip") == (202, "")
        assert client.get("/capture/1").json()["success"]
        bad = (400, "epcisException:ValidationException")
        assert post(body[:-9], "gzip") == post(b"{}", "gzip") == post(b"", "gzip") == bad
        large = gzip.compress(b" " * 2000)
        assert post(large, "gzip") == (413, "epcisException:CaptureLimitExceededException")
        assert post(body, "br") == (415, "epcisException:UnsupportedMediaTypeException")


def test_jobs_of_capture_by_pages(graph: Graph, tmp_path: Path) -> None:
    take(graph, tmp_path, *([made(unit(number))] for number in range(3)))
    with TestClient(create_app(graph)) as client:
        pages, link = [], "/capture?perPage=2"
        while link:
            answer = client.get(link)
            pages.append([one["captureID"] for one in answer.json()])
            link = answer.links["next"]["url"] if "next" in answer.links else ""
        assert pages == [["1", "2"], ["3"]]
        assert len(client.get("/capture").json()) == 3
        asked = {"EQ_readPoint": "https://id.gs1.org/414/4012345000016/254/1", "orderBy": "recordTime"}
        answer = client.get("/events", params={**asked, "eventCountLimit": "2", "perPage": "1"})
        found = []
        while answer.status_code == 200:
            found += answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            if "next" not in answer.links:
                break
            answer = client.get(answer.links["next"]["url"])
        assert [one["epcList"] for one in found] == [[unit(2)], [unit(1)]]
        answer = client.get("/events?maxEventCount=2")
        assert (answer.status_code, answer.json()["type"]) == (413, "epcisException:QueryTooLargeException")
        for path, media in (
            ("/events", LD),
            ("/capture", "application/json"),
            ("/capture/1", "application/json"),
        ):
            answer = client.get(path, headers={"Accept": "application/xml, text/*;q=0.5"})
            assert (answer.status_code, answer.json()["type"]) == (
                406,
                "epcisException:NotAcceptableException",
            )
            for accept, given in (("*/*", media), ("application/json", "application/json"), (LD, LD)):
                answer = client.get(path, headers={"Accept": accept})
                assert (answer.status_code, answer.headers["content-type"]) == (200, given)
        for query in ("colour=red", "perPage=0", "perPage=x", "nextPageToken=-1", "perPage=1&perPage=2"):
            answer = client.get(f"/capture?{query}")
            assert answer.status_code == 400, query
            assert answer.json()["type"] == "epcisException:QueryParameterException"


@pytest.mark.parametrize("body", [b"", b" \n", b"[]", b"\xef\xbb\xbf [ ]\n"])
@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
def test_a_capture_of_nothing(body: bytes, behaviour: str, graph: Graph) -> None:
    headers = {"content-type": "application/ld+json", "GS1-Capture-Error-Behaviour": behaviour}
    with TestClient(create_app(graph)) as client:
        answer = client.post("/capture", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["type"] == "epcisException:ValidationException"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("sgtin:4012345.012345.*", [0, 1]),
        ("sgtin:4012345.*.*", [0, 1, 2]),
        ("sgtin:*.*.*", [0, 1, 2, 3]),
        ("sgtin:4012345.012345.1", [0]),
        ("sscc:4012345.*", [4]),
        ("sscc:*.*", [4]),
        ("grai:4012345.00001.*", [5]),
        ("grai:4012345.*.*", [5]),
        ("grai:4012346.*.*", []),
        ("giai:4012345.*", [6]),
        ("giai:*.*", [6]),
        ("cpi:4012345.A.*", [7]),
        ("cpi:4012345.*.*", [7, 8]),
        ("gid:951.*.*", [9]),
        ("gid:951.12.*", [9]),
        ("gid:9511.2.400", [10]),
        ("gid:*.*.*", [9, 10]),
        ("giai:4012345.*|sgtin:4099999.*.*", [3, 6]),
    ],
)
def test_patterns(pattern: str, found: list[int]) -> None:
    ids = [
        unit(1),
        "https://id.gs1.org/01/04012345123456/21/2",
        "urn:epc:id:sgtin:4012345.912345.1",
        "urn:epc:id:sgtin:4099999.012345.1",
        SSCC,
        "urn:epc:id:grai:4012345.00001.T",
        "urn:epc:id:giai:4012345.7",
        "urn:epc:id:cpi:4012345.A.1",
        "urn:epc:id:cpi:4012345.AB.1",
        "urn:epc:id:gid:951.12.400",
        "urn:epc:id:gid:9511.2.400",
    ]
    query = "|".join(f"urn:epc:idpat:{one}" for one in pattern.split("|"))
    wanted = wanted_of(QueryParams({"MATCH_epc": query}))
    names = ", ".join(f"({at}, ['{identify(name).same}'])" for at, name in enumerate(ids))
    condition = f"SELECT n FROM (VALUES {names}) t(n, epc) WHERE {wanted.conditions[0]} ORDER BY n"  # noqa: S608
    with duckdb.connect() as db:
        assert [n for (n,) in db.execute(condition, wanted.values).fetchall()] == found


@pytest.mark.parametrize(
    "pattern", ["sgtin:*.012345.*", "sgtin:4012345.*.7", "sscc:*.5", "giai:4012345.A*B", "grai:*.00001.*"]
)
def test_a_pattern_ends_in_what_is_not_known(pattern: str) -> None:
    with pytest.raises(Refused, match="last fields"):
        wanted_of(QueryParams({"MATCH_anyEPC": f"urn:epc:idpat:{pattern}"}))


def test_what_events_answers_can_be_captured_again(graph: Graph, tmp_path: Path) -> None:
    before = take(graph, tmp_path, life())
    with TestClient(create_app(graph)) as client:
        told = client.get("/events").content
        kind = {"content-type": "application/ld+json"}
        assert client.post("/capture", content=told, headers=kind).status_code == 202
        again = client.get("/events").json()["epcisBody"]
    assert (digest(graph), again) == (before, json.loads(told)["epcisBody"])


TABLES = [
    {"table": "units", "unit": "SN 1", "product": "GW", "created_at": AT},
    {"table": "units", "unit": "urn:x:board:1", "created_at": AT},
    {"table": "lots", "supplier": "KAIYO/1", "lot": "L:1", "part": "C1"},
    {
        "table": "placements",
        "unit": "SN 1",
        "at": AT,
        "supplier": "KAIYO/1",
        "lot": "L:1",
        "machine": "M 1",
    },
    {"table": "placements", "unit": "SN 1", "at": AT, "supplier": "", "lot": "REEL", "machine": "M 1"},
    {"table": "removals", "unit": "SN 1", "at": "2026-01-07T08:00:00Z", "supplier": "", "lot": "REEL"},
    {"table": "mounts", "child": "urn:x:board:1", "parent": "SN 1", "at": "2026-01-06T08:00:00Z"},
    {
        "table": "processes",
        "unit": "SN 1",
        "at": "2026-01-06T09:00:00Z",
        "kind": "reflow 2",
        "machine": "M 1",
    },
    {"table": "tests", "unit": "SN 1", "at": "2026-01-06T10:00:00Z", "kind": "ict", "result": "pass"},
    {
        "table": "packing",
        "content": "SN 1",
        "content_kind": "unit",
        "container": "BOX",
        "at": "2026-01-08T08:00:00Z",
    },
    {
        "table": "packing",
        "content": "BOX",
        "content_kind": "container",
        "container": SSCC,
        "at": "2026-01-08T09:00:00Z",
    },
    {
        "table": "shipments",
        "shipment": "DN 1",
        "shipped_at": "2026-01-09T08:00:00Z",
        "kind": "sale",
        "customer": "Söhne",
    },
    {"table": "shipment_contents", "shipment": "DN 1", "content": SSCC, "content_kind": "container"},
    {"table": "shipments", "shipment": "T1", "shipped_at": "2026-01-08T20:00:00Z", "kind": "transfer"},
    {"table": "shipment_contents", "shipment": "T1", "content": "SN 1", "content_kind": "unit"},
    {
        "table": "shipments",
        "shipment": "R1",
        "shipped_at": "2026-02-09T08:00:00Z",
        "kind": "return",
        "customer": "Söhne",
    },
    {"table": "shipment_contents", "shipment": "R1", "content": "SN 1", "content_kind": "unit"},
]


def test_an_export_says_what_epcis_can_and_comes_back(graph: Graph, tmp_path: Path) -> None:
    schema = json.loads((Path(__file__).parent / "epcis_schema.json").read_text())
    tables = tmp_path / "plant.ndjson"
    tables.write_text("\n".join(map(json.dumps, TABLES)))
    ingest(graph, [tables])

    def exported() -> dict[str, dict[str, Any]]:
        names = [("unit", "SN 1"), ("shipment", "DN 1"), ("shipment", "T1"), ("shipment", "R1")]
        found = {name: json.loads(export(graph, kind, name)) for kind, name in names}  # type: ignore[arg-type]
        for written in found.values():
            jsonschema.validate(written, schema, jsonschema.Draft7Validator)
            written.pop("creationDate")
        return found

    first = exported()
    assert [len(one["epcisBody"]["eventList"]) for one in first.values()] == [11, 5, 3, 3]
    contents = [answer(graph, "contents shipment", shipment=name) for name in ("DN 1", "T1", "R1")]
    places = answer(graph, "recall lot", supplier="KAIYO/1", lot="L:1")
    wipe(graph)
    for name, said in first.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**said, "creationDate": AT}))
        assert ingest(graph, [path]).problems == []
    assert exported() == first
    for row in (rows := answer(graph, "recall lot", supplier="KAIYO/1", lot="L:1")):
        row["product"] = None
    assert rows == [{**row, "product": None} for row in places]
    again = [answer(graph, "contents shipment", shipment=name) for name in ("DN 1", "T1", "R1")]
    assert [[row["id"] for row in rows] for rows in again] == [
        [row["id"] for row in rows] for rows in contents
    ]
    with TestClient(create_app(graph)) as client:
        got = client.get("/v1/epcis/unit", params={"unit": "SN 1"})
        assert got.headers["content-type"] == "application/ld+json"
        assert got.json()["epcisBody"] == first["SN 1"]["epcisBody"]
        assert client.get("/v1/epcis/shipment", params={"shipment": "none"}).status_code == 404
        assert client.get("/v1/epcis/shipment").status_code == 422


def owner(kind: str, party: str) -> dict[str, Any]:
    return {f"{kind}List": [{"type": "owning_party", kind: party}]}


TO = owner("destination", CUSTOMER)
FROM = owner("source", CUSTOMER)
AT_HOME = owner("destination", PARTY)
PAPERS: dict[str, Any] = {"type": "desadv", "bizTransaction": "urn:x:DA1"}
WAYS: list[list[dict[str, Any]]] = [
    [{"bizStep": "shipping", "eventID": "urn:uuid:1", **TO}],
    [{"bizStep": "shipping", "bizTransactionList": [PAPERS], **TO}],
    [{"bizStep": "consigning", **owner("source", PARTY), **TO}],
    [{"bizStep": "departing", **owner("source", PARTY), **TO}],
    [{"bizStep": "retail_selling", "disposition": "retail_sold"}],
    [{"bizStep": "receiving", **FROM, **AT_HOME}],
    [{"bizStep": "shipping", **TO}, {"bizStep": "void_shipping"}],
    [{"bizStep": "shipping", **TO}, {"bizStep": "void_shipping"}, {"bizStep": "shipping", **AT_HOME}],
    [{"bizStep": "shipping", **TO}, {"bizStep": "receiving", "disposition": "returned", **FROM, **AT_HOME}],
    [{"bizStep": "shipping", "bizTransactionList": [PAPERS | {"type": "rma"}], **FROM, **AT_HOME}],
    [{"bizStep": "shipping", **owner("source", PARTY), **AT_HOME}],
    [{"bizStep": "destroying", "disposition": "destroyed"}],
    [{"bizStep": "repairing", "disposition": "disposed"}],
]
SCRAP = [
    {"table": "service", "unit": "SN 1", "at": AT, "kind": "scrap", "site": "LINE 2", "detail": "cracked"},
    {"table": "service", "unit": "SN 2", "at": AT, "kind": "scrap"},
]


def test_an_export_sends_and_scraps_nothing_again(graph: Graph, tmp_path: Path) -> None:
    events = [
        event(epcList=[unit(number)], eventTime=f"2026-01-{day:02}T08:00:00Z", **said)
        for number, way in enumerate(WAYS)
        for day, said in enumerate(way, 10)
    ]
    names = ["SN 1", "SN 2", *(unit(number) for number in range(len(WAYS)))]
    (tmp_path / "service.ndjson").write_text("\n".join(map(json.dumps, SCRAP)))

    def known() -> tuple[dict[str, Any], ...]:
        said = {name: json.loads(export(graph, "unit", name))["epcisBody"] for name in names}
        lives = {name: answer(graph, "history", unit=name) for name in names}
        for row in (row for rows in lives.values() for row in rows):
            if row["kind"] not in {"sale", "return", "transfer", "scrap"}:
                row["detail"] = None  # of a step its parameters, which are not in an export
        return said, lives

    wipe(graph)
    (tmp_path / "plant.json").write_text(json.dumps(document(*events)))
    ingest(graph, [tmp_path / "plant.json", tmp_path / "service.ndjson"])
    first = known()
    wipe(graph)
    for number, body in enumerate(first[0].values()):
        path = tmp_path / f"export{number}.json"
        path.write_text(json.dumps(document() | {"epcisBody": body}))
    assert ingest(graph, sorted(tmp_path.glob("export*.json"))).problems == []
    assert known() == first
    assert answer(graph, "findings") == []
