"""What whole tables of edits cost, and each further quarter of the pairs: CMS's own files needed.

    python -m benchmarks.edits NCCI_FOLDER [--beside CHECKOUT]

`NCCI_FOLDER` holds CMS's files of one quarter (MUE, PTP f1 to f4, add-on codes). The quarter is
imported, and its pairs in force are dated again for each further quarter, so that every row of
every quarter stands: the worst case. Each figure is the best of three runs of `estimate`, trail
off, each in a process of its own; `--beside` measures another checkout in turn.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.batches import make_batch
from payrules.schedules import import_schedule, load_schedules
from payrules.schedules.records import write_entry

_RUNS = 3
#: The first days of the quarters: those that the batch's dates of service lie in.
_QUARTERS = tuple(date(2025 + n // 4, 1 + 3 * (n % 4), 1) for n in range(5))
_SMALL, _LARGE = 1_000, 200_000
_RUN = """
import sys, time
from pathlib import Path
from payrules.runs.estimate import estimate
estimate(Path(sys.argv[1]), trail=False)
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(time.process_time(), int(peak) / 1e3)
"""


class Cost(NamedTuple):
    """Processor seconds of a process, from its start on, and the most megabytes it held."""

    seconds: float
    megabytes: float


def stores(ncci: Path, folder: Path) -> dict[int, Path]:
    """Make the user's store with none, one, two and five quarters; give their folders."""
    imported = import_schedule(ncci, folder=folder / "imported", effective_from=_QUARTERS[0])
    of_kind = {each.kind: each for each in load_schedules(imported.folder.parent).tables}
    made = {0: folder / "0"}
    for quarters in (1, 2, 5):
        made[quarters] = folder / str(quarters)
        for number, first_day in enumerate(_QUARTERS[:quarters]):
            tables = {}
            for kind, table in of_kind.items():
                if number and kind != "ptp":
                    continue
                rows = table.stored.read().with_columns(
                    effective_from=pl.when(pl.col("effective_to").is_null())
                    .then(pl.lit(first_day))
                    .otherwise("effective_from")
                )
                said = {"kind": kind, "published_for": first_day, "cites": "a benchmark"}
                if kind == "ptp":
                    said["parts"] = "1 2 3 4"
                tables[f"{kind}.parquet"] = (rows, said)
            said = {"name": f"q{number}", "starter": False, "source": "a benchmark", "sources": {}}
            store = made[quarters] / "payrules" / "schedules"
            write_entry(store, f"q{number}", "table.toml", said, tables)
    return made


def measured(checkout: Path, store: Path, batch: Path) -> Cost:
    """Price a batch with a store, in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-c", _RUN, str(batch)],
        env=os.environ | {"PYTHONPATH": str(checkout), "XDG_DATA_HOME": str(store)},
        cwd=store.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    return Cost(*map(float, told.stdout.split()[-2:]))


def table(ncci: Path, checkouts: Sequence[Path]) -> list[str]:
    """Write what each number of quarters costs, by checkout."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = stores(ncci, folder)
        batches = {}
        for lines in (_SMALL, _LARGE):
            batches[lines] = folder / f"{lines}.parquet"
            make_batch(lines).write_parquet(batches[lines])
        cases = [*((_SMALL, quarters) for quarters in made), (_LARGE, 0), (_LARGE, 1)]
        runs: dict[tuple[Path, int, int], list[Cost]] = {}
        for _ in range(_RUNS):
            for lines, quarters in cases:
                for checkout in checkouts:
                    cost = measured(checkout, made[quarters], batches[lines])
                    runs.setdefault((checkout, lines, quarters), []).append(cost)
    best = {case: Cost(*map(min, zip(*costs, strict=True))) for case, costs in runs.items()}
    written = [
        "| lines | quarters of edits | processor s | MB |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for checkout in checkouts:
        if len(checkouts) > 1:
            written.append(f"| {'this' if checkout is checkouts[0] else 'beside'} | | | |")
        for lines, quarters in cases:
            cost = best[checkout, lines, quarters]
            said = quarters or "built in"
            written.append(f"| {lines:,} | {said} | {cost.seconds:.3f} | {cost.megabytes:.0f} |")
        one, five = best[checkout, _SMALL, 1], best[checkout, _SMALL, 5]
        seconds, megabytes = ((b - a) / 4 for a, b in zip(one, five, strict=True))
        written.append(f"| {_SMALL:,} | each further | {seconds:+.3f} | {megabytes:+.0f} |")
        without, whole = (best[checkout, _LARGE, quarters].seconds for quarters in (0, 1))
        written.append(f"| {_LARGE:,} | one ÷ built in | {whole / without:.2f} | |")
    return written


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("ncci", type=Path)
    asked.add_argument("--beside", type=Path, action="append", default=[])
    given = asked.parse_args()
    checkouts = [Path(__file__).parents[1], *(each.resolve() for each in given.beside)]
    print("\n".join(table(given.ncci, checkouts)))


if __name__ == "__main__":
    main()
