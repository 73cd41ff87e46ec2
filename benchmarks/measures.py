"""What is measured: each takes a batch's Parquet file and gives wall and processor seconds.

    python -m benchmarks.measures NAME PATH

Each runs in a process of its own, so that memory is its own and nothing is warm.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Seconds = tuple[float, float]


def clock(work: Callable[[], Any]) -> Seconds:
    """Time work: wall clock and processor."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def read_parquet(path: Path) -> Seconds:
    """Read the Parquet file into memory: the floor."""
    import polars as pl

    return clock(lambda: pl.read_parquet(path))


def check(path: Path) -> Seconds:
    """Read the file and check every row."""
    from payrules.claims import read_batch
    from payrules.schedules import load_schedules

    localities = load_schedules().localities()
    return clock(lambda: read_batch(path, localities=localities))


def checked_lines(path: Path) -> tuple[Any, Any, Any]:
    """Give a batch's checked lines, the schedules, read beforehand, and the tables of edits."""
    from payrules.claims import read_batch
    from payrules.runs.setup import load_tables
    from payrules.schedules import load_schedules

    schedules = load_schedules()
    lines = read_batch(path, localities=schedules.localities()).lines
    for release in schedules.releases:  # read and verified beforehand
        _ = release.codes, release.localities, release.anesthesia_factors
    return lines, schedules, load_tables(schedules)


def _pricing(path: Path, *, trail: bool, core: bool = False) -> Seconds:
    from payrules.payers import MEDICARE
    from payrules.runs.by_person import price_by_person as price

    rules = MEDICARE.rules
    if core:
        from benchmarks.core_rules import CORE_RULES as rules  # noqa: N811
    lines, schedules, tables = checked_lines(path)
    price(lines.head(1000), rules, schedules, tables=tables)
    return clock(lambda: price(lines, rules, schedules, tables=tables, trail=trail))


def price_without_trail(path: Path) -> Seconds:
    """Price checked lines by all of Medicare's rules, trail off."""
    return _pricing(path, trail=False)


def price_with_trail(path: Path) -> Seconds:
    """The same, trail on."""
    return _pricing(path, trail=True)


def core_rules(path: Path) -> Seconds:
    """Price checked lines by the core rules alone, trail off."""
    return _pricing(path, trail=False, core=True)


def _other(path: Path, name: str) -> Seconds:
    from benchmarks import core_rules as versions

    lines, schedules, _ = checked_lines(path)
    columns, rates = versions.lines_in(lines), versions.rates(schedules)
    releases = versions.releases(schedules)
    if name == "Numba":  # compiled beforehand
        versions.Numba(columns.head(1000), rates, releases).price()
    other = getattr(versions, name)(columns, rates, releases)
    return clock(other.price)


def core_rules_in_numba(path: Path) -> Seconds:
    """The core rules in a numba kernel, the encoding of text included."""
    return _other(path, "Numba")


def core_rules_in_duckdb(path: Path) -> Seconds:
    """The core rules in one SQL statement of DuckDB."""
    return _other(path, "DuckDB")


def core_rules_in_decimal(path: Path) -> Seconds:
    """The core rules in plain Python, Decimal dollars."""
    return _other(path, "PlainDecimal")


def _estimate(path: Path, *, trail: bool = True, workbook: bool = False) -> Seconds:
    from payrules.runs.estimate import estimate
    from payrules.runs.results import write_frame

    def work() -> None:
        results = estimate(path, trail=trail)
        with tempfile.TemporaryDirectory() as folder:
            if workbook:
                from payrules.workbook import write_workbook

                write_workbook(results, Path(folder, "estimate.xlsx"))
                return
            write_frame(results.lines, Path(folder, "lines.parquet"))
            if trail:
                write_frame(results.adjustments, Path(folder, "adjustments.parquet"))

    return clock(work)


def estimate_to_parquet(path: Path) -> Seconds:
    """Read, check, price with the trail, write lines and adjustments as Parquet."""
    return _estimate(path)


def estimate_lines_to_parquet(path: Path) -> Seconds:
    """Read, check, price without the trail, write the lines as Parquet."""
    return _estimate(path, trail=False)


def estimate_to_workbook(path: Path) -> Seconds:
    """Read, check, price with the trail, write the workbook."""
    return _estimate(path, workbook=True)


def _command(path: Path, *wanted: str) -> Seconds:
    """Time `payrules estimate` from the file to files of results, as a shell would run it."""
    from contextlib import redirect_stderr, redirect_stdout

    from payrules.__main__ import main

    def work() -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            Path(folder, "said").open("w", encoding="utf-8") as said,
        ):
            options = [
                part for name in wanted for part in (f"--{name}", f"{folder}/{name}.parquet")
            ]
            with redirect_stdout(said), redirect_stderr(said):
                if main(["estimate", str(path), *options]):
                    raise RuntimeError(Path(folder, "said").read_text(encoding="utf-8"))

    return clock(work)


def command_without_trail(path: Path) -> Seconds:
    """`payrules estimate`, Parquet in, the lines out as Parquet."""
    return _command(path, "lines")


def command_with_trail(path: Path) -> Seconds:
    """`payrules estimate`, Parquet in, lines and adjustments out as Parquet."""
    return _command(path, "lines", "adjustments")


def peak_gigabytes() -> float:
    """Give the most memory this program, or a worker of it, had; not a number where none tells."""
    try:
        import resource
    except ImportError:
        return float("nan")
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the memory of the process that started this one
        mine = int(status.read_text().split("VmHWM:")[1].split()[0])
        return max(mine, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9  # bytes on macOS


if __name__ == "__main__":
    print(*globals()[sys.argv[1]](Path(sys.argv[2])), peak_gigabytes())
