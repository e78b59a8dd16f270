"""Compare boardtrace with what people would use instead: ``make bench``, or ``python -m bench``.

Makes a plant of each size, loads every system with it, compares every answer with the truth, times
what is right, and writes ``docs/benchmark.md`` and ``docs/benchmark.svg``. Figures are kept as JSON:
``python -m bench --from FILE`` writes the report again.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.machine import machine
from bench.measure import Effort, measure
from bench.plant import add_options, shape_of
from bench.report import write
from bench.systems import SYSTEMS

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(
        prog="bench", description=(__doc__ or "").partition("\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )  # fmt: skip
    effort = Effort()
    parser.add_argument("--boards", type=int, nargs="+", default=[10_000, 100_000], help="sizes of plants")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), metavar="SYSTEM")
    parser.add_argument("--repetitions", type=int, default=effort.repetitions)
    parser.add_argument("--cold", type=int, default=effort.cold, help="restarts for the cold figures")
    parser.add_argument("--work", type=Path, help="folder for plants and databases (else a temporary one)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder of the report")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "results.json", help="figures as JSON"
    )
    parser.add_argument(
        "--from", dest="known", type=Path, help="write the report from such figures, measure nothing"
    )
    add_options(parser)
    parser.set_defaults(panel=4, rework=0.01, grey=0.001)
    asked = parser.parse_args()
    if asked.known:
        write(json.loads(asked.known.read_text()), asked.out)
        return
    try:
        shapes = [shape_of(asked, boards) for boards in sorted(asked.boards)]
    except ValueError as error:
        parser.error(str(error))
    effort = Effort(repetitions=asked.repetitions, cold=asked.cold)
    found = {"machine": machine(ROOT), "effort": asdict(effort), "command": sys.argv[1:], "plants": []}
    for shape in shapes:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=asked.work) as folder:
            found["plants"].append(measure(shape, asked.systems, effort, Path(folder)))
        # after each plant: an interrupted run leaves what it has
        asked.results.write_text(json.dumps(found, indent=1))
    write(found, asked.out)


if __name__ == "__main__":  # each system's process imports this module too
    main()
