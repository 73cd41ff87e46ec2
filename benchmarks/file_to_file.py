"""Measures commands from file to file against the floor: polars alone reads and writes the same.

    python -m benchmarks.file_to_file [LINES] [--beside CHECKOUT] [--repeats 3]

The floor reads the same input whole and writes the same output, which it has at hand, in a process
of its own. `--beside` names a checkout of another commit: its commands run in turn with ours. Of
100,000 lines a pack is made besides. Figures are the least processor seconds of the repeats (the
children's, imports included), and the peak memory of that run: quote the ratios of one run, not its
seconds.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parents[1]
#: Runs another command as the shell would, and says what it took.
_WATCHED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
_FLOOR = """
import sys, time
import polars as pl
inputs, outputs = sys.argv[1].split(","), sys.argv[2].split(",")
reads = {".csv": lambda path: pl.read_csv(path, infer_schema=False), ".parquet": pl.read_parquet}
held = [reads[path[path.rindex("."):]](path) for path in outputs]
began = time.process_time()
for path in inputs:
    reads[path[path.rindex("."):]](path)
for frame, path in zip(held, outputs):
    write = frame.write_csv if path.endswith(".csv") else frame.write_parquet
    write(path + ".floor")
print(time.process_time() - began)
"""


def floor(inputs: Sequence[Path], outputs: Sequence[Path]) -> float:
    """Give the processor seconds of polars alone, its import left out."""
    names = [",".join(map(str, paths)) for paths in (inputs, outputs)]
    said = subprocess.run(
        [sys.executable, "-c", _FLOOR, *names], check=True, capture_output=True, text=True
    )
    return float(said.stdout)


def command(checkout: Path, *arguments: object) -> tuple[float, float]:
    """Give the processor seconds and the peak gigabytes of a payrules command."""
    said = subprocess.run(
        [sys.executable, "-c", _WATCHED, sys.executable, "-m", "payrules", *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    seconds, kilobytes = said.stdout.split()
    return float(seconds), float(kilobytes) / 1e6


def _asked(folder: Path) -> Mapping[str, tuple[Path, Mapping[str, Path]]]:
    """Give each way from file to file: what goes in, and what comes out by its option."""
    parquet, text = folder / "claims.parquet", folder / "claims.csv"
    lines, steps = folder / "lines.parquet", folder / "steps.parquet"
    return {
        "Parquet to Parquet": (parquet, {"--lines": lines}),
        "Parquet to Parquet, with the trail": (parquet, {"--lines": lines, "--adjustments": steps}),
        "CSV to CSV": (text, {"--lines": folder / "lines.csv"}),
        "Parquet to Parquet, in parts": (parquet, {"--lines": lines, "--in-parts": Path()}),
    }


def main() -> None:
    from benchmarks.batches import make_batch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--beside", type=Path, help="a checkout of another commit")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    checkouts = [HERE, *([asked.beside.resolve()] if asked.beside else [])]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        batch = make_batch(asked.lines)
        batch.write_parquet(folder / "claims.parquet")
        batch.write_csv(folder / "claims.csv")
        batch.head(1_000).write_csv(folder / "small.csv")
        print(f"{asked.lines:,} lines: processor seconds ÷ the floor's; peak memory")
        for way, (given, wanted) in _asked(folder).items():
            options = [each for pair in wanted.items() for each in pair if each != Path()]
            files = [path for path in wanted.values() if path != Path()]
            found: dict[Path, list[tuple[float, float]]] = {each: [] for each in checkouts}
            floors = []
            for _ in range(asked.repeats):
                for each in checkouts:
                    took = command(each, "estimate", given, *options, "--force")
                    found[each].append(took)
                floors.append(floor([given], files))
            low = min(floors)
            print(f"  {way:36}", *(_told(min(took), low) for took in found.values()), sep="  ")
        small = folder / "small.csv"
        workbook = ["estimate", small, "--lines", folder / "small-lines.csv", "--force"]
        took = [min(command(each, *workbook) for _ in range(asked.repeats)) for each in checkouts]
        print(f"  {'1,000 lines':36}", *(f"{seconds:.2f} s" for seconds, _ in took), sep="  ")
        some = folder / "some.parquet"
        make_batch(100_000).write_parquet(some)
        pack = ["estimate", some, "--output", folder / "pack.xlsx", "--force"]
        runs = [[command(each, *pack) for each in checkouts] for _ in range(asked.repeats)]
        took = [min(each) for each in zip(*runs, strict=True)]
        print(f"  {'a pack of 100,000 lines':36}", *(f"{each[0]:.2f} s" for each in took), sep="  ")


def _told(took: tuple[float, float], low: float) -> str:
    return f"{took[0] / low:5.2f} ({took[0]:5.1f} s, {took[1]:.2f} GB)"


if __name__ == "__main__":
    main()
