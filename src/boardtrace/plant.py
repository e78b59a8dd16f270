# ruff: noqa: S311 - a made plant wants a generator with a seed, not a secret one
"""A made electronics plant as input tables: the demo's, the tests' and the benchmarks' data.

Two SMT lines, each a printer and two placement machines of thirty feeders, so that
sixty reels feed a board (and, at the printer, a batch of bare boards and a jar of
paste that no program lists). Line 1 makes CB-100 in panels of four, one to a gateway
GW-1; line 2 makes PB-200 singly, two to a drive DRV-2. Products go into cartons of
ten, cartons on pallets, pallets to customers; some come back.

The story: ``Story.lot``, an MLCC of ``Story.supplier``, is cracked. It became three
reels. Two ran one after the other on line 1, the second spliced to a reel of another
supplier whose lot has the same code: the boards of that moment are the possible ones.
The third ran on line 2; its first boards failed in test and got other capacitors, and
so did two drives that came back: the past ones. As in life, a reel was scanned late (a gap), a
lot lost its papers and a designator was typed wrong (a finding). Below about 4,000 boards the story is
the same with fewer units.

The same arguments give the same bytes.
"""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["TABLES", "Story", "build"]

TABLES: dict[str, str] = {
    "suppliers": "supplier name country",
    "components": "part description manufacturer mpn category",
    "lots": "supplier lot vendor part mpn manufacturer quantity date_code manufactured_at received_at",
    "lot_moves": "kind from_supplier from_lot to_supplier to_lot quantity at",
    "consumptions": "supplier lot at used spoiled remaining",
    "machines": "machine name kind line site",
    "operators": "operator role",
    "units": "unit kind product revision work_order panel position skipped created_at",
    "placements": "unit at supplier lot refdes quantity feeder machine program operator work_order",
    "programs": "program feeder refdes part",
    "loads": "machine feeder supplier lot loaded_at unloaded_at",
    "visits": "unit machine started_at ended_at program operator work_order",
    "removals": "unit at refdes supplier lot reason operator",
    "processes": "unit at kind machine program operator result parameters",
    "tests": "unit at kind result machine program operator defects measurements image",
    "mounts": "child parent at removed_at position",
    "packing": "content content_kind supplier container at removed_at",
    "shipments": "shipment shipped_at kind customer carrier",
    "shipment_contents": "shipment content content_kind supplier",
    "customers": "customer name country",
    "service": "unit at kind site operator firmware detail",
    "aliases": "kind id alias",
}
"""The tables that ``build`` writes and the columns of each, in order."""

LEAST_BOARDS, LARGE = 400, 10_000  # below LARGE four cartons make a pallet, else twenty
HOUR, DAY = 3600, 86400
MONDAY = date(2024, 3, 4)  # second 0 of the plant's clock, in UTC
CARTON = 10
ORDER = 500  # boards of a work order, which is one shift
WEEKS = ("2349", "2350", "2351", "2352", "2401", "2402", "2403", "2404", "2405", "2406", "2407")
LATE = 1_500  # boards of a line before the reel that is scanned late
CODE = "L2407-03"  # the suspect's lot code, and by chance another supplier's
SUSPECT, NAMESAKE, ACTIVES, DISTRIBUTOR = "KAIYO", "NORDIC", "ALPINE", "DISTREL"
SUPPLIERS = (
    (SUSPECT, "Kaiyo Ceramics", "JP"),
    (NAMESAKE, "Nordic Passives", "SE"),
    (ACTIVES, "Alpine Devices", "CH"),
    (DISTRIBUTOR, "Distrel Distribution", "DE"),
)
NAMES = {key: name for key, name, _ in SUPPLIERS}
# Prefix of the designators: part numbers, feeders of a board, placements at each, makers, what it is.
KINDS: dict[str, tuple[int, tuple[int, int], tuple[str, ...], str]] = {
    "C": (24, (3, 8), (SUSPECT, NAMESAKE), "MLCC X7R 0402"),
    "R": (20, (2, 8), (NAMESAKE,), "resistor 1% 0402"),
    "L": (4, (1, 3), (SUSPECT,), "inductor shielded"),
    "D": (3, (1, 4), (ACTIVES,), "diode SOD-123"),
    "Q": (2, (1, 3), (ACTIVES,), "transistor SOT-23"),
    "U": (5, (1, 2), (ACTIVES,), "integrated circuit"),
    "Y": (1, (1, 1), (SUSPECT,), "crystal 25 MHz"),
    "J": (1, (1, 2), (ACTIVES,), "connector in trays"),
}
BAD_PART, BAD_FEEDER = "C-0007", 6
DEFECTS = ("tombstone", "bridge", "insufficient", "offset", "missing")
TOWNS = {
    "DE": "Aachen",
    "FR": "Bordeaux",
    "US": "Cleveland",
    "JP": "Daisen",
    "BR": "Eunápolis",
    "NO": "Florø",
}
TOWNS |= {"PL": "Gdynia", "GB": "Harlow", "IT": "Imola", "CA": "Jasper", "AU": "Kiama", "SE": "Lund"}
CUSTOMERS = tuple(
    (f"C-{i}", f"{town} Systems", country) for i, (country, town) in enumerate(TOWNS.items(), 1001)
)
STATIONS = {"PRINT": "printer", "PM1": "placement", "PM2": "placement", "OVEN": "reflow", "AOI": "aoi"}

Key = tuple[str, str]  # supplier and lot
Class = Literal["certain", "possible", "past"]


@dataclass(frozen=True, slots=True)
class Story:
    """What the demo tells: the identifiers of the tale, its boards by class, rows by table."""

    supplier: str
    lot: str
    part: str
    namesake: str  # the other supplier with a lot of this code
    reels: tuple[str, ...]
    spliced_to: str  # the namesake's reel at the splice
    machines: tuple[str, str]  # where the reels ran, on line 1 and on line 2
    feeder: str
    refdes: tuple[str, str]  # what that feeder serves on the one product and on the other
    field_return: str  # the product that failed in the field
    failed_board: str
    customer: str  # who sent it back
    returned_at: str
    carton: str  # the one it went out in
    reshipped_carton: str  # came back unopened from one customer and went to another
    stock_cartons: tuple[str, ...]  # hold exposed units and are still here
    repaired: tuple[str, ...]  # drives that came back and got other capacitors
    certain: int  # boards; the products come on top
    possible: int
    past: int
    rows: Mapping[str, int]


@dataclass(slots=True)
class _Feeder:
    machine: str
    program: str
    name: str
    part: str
    refdes: list[str]
    offset: int
    spells: list[tuple[int, int, Key]] = field(default_factory=list)  # first step, step after the last, lot

    def at(self, step: int) -> list[Key]:
        return [key for first, end, key in self.spells if first <= step < end]


@dataclass(slots=True)
class _Line:
    name: str
    product: str
    serial: str
    panel: int  # boards of a step: one panel, or one board
    takt: int
    steps: int
    starts: list[int] = field(default_factory=list)
    feeders: list[_Feeder] = field(default_factory=list)

    @property
    def bad(self) -> _Feeder:
        """The feeder of the suspect part, behind the two of the printer."""
        return self.feeders[2 + BAD_FEEDER]

    def order(self, step: int) -> str:
        return f"WO{self.serial}-{step * self.panel // ORDER + 1:04}"

    def operator(self, step: int) -> str:
        return f"OP-{self.name[-1]}{step * self.panel // ORDER % 4 + 1}"


@dataclass(slots=True)
class _Board:
    serial: str
    line: _Line
    step: int
    at: int


@dataclass(slots=True)
class _Product:
    serial: str
    at: int
    boards: list[_Board]
    whole: bool = True  # never opened
    carton: str = ""
    pallet: str = ""


@cache
def _day(day: int) -> str:
    return (MONDAY + timedelta(day)).isoformat()


@cache
def _clock(second: int) -> str:
    return f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _utc(at: int) -> str:
    day, second = divmod(at, DAY)
    return f"{_day(day)}{_clock(second)}Z"


def _cet(at: int) -> str:
    return f"{_utc(at + HOUR)[:-1]}+01:00"


def _made(week: str) -> int:
    return (date.fromisocalendar(2000 + int(week[:2]), int(week[2:]), 3) - MONDAY).days * DAY


class _Plant:
    """The plant while it is being written: what later steps must know of earlier ones."""

    def __init__(self, files: Mapping[str, TextIO], rng: random.Random, *, rowwise: bool) -> None:
        self.files, self.rng, self.rowwise = files, rng, rowwise
        self.writers = {name: csv.writer(file, lineterminator="\n") for name, file in files.items()}
        self.rows: Counter[str] = Counter()
        self.numbers: Counter[str] = Counter()
        self.stock: defaultdict[str, list[tuple[Key, str]]] = defaultdict(list)  # by part: lot, date code
        self.late, self.unlisted = False, ""  # a reel that was scanned late, a lot without its row
        self.bench: dict[str, Key] = {}
        self.suspects: set[Key] = set()
        self.mended: defaultdict[str, set[str]] = defaultdict(set)  # by board: designators replaced
        self.boards: list[_Board] = []  # all that were exposed or could be
        self.spares: list[_Board] = []

    def row(self, table: str, *values: Any) -> None:
        self.writers[table].writerow(values)
        self.rows[table] += 1

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def number(self, prefix: str, width: int = 6, owner: str = "") -> str:
        self.numbers[owner + prefix] += 1
        return f"{prefix}{self.numbers[owner + prefix]:0{width}}"

    # -- material ---------------------------------------------------------------------------

    def lot(
        self,
        part: str,
        supplier: str,
        *,
        vendor: str = "",
        code: str = "",
        week: str = "",
        dated: bool = True,
    ) -> Key:
        """Receive a lot; makers number theirs by week, all in the same manner."""
        week = week or code[1:5] or self.rng.choice(WEEKS)
        prefix, width = ("D24-", 5) if supplier == DISTRIBUTOR else (f"L{week}-", 2)
        if not code:
            code = self.number(prefix, width, supplier)
            code = self.number(prefix, width, supplier) if code == CODE else code
        made = _made(week)
        got = made + self.rng.randint(6, 12) * DAY + self.rng.randrange(DAY // 2)
        second = part[0] == "C" and supplier == NAMESAKE
        brand = (f"NP-{part[2:]}", NAMES[NAMESAKE]) if second else ("", "")
        times = (week if dated else "", _utc(made) if dated else "", _utc(got))
        if part[0] == "D" and not self.unlisted:
            self.unlisted = code  # its papers were lost: other rows name it, none describes it
        else:
            self.row("lots", supplier, code, vendor, part, *brand, 40_000, *times)
        return supplier, code

    def move(self, kind: str, old: Key, new: Key, quantity: int, at: int) -> None:
        self.row("lot_moves", kind, *old, *new, quantity, _utc(at + self.rng.randrange(DAY)))

    def buy(self, part: str) -> None:
        """Take in a maker's lot: directly, or split, relabelled or merged at the distributor."""
        maker = self.rng.choice(KINDS[part[0]][2] if part[1] == "-" else (ACTIVES,))
        kind = self.rng.choices(("direct", "vendor", "split", "relabel", "merge"), (85, 6, 3, 3, 3))[0]
        lot = self.lot(part, maker, vendor="" if kind == "direct" else DISTRIBUTOR)
        dated, week, here = not self.chance(0.05), lot[1][1:5], [lot]
        if kind in {"split", "relabel", "merge"}:  # a merged lot has no date code but its own
            own = dated or kind == "merge"
            here = [self.lot(part, DISTRIBUTOR, week=week, dated=own) for _ in range(1 + (kind == "split"))]
            for new in here:
                self.move(kind, lot, new, 40_000 // len(here), _made(week) + 4 * DAY)
        if kind == "merge":
            self.move(
                kind,
                self.lot(part, maker, vendor=DISTRIBUTOR, week=week),
                here[0],
                40_000,
                _made(week) + 4 * DAY,
            )
        reels = self.rng.randint(1, 4) if part[0] not in "PJ" else 1
        self.stock[part] += [(here[i % len(here)], week if dated else "") for i in range(reels)]

    def reel(self, part: str, quantity: int, source: tuple[Key, str] | None = None) -> Key:
        """Take the next reel of a part; boards, paste and trays have no reels, the lot itself is used."""
        if source is None:
            if not self.stock[part]:
                self.buy(part)
            source = self.stock[part].pop(0)
        if part[0] in "PJ":
            return source[0]
        new = ("", self.number("R1", 6))
        quantity += 100 - quantity % 100
        self.row("lots", *new, "", part, "", "", quantity, source[1], "", "")
        self.move("reel", source[0], new, quantity, -4 * DAY)
        return new

    # -- lines ------------------------------------------------------------------------------

    def set_up(self, line: _Line) -> None:
        """Give a line its clock, its feeders and its programs."""
        at = 0
        for step in range(line.steps):
            shift, first = divmod(step * line.panel, ORDER)
            weeks, day = divmod(shift // 2, 5)
            at += line.takt + self.rng.randrange(4)
            if not first:
                at = weeks * 7 * DAY + day * DAY + (5 if shift % 2 == 0 else 13) * HOUR + 600
            line.starts.append(at)
        short = line.product.replace("-", "")
        printer = (f"{line.name}-PRINT", f"{short}-PRINT")
        line.feeders = [
            _Feeder(*printer, "MAGAZINE", f"PCB-{short}", ["PCB"], 0),
            _Feeder(*printer, "PASTE", "PASTE-SAC305", [], 0),
        ]
        feeders = 0
        for prefix, (parts, (least, most), _, _) in KINDS.items():
            counts = [self.rng.randint(least, most) for _ in range(parts)]
            names = self.rng.sample(range(1, sum(counts) + 1), sum(counts))
            for i, count in enumerate(counts):
                mine, names = sorted(names[:count]), names[count:]
                part = f"{prefix}-{i + 1 + (0 if prefix in 'CR' else 100 * int(line.name[-1])):04}"
                which, slot = divmod(feeders, 30)
                where = (f"{line.name}-PM{which + 1}", f"{short}-PM{which + 1}", f"F{slot + 1:02}")
                refdes = [f"{prefix}{n}" for n in mine]
                line.feeders.append(_Feeder(*where, part, refdes, (which + 1) * line.takt))
                feeders += 1
        for feeder in line.feeders if not self.rowwise else ():
            if feeder.refdes:
                self.row("programs", feeder.program, feeder.name, " ".join(feeder.refdes), feeder.part)

    def feed(self, line: _Line, feeder: _Feeder, tale: Sequence[tuple[int, int, int, Key]] = ()) -> None:
        """Plan a feeder's reels; ``tale`` has some by first step, end, steps of overlap before, lot."""
        at, todo, each = 0, list(tale), max(1, len(feeder.refdes)) * line.panel
        while at < line.steps:
            if todo and at == todo[0][0]:
                _, end, overlap, key = todo.pop(0)
            else:
                limit = todo[0][0] if todo else line.steps
                end = min(at + self.rng.randint(200, 1000) // line.panel, limit)
                overlap = self.rng.randint(1, 3) if at and feeder.refdes and self.chance(0.01) else 0
                key = self.reel(feeder.part, (end - at) * each)
            first = max(0, at - overlap)
            feeder.spells.append((first, end, key))
            left = line.starts[end - 1] + feeder.offset + line.takt - 5 if end < line.steps else None
            if not self.rowwise:
                late = self.scanned_late(line, feeder, at)
                times = (_utc(line.starts[first + late] + feeder.offset - 3), _utc(left) if left else "")
                self.row("loads", feeder.machine, feeder.name, *key, *times)
            if left and not key[0]:
                used = (end - at) * each
                rest = 100 - used % 100
                self.row("consumptions", *key, _utc(left), used, rest % 7, rest - rest % 7)
            at = end

    def scanned_late(self, line: _Line, feeder: _Feeder, at: int) -> int:
        """Once a reel is scanned when some boards have passed: a gap in the record, of another part."""
        if self.late or line.panel > 1 or feeder.part[0] != "R" or at < LATE:
            return 0
        self.late = True
        return 5

    def run(self, line: _Line) -> Iterator[_Board]:
        """Make the boards of a line: units, visits or placements, reflow."""
        machines = {f.machine: (f.program, f.offset) for f in line.feeders}
        changes = {step for f in line.feeders for spell in f.spells for step in spell[:2]}
        tails: dict[str, list[str]] = {}
        for step, start in enumerate(line.starts):
            order, operator = line.order(step), line.operator(step)
            boards = list(self.units(line, step, order))
            carrier = f"PN-{step + 1:06}" if line.panel > 1 else boards[0].serial
            if self.rowwise and (step in changes or step * line.panel % ORDER == 0):
                tails = {m: self.tails(line, m, step) for m in machines}
            spare = line.takt - 7 - self.rng.randrange(3)
            for machine, (program, offset) in machines.items():
                began = _utc(start + offset)
                if self.rowwise:
                    for board in boards:
                        head = f"{board.serial},{began},"
                        self.files["placements"].write(head + head.join(tails[machine]))
                        self.rows["placements"] += len(tails[machine])
                else:
                    ended = _utc(start + offset + spare)
                    self.row("visits", carrier, machine, began, ended, program, operator, order)
            peak = f'{{"peak_c":{241 + self.rng.randrange(60) / 10:.1f},"above_217_s":{55 + step % 9}}}'
            at, oven = _utc(start + 3 * line.takt), f"{line.name}-OVEN"
            self.row("processes", carrier, at, "reflow", oven, "SAC305", operator, "pass", peak)
            yield from boards

    def units(self, line: _Line, step: int, order: str) -> Iterator[_Board]:
        """Write the boards of a step; a skipped position gets a serial and nothing else."""
        at = line.starts[step]
        for position in range(line.panel):
            serial = f"{line.serial}24-{step * line.panel + position + 1:06}"
            panel = (f"PN-{step + 1:06}", position + 1) if line.panel > 1 else ("", "")
            skipped = line.panel > 1 and self.chance(0.005)
            mark = str(skipped).lower() if line.panel > 1 else ""
            self.row("units", serial, "board", line.product, "B", order, *panel, mark, _utc(at))
            if not skipped:
                yield _Board(serial, line, step, at + 4 * line.takt)

    def tails(self, line: _Line, machine: str, step: int) -> list[str]:
        """Tell what the rows of all boards between two reel changes share."""
        end = f"{line.operator(step)},{line.order(step)}\n"
        return [
            f"{s},{lot},{' '.join(f.refdes)},{len(f.refdes) or ''},{f.name},{machine},{f.program},{end}"
            for f in line.feeders
            if f.machine == machine
            for s, lot in f.at(step)
        ]

    # -- quality ----------------------------------------------------------------------------

    def test(self, unit: str, at: int, kind: str, machine: str, defects: str = "") -> None:
        result, operator = "fail" if defects else "pass", f"OP-T{at // (8 * HOUR) % 3 + 1}"
        image = f"aoi/{unit}.png" if defects and kind == "aoi" else ""
        value = f'{{"vcc":{3.28 + self.rng.randrange(40) / 1000:.3f}}}' if kind != "aoi" else ""
        who = (machine, f"{unit[:2]}-{kind}", operator)
        self.row("tests", unit, _utc(at), kind, result, *who, defects, value, image)

    def replace(self, board: _Board, feeder: _Feeder, refdes: Sequence[str], at: int, reason: str) -> None:
        """Take parts off at the bench and put those of another reel on."""
        there = feeder.at(board.step)
        known = there[0] if len(there) == 1 and self.chance(0.3) else ("", "")
        if feeder.part not in self.bench:
            self.bench[feeder.part] = self.reel(feeder.part, 900)
        new, order = self.bench[feeder.part], board.line.order(board.step)
        for place in refdes:
            self.row("removals", board.serial, _cet(at), place, *known, reason, "OP-B1")
            bench = ("", "BENCH-1", "", "OP-B1", order)
            self.row("placements", board.serial, _cet(at + 240), *new, place, 1, *bench)
        self.mended[board.serial].update(refdes)

    def inspect(self, board: _Board, cracked: Sequence[str]) -> bool:
        """AOI, rework of what it found, ICT: false if the board went to scrap."""
        aoi = f"{board.line.name}-AOI"
        places = board.line.bad
        if cracked:
            self.test(board.serial, board.at, "aoi", aoi)
            found = " ".join(f"crack@{place}" for place in cracked)
            self.test(board.serial, board.at + HOUR, "ict", "ICT-1", found)
            self.replace(board, places, cracked, board.at + 2 * HOUR, "crack")
            board.at += 3 * HOUR
        elif self.chance(0.01):
            feeder = self.rng.choice(board.line.feeders[2:])
            code, place = self.rng.choice(DEFECTS), self.rng.choice(feeder.refdes)
            self.test(board.serial, board.at, "aoi", aoi, f"{code}@{place}")
            self.replace(board, feeder, [place], board.at + HOUR, code)
            board.at += 2 * HOUR
        self.test(board.serial, board.at, "aoi", aoi)
        if not cracked and self.chance(0.004):
            found = f"open@{self.rng.choice(places.refdes)}"
            self.test(board.serial, board.at + HOUR, "ict", "ICT-1", found)
            board.at += 5 * HOUR
            if self.chance(0.3):
                self.service(board.serial, board.at, "scrap", detail="delamination")
                return False
        self.test(board.serial, board.at + HOUR, "ict", "ICT-1")
        return True

    def service(self, unit: str, at: int, kind: str, firmware: str = "", detail: str = "") -> None:
        self.row("service", unit, _cet(at), kind, "WORKS", "OP-B1", firmware, detail)

    def exposure(self, board: _Board) -> Class | None:
        """Class of a board with regard to the suspect lot, by what the plant itself knows."""
        feeder = board.line.bad
        hits = [key in self.suspects for key in feeder.at(board.step)]
        if not any(hits):
            return None
        if self.mended[board.serial].issuperset(feeder.refdes):
            return "past"
        return "certain" if all(hits) else "possible"

    # -- products ---------------------------------------------------------------------------

    def mount(self, product: _Product, position: int, board: _Board, at: int) -> None:
        self.row("mounts", board.serial, product.serial, _utc(at), "", position)

    def assemble(self, name: str, boards: Sequence[_Board]) -> list[_Product]:
        """Box build: one product of every ``len`` boards of its kind, tested, some with a board swapped."""
        each = 1 if name == "GW-1" else 2
        kept = [b for b in boards if not self.chance(0.015)]
        used = {b.serial for b in kept}
        self.spares += [b for b in boards if b.serial not in used]
        made = []
        for i in range(0, len(kept) - each + 1, each):
            mine = kept[i : i + each]
            product = _Product(
                self.number(name.replace("-", "") + "-"), max(b.at for b in mine) + DAY, mine
            )
            order = f"WO{name[:2]}-{i // ORDER + 1:04}"
            self.row("units", product.serial, "product", name, "A", order, "", "", "", _utc(product.at))
            for position, board in enumerate(mine, 1):
                self.mount(product, position, board, product.at)
            if each == 1:
                self.service(product.serial, product.at + HOUR, "firmware", "gw-1.4.0")
            bad = self.chance(0.005)
            self.test(
                product.serial, product.at + 2 * HOUR, "functional", "FCT-1", "no_boot" if bad else ""
            )
            if bad and self.spares and self.chance(0.5):
                self.swap(product, product.at + 4 * HOUR, product.at)
            if bad:
                self.test(product.serial, product.at + 6 * HOUR, "functional", "FCT-1")
            made.append(product)
        return made

    def swap(self, product: _Product, at: int, mounted: int) -> None:
        """Take the first board out, a spare of the same kind that is old enough in; scrap the old one."""
        old = product.boards[0]
        fit = [b for b in self.spares if b.line is old.line and b.at < at]
        if not fit:
            return
        new = fit[0]
        self.spares.remove(new)
        self.row("mounts", old.serial, product.serial, _utc(mounted), _utc(at), 1)
        self.mount(product, 1, new, at + 600)
        self.service(old.serial, at + HOUR, "scrap", detail="failed in functional test")
        product.boards[0], product.whole = new, False

    def pack(self, products: Sequence[_Product], cartons: int) -> dict[str, int]:
        """Cartons of ten, pallets of ``cartons``: each pallet and the time it was ready."""
        ready: dict[str, int] = {}
        carton = pallet = ""
        for i, product in enumerate(products):
            if i % CARTON == 0:
                carton = self.number("CTN-")
                pallet = self.number("PAL-", 4) if i % (CARTON * cartons) == 0 else pallet
            product.carton, product.pallet = carton, pallet
            self.row("packing", product.serial, "unit", "", carton, _utc(product.at + 10 * HOUR), "")
            ready[pallet] = max(ready.get(pallet, 0), product.at + 11 * HOUR)
            if (i + 1) % CARTON == 0 or i + 1 == len(products):
                self.row("packing", carton, "container", "", pallet, _utc(ready[pallet]), "")
        return ready

    def ship(self, at: int, kind: str, customer: str, *contents: str) -> None:
        """One shipment; what starts like a carton or a pallet is a container."""
        shipment = self.number({"sale": "DN-", "return": "RMA-", "transfer": "TR-"}[kind], 5)
        self.row("shipments", shipment, _cet(at), kind, customer, self.rng.choice(("DHL", "DSV", "UPS")))
        for content in contents:
            what = "container" if content[:4] in {"CTN-", "PAL-"} else "unit"
            self.row("shipment_contents", shipment, content, what, "")

    def sell(self, ready: Mapping[str, int], held: list[str]) -> dict[str, tuple[int, str]]:
        """Ship pallets over some months, one or two at a time: when each left, and to whom."""
        sold: dict[str, tuple[int, str]] = {}
        queue = [p for p in ready if p not in held]
        for i, pallet in enumerate(held[:1] + queue[-1:]):
            self.ship(ready[pallet] + (2 + i) * DAY, "transfer", "", pallet)
        while queue:
            together = [queue.pop(0) for _ in range(min(len(queue), self.rng.choice((1, 1, 2))))]
            at = max(ready[p] for p in together) + self.rng.randint(5, 110) * DAY + self.rng.randrange(DAY)
            customer = self.rng.choice(CUSTOMERS)[0]
            self.ship(at, "sale", customer, *together)
            sold.update(dict.fromkeys(together, (at, customer)))
        return sold

    def come_back(self, product: _Product, sale: tuple[int, str], days: int) -> int:
        """One unit returns from its customer, out of its carton: when."""
        at = sale[0] + days * DAY
        packed = _utc(product.at + 10 * HOUR)
        self.row("packing", product.serial, "unit", "", product.carton, packed, _utc(at - DAY))
        self.ship(at, "return", sale[1], product.serial)
        return at

    def returns(self, products: Sequence[_Product], sold: Mapping[str, tuple[int, str]]) -> None:
        """Take back what comes for other reasons: kept, mended and sent again, sold elsewhere, scrapped."""
        for i, product in enumerate(products):
            sale = sold[product.pallet]
            at = self.come_back(product, sale, self.rng.randint(15, 60)) + DAY
            fate = ("kept", "mended", "scrapped", "sold")[i % 4]
            if fate == "mended":
                self.swap(product, at, product.at)
                self.service(product.serial, at + 2 * HOUR, "repair", detail="board replaced")
                self.ship(at + 5 * DAY, "sale", sale[1], product.serial)
            elif fate == "scrapped":
                self.service(product.serial, at, "scrap", detail="water damage")
            elif fate == "sold":
                self.service(product.serial, at, "inspection", detail="no fault found")
                self.ship(at + 9 * DAY, "sale", self.rng.choice(CUSTOMERS)[0], product.serial)

    # -- the plant's own tables, and the tale -------------------------------------------------

    def catalogue(self, lines: Sequence[_Line]) -> None:
        """Who and what there is."""
        for supplier in SUPPLIERS:
            self.row("suppliers", *supplier)
        for customer in CUSTOMERS:
            self.row("customers", *customer)
        for part in sorted({f.part for line in lines for f in line.feeders}):
            maker, what = ACTIVES, "bare board or paste"
            if part[1] == "-":
                (maker, *_), what = KINDS[part[0]][2:]
            mpn = f"{maker[:2]}{part.replace('-', '')}X"
            self.row("components", part, what, NAMES[maker], mpn, part.split("-")[0])
            if part[:2] == "U-":
                self.row("aliases", "component", part, f"IC{part[-3:]}")
        self.stations([line.name for line in lines])

    def stations(self, lines: Sequence[str]) -> None:
        """Write machines and operators."""
        for name in lines:
            for key, kind in STATIONS.items():
                self.row("machines", f"{name}-{key}", f"{kind} of {name}", kind, name, "WORKS")
            for shift in range(1, 5):
                self.row("operators", f"OP-{name[-1]}{shift}", "line")
        for key, kind in {"ICT-1": "ict", "FCT-1": "functional", "BENCH-1": "bench"}.items():
            self.row("machines", key, kind, kind, "", "WORKS")
        for key in ("OP-T1", "OP-T2", "OP-T3", "OP-B1"):
            self.row("operators", key, "bench" if key == "OP-B1" else "test")
        self.row("aliases", "machine", "SMT1-PM1", "M-0417")
        self.row("aliases", "customer", "C-1003", "CASCADE")

    def tale(self, lines: Sequence[_Line]) -> tuple[list[Key], Key]:
        """Receive the suspect and its namesake and run every feeder: the three reels, and the other's."""
        source = (self.lot(BAD_PART, SUSPECT, vendor=DISTRIBUTOR, code=CODE), CODE[1:5])
        other = (self.lot(BAD_PART, NAMESAKE, code=CODE), CODE[1:5])
        one, two = (line.bad for line in lines)
        many, few = (len(one.refdes) * lines[0].panel, len(two.refdes))
        a = lines[0].steps * 3 // 10
        b = a + min(175, lines[0].steps * 7 // 100)
        c = b + min(190, lines[0].steps * 8 // 100)
        d = c + min(150, lines[0].steps * 6 // 100)
        e = lines[1].steps // 2
        f = e + min(500, lines[1].steps // 20)
        sizes = ((b - a) * many, (c - b) * many, (f - e) * few)
        reels = [self.reel(BAD_PART, size, source) for size in sizes]
        spliced = self.reel(BAD_PART, (d - c) * many, other)
        plans = {
            id(one): [(a, b, 0, reels[0]), (b, c, 1, reels[1]), (c, d, 2, spliced)],
            id(two): [(e, f, 0, reels[2])],
        }
        for line in lines:
            for feeder in line.feeders:
                self.feed(line, feeder, plans.get(id(feeder), ()))
        self.suspects = set(reels)
        return reels, spliced

    def make(self, line: _Line) -> list[_Board]:
        """Run a line and inspect its boards: the good ones."""
        feeder = line.bad
        first, end = next(((x, y) for x, y, key in feeder.spells if key in self.suspects))
        whole = first + min(18, (end - first) // 4)
        good = []
        for board in self.run(line):
            if self.exposure(board):
                self.boards.append(board)
            cracked: Sequence[str] = ()
            if line.panel == 1 and first <= board.step < whole + 3:
                cracked = feeder.refdes if board.step < whole else feeder.refdes[:1]
            if self.inspect(board, cracked):
                good.append(board)
        return good

    def sales(self, gateways: list[_Product], drives: list[_Product], pallet: int) -> dict[str, Any]:
        """Pack, sell, and what came back: the second half of the story."""
        bad = [p for p in gateways if p.whole and self.exposure(p.boards[0]) == "certain"]
        broken = [p for p in drives if p.whole and all(self.exposure(b) == "certain" for b in p.boards)]
        ready = self.pack(gateways, pallet) | self.pack(drives, pallet)
        failed, repaired = bad[len(bad) // 3], broken[-3:-1]
        sent = next(p for p in bad[len(bad) // 3 :] if p.carton != failed.carton)
        needed = {p.pallet for p in (failed, sent, *repaired)}
        free = [p for p in ready if p not in needed | {bad[-1].pallet}]
        held = [bad[-1].pallet] * (bad[-1].pallet not in needed) + self.rng.sample(free, len(ready) // 16)
        sold = self.sell(ready, held)
        home = self.come_back(failed, sold[failed.pallet], 41)
        self.test(failed.serial, home + DAY, "functional", "FCT-1", "no_boot")
        cause = f"{failed.boards[0].serial}: cracked MLCC"
        self.service(failed.serial, home + 2 * DAY, "warranty", detail=cause)
        for product in repaired:
            at = self.come_back(product, sold[product.pallet], 30) + DAY
            self.service(product.serial, at, "repair", detail="capacitors replaced")
            for board in product.boards:
                feeder = board.line.bad
                self.replace(board, feeder, feeder.refdes, at + HOUR, "crack")
            self.test(product.serial, at + DAY, "functional", "FCT-1")
            self.ship(at + 3 * DAY, "sale", sold[product.pallet][1], product.serial)
        at, customer = sold[sent.pallet]
        self.ship(at + 20 * DAY, "return", customer, sent.carton)
        self.ship(at + 35 * DAY, "sale", next(c for c, _, _ in CUSTOMERS if c != customer), sent.carton)
        apart = {failed.carton, sent.carton, *(p.carton for p in repaired)}
        fit = [p for p in (*gateways, *drives) if p.whole and p.pallet in sold and p.carton not in apart]
        self.returns(self.rng.sample(fit, max(4, len(fit) // 400)), sold)
        for product in fit[: len(fit) // 20]:
            if product.serial[:2] == "GW":
                self.service(product.serial, sold[product.pallet][0] + 70 * DAY, "firmware", "gw-1.5.0")
        self.row("aliases", "unit", failed.serial, "ASSET-88213")
        open_ = {b.serial for b in self.boards if self.exposure(b) != "past"}
        here = [p for p in (*gateways, *drives) if p.pallet in held]
        blocked = {p.carton for p in here if any(b.serial in open_ for b in p.boards)}
        return {
            "field_return": failed.serial,
            "failed_board": failed.boards[0].serial,
            "customer": sold[failed.pallet][1],
            "returned_at": _utc(home),
            "carton": failed.carton,
            "reshipped_carton": sent.carton,
            "stock_cartons": tuple(sorted(blocked)),
            "repaired": tuple(p.serial for p in repaired),
        }

    def story(self, lines: Sequence[_Line], pallet: int) -> Story:
        """Run the whole plant."""
        for line in lines:
            self.set_up(line)
        self.catalogue(lines)
        reels, spliced = self.tale(lines)
        gateways = self.assemble("GW-1", self.make(lines[0]))
        drives = self.assemble("DRV-2", self.make(lines[1]))
        mended = drives[0].boards[0]  # a designator that was typed wrong: nothing was ever there
        self.row("removals", mended.serial, _cet(drives[0].at + HOUR), "R9999", "", "", "scratch", "OP-B1")
        later = self.sales(gateways, drives, pallet)
        classes = Counter(self.exposure(board) for board in self.boards)
        one, two = (line.bad for line in lines)
        return Story(
            supplier=SUSPECT,
            lot=CODE,
            part=BAD_PART,
            namesake=NAMESAKE,
            reels=tuple(lot for _, lot in reels),
            spliced_to=spliced[1],
            machines=(one.machine, two.machine),
            feeder=one.name,
            refdes=(" ".join(one.refdes), " ".join(two.refdes)),
            certain=classes["certain"],
            possible=classes["possible"],
            past=classes["past"],
            rows=dict(self.rows),
            **later,
        )


def build(folder: Path, *, boards: int = 20_000, seed: int = 20260, placements: bool = False) -> Story:
    """Write the plant's tables to ``folder`` as CSV and tell its story.

    ``boards`` counts positions made, half on each line, the few skipped ones of the
    panels included. With ``placements`` the same facts are written row by row, one for
    each board and reel, to the table placements, and the tables visits, loads and
    programs are left out: the two forms are not to be taken in together.
    """
    if boards < LEAST_BOARDS:
        raise ValueError(f"a plant has at least {LEAST_BOARDS} boards")
    folder.mkdir(parents=True, exist_ok=True)
    left_out = {"visits", "loads", "programs"} if placements else set()
    with ExitStack() as stack:
        files: dict[str, TextIO] = {}
        for name, columns in TABLES.items():
            path = folder / f"{name}.csv"
            path.unlink(missing_ok=True)
            if name not in left_out:
                files[name] = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
                files[name].write(columns.replace(" ", ",") + "\n")
        half = boards // 2 // 4 * 4
        lines = (
            _Line("SMT1", "CB-100", "CB", 4, 110, half // 4),
            _Line("SMT2", "PB-200", "PB", 1, 26, boards - half),
        )
        plant = _Plant(files, random.Random(seed), rowwise=placements)
        return plant.story(lines, 20 if boards >= LARGE else 4)
