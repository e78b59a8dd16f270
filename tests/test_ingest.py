"""Files as people have them: every dialect, every fault; counts that add up; nothing twice."""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import os
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import duckdb
import pytest

from boardtrace import projection
from boardtrace.admit import admit
from boardtrace.answer import ask
from boardtrace.archive import Archive
from boardtrace.errors import AskedWrong, BadInput, BoardtraceError, NotFound, Quarantined
from boardtrace.evidence import evidence
from boardtrace.facts import LINE, Ledger
from boardtrace.files import collect
from boardtrace.ingest import Options, Report, ingest
from boardtrace.kinds import RULES
from boardtrace.model import same_part
from boardtrace.questions import QUESTIONS
from boardtrace.verify import verify
from boardtrace.watch import look
from derived import derived
from semantics import answer, wipe

if TYPE_CHECKING:
    from pathlib import Path

    from boardtrace.graph import Graph, Transaction

TESTED = (
    b'{"unit": "U1", "at": "2026-01-01T00:00:00Z", "kind": "AOI", "result": "pass", "measurements": %s}'
)
PLACED = "unit,at,supplier,lot,refdes\nU1,2026-01-01T00:00:00Z,ACME,L1,C1 C2\n"


@pytest.fixture
def graph(blank_graph: Graph) -> Graph:
    wipe(blank_graph)
    return blank_graph


def take(graph: Graph, folder: Path, **files: str | bytes) -> Report:
    """Ingest files given by name (``_`` before the ending is a dot)."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / ".".join(name.rsplit("__", 1))).write_bytes(data)
    return ingest(graph, [folder])


def lots_of(graph: Graph, unit: str) -> list[tuple[str, str, list[str]]]:
    rows = answer(graph, "provenance unit", unit=unit)
    return [(row["supplier"], row["lot"], row["refdes"]) for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        PLACED,
        "\ufeff" + PLACED,
        PLACED.replace("\n", "\r\n"),
        PLACED.replace(",", ";"),
        PLACED.replace(",", "\t"),
        "sep=;\n" + PLACED.replace(",", ";"),
        PLACED.rstrip("\n"),
        PLACED + "\n\n",
        'Unit , AT,"Supplier",lot,REFDES\n "U1" ,2026-01-01T00:00:00Z,"ACME"," L1 ","C2  C1"\n'.replace(
            ' "U1" ', "U1 "
        ),
        PLACED.replace("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"),
        PLACED.replace("2026-01-01T00:00:00Z", "2025-12-31t23:30:00.000-00:30"),
    ],
    ids=[
        "plain",
        "bom",
        "crlf",
        "semicolon",
        "tab",
        "sep",
        "no-end",
        "blank-lines",
        "quotes",
        "offset",
        "lower-t",
    ],
)
def test_dialects_of_a_spreadsheet(graph: Graph, tmp_path: Path, text: str) -> None:
    report = take(graph, tmp_path, placements__csv=text)
    assert (report.read, report.accepted, report.quarantined) == (1, 1, 0), report.problems
    assert lots_of(graph, "U1") == [("ACME", "L1", ["C1", "C2"])]
    placed = answer(graph, "provenance unit", unit="U1")[0]
    assert placed["placed_at"] == "2026-01-01T00:00:00Z"


def test_blanks_at_the_ends_of_a_key_are_no_part_of_it(graph: Graph, tmp_path: Path) -> None:
    blanks = [
        char for char in map(chr, range(0x3001)) if char.isspace() and char not in "\r\n\x1c\x1d\x1e\x1f"
    ]
    lines = "".join(f"{char}U{number}{char},P\n" for number, char in enumerate(blanks))
    report = take(graph, tmp_path, units__csv=f"unit,product\n{lines}")
    assert (report.accepted, report.quarantined) == (len(blanks), 0)
    for number, char in enumerate(blanks):
        assert answer(graph, "find", id=f"U{number}{char}")[0]["match"] == "exact", hex(ord(char))


def test_a_part_number_is_compared_alike_when_asked_and_when_read(tmp_path: Path) -> None:
    codes = [code for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    with Ledger(tmp_path) as ledger:
        query = "SELECT code, part_number('a' || chr(code) || 'b') FROM (SELECT unnest(?) AS code)"
        spelled = ledger.rows(query, [codes])
    assert len(spelled) == len(codes)
    assert [hex(code) for code, read in spelled if read != same_part(f"a{chr(code)}b")] == []


def test_a_long_number_is_a_key_like_any_other(graph: Graph, tmp_path: Path) -> None:
    keys = ["89490200001234567890", "123456789012345678901234567890", "9223372036854775807", "7"]
    text = "".join(f'{{"unit": {key}, "product": "P"}}\n' for key in keys)
    take(graph, tmp_path, units__ndjson=text)
    for key in keys:
        assert answer(graph, "find", id=key)[0]["key"] == {"unit": key}


def test_what_is_there_to_the_end_of_the_calendar_was_not_ended(graph: Graph, tmp_path: Path) -> None:
    """Whatever offset the last day is written with."""
    for end in ("9999-12-31T23:59:59-05:00", "9999-12-31T00:00:00Z", "2999-01-01T00:00:00+01:00"):
        wipe(graph)
        take(
            graph,
            tmp_path,
            placements__csv=PLACED,
            mounts__csv=f"child,parent,at,removed_at\nU1,P1,2026-01-02T00:00:00Z,{end}\n",
            loads__csv=f"machine,feeder,supplier,lot,loaded_at,unloaded_at\nM,F,ACME,L1,2026-01-02T00:00:00Z,{end}\n",
            lots__csv=f"supplier,lot,expires_at\nACME,L1,{end}\n",
            visits__csv=f"unit,machine,started_at,ended_at\nU1,N,2026-01-02T00:00:00Z,{end}\n",
        )
        rows = answer(graph, "recall lot", supplier="ACME", lot="L1")
        assert [(row["unit"], row["class"], row["top"]) for row in rows] == [
            ("P1", "certain", "P1"),
            ("U1", "certain", "P1"),
        ]
        (row,) = answer(graph, "recall lot", supplier="ACME", lot="L1", by="lot")
        assert (row["machine"], row["feeder"]) == ("M", "F")
        assert answer(graph, "history", unit="U1")[-1]["kind"]


@pytest.mark.parametrize("said", ['{"v":NaN}', '{"v":-Infinity}', '{"a":"NaN","v":nan}', '{"v":1'])
@pytest.mark.parametrize("more", ["", "x" * 5000])
def test_what_is_no_json_goes_to_the_quarantine(graph: Graph, tmp_path: Path, said: str, more: str) -> None:
    good = ['{"v":"NaN \\" inf","w":1}', "[" * 1500 + "]" * 1500, f'{{"v":"{"y" * 5000}"}}']
    texts = [*good, said.replace("{", f'{{"m":"{more}",', 1)]
    lines = "".join(
        f'U{number},2026-01-01T00:00:00Z,AOI,pass,"{text.replace(chr(34), chr(34) * 2)}"\n'
        for number, text in enumerate(texts)
    )
    report = take(graph, tmp_path, tests__csv=f"unit,at,kind,result,measurements\n{lines}")
    (problem,) = report.problems
    assert problem.column == "measurements"
    assert problem.reason.startswith("is not JSON: {")
    assert len(problem.reason) < len("x" * 200)
    assert report.accepted == len(good)
    for number in range(len(good)):
        assert answer(graph, "measurements", unit=f"U{number}")


def hidden(graph: Graph, question: str, **parameters: str) -> list[tuple[str | None, str]]:
    rows = answer(graph, question, by="gap", **parameters)
    assert ask(graph, QUESTIONS[question], parameters).meta["gaps"] == len(rows)
    return [(row["unit"], row["reason"]) for row in rows]


def test_a_part_with_a_sharp_s_is_recalled(graph: Graph, tmp_path: Path) -> None:
    take(graph, tmp_path, lots__csv="supplier,lot,part\nACME,L1,Fuß \ufb01n\n", placements__csv=PLACED)
    for part in ("Fuß \ufb01n", "fUß\ufb01N", "FU\u1e9e\ufb01N"):
        assert [row["unit"] for row in answer(graph, "recall component", part=part)] == ["U1"]


def test_rows_in_quarantine_that_name_the_part(graph: Graph, tmp_path: Path) -> None:
    take(
        graph,
        tmp_path,
        components__csv="part,mpn\n100N,M-1\n",
        lots__csv="supplier,lot,part,received_at\nACME,L1,100N,\n"
        "ACME,L7,100 n,yesterday\nACME,L8,m-1,never\nB,L9,7,x\n",
    )
    bad = [(None, "in quarantine: lots.csv:3"), (None, "in quarantine: lots.csv:4")]
    assert hidden(graph, "recall component", part="100N") == bad
    assert hidden(graph, "recall component", part="M-1") == bad


def test_a_unit_in_quarantine_is_named_though_nothing_else_is_known_of_it(
    graph: Graph, tmp_path: Path
) -> None:
    take(graph, tmp_path, placements__csv=PLACED + "U9,never,ACME,L1,C1\n")
    assert hidden(graph, "recall lot", supplier="ACME", lot="L1") == [
        ("U9", "in quarantine: placements.csv:3")
    ]


def test_goods_that_may_be_of_a_suspect_lot(graph: Graph, tmp_path: Path) -> None:
    """A lot that is shipped as it is hides no less than one that was placed."""
    goods = "".join(
        f"S2,{lot},lot,{supplier}\n" for supplier, lot in (("B", "L5"), ("B", "L6"), ("", "R8"))
    )
    take(
        graph,
        tmp_path,
        lots__csv="supplier,lot,part\nACME,L1,100N\nB,L5,\n,R8,100N\n",
        shipments__csv="shipment,shipped_at,customer\nS2,2026-02-01T00:00:00Z,K2\n",
        shipment_contents__csv=f"shipment,content,content_kind,supplier\n{goods}",
        packing__csv="content,content_kind,supplier,container,at\nL7,lot,B,X,2026-01-01T00:00:00Z\n",
    )
    unknown = [("B/L6", "known only by reference"), ("B/L7", "known only by reference")]
    assert hidden(graph, "recall component", part="100N") == [("B/L5", "part not known"), *unknown]
    assert hidden(graph, "recall lot", supplier="ACME", lot="L1") == [
        ("/R8", "from no known lot"),
        *unknown,
    ]
    rows = answer(graph, "recall lot", supplier="ACME", lot="L1", by="gap")
    assert [(row["customer"], row["at"]) for row in rows] == [
        *[("K2", "2026-02-01T00:00:00Z")] * 2,
        (None, None),
    ]


def test_reels_of_unknown_origin_where_the_supplier_has_no_lot_of_the_part(
    graph: Graph, tmp_path: Path
) -> None:
    placed = "".join(f"B{reel},2026-01-01T00:00:00Z,,R{reel}\n" for reel in (8, 9))
    take(
        graph,
        tmp_path,
        lots__csv="supplier,lot,part\nV,L1,10K\n,R9,200N\n,R8,\n",
        placements__csv=f"unit,at,supplier,lot\n{placed}",
        components__csv="part\n200N\n",
    )
    for question in ("recall supplier", "recall component"):
        found = hidden(graph, question, supplier="V", part="200N")
        assert found == [("B8", "from no known lot"), ("B9", "from no known lot")]


@pytest.mark.parametrize("wanted", ["m-1", "X1", "M - 1"])
def test_an_empty_feeder_by_any_number_of_its_part(graph: Graph, tmp_path: Path, wanted: str) -> None:
    take(
        graph,
        tmp_path,
        components__csv="part,mpn\nX1,M-1\nX2,M-2\n",
        lots__csv="supplier,lot,part\nACME,L1,X1\n",
        programs__csv=f"program,feeder,refdes,part\nG,F1,C1,{wanted}\nG,F2,C2,M-2\n",
        visits__csv="unit,machine,started_at,program\nB1,M,2026-01-01T00:00:00Z,G\n",
    )
    for question, asked in (
        ("recall lot", {"supplier": "ACME", "lot": "L1"}),
        ("recall component", {"part": "x1"}),
        ("recall component", {"part": "M-1"}),
        ("recall supplier", {"supplier": "ACME"}),
    ):
        assert hidden(graph, question, **asked) == [("B1", "nothing was loaded at this feeder")], question


def test_why_of_a_lot_that_was_packed_as_it_is_and_of_one_that_was_not(
    graph: Graph, tmp_path: Path
) -> None:
    take(
        graph,
        tmp_path,
        lots__csv="supplier,lot\nACME,L1\nACME,L2\n",
        placements__csv=PLACED,
        packing__csv="content,content_kind,supplier,container,at\nL2,lot,ACME,X,2026-01-01T00:00:00Z\n",
    )
    for lot, cls in (("L1", None), ("L2", "certain")):
        found = ask(graph, QUESTIONS["why lot"], {"unit": f"ACME/{lot}", "supplier": "ACME", "lot": lot})
        assert found.meta["class"] == cls


def test_odd_names_and_times_are_asked_wrong_at_most(graph: Graph, tmp_path: Path) -> None:
    serial = "kind,id,alias\nunit,Serial-1,SERIAL_1\n"
    take(graph, tmp_path, placements__csv=PLACED, aliases__csv=serial)
    with pytest.raises(NotFound) as wrong:  # near by its own name and by another, and named once
        answer(graph, "history", unit="Serial 1")
    assert wrong.value.near == ["Serial-1"]
    for name in ("and", "OR", "Not", "u", "\\u0041"):
        with pytest.raises(NotFound):
            answer(graph, "history", unit=name)
        assert [row["match"] for row in answer(graph, "find", id=name)] in ([], ["near"])
    for time in ("9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+23:59", "2026-01-01T00:00:00"):
        with pytest.raises(AskedWrong, match="since"):
            answer(graph, "recall machine", machine="M", since=time)
    blank = answer(graph, "recall supplier", supplier="ACME", since=" 2024-03-01T08:00:00Z ")
    assert blank == answer(graph, "recall supplier", supplier="ACME", since="2024-03-01T08:00:00Z")
    assert answer(graph, "find", id="U1", as_of=" 1 ") == answer(graph, "find", id="U1", as_of=1)
    for as_of in ("1.0", "1900000000.5", "1e0", "", "yesterday"):
        with pytest.raises(AskedWrong, match="as_of"):
            answer(graph, "find", id="U1", as_of=as_of)


def test_of_two_amounts_of_one_time_it_is_the_greater_whichever_came_first(tmp_path: Path) -> None:
    for number, rest in enumerate(["30", "7", "12"]):
        text = f"supplier,lot,at,remaining\nACME,L1,2026-01-01T00:00:00Z,{rest}\n"
        (tmp_path / f"consumptions-{number}.csv").write_text(text)
    for order in itertools.permutations(sorted(tmp_path.iterdir())):
        with derived(*([path] for path in order)) as found:
            assert found.rows("want_lot")[0]["remaining"] == 30.0


def test_keys_are_text(graph: Graph, tmp_path: Path) -> None:
    take(graph, tmp_path, units__csv="unit\n00123\n123\n1e3\n")
    assert answer(graph, "find", id="00123")[0]["key"] == {"unit": "00123"}
    assert answer(graph, "find", id="1e3")[0]["match"] == "exact"


@pytest.mark.parametrize(
    ("table", "text", "line", "column", "reason"),
    [
        ("placements", PLACED + "U2,yesterday,ACME,L1,C1\n", 3, "at", "not a time with an offset"),
        (
            "placements",
            PLACED + "U2,2026-01-01T00:00:00,ACME,L1,C1\n",
            3,
            "at",
            "not a time with an offset",
        ),
        (
            "placements",
            PLACED + "U2,2026-02-30T00:00:00Z,ACME,L1,C1\n",
            3,
            "at",
            "not a time with an offset",
        ),
        ("placements", PLACED + "U2,0001-01-01T00:00:00Z,ACME,L1,C1\n", 3, "at", "before 1970"),
        ("placements", PLACED + "U2,1970-01-01T00:00:00.5+14:00,ACME,L1,C1\n", 3, "at", "before 1970"),
        ("placements", PLACED + ",2026-01-01T00:00:00Z,ACME,L1,C1\n", 3, "unit", "required and blank"),
        ("placements", PLACED + "U2,2026-01-01T00\n", 3, None, "2"),
        ("placements", PLACED + "U2,2026-01-01T00:00:00Z,ACME,L1,C1,extra\n", 3, None, "6"),
        (
            "mounts",
            "child,parent,at\nU1,U1,2026-01-01T00:00:00Z\n",
            2,
            "parent",
            "cannot be mounted in itself",
        ),
        ("lots", "supplier,lot,quantity\nACME,L1,many\n", 2, "quantity", "not a number"),
        ("lots", "supplier,lot,quantity\nACME,L1,inf\n", 2, "quantity", "not a number"),
        (
            "lot_moves",
            "kind,from_supplier,from_lot,to_supplier,to_lot\neaten,A,L,A,M\n",
            2,
            "kind",
            "is one of reel",
        ),
        (
            "lot_moves",
            "kind,from_supplier,from_lot,to_supplier,to_lot\nreel,A,L,A,L\n",
            2,
            "to_lot",
            "become itself",
        ),
        ("removals", "unit,at\nU1,2026-01-01T00:00:00Z\n", 2, "refdes", "one is needed"),
        (
            "tests",
            "unit,at,kind,result,measurements\nU1,2026-01-01T00:00:00Z,AOI,pass,{x\n",
            2,
            "measurements",
            "JSON",
        ),
        ("units", "unit,action\nU1,delete\n", 2, "action", "is one of assert"),
        ("lots", "lot,part\nL1,P\n", 2, "supplier", "required column"),
        ("units", f"unit\n{'U' * 501}\n", 2, "unit", "more than 500 characters"),
    ],
)
def test_bad_row_is_named_and_the_rest_taken(
    graph: Graph, tmp_path: Path, table: str, text: str, line: int, column: str | None, reason: str
) -> None:
    good = "customer\nC1\n"
    report = take(graph, tmp_path, **{f"{table}__csv": text, "customers__csv": good})
    assert report.quarantined == 1
    assert report.read == report.accepted + report.duplicate + report.quarantined
    problem = report.problems[0]
    assert (problem.file, problem.line) == (f"{table}.csv", line)
    assert column is None or problem.column == column
    assert reason in problem.reason
    assert answer(graph, "find", id="C1")[0]["kind"] == "customer"


def test_lines_are_right_after_line_breaks_in_cells(graph: Graph, tmp_path: Path) -> None:
    text = 'customer,name,country\nC1,"two\nlines",DE\n\nC2,x\nC3,"y ""z""",FR\nC4,a,b,c\n'
    report = take(graph, tmp_path, customers__csv=text)
    assert [(p.line, p.reason[:7]) for p in report.problems] == [(5, "2 cells"), (7, "4 cells")]
    assert (report.read, report.accepted) == (4, 2)


def test_wrong_file_beside_good_ones(graph: Graph, tmp_path: Path) -> None:
    report = take(
        graph,
        tmp_path,
        customers__csv="customer\nC1\n",
        custmers__csv="customer\nC2\n",
        lots__csv=b"\x89PNG\r\n\x1a\n\0\0\0",
        units__csv="",
        machines__csv="\xe9".encode("latin-1") + b"\nx\n",
        broken__zip=b"PK\x03\x04 not whole",
        empty__zip=b"PK\x05\x06" + b"\0" * 18,
        garbled__zip=garbled_zip(),
    )
    reasons = {problem.file: problem.reason for problem in report.problems}
    assert "no table has this name" in reasons["custmers.csv"]
    assert "NUL" in reasons["lots.csv"]
    assert "empty" in reasons["units.csv"]
    assert "UTF-8" in reasons["machines.csv"]
    for name in ("broken.zip", "empty.zip", "garbled.zip"):
        assert "broken archive" in reasons[name]
    assert (report.accepted, report.quarantined, report.read) == (1, 7, 8)


def garbled_zip() -> bytes:
    """Make an archive that opens, and whose data cannot be unpacked."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("customers.csv", "customer\n" + "C3\n" * 100)
    return packed.getvalue()[:70] + b"\xff" * 4 + packed.getvalue()[74:]


def test_nothing_to_read_is_an_error(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        ingest(graph, [tmp_path / "nowhere"])
    with pytest.raises(BadInput, match="nothing to read"):
        ingest(graph, [tmp_path])
    (tmp_path / "x.csv").write_text("a\n1\n")
    with pytest.raises(BadInput, match="no table has this name"):
        ingest(graph, [tmp_path])


def test_strict_writes_nothing(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "placements.csv").write_text(PLACED + "U2,never,A,L,C1\n")
    with pytest.raises(Quarantined, match=r"placements\.csv:3: at: is not a time"):
        ingest(graph, [tmp_path], strict=True)
    assert answer(graph, "find", id="U1") == []
    assert ingest(graph, [tmp_path]).batch == 1


@pytest.mark.parametrize("ending", ["zip", "tar.gz", "csv.gz"])
def test_archives(graph: Graph, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"placements.{ending}"
    data = PLACED.encode()
    if ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("export\\placements.csv", data)  # as old ones of Windows do
    elif ending == "tar.gz":
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo("placements.csv")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    else:
        path.write_bytes(gzip.compress(data))
    assert ingest(graph, [path]).accepted == 1
    assert lots_of(graph, "U1") == [("ACME", "L1", ["C1", "C2"])]


def test_same_again_changes_nothing(graph: Graph, tmp_path: Path) -> None:
    first = take(graph, tmp_path, placements__csv=PLACED)
    again = ingest(graph, [tmp_path])
    assert (first.batch, again.batch) == (1, None)
    assert (again.read, again.duplicate) == (1, 1)
    assert ask(graph, QUESTIONS["find"], {"id": "U1"}).meta["batch"]["number"] == 1


def test_unknown_column_is_reported(graph: Graph, tmp_path: Path) -> None:
    report = take(graph, tmp_path, customers__csv="customer,colour\nC1,red\n")
    assert report.accepted == 1
    assert "colour" in report.notes[0]


def test_later_batches_change_what_was_derived(graph: Graph, tmp_path: Path) -> None:
    """A late load, a late program, a late removal, a retraction: the graph follows."""
    visits = "unit,machine,started_at,program\nU1,M1,2026-01-01T00:00:00Z,P\n"
    take(graph, tmp_path, visits__csv=visits)
    assert lots_of(graph, "U1") == []
    loads = "machine,feeder,supplier,lot,loaded_at\nM1,F1,ACME,L1,2025-12-31T00:00:00Z\n"
    take(graph, tmp_path, loads__csv=loads)
    assert answer(graph, "provenance unit", unit="U1")[0]["class"] == "possible"
    take(graph, tmp_path, programs__csv="program,feeder,refdes\nP,F1,C1\nP,F2,C2\n")
    assert answer(graph, "provenance unit", unit="U1")[0]["class"] == "certain"
    assert lots_of(graph, "U1") == [("ACME", "L1", ["C1"])]
    recall = ask(graph, QUESTIONS["recall lot"], {"supplier": "ACME", "lot": "L1"})
    assert recall.meta["gaps"] == 1  # F2 was needed and empty, and nobody knows the part
    take(graph, tmp_path, removals__csv="unit,at,refdes\nU1,2026-01-02T00:00:00Z,C1\n")
    assert answer(graph, "provenance unit", unit="U1")[0]["class"] == "past"
    take(graph, tmp_path, removals__csv="unit,at,refdes,action\nU1,2026-01-02T00:00:00Z,C1,retract\n")
    assert answer(graph, "provenance unit", unit="U1")[0]["class"] == "certain"


def test_a_crash_between_chunks_is_made_good(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after some chunks: the next command writes the rest, and nothing twice."""
    rows = "".join(f"U{n},2026-01-01T00:00:00Z,ACME,L{n % 7},C1\n" for n in range(200))
    monkeypatch.setattr(projection, "_CHUNK", 50)
    plain, calls = type(graph).write, 0

    def dies(self: Graph, name: str, work: object) -> object:
        nonlocal calls
        calls += name.startswith("write batch")
        if calls == 4:
            raise KeyboardInterrupt
        return plain(self, name, work)  # type: ignore[arg-type]

    monkeypatch.setattr(type(graph), "write", dies)
    with pytest.raises(KeyboardInterrupt):
        take(graph, tmp_path, placements__csv="unit,at,supplier,lot,refdes\n" + rows)
    half = ask(graph, QUESTIONS["find"], {"id": "U1"})
    assert half.meta["complete"] == "batch 1 is not written to its end yet"
    with pytest.raises(NotFound, match="no unit U-late, but batch 1 is not written to its end yet"):
        ask(graph, QUESTIONS["history"], {"unit": "U-late"})
    monkeypatch.setattr(type(graph), "write", plain)
    assert ingest(graph, [tmp_path]).batch is None

    def edges(tx: Transaction) -> int:
        return int(tx._inner.run("MATCH (:Run)-[p:PLACED]->() RETURN count(p)").single(strict=True)[0])

    assert graph.read("count", edges) == 200
    assert ask(graph, QUESTIONS["find"], {"id": "U1"}).meta["complete"] is True


def test_a_row_in_quarantine_that_names_the_suspect_is_a_gap(graph: Graph, tmp_path: Path) -> None:
    bad = "U2,never,ACME,L1,C1\nU3,never,,L1,C1\nU4,never,ACME,L2,C1\n"
    moves = "kind,from_supplier,from_lot,to_supplier,to_lot,at\nreel,ACME,L1,,R1,never\n"
    take(graph, tmp_path, placements__csv=PLACED + bad, lot_moves__csv=moves)
    recall = ask(graph, QUESTIONS["recall lot"], {"supplier": "ACME", "lot": "L1"})
    assert (recall.meta["gaps"], recall.meta["summary"]["gaps"], len(recall.rows)) == (2, 2, 1)


# Forms of a table ---------------------------------------------------------------------------------

WORKBOOK = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/>{overrides}</Types>',
    "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
    '2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    "{sheets}</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/'
    'package/2006/relationships">{relations}</Relationships>',
}


def workbook(path: Path, sheets: dict[str, list[list[str | float | None]]]) -> None:
    """Write a workbook as a spreadsheet would: text as text, numbers as numbers."""

    def cell(value: str | float | None, place: str) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    said = {
        "overrides": "".join(
            f'<Override PartName="/xl/worksheets/s{n}.xml" ContentType="application/vnd.openxmlformats-'
            'officedocument.spreadsheetml.worksheet+xml"/>'
            for n in range(len(sheets))
        ),
        "sheets": "".join(
            f'<sheet name="{name}" sheetId="{n + 1}" r:id="r{n}"/>' for n, name in enumerate(sheets)
        ),
        "relations": "".join(
            f'<Relationship Id="r{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            f'worksheet" Target="worksheets/s{n}.xml"/>'
            for n in range(len(sheets))
        ),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in WORKBOOK.items():
            archive.writestr(name, text.format(**said))
        for n, rows in enumerate(sheets.values()):
            lines = "".join(
                f'<row r="{r}">{"".join(cell(v, f"{chr(65 + c)}{r}") for c, v in enumerate(row))}</row>'
                for r, row in enumerate(rows, 1)
                if row
            )
            archive.writestr(
                f"xl/worksheets/s{n}.xml",
                '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                f"<sheetData>{lines}</sheetData></worksheet>",
            )


def test_a_workbook_has_a_table_in_each_sheet(graph: Graph, tmp_path: Path) -> None:
    placements: list[list[str | float | None]] = [
        ["Unit", "at", "supplier", "lot", "refdes"],
        ["00123", "2026-01-01T00:00:00Z", None, "R1", "C1 C2"],
        [],
        [7, "2026-01-01T00:00:00Z", "ACME", "L1", "C1"],
        ["U2", "never", "ACME", "L1", "C1", None, "by hand"],
    ]
    workbook(
        tmp_path / "plant.xlsx",
        {"placements": placements, "customers": [["customer"], ["C1"]], "Notes": [["hello"]]},
    )
    report = ingest(graph, [tmp_path])
    assert (report.read, report.accepted, report.quarantined) == (5, 3, 2)
    assert report.notes == ["plant.xlsx#placements: unknown column #7: not read"]
    assert [(p.file, p.line, p.column) for p in report.problems] == [
        ("plant.xlsx#Notes", 0, None),
        ("plant.xlsx#placements", 5, "at"),
    ]
    assert lots_of(graph, "00123") == [("", "R1", ["C1", "C2"])]
    assert lots_of(graph, "7") == [("ACME", "L1", ["C1"])]
    assert evidence(graph, 1, "plant.xlsx#placements", 4).record == "7,2026-01-01T00:00:00Z,ACME,L1,C1,"
    assert verify(graph, lambda *_: None)[1] == []


@pytest.mark.parametrize("exact", [False, True], ids=["microseconds", "nanoseconds"])
def test_parquet(graph: Graph, tmp_path: Path, exact: bool) -> None:
    path = str(tmp_path / "placements.parquet")
    with duckdb.connect() as db:
        db.execute(
            "CREATE TABLE placed AS SELECT * FROM (VALUES "
            "('U1', TIMESTAMPTZ '2026-01-01 01:00:00+01', NULL, 'R1', ['C2', 'C1'], true), "
            "('U2', NULL, 'ACME', 'L1', ['C1'], false)) t(unit, \"at\", supplier, lot, refdes, certain)"
        )
        if exact:
            db.execute('ALTER TABLE placed ALTER "at" TYPE TIMESTAMPTZ_NS')
        db.table("placed").to_parquet(path)
        db.execute(
            "CREATE TABLE tested AS SELECT unit, \"at\", 'AOI' AS kind, 'pass' AS result FROM placed"
        )
        db.execute("ALTER TABLE tested ADD COLUMN measurements DOUBLE[] DEFAULT [1.5, 2]")
        db.table("tested").filter("unit = 'U1'").to_parquet(str(tmp_path / "tests.parquet"))
    report = ingest(graph, [tmp_path])
    assert [(p.line, p.column) for p in report.problems] == [(2, "at")]
    placed = answer(graph, "provenance unit", unit="U1")[0]
    assert (placed["lot"], placed["refdes"], placed["placed_at"]) == (
        "R1",
        ["C1", "C2"],
        "2026-01-01T00:00:00Z",
    )
    assert "C2 C1" in evidence(graph, 1, "placements.parquet", 1).record
    (tmp_path / "tests.parquet").unlink()
    (tmp_path / "placements.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(BadInput, match="Parquet that cannot be read"):
        ingest(graph, [tmp_path])


@pytest.mark.parametrize(
    ("name", "data", "lines"),
    [
        # a stray quote: the row that has it, and nothing else
        ("units.csv", b'unit,product\nU1,A\n"U2"2,A\nU3,A\n', {3}),
        # line ends of another kind within a cell, in the only row
        ("units.csv", b'unit,product\n"U1","a\r\nb"\n', set()),
        ("units.csv", b"unit,product\nU1,a\r\nU2,b\nU3,c\n", set()),
        ("units.parquet", b"PAR1 and no more", {0}),
    ],
)
def test_a_file_that_is_hard_to_read_does_not_end_the_batch(
    graph: Graph, tmp_path: Path, name: str, data: bytes, lines: set[int]
) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "machines.csv").write_text("machine,name\nM1,one\n")
    (tmp_path / "suppliers.csv").write_text("supplier,name\nS1,one\n")
    report = ingest(graph, [tmp_path])
    assert report.read == report.accepted + report.quarantined
    assert report.accepted == data.count(b"U") + 2 - len(lines) * name.endswith("csv")
    assert {problem.line for problem in report.problems} == lines
    assert answer(graph, "find", id="S1")
    assert verify(graph, lambda *_: None)[1] == []


@pytest.mark.parametrize(
    ("name", "data", "read", "lines", "notes"),
    [
        # columns without a name, as a spreadsheet leaves them, and one of a name that is taken here
        ("customers.csv", b"customer,name,\nC1,a,\nC2,b,\n", 2, [2, 3], ["unknown column #3: not read"]),
        ("customers.csv", b"customer,,_LINE\nC1,,9\n", 1, [2], ["unknown column #2, #3: not read"]),
        ("customers.csv", b'customer,_line\n"C\n1",9\nC2,9\n', 2, [2, 4], ["unknown column #2: not read"]),
        ("customers.csv", b"customer\n\nC1\n\nC2\n", 2, [3, 5], []),
        ("customers.csv", b"customer,name\rC1,a\r", 0, [], "no header of a CSV"),
        (os.fsdecode(b"customers-\xe9.csv"), b"customer\nC1\n", 1, [2], []),
        ("tests.ndjson", TESTED % b"[1, 2]", 1, [1], []),
    ],
)
def test_what_a_spreadsheet_or_a_file_system_adds_costs_nothing(
    tmp_path: Path, name: str, data: bytes, read: int, lines: list[int], notes: list[str] | str
) -> None:
    (tmp_path / name).write_bytes(data)
    table = "tests" if name.startswith("tests") else "customers"
    with Ledger(tmp_path / "ledger") as ledger, ledger.transaction():
        files = collect([tmp_path / name], tmp_path)
        if isinstance(notes, str):
            with pytest.raises(BadInput, match=notes):
                admit(ledger, 1, files, Options(), lambda *_: None)
            return
        counts, passed = admit(ledger, 1, files, Options(), lambda *_: None)
        assert (counts.read, counts.accepted) == (read, read)
        found = ledger.db.table(f"fact_{table}").select(duckdb.SQLExpression(LINE)).fetchall()
        assert sorted(found) == [(line,) for line in lines]
    assert passed.notes == [f"{name}: {note}" for note in notes]


def test_ndjson(graph: Graph, tmp_path: Path) -> None:
    rows = [
        '{"unit": "U1", "at": "2026-01-01T00:00:00Z", "lot": "R1", "refdes": ["C2", "C1"]}',
        "",
        '{"unit": 7, "at": "2026-01-01T00:00:00Z", "supplier": "A", "lot": "L1", "refdes": "C1", "hue": 1}',
        '{"unit": "U3", "at": "2026-01-01T00:00:00Z"',
        '["U4"]',
        '{"table": "mounts", "child": "U1", "parent": "P1", "at": "2026-01-02T00:00:00Z"}',
        '{"table": "nothing", "x": 1}',
        '{"unit": "U5", "at": "2026-01-01T00:00:00Z", "lot": "R1", "lot": "R2"}',
        '{"unit": "U6", "at": "2026-01-01T00:00:00Z", "lot": "R1", "Lot": "R2"}',
    ]
    report = take(graph, tmp_path, placements__ndjson="\n".join(rows))
    assert [(p.line, p.column) for p in report.problems] == [
        *((4, None), (5, None), (7, "table"), (8, "lot"), (9, "lot")),
    ]
    assert report.notes == ["placements.ndjson: 1 of column hue in placements: not read"]
    assert (report.read, report.accepted) == (8, 3)
    assert lots_of(graph, "7") == [("A", "L1", ["C1"])]
    assert lots_of(graph, "P1") == [("", "R1", ["C1", "C2"])]
    other = take(graph, tmp_path, other__ndjson='{"unit": "U1"}')
    assert "no table ''; an object names one of" in other.problems[0].reason
    rows = ['{"table": "visit", "unit": "U1"}', '{"table": "customers", "customer": "K1"}']
    (tmp_path / "mixed").mkdir()
    first = take(graph, tmp_path / "mixed", all__ndjson="\n".join(rows))  # the bad one comes first
    assert (first.read, first.accepted, first.quarantined) == (2, 1, 1)
    assert first.problems[0].reason.endswith("service, aliases: visit")


def test_two_files_of_one_name_are_told_apart(graph: Graph, tmp_path: Path) -> None:
    for number in (1, 2):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as archive:
            archive.writestr("customers.csv", f"customer,name\nC{number}\n")
            if number == 2:  # in one archive, too
                archive.writestr("../customers.csv", "customer,name\nC3\n")
    report = ingest(graph, [tmp_path])
    assert [p.file for p in report.problems] == [
        "2.zip/customers.csv",
        "2.zip~2/customers.csv",
        "customers.csv",
    ]
    assert evidence(graph, 1, "2.zip/customers.csv", 2).record == "C2"
    assert evidence(graph, 1, "2.zip~2/customers.csv", 2).record == "C3"


# Faults -------------------------------------------------------------------------------------------


def test_a_disk_that_is_full_when_all_is_written(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise duckdb.Error("Failed to commit")

    with monkeypatch.context() as patch:
        patch.setattr(projection, "settle", full)
        with pytest.raises(BoardtraceError, match=r"the graph has the batch.*; is the disk full"):
            take(graph, tmp_path, placements__csv=PLACED)
    assert lots_of(graph, "U1")
    assert ingest(graph, [tmp_path]).batch is None
    assert verify(graph, lambda *_: None)[1] == []


def test_an_archive_that_cannot_be_written(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").write_text("a file, not a folder")
    monkeypatch.setenv("BOARDTRACE_ARCHIVE", str(tmp_path / "plain" / "archive"))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "placements.csv").write_text(PLACED)
    with pytest.raises(BoardtraceError, match=r"the archive .* cannot be"):
        ingest(graph, [folder])
    monkeypatch.delenv("BOARDTRACE_ARCHIVE")
    assert answer(graph, "find", id="U1") == []
    assert ingest(graph, [folder]).batch == 1
    assert verify(graph, lambda *_: None)[1] == []


def test_another_store_than_a_folder(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOARDTRACE_ARCHIVE", f"memory://{tmp_path.name}")
    take(graph, tmp_path, placements__csv=PLACED)
    assert verify(graph, lambda *_: None)[1] == []
    assert evidence(graph, 1, "placements.csv", 2).record.startswith("U1,")


def test_another_archive_than_before_is_refused(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(graph, tmp_path, customers__csv="customer\nC1\n")
    for number in (2, 3):  # after the first batch, and after another
        with monkeypatch.context() as patch:
            patch.setenv("BOARDTRACE_ARCHIVE", str(tmp_path / "other"))
            with pytest.raises(BoardtraceError, match="BOARDTRACE_ARCHIVE"):
                take(graph, tmp_path, customers__csv=f"customer\nC{number}\n")
        assert take(graph, tmp_path, customers__csv=f"customer\nC{number}\n").batch == number
    assert verify(graph, lambda *_: None)[1] == []


def test_what_a_killed_ingest_left_in_the_archive_is_swept(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "placements.csv").write_text(PLACED)

    def dies(*_: object) -> None:
        raise SystemExit  # as the process would end: nothing is cleaned up

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record", dies)
        patched.setattr(Archive, "sweep", lambda _: None)
        with pytest.raises(SystemExit):
            ingest(graph, [tmp_path])
    archive = graph.endpoint.data / "archive"
    kept = {path.name for path in archive.rglob("*.gz")}
    digest = hashlib.sha256(PLACED.encode()).hexdigest()
    others = {path for path in archive.rglob("*.json") if digest in path.read_text()}
    assert f"{digest}.gz" in kept
    (tmp_path / "placements.csv").write_text(PLACED.replace("C1 C2", "C3"))
    assert ingest(graph, [tmp_path]).batch == 1
    assert others or f"{digest}.gz" not in {path.name for path in archive.rglob("*.gz")}


def test_two_ingests_at_once_follow_each_other(graph: Graph, tmp_path: Path) -> None:
    folders = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "placements.csv").write_text(PLACED.replace("U1", f"U{number}"))
        folders.append(folder)
    with ThreadPoolExecutor() as pool:
        reports = list(pool.map(lambda folder: ingest(graph, [folder]), folders))
    assert sorted(report.batch or 0 for report in reports) == [1, 2, 3]
    assert verify(graph, lambda *_: None)[1] == []


def test_a_watched_folder(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[list[str], Report | BoardtraceError]] = []

    def tell(paths: list[Path], what: Report | BoardtraceError) -> None:
        heard.append(([path.name for path in paths], what))

    def again(seen: dict[Path, tuple[int, int]]) -> dict[Path, tuple[int, int]]:
        return look(graph, tmp_path, Options(), tell, seen)

    (tmp_path / "placements.csv").write_text(PLACED[:-10])
    (tmp_path / "units.csv.part").write_text("unit\nU1\n")
    seen = again({})
    (tmp_path / "placements.csv").write_text(PLACED)  # it was not complete yet
    seen = again(seen)
    assert heard == []
    seen = again(seen)
    assert [names for names, _ in heard] == [["placements.csv"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken", "units.csv.part"]
    (tmp_path / "placements.csv").write_text(PLACED)
    (tmp_path / "what.csv").write_text("x\n")
    again(again(seen))
    assert isinstance(heard[1][1], Report)
    assert heard[1][1].quarantined == 1
    assert sorted(path.name for path in (tmp_path / "taken").iterdir()) == [
        "placements.csv",
        "placements~2.csv",
        "what.csv",
    ]
    (tmp_path / "what.csv").write_text("x\n")
    again(again({}))
    assert isinstance(heard[2][1], BadInput)
    why = tmp_path / "refused" / "what.csv.why.txt"
    assert "no table has this name" in why.read_text()
    (tmp_path / "units.csv").write_text("unit\nU5\n")
    with monkeypatch.context() as patch:
        patch.setenv("BOARDTRACE_ARCHIVE", str(why / "no folder"))
        again(again({}))
    assert "archive" in str(heard[3][1])
    assert (tmp_path / "units.csv").exists()  # it is not the file's fault

    def taken_away(graph: Graph, paths: list[Path], options: Options) -> Report:
        report = ingest(graph, paths, options)
        (tmp_path / "units.csv").unlink()
        return report

    monkeypatch.setattr("boardtrace.watch.ingest", taken_away)
    again(again({}))
    assert isinstance(heard[4][1], Report)


def test_a_machine_s_line_is_no_line_of_a_file(graph: Graph, tmp_path: Path) -> None:
    take(graph, tmp_path, machines__csv="machine,name,kind,line,site\nM1,Placer,pnp,SMT1,Berlin\n")

    def said(tx: Transaction) -> dict[str, str]:
        return dict(tx._inner.run("MATCH (m:Machine) RETURN m").single(strict=True)[0])

    machine = {"machine": "M1", "name": "Placer", "kind": "pnp", "line": "SMT1", "site": "Berlin"}
    assert graph.read("machine", said) == machine
    assert verify(graph, lambda *_: None)[1] == []


def test_a_graph_of_other_rules_is_not_asked(blank_graph: Graph, tmp_path: Path) -> None:
    """It may lack what questions look for: an answer that is too small costs lives."""
    wipe(blank_graph)
    (tmp_path / "units.csv").write_text("unit\nU1\n")
    ingest(blank_graph, [tmp_path / "units.csv"])
    assert ask(blank_graph, QUESTIONS["find"], {"id": "U1"}).rows
    change = "MATCH (b:Batch) SET b.rules = $rules"
    for rules in (None, RULES - 1):
        given = {"rules": rules}
        blank_graph.write("change", lambda tx, given=given: tx._inner.run(change, given).consume())  # type: ignore[misc]
        with pytest.raises(BoardtraceError, match="another version") as refused:
            ask(blank_graph, QUESTIONS["find"], {"id": "U1"})
        assert "rebuild" in refused.value.hint
    (tmp_path / "units.csv").write_text("unit\nU2\n")
    ingest(blank_graph, [tmp_path / "units.csv"])  # derives all anew
    assert ask(blank_graph, QUESTIONS["find"], {"id": "U2"}).rows
