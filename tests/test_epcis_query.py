"""The queries of EPCIS: each parameter finds what a plain filter over the events' JSON finds."""

from __future__ import annotations

import json
import operator
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from starlette.datastructures import QueryParams

from boardtrace import captured
from boardtrace.admit import Options, admit
from boardtrace.epcis_query import Refused, described, token_of, wanted_of
from boardtrace.errors import BoardtraceError
from boardtrace.facts import Ledger
from boardtrace.files import collect
from epcis_events import LOT, SSCC, document, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# The spellings of one thing; what has one spelling is in none of these.
SPELLINGS = [
    ("urn:epc:id:sgln:4012345.00001.1", "https://example.com/hall/414/4012345000016/254/1"),
    ("urn:epc:id:sgln:4012345.00002.0", "https://id.gs1.org/414/4012345000023",
     "urn:epc:tag:sgln-96:1.4012345.00002.0"),
    ("urn:epc:id:pgln:4012345.00001", "https://id.gs1.org/417/4012345000016"),
    ("urn:epc:id:gdti:4012345.00001.77", "https://id.gs1.org/253/401234500001677"),
    *((unit(number), f"https://id.gs1.org/01/04012345123456/21/{number}") for number in range(4)),
    (SSCC, "https://id.gs1.org/00/040123450000003338"),
    (LOT, "https://id.gs1.org/01/04023333000017/10/A"),
    ("urn:epc:idpat:sgtin:4012345.012345.*", "https://example.com/01/04012345123456"),
    *((word, f"urn:epcglobal:cbv:disp:{word}", f"https://ref.gs1.org/cbv/Disp-{word}", word.title())
      for word in ("active", "damaged")),
    ("did_not_occur", "urn:epcglobal:cbv:er:did_not_occur"),
    ("po", "urn:epcglobal:cbv:btt:po", "cbv:BTT-po"),
    ("owning_party", "urn:epcglobal:cbv:sdt:owning_party"),
]  # fmt: skip
SAME = {text: texts[0] for texts in SPELLINGS for text in texts}
PLACES, OTHERS, PARTY, PAPER = SPELLINGS[0], SPELLINGS[1], SPELLINGS[2], SPELLINGS[3]
UNITS = [text for texts in SPELLINGS[4:9] for text in texts] + ["urn:x:other"]
CLASSES = [text for texts in SPELLINGS[9:11] for text in texts] + ["urn:x:class:P.1"]
STATES = [text for texts in SPELLINGS[11:13] for text in texts] + ["https://example.com/odd"]
REASONS = ["did_not_occur", "urn:epcglobal:cbv:er:did_not_occur", "https://example.com/why"]
FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)
RECORDED = [FIRST + timedelta(days=day) for day in (30, 31, 32)]
LISTS = ("", "child", "input", "output")


def events(seed: int) -> list[dict[str, Any]]:  # noqa: C901
    """Make events that say something in every field, in any spelling."""
    pick = random.Random(seed)  # noqa: S311

    def some(of: Any, most: int = 2) -> list[Any]:
        return pick.sample(list(of), pick.randint(1, most))

    def amounts() -> list[dict[str, Any]]:
        return [{"epcClass": one, **pick.choice([{}, {"quantity": pick.choice([1, 2.5, 7, 40])}])}
                for one in some(CLASSES)]  # fmt: skip

    def party(key: str) -> list[dict[str, str]]:
        return [{"type": kind, key: pick.choice([*PARTY, *PLACES])} for kind in
                some((*SPELLINGS[-1], "possessing_party"))]  # fmt: skip

    found = []
    for number in range(60):
        said: dict[str, Any] = {"eventID": f"urn:uuid:{seed}-{number}", "eventTimeZoneOffset": "+00:00"}
        said["eventTime"] = (FIRST + timedelta(minutes=pick.randint(0, 40))).isoformat()
        kind = said["type"] = pick.choice(["ObjectEvent", "AggregationEvent", "TransformationEvent",
                                           "TransactionEvent", "AssociationEvent"])  # fmt: skip
        if kind == "TransformationEvent":
            said |= {"inputEPCList": some(UNITS), "outputEPCList": some(UNITS),
                     "transformationID": pick.choice([*PAPER, "urn:x:t 1", "urn:x:t2"])}  # fmt: skip
            said |= {"inputQuantityList": amounts(), "outputQuantityList": amounts()}
        else:
            member = kind in {"AggregationEvent", "AssociationEvent"}
            said["action"] = pick.choice(["ADD", "OBSERVE", "DELETE"])
            said |= (
                {"childEPCs": some(UNITS), "parentID": pick.choice(UNITS)}
                if member
                else {"epcList": some(UNITS)}
            )
            if pick.random() < 0.5:
                said["childQuantityList" if member else "quantityList"] = amounts()
        for field, places in (("readPoint", PLACES), ("bizLocation", OTHERS)):
            if pick.random() < 0.7:
                said[field] = {"id": pick.choice([*places, "urn:x:place"])}
        if kind == "TransactionEvent" or pick.random() < 0.3:
            papers = [{"type": one, "bizTransaction": pick.choice([*PAPER, "https://example.com/po/1"])}
                      for one in some((*SPELLINGS[-2], "inv", "urn:x:kind"), 3)]  # fmt: skip
            said["bizTransactionList"] = papers[0] if pick.random() < 0.2 else papers
        for field, key in (("sourceList", "source"), ("destinationList", "destination")):
            if pick.random() < 0.3:
                said[field] = party(key)
        said |= pick.choice(
            [{}, {"bizStep": "shipping"}, {"bizStep": "https://ref.gs1.org/cbv/BizStep-packing"}]
        )
        said |= pick.choice([{}, {"disposition": pick.choice(STATES[:6])}])
        if pick.random() < 0.4:
            said["persistentDisposition"] = {way: some(STATES) for way in some(("set", "unset"))}
        if pick.random() < 0.2:
            at = FIRST + timedelta(days=pick.randint(1, 9))
            said["errorDeclaration"] = {
                "declarationTime": at.isoformat().replace("+00:00", pick.choice("Zz"))
            }
            said["errorDeclaration"] |= pick.choice([{}, {"reason": pick.choice(REASONS)}])
            said["errorDeclaration"] |= pick.choice(
                [{}, {"correctiveEventIDs": some(("urn:uuid:a", "urn:uuid:b"))}]
            )
        found.append(said)
    return found


# What a query finds, asked of the JSON -----------------------------------------------------------------


def same(values: Any) -> set[str]:
    return {SAME.get(one, one) for one in values if one is not None}


def names(said: dict[str, Any], *roles: str, classes: bool = False) -> set[str]:
    """Name the instances or the classes in the lists of these roles."""
    if not classes:
        fields = {"": "epcList", "child": "childEPCs", "input": "inputEPCList", "output": "outputEPCList"}
        return same(one for role in roles for one in said.get(fields[role], ()))
    lists = (f"{role}QuantityList" if role else "quantityList" for role in roles)
    return same(one["epcClass"] for name in lists for one in said.get(name, ()))


def pairs(said: dict[str, Any], field: str, kind: str) -> set[str]:
    listed = said.get(f"{field}List", ())
    listed = [listed] if isinstance(listed, dict) else listed
    return same(one[field] for one in listed if same([one["type"]]) == {kind})


def quantities(said: dict[str, Any]) -> list[float]:
    lists = (f"{role}QuantityList" if role else "quantityList" for role in LISTS)
    return [one["quantity"] for name in lists for one in said.get(name, ()) if "quantity" in one]


def declared(said: dict[str, Any], field: str, default: Any = None) -> Any:
    return said.get("errorDeclaration", {}).get(field, default)


def at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.upper()) if text else None


SAYS: dict[str, Callable[[dict[str, Any]], set[str]]] = {
    "eventType": lambda said: {said["type"]},
    "EQ_action": lambda said: same([said.get("action")]),
    "EQ_bizStep": lambda said: {said.get("bizStep", "").rpartition("-")[2]},
    "EQ_disposition": lambda said: same([said.get("disposition")]),
    "EQ_persistentDisposition_set": lambda said: same(said.get("persistentDisposition", {}).get("set", ())),
    "EQ_persistentDisposition_unset": lambda said: same(
        said.get("persistentDisposition", {}).get("unset", ())
    ),
    "EQ_readPoint": lambda said: same([said.get("readPoint", {}).get("id")]),
    "EQ_bizLocation": lambda said: same([said.get("bizLocation", {}).get("id")]),
    "EQ_transformationID": lambda said: same([said.get("transformationID")]),
    "EQ_eventID": lambda said: {said["eventID"]},
    "EQ_errorReason": lambda said: same([declared(said, "reason")]),
    "EQ_correctiveEventID": lambda said: same(declared(said, "correctiveEventIDs", ())),
    "EQ_bizTransaction_po": lambda said: pairs(said, "bizTransaction", "po"),
    "EQ_bizTransaction_urn:epcglobal:cbv:btt:po": lambda said: pairs(said, "bizTransaction", "po"),
    "EQ_bizTransaction_urn:x:kind": lambda said: pairs(said, "bizTransaction", "urn:x:kind"),
    "EQ_source_owning_party": lambda said: pairs(said, "source", "owning_party"),
    "EQ_destination_possessing_party": lambda said: pairs(said, "destination", "possessing_party"),
    "MATCH_epc": lambda said: names(said, "", "child"),
    "MATCH_parentID": lambda said: same([said.get("parentID")]),
    "MATCH_inputEPC": lambda said: names(said, "input"),
    "MATCH_outputEPC": lambda said: names(said, "output"),
    "MATCH_anyEPC": lambda said: names(said, *LISTS) | same([said.get("parentID")]),
    "MATCH_epcClass": lambda said: names(said, "", "child", classes=True),
    "MATCH_inputEPCClass": lambda said: names(said, "input", classes=True),
    "MATCH_outputEPCClass": lambda said: names(said, "output", classes=True),
    "MATCH_anyEPCClass": lambda said: names(said, *LISTS, classes=True),
}
SAYS |= {name.replace("EQ_", "WD_"): SAYS[name] for name in ("EQ_readPoint", "EQ_bizLocation")}
COMPARED: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    "eventTime": lambda said: [at(said["eventTime"])],
    "recordTime": lambda said: [RECORDED[int(said["eventID"][9])]],
    "errorDeclarationTime": lambda said: [at(declared(said, "declarationTime"))],
    "quantity": quantities,
}
HOW = {"GT": operator.gt, "GE": operator.ge, "LT": operator.lt, "LE": operator.le, "EQ": operator.eq}
VALUES = {
    "eventType": ["ObjectEvent", "AssociationEvent|TransactionEvent"],
    "EQ_action": ["ADD", "ADD|DELETE"],
    "EQ_bizStep": ["packing"],
    "EQ_eventID": ["urn:uuid:0-1|urn:uuid:1-7"],
    "EQ_transformationID": [*PAPER, "urn:x:t 1|urn:x:t2"],
    "EQ_errorReason": [*REASONS, "|".join(REASONS[1:])],
    "EQ_correctiveEventID": ["urn:uuid:a", "urn:uuid:a|urn:uuid:b"],
    "EQ_readPoint": [*PLACES, "urn:x:place|urn:x:none"],
    "EQ_bizLocation": [*OTHERS, "|".join([OTHERS[1], "urn:x:place"])],
}


def asked(name: str) -> list[str]:
    if name in VALUES:
        return VALUES[name]
    if "isposition" in name:
        return STATES[:3] if name == "EQ_disposition" else [*STATES[1:3], "|".join(STATES[-2:])]
    if name.startswith("EQ_bizTransaction"):
        return [*PAPER, "https://example.com/po/1"]
    if name.startswith(("EQ_source", "EQ_dest")):
        return [*PARTY, PLACES[1]]
    if name.startswith("WD_"):
        return VALUES[name.replace("WD_", "EQ_")]
    of, other = (
        (CLASSES, "urn:epc:idpat:sgtin:4012345.*.*")
        if name.endswith("Class")
        else (UNITS, "urn:epc:idpat:sgtin:4012345.012345.*")
    )
    return [*of[:3], of[-2], f"{of[1]}|{of[-1]}", other]


def matches(name: str, wanted: str, found: set[str]) -> bool:
    """Say whether one of the names is one of those wanted; a pattern's `*` are its last fields."""
    for one in wanted.split("|"):
        start = one.removeprefix("urn:epc:idpat:").partition("*")[0]
        form = "idpat" if name.endswith("Class") else "id"
        if name.startswith("MATCH_") and one.endswith("*"):
            if any(text.startswith(f"urn:epc:{form}:{start}") for text in found):
                return True
        elif SAME.get(one, one) in found:
            return True
    return False


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, Callable[[int], None]]]:
    """Keep two batches of events; what it gives besides keeps a third one."""
    folder = tmp_path_factory.mktemp("kept")
    with Ledger(folder / "ledger") as ledger:

        def keep(batch: int) -> None:
            path = folder / f"{batch}.json"
            path.write_text(json.dumps(document(*events(batch))))
            admit(ledger, batch + 1, collect([path], folder), Options(), lambda *_: None)
            link = json.dumps({"at": int(RECORDED[batch].timestamp()) * 1_000_000})
            ledger.db.execute("INSERT INTO chain VALUES (?, ?)", [batch + 1, link])
            captured.keep(ledger)

        keep(0)
        keep(1)
        yield ledger, keep


def found(ledger: Ledger, **query: Any) -> list[dict[str, Any]]:
    """Ask for all pages."""
    answer: list[dict[str, Any]] = []
    said = {name: str(value) for name, value in query.items()}
    while True:
        wanted = wanted_of(QueryParams(said))
        page = captured.events(ledger.path.parent, wanted)
        answer += [json.loads(one.json) for one in page.found]
        if not page.more:
            return answer
        said["nextPageToken"] = token_of(wanted, page)


def ids(answer: list[dict[str, Any]]) -> list[str]:
    return [said["eventID"] for said in answer]


def test_each_parameter_finds_what_a_filter_finds(kept: tuple[Ledger, Any]) -> None:
    ledger, _ = kept
    everything = found(ledger, perPage=1000)
    assert sorted(ids(everything)) == sorted(said["eventID"] for seed in (0, 1) for said in events(seed))
    hits = dict.fromkeys(SAYS, 0)
    for name, says in SAYS.items():
        for value in asked(name):
            answer = found(ledger, **{name: value}, perPage=100)
            assert ids(answer) == [
                said["eventID"] for said in everything if matches(name, value, says(said))
            ], (name, value)
            hits[name] += len(answer)
    moments = [FIRST + timedelta(minutes=20), RECORDED[0], RECORDED[1], FIRST + timedelta(days=4)]
    for what, compared in COMPARED.items():
        times = what != "quantity"
        for how in ("GE", "LT") if times else HOW:
            for limit in moments if times else (1, 2.5, 3, 40):
                answer = found(ledger, **{f"{how}_{what}": str(limit).replace(" ", "T")}, perPage=100)
                assert ids(answer) == [
                    said["eventID"]
                    for said in everything
                    if any(HOW[how](one, limit) for one in compared(said) if one is not None)
                ], (how, what, limit)
                hits[f"{how}_{what}"] = hits.get(f"{how}_{what}", 0) + len(answer)
    assert ids(found(ledger, EQ_quantity="1|2.50e0")) == [
        said["eventID"] for said in everything if {1, 2.5}.intersection(quantities(said))
    ]
    for value in ("", "true"):
        wrong = ids(found(ledger, EXISTS_errorDeclaration=value))
        assert wrong == [said["eventID"] for said in everything if "errorDeclaration" in said]
    assert len(found(ledger, EXISTS_errorDeclaration="false")) == len(everything)
    hits["EXISTS_errorDeclaration"] = len(wrong)
    assert [name for name, count in hits.items() if not count] == []
    shape = {"orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"}
    assert {name for name in described() if not name.startswith(("EQ_bizT", "EQ_source", "EQ_dest"))} == {
        name for name in hits if not name.startswith(("EQ_bizT", "EQ_source", "EQ_dest"))
    } | shape
    both = ids(found(ledger, EQ_bizTransaction_po=PAPER[1], EQ_readPoint=PLACES[1]))
    papers = ids(found(ledger, EQ_bizTransaction_po=PAPER[0]))
    assert both == [one for one in papers if one in ids(found(ledger, EQ_readPoint=PLACES[0]))] != []


def test_orders_and_limits(kept: tuple[Ledger, Any]) -> None:
    ledger, _ = kept
    everything = ids(found(ledger, perPage=1000))
    recorded = sorted(everything, key=lambda one: (one[9], everything.index(one)))
    for order, ascending in (("eventTime", everything), ("recordTime", recorded)):
        for size in (40, 1000):
            assert ids(found(ledger, orderBy=order, orderDirection="ASC", perPage=size)) == ascending
            assert ids(found(ledger, orderBy=order, perPage=size)) == ascending[::-1]
            for limit in (1, 40, 80, 81, 500):
                answer = found(ledger, orderBy=order, eventCountLimit=limit, perPage=size)
                assert ids(answer) == ascending[::-1][:limit], (order, size, limit)
    assert ids(found(ledger, orderDirection="DESC", perPage=50)) == everything[::-1]
    assert ids(found(ledger, maxEventCount=120, perPage=50)) == everything
    count = len(found(ledger, EQ_action="ADD"))
    assert len(found(ledger, EQ_action="ADD", maxEventCount=count)) == count
    for most in (1, count - 1):
        with pytest.raises(captured.TooMany):
            found(ledger, EQ_action="ADD", maxEventCount=most)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("EQ_colour=red", "EQ_colour is no parameter; there are eventType.*, EQ_destination_TYPE"),
        ("EQ_ILMD_x:lot=1", "is no parameter"),
        ("EXISTS_sensorElementList=", "is no parameter"),
        ("HASATTR_bizLocation=a", "is no parameter"),
        ("EQ_source_=a", "is no parameter"),
        ("eventType=objectEvent", "eventType is of ObjectEvent, .*AssociationEvent"),
        ("EQ_action=cbv:ADD", "EQ_action is of ADD, OBSERVE, DELETE"),
        ("EQ_readPoint=", "EQ_readPoint: blank"),
        ("WD_bizLocation=https://id.gs1.org/414/4012345000017", "WD_bizLocation: wrong check digit"),
        ("EQ_source_owning_party=a b", "EQ_source_owning_party: blanks"),
        ("EQ_errorReason=did_not_occur|", "EQ_errorReason: blank"),
        ("MATCH_epcClass=urn:epc:idpat:sgtin:*.1.*", "MATCH_epcClass: a pattern has"),
        ("EQ_quantity=1|x", "EQ_quantity is a number"),
        ("GT_quantity=1|2", "GT_quantity is a number"),
        ("GE_quantity=nan", "GE_quantity is a number"),
        ("GE_errorDeclarationTime=2026-01-01", "GE_errorDeclarationTime: not a time"),
        ("EXISTS_errorDeclaration=1", "EXISTS_errorDeclaration is true, false or"),
        ("orderBy=quantity", "orderBy is eventTime or recordTime"),
        ("orderBy=eventTime&orderDirection=desc", "orderDirection is ASC or DESC"),
        ("eventCountLimit=5", "eventCountLimit needs orderBy"),
        ("orderBy=eventTime&eventCountLimit=0", "eventCountLimit is a number from 1"),
        ("orderBy=eventTime&eventCountLimit=5&maxEventCount=5", "exclude each other"),
        ("maxEventCount=-1", "maxEventCount is a number from 1"),
        ("orderBy=recordTime&nextPageToken=WzEsImEiLCJiIix0cnVlXQ==", "nextPageToken is not"),
        (
            "orderBy=eventTime&eventCountLimit=3&nextPageToken=WzEsImEiLCJiIix0cnVlLDNd",
            "nextPageToken is not",
        ),
        ("nextPageToken=WzEsImEiLCJiIix0cnVlLDNd", "nextPageToken is not"),
    ],
)
def test_what_is_refused(query: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        wanted_of(QueryParams(query))


def test_a_batch_between_two_pages(
    kept: tuple[Ledger, Callable[[int], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost or there twice, and what came meanwhile is there if it stands behind the page."""
    monkeypatch.setattr(captured, "_MOST", 2)  # with the third batch the files become one
    ledger, keep = kept
    shapes = [
        {},
        *({"orderBy": order, "orderDirection": way, **limit}
          for order in ("eventTime", "recordTime") for way in ("ASC", "DESC")
          for limit in ({}, {"eventCountLimit": "90"})),
    ]  # fmt: skip
    before = ids(found(ledger, perPage=1000))
    started = []
    for shape in shapes:
        wanted = wanted_of(QueryParams({**shape, "perPage": "50"}))
        page = captured.events(ledger.path.parent, wanted)
        started.append((page, token_of(wanted, page)))
    keep(2)
    assert len([*(ledger.path.parent / "events").glob("*.parquet")]) == 1
    for shape, (page, token) in zip(shapes, started, strict=True):
        answer = [json.loads(one.json)["eventID"] for one in page.found]
        answer += ids(found(ledger, **shape, perPage=50, nextPageToken=token))
        assert len(set(answer)) == len(answer), shape
        whole = ids(
            found(
                ledger,
                **{name: value for name, value in shape.items() if name != "eventCountLimit"},
                perPage=1000,
            )
        )
        start = whole.index(answer[49]) + 1
        expected = answer[:50] + whole[start:]
        assert answer == expected[: int(shape.get("eventCountLimit", "1000"))], shape
        assert "eventCountLimit" in shape or set(answer) >= set(before)


def test_what_an_earlier_version_kept(tmp_path: Path) -> None:
    path = tmp_path / "1.json"
    huge = events(5)[:3]
    huge[0] |= {"x:large": 10**30, "readPoint": {"id": PLACES[0]}}
    path.write_text(json.dumps(document(*huge)))
    with Ledger(tmp_path / "ledger") as ledger:
        admit(ledger, 1, collect([path], tmp_path), Options(), lambda *_: None)
        ledger.db.execute("INSERT INTO chain VALUES (1, '{\"at\": 1}')")
        captured.keep(ledger)
        assert len(found(ledger, GE_quantity=0, LT_errorDeclarationTime="2100-01-01T00:00:00Z")) <= 3
        (file,) = (tmp_path / "ledger" / "events").glob("*.parquet")
        with duckdb.connect() as db:
            db.execute(f"COPY (SELECT * EXCLUDE said FROM '{file}') TO '{file}.old' (FORMAT parquet)")  # noqa: S608
        file.with_name(f"{file.name}.old").replace(file)
        assert len(found(ledger)) == 3
        with pytest.raises(BoardtraceError, match=r"earlier version .* resume"):
            found(ledger, EQ_readPoint=PLACES[0])
        captured.keep(ledger)
        wanted = [said["eventID"] for said in huge if PLACES[0] in SAYS["EQ_readPoint"](said)]
        assert sorted(ids(found(ledger, EQ_readPoint=PLACES[1]))) == sorted(wanted)
