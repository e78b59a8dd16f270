"""The API against a real graph: every question, by its own examples."""

from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import duckdb
import jsonschema  # type: ignore[import-untyped]
import pytest
from starlette.requests import ClientDisconnect

from boardtrace import __version__, answer, api
from boardtrace.answer import ask
from boardtrace.api import create_app, serve
from boardtrace.asked_log import last
from boardtrace.errors import AskedWrong, BoardtraceError, GraphUnreachable
from boardtrace.graph import Graph
from boardtrace.ingest import ingest
from boardtrace.questions import QUESTIONS, columns
from boardtrace.render import FORMS, META, render
from semantics import wipe

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have httpx2, and httpx does
    from fastapi.testclient import TestClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boardtrace.questions import Question

EXAMPLES = [
    pytest.param(question, example, id=f"{question.name} {urlencode(example)}")
    for question in QUESTIONS.values()
    for example in question.statement.examples
]
MACHINE = "/v1/recall/machine?machine=SMT1-PM1"
LOT = "/v1/recall/lot?supplier=KAIYO&lot=L2407-03"
UNIT = "/v1/contents/unit?unit=GW1-003399"


@pytest.fixture(scope="module")
def client(demo_graph: Graph) -> Iterator[TestClient]:
    with TestClient(create_app(demo_graph), raise_server_exceptions=False) as client:
        yield client


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert set(document) >= {"type", "title", "status", "detail", "instance"}
    assert document["status"] == status
    return document


# Questions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "example"), EXAMPLES)
def test_example(
    question: Question, example: dict[str, Any], client: TestClient, demo_graph: Graph
) -> None:
    response = client.get(f"/v1/{question.path}", params=example)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.content == render(ask(demo_graph, question, example), "json")
    answer = response.json()
    assert answer["rows"] or question.name == "quarantine"  # the plant has no row that cannot be used
    assert answer["meta"]["rows"] == len(answer["rows"])
    assert answer["meta"]["complete"] is True
    assert answer["meta"]["batch"]["number"] >= 1
    row = question.row_of(question.asked.model_validate(example))
    assert all(list(one) == columns(row) for one in answer["rows"])


@pytest.mark.parametrize(("question", "example"), EXAMPLES)
def test_answer_is_as_openapi_says(question: Question, example: dict[str, Any], client: TestClient) -> None:
    schema = answer_schema(client.get("/openapi.json").json(), question)
    answer = client.get(f"/v1/{question.path}", params=example).json()
    answer["rows"] = answer["rows"][:50]
    jsonschema.validate(answer, schema, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form: str, client: TestClient, tmp_path: Path) -> None:
    expected = client.get(LOT).json()
    by_name = client.get(f"{LOT}&format={form}")
    media = FORMS[form].media_type
    by_type = client.get(LOT, headers={"Accept": media.partition(";")[0]})
    assert by_name.status_code == 200
    assert by_name.headers["content-type"] == by_type.headers["content-type"] == media
    assert by_name.content == by_type.content
    assert by_name.headers["vary"] == "Accept, Accept-Encoding"
    file = tmp_path / "answer"
    file.write_bytes(by_name.content)
    names = list(expected["rows"][0])
    if form == "json":
        assert by_name.json() == expected
    elif form == "ndjson":
        *rows, last = map(json.loads, by_name.text.splitlines())
        assert (rows, last["meta"]) == (expected["rows"], expected["meta"])
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(by_name.text, newline="")))
        assert [row["unit"] for row in rows] == [row["unit"] for row in expected["rows"]]
        assert [json.loads(row["refdes"]) for row in rows] == [row["refdes"] for row in expected["rows"]]
        assert json.loads(by_name.headers[META]) == expected["meta"]
    else:
        rows = duckdb.execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
        assert [dict(zip(names, row, strict=True)) for row in rows] == expected["rows"]


def test_order_and_spelling_of_the_query_do_not_change_the_bytes(client: TestClient) -> None:
    again = client.get("/v1/recall/lot?lot=L2407%2D03&supplier=KAIYO")
    assert again.content == client.get(LOT).content


def test_class_is_asked_by_its_public_name(client: TestClient) -> None:
    rows = client.get(f"{LOT}&class=past").json()["rows"]
    assert {row["class"] for row in rows} == {"past"}


def test_blank_supplier_is_a_supplier(client: TestClient) -> None:
    answer = client.get("/v1/lineage?supplier=&lot=R1000001").json()
    assert answer["meta"]["parameters"] == {"supplier": "", "lot": "R1000001"}
    assert answer["rows"]


# What goes wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_unknown_parameter(question: Question, client: TestClient) -> None:
    example = question.statement.examples[0]
    found = problem(client.get(f"/v1/{question.path}", params={**example, "colour": "red"}), 422)
    assert found["parameter"] == "colour"
    assert all(name in found["detail"] for name in (*example, "format", "as_of"))


@pytest.mark.parametrize(
    "question",
    [q for q in QUESTIONS.values() if any(f.is_required() for f in q.asked.model_fields.values())],
    ids=lambda question: question.name,
)
def test_missing_parameter(question: Question, client: TestClient) -> None:
    found = problem(client.get(f"/v1/{question.path}"), 422)
    assert question.asked.model_fields[found["parameter"]].is_required()


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        (f"{LOT}&by=frog", "by"),
        (f"{LOT}&class=", "class"),
        (f"{LOT}&class_=past", "class_"),
        (f"{LOT}&state=lost", "state"),
        (f"{LOT}&lot=L2407-04", "lot"),
        (f"{LOT}&as_of=99999", "as_of"),
        (f"{LOT}&as_of=2024-03-07T05:11:50", "as_of"),
        (f"{LOT}&as_of=2024-03-07T05:11:50+01:00", "as_of"),
        (f"{MACHINE}&since=2024-03-07T00:00:00Z&until=2024-03-07T01:00:00%2B01:00", "until"),
        (f"{MACHINE}&since=2024-03-07T00:00:00", "since"),
        (f"{MACHINE}&until=1709769600", "until"),
        (f"{MACHINE}&class=sure", "class"),
        (f"{MACHINE}&part=C-0007", "part"),
        ("/v1/recall/component?part=C-0007&date_code_from=2454", "date_code_from"),
        ("/v1/recall/component?part=C-0007&date_code_from=2405&date_code_to=2404", "date_code_to"),
        ("/v1/recall/supplier?supplier=", "supplier"),
        ("/v1/gaps?reason=none", "reason"),
        ("/v1/findings?kind=none", "kind"),
        ("/v1/why/unit?unit=GW1-003399", "suspect"),
        ("/v1/contents/unit?unit=%20", "unit"),
        ("/v1/contents/unit?unit=" + "x" * 1001, "unit"),
        ("/v1/catenax/unit", "unit"),
        ("/v1/catenax/unit?unit=GW1-003399&unit=GW1-003399", "unit"),
        ("/v1/epcis/unit?unit=", "unit"),
        ("/v1/epcis/shipment?shipment=DN-00010&format=csv", "format"),
        (f"{UNIT}&format=xlsx", "format"),
        (f"{UNIT}&format=table", "format"),
    ],
)
def test_wrong_value(path: str, parameter: str, client: TestClient) -> None:
    found = problem(client.get(path), 422)
    assert found["parameter"] == parameter
    assert found["type"] == "urn:boardtrace:problem:asked-wrong"
    assert path.endswith("+01:00") == ("%2B" in found["detail"])


def test_a_blank_name_is_of_nothing(client: TestClient) -> None:
    assert problem(client.get("/v1/catenax/unit?unit=%20"), 404)["near"] == []


@pytest.mark.parametrize(
    ("path", "parameter", "near"),
    [
        ("/v1/contents/unit?unit=GW1-00339", "unit", "GW1-000339"),
        ("/v1/recall/lot?supplier=KAIYA&lot=L2407-03", "lot", "KAIYO/L2407-03"),
        ("/v1/recall/supplier?supplier=KAYO", "supplier", "KAIYO"),
        ("/v1/recall/component?part=C-00077", "part", "C-0007"),
        ("/v1/recall/machine?machine=SMT1-PM9", "machine", "SMT1-PM1"),
        ("/v1/recall/machine?machine=SMT1-PM1&program=CB100-PM9", "program", "CB100-PM1"),
        ("/v1/recall/operator?operator=OP13", "operator", "OP-13"),
        ("/v1/recall/firmware?firmware=gw-1.4.1", "firmware", "gw-1.4.0"),
        ("/v1/provenance/container?container=CTN-00034O", "container", "CTN-000340"),
        ("/v1/contents/shipment?shipment=" + "Ø" * 50, "shipment", None),
    ],
)
def test_not_found_names_what_is_near(
    path: str, parameter: str, near: str | None, client: TestClient
) -> None:
    found = problem(client.get(path), 404)
    assert found["type"] == "urn:boardtrace:problem:not-found"
    assert found["parameter"] == parameter
    assert near in found["near"] if near else found["near"] == []
    assert found["instance"].startswith(path.partition("?")[0])


def test_a_makers_part_number_leads_to_the_component(client: TestClient) -> None:
    (row,) = client.get("/v1/find?id=ka c0007x").json()["rows"]
    assert (row["kind"], row["key"], row["match"]) == ("component", {"part": "C-0007"}, "near")
    assert client.get("/v1/find?id=ka c0007x&kind=unit").json()["rows"] == []


def test_not_acceptable(client: TestClient) -> None:
    found = problem(client.get(UNIT, headers={"Accept": "image/png"}), 406)
    assert "text/csv" in found["detail"]


@pytest.mark.parametrize("path", ["/v1/nope", "/v1/recall", "/v1/", "/v1/contents/unit/", "/healthz/x"])
def test_no_such_route(path: str, client: TestClient) -> None:
    assert path in problem(client.get(path), 404)["detail"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [(UNIT, "GET, HEAD"), ("/healthz", "GET, HEAD"), ("/v1/batches", "GET, HEAD, POST")],
)
def test_method_not_allowed(path: str, allowed: str, client: TestClient) -> None:
    response = client.put(path)
    problem(response, 405)
    assert response.headers["allow"] == allowed


def test_who_breaks_off_an_upload_leaves_no_stack_trace(client: TestClient) -> None:
    def gone() -> Iterator[bytes]:
        yield b"customer\n"
        raise ClientDisconnect

    kind = {"Content-Type": "text/csv"}
    assert client.post("/v1/batches?name=x.csv", content=gone(), headers=kind).status_code == 400


def test_bug_is_a_problem_without_a_stack_trace(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("boardtrace.api.ask", broken)
    response = client.get(UNIT, headers={"Cache-Control": "no-cache"})
    problem(response, 500)
    assert "secret" not in response.text
    assert "Traceback" not in response.text


# A graph that is not there ------------------------------------------------------------------------


def test_lives_while_the_graph_does_not() -> None:
    def absent() -> Graph:
        raise GraphUnreachable("bolt://nowhere does not answer")

    with TestClient(create_app(absent)) as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", UNIT):
            response = client.get(path)
            assert "nowhere" in problem(response, 503)["detail"]
            assert int(response.headers["retry-after"]) > 0
        problem(client.get(f"{UNIT}&format=xlsx"), 422)  # needs no graph


def test_is_not_ready_while_the_graph_starts(demo_graph: Graph) -> None:
    started = threading.Event()

    def slow() -> Graph:
        started.wait(30)
        return Graph(demo_graph.endpoint, 60)

    with TestClient(create_app(slow)) as client:
        assert "starting" in problem(client.get("/readyz"), 503)["detail"]
        assert client.get("/healthz").json() == {"status": "alive"}
        started.set()
        assert client.get(UNIT).status_code == 200
        assert client.get("/readyz").json()["engine"].startswith("Neo4j/")


def test_connects_again_after_the_graph_was_lost(
    demo_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    # it would still speak over what is closed
    monkeypatch.setattr("boardtrace.api.planned", lambda _: None)
    made: list[Graph] = []

    def connect() -> Graph:
        made.append(Graph(demo_graph.endpoint, 60))
        return made[-1]

    def gone(*_: object) -> None:
        raise GraphUnreachable("gone")

    with TestClient(create_app(connect)) as client:
        assert client.get(UNIT).status_code == 200
        made[0].read = made[0].peek = gone  # type: ignore[method-assign, assignment]
        problem(client.get(UNIT), 503)
        assert client.get(UNIT).status_code == 200
        assert len(made) == 2
        for path in ("/capture", "/capture/1", "/events", "/v1/epcis/unit?unit=GW1-003399"):
            made[-1].read = made[-1].peek = gone  # type: ignore[method-assign, assignment]
            assert client.get(path).status_code == 503
            assert client.get(path).status_code == 200


def test_many_at_once(client: TestClient) -> None:
    contents: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: contents.append(client.get(UNIT).content)) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(contents) == 16
    assert len(set(contents)) == 1


def test_batches_that_wait_leave_room_for_questions(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, begun = threading.Event(), threading.Event()

    def waits(*_: object, **__: object) -> None:
        begun.set()
        done.wait(60)
        raise BoardtraceError("no more")

    def post(_: int) -> None:
        client.post("/v1/batches", content=b"", headers={"Content-Type": "application/x-ndjson"})

    def ask() -> Any:
        return client.get(UNIT, headers={"Cache-Control": "no-cache"})

    monkeypatch.setattr("boardtrace.api_batches.ingest", waits)
    with ThreadPoolExecutor(60) as pool:
        posts = [pool.submit(post, number) for number in range(50)]  # more than there are threads
        try:
            assert begun.wait(30)
            time.sleep(0.5)  # until all of them are there
            assert pool.submit(ask).result(timeout=20).status_code == 200
        finally:
            done.set()
    assert all(one.done() for one in posts)


@pytest.mark.parametrize("form", FORMS)
def test_compressed_if_asked(form: str, client: TestClient) -> None:
    path = f"{LOT}&format={form}"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for headers in ({}, {"Cache-Control": "no-cache"}):
        packed = client.get(path, headers={"Accept-Encoding": "gzip", **headers})
        assert packed.content == plain.content
        assert packed.headers.get("content-encoding") == (None if form == "parquet" else "gzip")
        if form != "parquet":
            assert int(packed.headers["content-length"]) < len(plain.content) / 4
        assert packed.headers["etag"] != plain.headers["etag"]  # other bytes, another tag
    held = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["etag"]}
    assert client.get(path, headers=held).status_code == 304
    small = client.get("/v1/find?id=KAIYO", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize("path", [LOT, UNIT, "/healthz", "/readyz", "/openapi.json"])
def test_head_is_get_without_a_body(path: str, client: TestClient) -> None:
    body, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == body.headers
    problem = client.head("/v1/contents/unit?unit=nobody")
    assert (problem.status_code, problem.content) == (404, b"")


def test_an_answer_is_tagged_until_the_next_batch(client: TestClient) -> None:
    first = client.get(LOT)
    again = client.get(LOT)
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    for known in (first.headers["etag"], f'"other", W/{first.headers["etag"]}'):
        held = client.get(LOT, headers={"If-None-Match": known})
        assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", first.headers["etag"])
    tags = {first.headers["etag"]}
    for other in (f"{LOT}&by=customer", f"{LOT}&format=csv", f"{LOT}&class=past", UNIT):
        found = client.get(other, headers={"If-None-Match": first.headers["etag"]})
        assert found.status_code == 200
        tags.add(found.headers["etag"])
    assert len(tags) == 5


def test_an_answer_of_before_a_batch_is_not_given_after_it(blank_graph: Graph, tmp_path: Path) -> None:
    wipe(blank_graph)
    table = tmp_path / "units.csv"
    table.write_text("unit,product\nA1,Lamp\n")
    ingest(blank_graph, [table])
    asked = "/v1/find?id=A2"
    with TestClient(create_app(blank_graph)) as client:
        before = client.get(asked)
        assert client.get(asked).content == before.content
        table.write_text("unit,product\nA2,Lamp\n")
        ingest(blank_graph, [table])
        after = client.get(asked)  # what is kept does not hold any more
        known = client.get(asked, headers={"If-None-Match": before.headers["etag"]})
        assert (known.status_code, known.content) == (200, after.content)
        assert [row["match"] for row in after.json()["rows"]] == ["exact"]
        wipe(blank_graph)  # of an empty graph nothing is kept
        assert "etag" not in client.get(asked).headers


@pytest.mark.parametrize(
    ("name", "given"),
    [("find", {"id": "A1"}), ("history", {"unit": "A1"}), ("recall machine", {"machine": "M1"})],
)
def test_a_batch_that_comes_while_a_question_is_asked(
    name: str, given: dict[str, str], blank_graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe(blank_graph)
    table, run = tmp_path / "visits.csv", answer._run
    coming = iter("2345")

    def bring(day: str) -> None:
        table.write_text(f"unit,machine,started_at\nA1,M1,2024-03-0{day}T08:00:00Z\n")
        ingest(blank_graph, [table])

    def meanwhile(*asked: Any) -> Any:
        for day in coming:
            bring(day)
            break
        return run(*asked)

    bring("1")
    monkeypatch.setattr(answer, "_run", meanwhile)
    hurried = ask(blank_graph, QUESTIONS[name], given)
    assert hurried.meta["batch"]["number"] == 3  # it tried thrice
    assert hurried.meta["complete"] == "batch 4 was written while this was asked"
    calm = ask(blank_graph, QUESTIONS[name], given)
    assert (calm.meta["batch"]["number"], calm.meta["complete"]) == (5, True)


def test_what_is_kept_is_not_asked_again(
    demo_graph: Graph, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counted(graph: Graph, question: Question, given: Any) -> Any:
        asked.append(question.name)
        return ask(graph, question, given)

    monkeypatch.setattr(api, "ask", counted)
    once = f"{LOT}&by=shipment&state=shipped&class=certain"
    bodies = [client.get(once).content, client.get(once).content]
    client.get(f"{LOT}&by=lot", headers={"Cache-Control": "no-cache"})
    assert [one.parameters["by"] for one in last(demo_graph, 1)] == ["lot"]
    bodies.append(client.get(once).content)
    assert [one.parameters["by"] for one in last(demo_graph, 1)] == ["shipment"]
    bodies.append(client.get(once, headers={"Cache-Control": "no-cache"}).content)
    assert len(set(bodies)) == 1
    assert asked == ["recall lot"] * 3


# What it says about itself ------------------------------------------------------------------------


def answer_schema(document: dict[str, Any], question: Question) -> dict[str, Any]:
    content = document["paths"][f"/v1/{question.path}"]["get"]["responses"]["200"]["content"]
    return {**content["application/json"]["schema"], "components": document["components"]}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (value["$ref"],) if isinstance(value.get("$ref"), str) else ()
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from references(one)


def test_openapi_holds_together(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    found = set(references(document))
    assert "#/components/schemas/Problem" in found
    assert found <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    operations = [path["get"]["operationId"] for path in document["paths"].values()]
    assert len(set(operations)) == len(operations)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_openapi_of_a_question(question: Question, client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    said = document["paths"][f"/v1/{question.path}"]["get"]
    assert said["summary"] == question.statement.title
    assert {parameter["name"] for parameter in said["parameters"]} == {
        *(field.alias or name for name, field in question.asked.model_fields.items()),
        "format",
    }
    for parameter in said["parameters"]:
        assert parameter["description"]
        assert parameter["examples"]
        for example in parameter["examples"].values():
            jsonschema.validate(example["value"], parameter["schema"])
    assert set(said["responses"]) == {"200", "304", "404", "406", "422", "503"}
    content = said["responses"]["200"]["content"]
    assert set(content) == {form.media_type.partition(";")[0] for form in FORMS.values()}
    assert len(content["application/json"]["examples"]) == len(question.statement.examples) > 0
    for example in content["application/json"]["examples"].values():
        jsonschema.validate(example["value"], answer_schema(document, question))


def test_routes_are_listed(client: TestClient) -> None:
    assert set(client.get("/").json()["questions"]) == {f"/v1/{q.path}" for q in QUESTIONS.values()}


# Serving ------------------------------------------------------------------------------------------


def test_port_in_use_is_one_line(demo_graph: Graph) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BoardtraceError) as caught:
        serve("127.0.0.1", taken.getsockname()[1], demo_graph)
    assert "is in use" in caught.value.message
    assert "--port" in caught.value.hint


@pytest.mark.parametrize(
    ("host", "port", "error"), [("192.0.2.1", 0, BoardtraceError), ("127.0.0.1", 70000, AskedWrong)]
)
def test_nowhere_to_listen(host: str, port: int, error: type[BoardtraceError], demo_graph: Graph) -> None:
    with pytest.raises(error):
        serve(host, port, demo_graph)


def test_serves_until_interrupted() -> None:
    program = """
from boardtrace.api import serve
from boardtrace.errors import GraphUnreachable
def absent():
    raise GraphUnreachable("no graph")
serve("127.0.0.1", 0, absent)
"""
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        where = server.stderr.readline().split()[1]
        with urllib.request.urlopen(f"{where}/healthz", timeout=30) as response:  # noqa: S310
            assert json.load(response) == {"status": "alive"}
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
        lines = server.stderr.read().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith('"GET /healthz HTTP/1.1" 200 OK')


def test_usual_recalls_are_planned_at_its_start(
    blank_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    monkeypatch.setattr(api, "planned", lambda _graph: told.set())
    with TestClient(create_app(lambda: Graph(blank_graph.endpoint, 60))):
        assert told.wait(60)


# Batches ------------------------------------------------------------------------------------------


def test_a_batch_by_http(blank_graph: Graph) -> None:
    wipe(blank_graph)
    rows = [
        {"table": "mounts", "child": "U1", "parent": "P1", "at": "2026-01-03T00:00:00Z"},
        {"table": "placements", "unit": "U1", "at": "2026-01-01T00:00:00Z", "lot": "R1", "refdes": ["C1"]},
        {"table": "tests", "unit": "U1", "at": "never", "kind": "AOI", "result": "pass"},
    ]
    body = "\n".join(map(json.dumps, rows)).encode()
    kind = {"Content-Type": "application/x-ndjson"}
    with TestClient(create_app(blank_graph), raise_server_exceptions=False) as client:
        strict = client.post("/v1/batches?strict=true", content=body, headers=kind)
        assert "1 of 3 rows cannot be used" in problem(strict, 422)["detail"]
        rehearsed = client.post("/v1/batches?dry_run=true&site=S", content=body, headers=kind)
        taken = client.post("/v1/batches?site=S", content=body, headers=kind)
        assert (rehearsed.status_code, taken.status_code) == (200, 201)
        assert rehearsed.json() == taken.json()
        assert {name: taken.json()[name] for name in ("batch", "read", "accepted", "quarantined")} == {
            "batch": 1,
            "read": 3,
            "accepted": 2,
            "quarantined": 1,
        }
        assert taken.json()["problems"][0]["column"] == "at"
        again = client.post("/v1/batches?site=S", content=body, headers=kind)
        assert (again.status_code, again.json()["batch"], again.json()["duplicate"]) == (200, None, 2)
        recall = client.get("/v1/recall/lot?supplier=&lot=S:R1").json()
        assert [row["unit"] for row in recall["rows"]] == ["S:P1", "S:U1"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("customers.csv", "customer\nC1\n")
        as_zip = {"Content-Type": "application/zip"}
        assert client.post("/v1/batches", content=packed.getvalue(), headers=as_zip).json()["accepted"] == 1
        as_csv = {"Content-Type": "text/csv; charset=utf-8"}
        one = client.post("/v1/batches?name=customers.csv", content=b"customer\nC2\n", headers=as_csv)
        as_gzip = as_csv | {"Content-Encoding": "gzip"}
        same = gzip.compress(b"customer\nC2\n")
        packed_one = client.post("/v1/batches?name=customers.csv", content=same, headers=as_gzip).json()
        assert (packed_one["batch"], packed_one["duplicate"]) == (None, 1)
        assert one.json()["batch"] == 3
        names = [row["files"] for row in client.get("/v1/batches").json()["rows"]]
        assert names == [["input.ndjson"], ["customers.csv"], ["customers.csv"]]


@pytest.mark.parametrize(
    ("path", "kind", "status", "said"),
    [
        ("/v1/batches", "text/plain", 415, "a body is one of application/zip"),
        ("/v1/batches", "text/csv", 422, "needs a name"),
        ("/v1/batches?strikt=true", "application/zip", 422, "has no parameter 'strikt'"),
        ("/v1/batches?name=..", "text/csv", 422, "should be a file's"),
        ("/v1/batches?name=a%00.csv", "text/csv", 422, "should be a file's"),
        (f"/v1/batches?name={'x' * 300}", "text/csv", 422, "should be a file's"),
        ("/v1/batches?strict=true&strict=false", "application/zip", 422, "more than once"),
        ("/v1/batches?strict=1", "application/zip", 422, "should be true or false"),
        ("/v1/batches?from=xml", "application/zip", 422, "should be one of tables"),
        ("/v1/batches?site=a%20b", "application/zip", 422, "site: should be letters"),
        ("/v1/batches", "application/zip", 422, "broken archive"),
        ("/v1/batches?name=x.csv", "text/csv", 422, "no table has this name"),
    ],
)
def test_a_wrong_batch_is_a_problem(
    client: TestClient, path: str, kind: str, status: int, said: str
) -> None:
    response = client.post(path, content=b"nothing", headers={"Content-Type": kind})
    assert said in problem(response, status)["detail"]
