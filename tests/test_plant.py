"""The made plant is sound input, and its story is what plain Python finds in its tables."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from boardtrace.plant import TABLES, Story, build

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, str]
Rows = dict[str, list[Row]]

CONTRACT = """
suppliers: supplier* name country
components: part* description manufacturer mpn category
lots: supplier* lot* vendor part mpn manufacturer quantity date_code manufactured_at received_at expires_at
lot_moves: kind* from_supplier* from_lot* to_supplier* to_lot* quantity at
consumptions: supplier* lot* at* used spoiled remaining
machines: machine* name kind line site
operators: operator* role
units: unit* kind product revision work_order panel position skipped created_at
placements: unit* at* supplier* lot* refdes quantity feeder machine program operator work_order certain
programs: program* feeder* refdes* part
loads: machine* feeder* supplier* lot* loaded_at* unloaded_at
visits: unit* machine* started_at* ended_at program operator work_order
removals: unit* at* refdes supplier lot reason operator
processes: unit* at* kind* machine program operator result parameters
tests: unit* at* kind* result* machine program operator defects measurements image
mounts: child* parent* at* removed_at position
packing: content* content_kind* supplier container* at* removed_at
shipments: shipment* shipped_at* kind customer carrier
shipment_contents: shipment* content* content_kind* supplier
customers: customer* name country
service: unit* at* kind* site operator firmware detail
aliases: kind* id* alias*
"""
COLUMNS = {line.split(": ")[0]: line.split(": ")[1].split() for line in CONTRACT.strip().splitlines()}


class Made(NamedTuple):
    """A plant on disk: where, its story, its rows."""

    folder: Path
    story: Story
    rows: Rows


def read(folder: Path) -> Rows:
    found = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file))
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("small")
    return Made(folder, build(folder, boards=2_000), read(folder))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("whole")
    return Made(folder, build(folder), read(folder))


# -- plain Python's answer ------------------------------------------------------------------------


def fed(rows: Rows, visits: list[Row]) -> list[tuple[Row, str, list[tuple[str, str]], str]]:
    """Every visit's feeders: visit, feeder, lots there at some time during it, refdes."""
    refdes = {(p["program"], p["feeder"]): p["refdes"] for p in rows["programs"]}
    loads = defaultdict(list)
    for load in rows["loads"]:
        loads[load["machine"]].append(load)
    answer = []
    for visit in visits:
        there = defaultdict(list)
        for load in loads[visit["machine"]]:
            if load["loaded_at"] <= visit["ended_at"] and visit["started_at"] < (
                load["unloaded_at"] or "9"
            ):
                there[load["feeder"]].append((load["supplier"], load["lot"]))
        answer += [
            (visit, feeder, lots, refdes.get((visit["program"], feeder), ""))
            for feeder, lots in there.items()
        ]
    return answer


def expand(rows: Rows) -> dict[str, list[str]]:
    """What a visit's unit stands for: the boards of a panel that were not skipped, or itself."""
    boards = defaultdict(list)
    for unit in rows["units"]:
        if unit["skipped"] != "true":
            boards[unit["panel"] or unit["unit"]].append(unit["unit"])
    return boards


def descendants(rows: Rows, lot: tuple[str, str]) -> set[tuple[str, str]]:
    """The lot and all that it became."""
    suspects, size = {lot}, 0
    while size < len(suspects):
        size = len(suspects)
        suspects |= {
            (m["to_supplier"], m["to_lot"])
            for m in rows["lot_moves"]
            if (m["from_supplier"], m["from_lot"]) in suspects
        }
    return suspects


def classes(rows: Rows, supplier: str, lot: str) -> dict[str, str]:
    """The class of every unit that was exposed to a lot, boards and products (contract, section 2)."""
    suspects = descendants(rows, (supplier, lot))
    where = {(v["machine"], v["feeder"]) for v in rows["loads"] if (v["supplier"], v["lot"]) in suspects}
    machines = {machine for machine, _ in where}
    boards, removed = expand(rows), defaultdict(list)
    for removal in rows["removals"]:
        removed[removal["unit"], removal["refdes"]].append(instant(removal["at"]))
    paths = defaultdict(list)  # by unit: from, until, certain
    for visit, feeder, lots, refdes in fed(rows, [v for v in rows["visits"] if v["machine"] in machines]):
        hits = [key in suspects for key in lots]
        if (visit["machine"], feeder) in where and any(hits):
            start = instant(visit["started_at"])
            for unit in boards[visit["unit"]]:
                for place in refdes.split():
                    until = min((at for at in removed[unit, place] if at > start), default=float("inf"))
                    paths[unit].append((start, until, all(hits)))
    closed = {
        (m["child"], m["parent"], m["at"]): m["removed_at"] for m in rows["mounts"] if m["removed_at"]
    }
    for child, parent, at in {(m["child"], m["parent"], m["at"]) for m in rows["mounts"]}:
        end = closed.get((child, parent, at))
        since, until = instant(at), instant(end) if end else float("inf")
        paths[parent] += [(max(a, since), min(b, until), c) for a, b, c in paths.get(child, [])]
    answer = {}
    for unit, mine in paths.items():
        alive = [certain for a, b, certain in mine if b == float("inf")]
        if alive:
            answer[unit] = "certain" if any(alive) else "possible"
        elif any(a < b for a, b, _ in mine):
            answer[unit] = "past"
    return answer


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


# -- the tables -----------------------------------------------------------------------------------


def test_same_seed_same_bytes_and_another_seed_others(tmp_path: Path, small: Made) -> None:
    assert build(tmp_path / "again", boards=2_000) == small.story
    build(tmp_path / "other", boards=2_000, seed=7)
    names = {path.name for path in small.folder.iterdir()}
    assert names == {f"{name}.csv" for name in TABLES}
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (small.folder / name).read_bytes()
    assert (tmp_path / "other" / "loads.csv").read_bytes() != (small.folder / "loads.csv").read_bytes()


@pytest.mark.parametrize("table", sorted(TABLES))
def test_columns_are_the_contracts(table: str, small: Made) -> None:
    required = {name[:-1] for name in COLUMNS[table] if name.endswith("*")}
    allowed = {name.rstrip("*") for name in COLUMNS[table]}
    rows = small.rows[table]
    assert required <= set(rows[0]) <= allowed
    blank_is_ours = {"supplier", "from_supplier", "to_supplier"}
    assert all(row[name] for row in rows for name in required - blank_is_ours)
    assert all(None not in row and value is not None for row in rows for value in row.values())
    assert len(rows) == small.story.rows[table]


def test_times_have_offsets_and_some_tables_are_local(small: Made) -> None:
    seen: Counter[str] = Counter()
    for table, rows in small.rows.items():
        for name in (n for n in rows[0] if n == "at" or n.endswith("_at")):
            times = [row[name] for row in rows if row[name]]
            assert all(datetime.fromisoformat(time).tzinfo for time in times), table
            seen.update(time[19:] for time in times)
    assert set(seen) == {"Z", "+01:00"}
    assert seen["Z"] > seen["+01:00"]


def test_json_cells_are_json(small: Made) -> None:
    assert all(json.loads(row["parameters"])["peak_c"] > 240 for row in small.rows["processes"])
    assert any(json.loads(row["measurements"] or "{}") for row in small.rows["tests"])


def test_every_key_refers_to_something(small: Made) -> None:
    rows = small.rows
    units = {row["unit"] for row in rows["units"]}
    steps = units | {row["panel"] for row in rows["units"]}
    lots = {(row["supplier"], row["lot"]) for row in rows["lots"]}
    moved = {(row["from_supplier"], row["from_lot"]) for row in rows["lot_moves"]}
    assert len(moved - lots) == 1  # the lot that lost its papers
    lots |= moved
    containers = {row["container"] for row in rows["packing"]}
    single = {
        "part": {row["part"] for row in rows["components"]},
        "machine": {row["machine"] for row in rows["machines"]},
        "operator": {row["operator"] for row in rows["operators"]},
        "customer": {row["customer"] for row in rows["customers"]},
        "vendor": {row["supplier"] for row in rows["suppliers"]},
        "shipment": {row["shipment"] for row in rows["shipments"]},
        "child": units,
        "parent": units,
        "unit": steps,
    }
    for table, mine in rows.items():
        for name in single.keys() & mine[0].keys():
            assert {row[name] for row in mine} - {""} <= single[name], (table, name)
        if "lot" in mine[0]:
            assert {(row["supplier"], row["lot"]) for row in mine} - {("", "")} <= lots, table
        if "content" in mine[0]:
            assert {row["content"] for row in mine} <= units | containers, table
    for end in ("from", "to"):
        assert {(row[f"{end}_supplier"], row[f"{end}_lot"]) for row in rows["lot_moves"]} <= lots
    assert {row["supplier"] for row in rows["lots"]} - {""} <= single["vendor"]
    assert {row["program"] for row in rows["visits"]} == {row["program"] for row in rows["programs"]}
    assert {row["lot"] for row in rows["lots"] if not row["date_code"]} != set()


def test_keys_are_unique_where_nothing_is_completed(small: Made) -> None:
    keys = {"units": 1, "lots": 2, "components": 1, "shipments": 1, "programs": 2, "visits": 3, "loads": 5}
    for table, width in keys.items():
        found = Counter(tuple(row.values())[:width] for row in small.rows[table])
        assert found.most_common(1)[0][1] == 1, table


def test_lots_are_here_before_they_are_used(small: Made) -> None:
    received = {
        (r["supplier"], r["lot"]): instant(r["received_at"]) for r in small.rows["lots"] if r["received_at"]
    }
    moved = {}
    for move in small.rows["lot_moves"]:
        moved[move["to_supplier"], move["to_lot"]] = instant(move["at"])
        if move["kind"] == "reel":
            assert received[move["from_supplier"], move["from_lot"]] < instant(move["at"])
    for load in small.rows["loads"]:
        key = (load["supplier"], load["lot"])
        assert max(received.get(key, 0), moved.get(key, 0)) < instant(load["loaded_at"])
        assert load["unloaded_at"] == "" or load["loaded_at"] < load["unloaded_at"]


# -- boards and reels -----------------------------------------------------------------------------


def test_board_count_and_skipped_positions(whole: Made) -> None:
    made = Counter(
        (row["product"], row["skipped"]) for row in whole.rows["units"] if row["kind"] == "board"
    )
    assert made["CB-100", "true"] + made["CB-100", "false"] == made["PB-200", ""] == 10_000
    assert 25 <= made["CB-100", "true"] <= 75
    silent = {row["unit"] for row in whole.rows["units"] if row["skipped"] == "true"}
    for table, name in (("tests", "unit"), ("mounts", "child"), ("visits", "unit"), ("placements", "unit")):
        assert silent.isdisjoint(row[name] for row in whole.rows[table])


def test_a_board_is_fed_by_sixty_reels_a_batch_of_boards_and_paste(small: Made) -> None:
    listed = {(row["program"], row["feeder"]) for row in small.rows["programs"]}
    by_unit = defaultdict(list)
    for visit in small.rows["visits"]:
        by_unit[visit["unit"]].append(visit)
    for unit in ("PN-000001", "PN-000200", "PB24-000001", "PB24-000777"):
        found = fed(small.rows, by_unit[unit])
        at_placers = [feed for feed in found if "-PM" in feed[0]["machine"]]
        assert len(at_placers) == 60
        assert all((visit["program"], feeder) in listed for visit, feeder, _, _ in at_placers)
        assert len({key for _, _, lots, _ in at_placers for key in lots}) >= 60
        assert sorted(feed[1] for feed in found if feed not in at_placers) == ["MAGAZINE", "PASTE"]


def test_no_feeder_is_ever_empty_and_few_visits_have_two_reels(small: Made) -> None:
    sample = small.rows["visits"][::5]
    grey = Counter(len(lots) for _, _, lots, _ in fed(small.rows, sample))
    expected = sum({"PRINT": 2}.get(visit["machine"][5:], 30) for visit in sample)
    assert sum(grey.values()) == expected
    assert grey[1] > 0.99 * expected


def test_machines_do_one_visit_at_a_time(small: Made) -> None:
    ended: dict[str, str] = {}
    for visit in small.rows["visits"]:
        assert ended.get(visit["machine"], "") < visit["started_at"] < visit["ended_at"]
        ended[visit["machine"]] = visit["ended_at"]


def test_both_forms_say_the_same(tmp_path: Path, small: Made) -> None:
    story = build(tmp_path, boards=2_000, placements=True)
    rows = read(tmp_path)
    assert set(small.rows) - set(rows) == {"visits", "loads", "programs"}
    assert (story.certain, story.possible, story.past) == (
        small.story.certain,
        small.story.possible,
        small.story.past,
    )
    assert story.rows["placements"] == len(rows["placements"])
    boards = expand(small.rows)
    visits = [v for v in small.rows["visits"] if v["unit"] in {"PN-000075", "PN-000080", "PB24-000510"}]
    ours = {
        (
            unit,
            v["started_at"],
            *key,
            refdes,
            feeder,
            v["machine"],
            v["program"],
            v["operator"],
            v["work_order"],
        )
        for v, feeder, lots, refdes in fed(small.rows, visits)
        for unit in boards[v["unit"]]
        for key in lots
    }
    names = [name for name in COLUMNS["placements"] if name not in {"quantity", "certain"}]
    units = {unit for visit in visits for unit in boards[visit["unit"]]}
    theirs = {
        tuple(r[n.rstrip("*")] for n in names)
        for r in rows["placements"]
        if r["unit"] in units and r["feeder"]
    }
    assert theirs == ours
    assert len(theirs) >= 62 * 9


# -- products and customers -----------------------------------------------------------------------


def test_mounts_are_sound(whole: Made) -> None:
    kind = {row["unit"]: row["kind"] for row in whole.rows["units"]}
    spans: dict[str, dict[str, float]] = defaultdict(dict)
    for row in whole.rows["mounts"]:
        assert row["child"] != row["parent"]
        assert (kind[row["child"]], kind[row["parent"]]) == ("board", "product")
        spans[row["child"]][row["at"]] = instant(row["removed_at"]) if row["removed_at"] else float("inf")
    assert all(len(mine) == 1 for mine in spans.values())
    assert sum(until < float("inf") for mine in spans.values() for until in mine.values()) > 5


def test_cartons_hold_ten_and_shipments_follow_packing(whole: Made) -> None:
    held = defaultdict(set)
    packed = {}
    for row in whole.rows["packing"]:
        held[row["container"]].add(row["content"])
        packed[row["content"]] = instant(row["at"])
    sizes = Counter(len(mine) for carton, mine in held.items() if carton.startswith("CTN-"))
    assert sizes.most_common(1)[0][0] == 10
    assert max(len(mine) for carton, mine in held.items() if carton.startswith("PAL-")) == 20
    at = {row["shipment"]: instant(row["shipped_at"]) for row in whole.rows["shipments"]}
    for row in whole.rows["shipment_contents"]:
        for carton in held[row["content"]] if row["content"].startswith("PAL-") else ():
            assert packed[carton] < at[row["shipment"]]
    assert {row["kind"] for row in whole.rows["shipments"]} == {"sale", "return", "transfer"}
    sold_to = {row["customer"] for row in whole.rows["shipments"] if row["kind"] == "sale"}
    assert len(sold_to) >= 10
    assert {row["kind"] for row in whole.rows["service"]} >= {"scrap", "firmware", "repair", "warranty"}


def test_the_share_in_stock_is_five_to_ten_percent(whole: Made) -> None:
    by_shipment = {row["shipment"]: row["kind"] for row in whole.rows["shipments"]}
    gone = {r["content"] for r in whole.rows["shipment_contents"] if by_shipment[r["shipment"]] == "sale"}
    pallet = {r["content"]: r["container"] for r in whole.rows["packing"]}
    products = [row["unit"] for row in whole.rows["units"] if row["kind"] == "product"]
    here = sum(pallet[pallet[unit]] not in gone for unit in products)
    assert 0.05 < here / len(products) < 0.10


# -- the story ------------------------------------------------------------------------------------


def test_two_suppliers_share_the_lot_code(small: Made) -> None:
    story = small.story
    owners = {row["supplier"] for row in small.rows["lots"] if row["lot"] == story.lot}
    assert {story.supplier, story.namesake} <= owners
    shared = Counter(row["lot"] for row in small.rows["lots"] if row["supplier"])
    assert max(shared.values()) >= 2


def test_the_story_is_what_plain_python_finds(whole: Made) -> None:
    story = whole.story
    found = classes(whole.rows, story.supplier, story.lot)
    kind = {row["unit"]: row["product"] for row in whole.rows["units"]}
    by = Counter((kind[unit], grade) for unit, grade in found.items())
    boards = {g: by["CB-100", g] + by["PB-200", g] for g in ("certain", "possible", "past")}
    assert boards == {"certain": story.certain, "possible": story.possible, "past": story.past}
    assert 1_000 <= story.certain <= 2_500
    assert 2 <= story.possible <= 20
    assert 10 <= story.past <= 40
    assert by["GW-1", "certain"] > 1_000
    assert by["GW-1", "possible"] >= 2
    assert by["DRV-2", "past"] >= len(story.repaired) == 2
    assert {found[unit] for unit in story.repaired} == {"past"}
    assert found[story.field_return] == found[story.failed_board] == "certain"


def test_the_namesake_hits_others(whole: Made) -> None:
    story = whole.story
    ours = classes(whole.rows, story.supplier, story.lot)
    theirs = classes(whole.rows, story.namesake, story.lot)
    both = {unit for unit in ours.keys() & theirs.keys() if unit.startswith("CB")}
    assert both == {unit for unit, grade in ours.items() if grade == "possible" and unit.startswith("CB")}


@pytest.mark.parametrize("boards", [400, 1_001, 5_000])
def test_the_story_is_told_by_smaller_plants(boards: int, tmp_path: Path) -> None:
    story = build(tmp_path, boards=boards, seed=boards)
    rows = read(tmp_path)
    found = Counter(
        g for unit, g in classes(rows, story.supplier, story.lot).items() if unit[:2] in {"CB", "PB"}
    )
    assert found == {"certain": story.certain, "possible": story.possible, "past": story.past}
    assert min(found.values()) > 0
    assert sum(row["kind"] == "board" for row in rows["units"]) == boards


def test_a_plant_has_some_boards(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 400"):
        build(tmp_path, boards=10)
