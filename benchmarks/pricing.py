"""Measures pricing: lines per second, peak memory, and ratios to reading the same Parquet file.

    python -m benchmarks.pricing [LINES] [--rules]

Every figure is measured in a process of its own, in turn, and repeated; the table gives medians.
Machines are noisy: quote the ratios, not the seconds.
"""

import argparse
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.batches import batch_file

REPEATS = 3


def read(path: Path) -> float:
    """Read the Parquet file: the floor."""
    import polars as pl

    started = time.perf_counter()
    pl.read_parquet(path)
    return time.perf_counter() - started


def intake(path: Path) -> float:
    """Read and check the batch."""
    from payrules.claims import read_batch
    from payrules.schedules import load_schedules

    localities = load_schedules().localities()
    started = time.perf_counter()
    read_batch(path, localities=localities)
    return time.perf_counter() - started


def _pricing(path: Path, *, trail: bool) -> float:
    from payrules.claims import read_batch
    from payrules.estimate import load_tables
    from payrules.payers import MEDICARE
    from payrules.pricing import price
    from payrules.schedules import load_schedules

    schedules = load_schedules()
    lines = read_batch(path, localities=schedules.localities()).lines
    tables = load_tables(schedules)
    started = time.perf_counter()
    price(lines, MEDICARE.rules, schedules, tables=tables, trail=trail)
    return time.perf_counter() - started


def price_without_trail(path: Path) -> float:
    """Price checked lines by all rules, trail off."""
    return _pricing(path, trail=False)


def price_with_trail(path: Path) -> float:
    """Price checked lines by all rules, trail on."""
    return _pricing(path, trail=True)


def estimate_to_parquet(path: Path) -> float:
    """Read, check, price with the trail, and write lines and adjustments as Parquet."""
    from payrules.estimate import estimate
    from payrules.results import write_frame

    started = time.perf_counter()
    results = estimate(path)
    with tempfile.TemporaryDirectory() as folder:
        write_frame(results.lines, Path(folder) / "lines.parquet")
        write_frame(results.adjustments, Path(folder) / "adjustments.parquet")
    return time.perf_counter() - started


MEASURED: tuple[Callable[[Path], float], ...] = (
    read,
    intake,
    price_without_trail,
    price_with_trail,
    estimate_to_parquet,
)


def peak_gigabytes() -> float:
    """Give this process's peak memory; not a number where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    unit = 1e9 if sys.platform == "darwin" else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def in_process_of_its_own(name: str, path: Path) -> tuple[float, float]:
    """Run one measurement apart, so that memory is its own and nothing is warm."""
    command = [sys.executable, "-m", "benchmarks.pricing", "--one", name, "--path", str(path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(printed[-2]), float(printed[-1])


def cost_per_rule(path: Path) -> None:
    """Print what each rule costs in processor time, trail off."""
    from payrules import pricing
    from payrules.claims import read_batch
    from payrules.estimate import load_tables
    from payrules.payers import MEDICARE
    from payrules.schedules import load_schedules

    schedules = load_schedules()
    lines = read_batch(path, localities=schedules.localities()).lines
    tables = load_tables(schedules)

    def begun_at() -> list[tuple[str, float]]:
        begun: list[tuple[str, float]] = []
        pricing.price(
            lines,
            MEDICARE.rules,
            schedules,
            tables=tables,
            trail=False,
            progress=lambda name: begun.append((name, time.process_time())),
        )
        return [*begun, ("", time.process_time())]

    begun_at()  # the second run is warm
    begun = begun_at()
    costs = [(after - at, name) for (name, at), (_, after) in itertools.pairwise(begun)]
    whole = sum(cost for cost, _ in costs)
    for cost, name in sorted(costs, reverse=True):
        print(f"{name:26} {cost * 1000:8.1f} ms of processor  {cost / whole:6.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--rules", action="store_true", help="the cost of each rule")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measured = next(each for each in MEASURED if each.__name__ == asked.one)
        print(measured(asked.path), peak_gigabytes())
        return
    with tempfile.TemporaryDirectory() as folder:
        path = batch_file(Path(folder), asked.lines)
        if asked.rules:
            cost_per_rule(path)
            return
        figures: dict[str, list[tuple[float, float]]] = {each.__name__: [] for each in MEASURED}
        for _ in range(REPEATS):
            for name, runs in figures.items():
                runs.append(in_process_of_its_own(name, path))
    floor = statistics.median(seconds for seconds, _ in figures["read"])
    print(f"{asked.lines:,} lines; medians of {REPEATS}")
    print(f"{'':22}{'seconds':>9}{'lines/s':>13}{'peak GB':>9}{'× reading':>11}")
    for name, runs in figures.items():
        seconds = statistics.median(each for each, _ in runs)
        peak = max(each for _, each in runs)
        rate = asked.lines / seconds
        print(f"{name:22}{seconds:9.2f}{rate:13,.0f}{peak:9.2f}{seconds / floor:11.1f}")


if __name__ == "__main__":
    main()
