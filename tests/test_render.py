"""Answers in every form, byte for byte."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from boardtrace.answer import Answer
from boardtrace.errors import AskedWrong, NotAcceptable
from boardtrace.questions import QUESTIONS, VIEWS, BatchesRow, HistoryRow, UnitView, columns
from boardtrace.render import FORMS, META, header, negotiate, packs, render, table
from boardtrace.rows import Blocks, in_order

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.questions import Question

META_OF_TWO: dict[str, Any] = {
    "question": "anything",
    "parameters": {"lot": "it's Ø"},
    "batch": {"number": 7, "hash": "a" * 64},
    "rows": 2,
    "complete": True,
    "gaps": 0,
}
TWO = Answer(
    ["unit", "parts", "depth", "certain", "key"],
    [("A,1", ['C"1', "C2"], 1, True, {"supplier": "S", "lot": "L"}), ("Ø2", [], None, False, None)],
    META_OF_TWO,
)
META_TEXT = (
    '{"question":"anything","parameters":{"lot":"it\'s Ø"},'
    f'"batch":{{"number":7,"hash":"{"a" * 64}"}},"rows":2,"complete":true,"gaps":0}}'
)
ROWS_TEXT = (
    '{"unit":"A,1","parts":["C\\"1","C2"],"depth":1,"certain":true,"key":{"lot":"L","supplier":"S"}}',
    '{"unit":"Ø2","parts":[],"depth":null,"certain":false,"key":null}',
)


def recall(rows: int, **changes: Any) -> Answer:
    row = {
        "unit": "CB24-000001",
        "product": "CB-100",
        "kind": "board",
        "class": "certain",
        "since": "2024-03-07T05:11:50Z",
        "until": None,
        "lots": ["/R1000001"],
        "refdes": ["C130", "C19", "C20", "C22", "C28"],
        "top": "GW1-000001",
        "container": "CTN-000001",
        "shipment": "DN-00001",
        "shipped_at": "2024-06-07T03:35:11Z",
        "customer": "C-1001",
        "state": "shipped",
    }
    names = columns(VIEWS["unit"])
    counts = dict.fromkeys(("customers", "certain", "tops", "units"), rows)
    summary = counts | dict.fromkeys(
        ("gaps", "possible", "past", "in_stock", "shipped", "returned", "scrapped", "shipments"), 0
    )
    meta = META_OF_TWO | {"question": "recall lot", "rows": rows, "summary": summary}
    return Answer(names, [tuple((row | changes)[name] for name in names)] * rows, meta)


def written(answer: Answer, *, width: int = 80, encoding: str = "utf-8") -> list[str]:
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    table(answer, Console(file=file, width=width))
    file.seek(0)
    return file.read().splitlines()


def test_json() -> None:
    assert render(TWO, "json").decode() == f'{{"meta":{META_TEXT},"rows":[{",".join(ROWS_TEXT)}]}}\n'


def test_ndjson_ends_with_a_digest_of_all_before() -> None:
    rows = "".join(f"{row}\n" for row in ROWS_TEXT).encode()
    digest = hashlib.sha256(rows).hexdigest()
    assert render(TWO, "ndjson") == rows + f'{{"meta":{META_TEXT},"sha256":"{digest}"}}\n'.encode()


def test_csv() -> None:
    assert render(TWO, "csv").decode() == (
        "unit,parts,depth,certain,key\r\n"
        '"A,1","[""C\\""1"",""C2""]",1,true,"{""lot"":""L"",""supplier"":""S""}"\r\n'
        "Ø2,[],,false,\r\n"
    )


def test_csv_reads_back_what_needs_quotes() -> None:
    cells = ('a "b"', "a,b", "a\nb", "a\r\nb", " a ", "'a'", "=1+1", "名前")
    text = render(Answer([f"c{i}" for i in range(len(cells))], [cells], {}), "csv").decode()
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == list(cells)


def test_history_is_in_order_of_time_and_all_else_as_it_is_written() -> None:
    second, fraction = 1_709_280_000_000_000, 1_709_280_000_500_000
    at = ["2024-03-01T08:00:00Z", "2024-03-01T08:00:00.500000Z"]
    life = {name: [None] * 3 for name in columns(HistoryRow)} | {"at": [None, fraction, second]}
    assert [row[0] for row in in_order(HistoryRow, life)] == [*at, None]
    batches = {name: [1] * 2 for name in columns(BatchesRow)} | {"at": [second, fraction]}
    assert [row[1] for row in in_order(BatchesRow, batches)] == at[::-1]


def test_header_is_ascii_and_one_line() -> None:
    text = header(TWO)
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text) == META_OF_TWO


def read(path: Path, content: bytes) -> duckdb.DuckDBPyRelation:
    path.write_bytes(content)
    return duckdb.connect().sql(f"SELECT * FROM '{path}'")  # noqa: S608


def test_parquet_reads_back(tmp_path: Path) -> None:
    found = read(tmp_path / "two.parquet", render(TWO, "parquet"))
    assert list(map(str, found.types)) == [
        "VARCHAR",
        "VARCHAR[]",
        "BIGINT",
        "BOOLEAN",
        "MAP(VARCHAR, VARCHAR)",
    ]
    assert found.fetchall() == TWO.rows
    file = str(tmp_path / "two.parquet")
    metadata = duckdb.execute("SELECT key, value FROM parquet_kv_metadata(?)", [file]).fetchall()
    assert {key.decode(): json.loads(value) for key, value in metadata} == {META: META_OF_TWO}


@pytest.mark.parametrize("row", [*(q.row for q in QUESTIONS.values()), *VIEWS.values()])
def test_parquet_of_no_rows_has_the_types_of_the_question(row: Any, tmp_path: Path) -> None:
    found = read(tmp_path / "none.parquet", render(Answer(columns(row), [], META_OF_TWO), "parquet"))
    assert found.columns == columns(row)
    lists = {name for name, field in row.model_fields.items() if str(field.annotation) == "list[str]"}
    assert {
        name for name, kind in zip(found.columns, found.types, strict=True) if kind == "VARCHAR[]"
    } == lists


def test_parquet_keeps_order_and_nulls_of_many_rows(tmp_path: Path) -> None:
    rows = [(f"U{number:06}", None, number) for number in range(5000, 0, -1)]
    found = read(
        tmp_path / "many.parquet", render(Answer(["unit", "name", "n"], rows, META_OF_TWO), "parquet")
    )
    assert found.fetchall() == rows


@pytest.mark.parametrize("form", FORMS)
def test_same_answer_same_bytes(form: str) -> None:
    answer = recall(3)
    other = recall(3)
    other.meta["summary"] = dict(reversed(other.meta["summary"].items()))  # as another server may send it
    assert render(answer, form) == render(answer, form) == render(other, form)


@pytest.mark.parametrize("form", FORMS)
def test_no_rows(form: str) -> None:
    assert render(Answer(["unit"], [], META_OF_TWO), form)


# Which form ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "json"),
        ("text/csv", "csv"),
        ("text/*", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("application/*", "json"),
        ("application/json;q=0.5, application/x-ndjson", "ndjson"),
        ("*/*, text/csv", "csv"),
        ("*/*, application/json;q=0", "ndjson"),
        ("application/vnd.apache.parquet, text/csv;q=0.9", "parquet"),
        ("text/csv;q=oops, application/json;q=0.1", "json"),
    ],
)
def test_accept(accept: str | None, form: str) -> None:
    assert negotiate(None, accept).name == form


def test_format_comes_before_accept() -> None:
    assert negotiate("csv", "application/json").name == "csv"


def test_unknown_form_names_the_known() -> None:
    with pytest.raises(AskedWrong, match="json, ndjson, csv, parquet") as caught:
        negotiate("xlsx", None)
    assert caught.value.parameter == "format"


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "nonsense"])
def test_nothing_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="text/csv") as caught:
        negotiate(None, accept)
    assert caught.value.status == 406


# For people ---------------------------------------------------------------------------------------


def test_table_fits_80_columns_and_says_what_it_left_out() -> None:
    lines = written(recall(3))
    assert max(map(cell_len, lines)) <= 80
    names = ["unit", "kind", "class", "top", "container", "shipment", "customer", "state"]
    cells = "CB24-000001 board certain GW1-000001 CTN-000001 DN-00001 C-1001 shipped"
    assert (lines[0].split(), lines[2].split()) == (names, cells.split())
    assert "+6 columns: product, since, until, lots, refdes, shipped_at" in " ".join(lines)
    assert lines[-5:] == [
        "3 units in 3 tops: 3 certain, 0 possible, 0 past",
        "now 0 in stock, 0 shipped, 0 returned, 0 scrapped",
        "0 shipments, 3 customers",
        "no gaps",
        "batch 7 (aaaaaaaaaaaa), complete",
    ]


def test_a_narrow_table_of_gaps_says_who_has_the_unit() -> None:
    row = ("GW1-000001", "SMT1-PM1", "F06", ["C1"], "C-0007", "2024-03-07T05:11:50Z",
           "known only by reference", "GW1-000001", "C-1001")  # fmt: skip
    head = written(Answer(columns(VIEWS["gap"]), [row], META_OF_TWO))[0].split()
    assert {"unit", "reason", "top", "customer"} <= set(head)
    assert "at" not in head


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_narrow_table_says_what_a_row_is_of(question: Question) -> None:
    names = columns(question.row)
    head = written(Answer(names, [("x" * 20,) * len(names)], META_OF_TWO), width=60)[0].split()
    assert head[0] == names[0]


def test_table_has_all_columns_where_there_is_room() -> None:
    lines = written(recall(1), width=220)
    assert lines[0].split() == columns(VIEWS["unit"])
    assert "C130 C19 +3" in lines[2]
    assert "columns" not in " ".join(lines)


def test_table_shows_40_rows_and_counts_the_others() -> None:
    lines = written(recall(3601))
    assert sum("CB24-000001" in line for line in lines) == 40
    assert "... and 3,561 more rows (--format csv has all)" in lines


@pytest.mark.parametrize("width", [1, 10, 20, 40, 80])
def test_table_never_exceeds_the_terminal(width: int) -> None:
    for text in ("名前" * 40, "🧪👩‍👩‍👧" * 20, "x" * 300, "a b " * 50):
        answer = Answer(["name", "n"], [(text, 1), ("", 22)], META_OF_TWO)
        lines = written(answer, width=width)
        assert max(map(cell_len, lines)) <= max(width, 2)  # a wide letter needs two


def test_table_shows_control_characters_and_markup_as_they_are() -> None:
    lines = written(Answer(["name"], [("a\x1b[31m[bold]\n",)], META_OF_TWO))
    assert lines[2].strip() == r"a\x1b[31m[bold]\n"


def test_table_on_a_terminal_without_unicode() -> None:
    lines = written(Answer(["name"], [("Ø名",)], META_OF_TWO), encoding="ascii")
    assert lines[2].strip() == r"\xd8\u540d"


def test_table_of_nothing() -> None:
    assert written(Answer(["unit"], [], META_OF_TWO)) == [
        "no rows",
        "no gaps",
        "batch 7 (aaaaaaaaaaaa), complete",
    ]


def test_table_says_why_not_complete_and_that_there_are_gaps() -> None:
    meta = META_OF_TWO | {"batch": None, "complete": "batch 8 is not written to its end yet", "gaps": 2}
    assert written(Answer(["unit"], [("A",)], meta))[-3:] == [
        "1 row",
        "2 gaps: links are missing that could lead to more",
        "no batch yet, NOT COMPLETE: batch 8 is not written to its end yet",
    ]


@pytest.mark.parametrize(
    ("accept", "taken"),
    [
        (None, False),
        ("", False),
        ("identity", False),
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("br, *;q=0, gzip", True),
        ("identity, gzip;q=0.5", False),
    ],
)
def test_accept_encoding(accept: str | None, *, taken: bool) -> None:
    assert packs(accept) is taken


# Blocks -------------------------------------------------------------------------------------------

OWN = ("unit", "since", "top", "container")
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
GROUP = st.fixed_dictionaries(
    {
        "unit": st.lists(NAMES, min_size=1, max_size=4),
        "each": st.lists(
            st.tuples(st.none() | st.integers(0, 2**55), NAMES, st.none() | NAMES), min_size=4, max_size=4
        ),
        "product": st.none() | NAMES,
        "until": st.none() | st.integers(0, 2**55),
        "lots": st.lists(NAMES, max_size=3),
    }
)


@given(st.lists(GROUP, max_size=4))
def test_blocks_are_written_as_their_rows_are(groups: list[dict[str, Any]]) -> None:
    shared = dict.fromkeys(columns(UnitView)) | {
        "kind": "board",
        "class": "certain",
        "refdes": ["R2", "R10"],
    }
    blocks = []
    for group in groups:
        each = dict(zip(OWN[1:], zip(*group["each"], strict=True), strict=True))
        own = {"unit": group["unit"]} | {
            name: list(cells)[: len(group["unit"])] for name, cells in each.items()
        }
        blocks.append(shared | {name: group[name] for name in ("product", "until", "lots")} | own)
    rows = Blocks(UnitView, OWN, blocks)
    assert len(rows) == len(list(rows))
    names = columns(UnitView)
    for form in ("json", "ndjson"):
        assert render(Answer(names, rows, {}), form) == render(Answer(names, list(rows), {}), form)
