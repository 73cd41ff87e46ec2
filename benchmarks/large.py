"""Prices a batch larger than the memory it is given, and checks the result against one-shot runs.

    python -m benchmarks.large [LINES] [--gigabytes 4] [--folder DIR]

The batch is made a million lines at a time, each of its own persons and claims, so that pieces of
the output can be compared, row for row, with one-shot runs. The limit is on address space
(RLIMIT_AS, what `ulimit -v` sets), which is stricter than one on memory.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MILLION = 1_000_000


def make(path: Path, lines: int) -> None:
    """Write the batch."""
    import polars as pl

    from benchmarks.batches import make_batch

    pieces = []
    for number in range(-(-lines // MILLION)):
        batch = make_batch(min(MILLION, lines - number * MILLION), seed=7 + number)
        named = (
            pl.concat_str(pl.col(name), pl.lit(f"-{number}")) for name in ("claim_id", "person_id")
        )
        pieces.append(path.with_name(f"{path.stem}-{number}.parquet"))
        batch.with_columns(named).write_parquet(pieces[-1])
    pl.concat([pl.scan_parquet(piece) for piece in pieces]).sink_parquet(path)
    for piece in pieces:
        piece.unlink()


def price(folder: Path, gigabytes: float) -> None:
    """Price the batch within a limit."""
    import resource

    limit = int(gigabytes * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    from payrules.runs.in_parts import Outputs, estimate_in_parts

    started = time.perf_counter()

    def progress(step: str) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{time.perf_counter() - started:7.0f} s  {peak:5.2f} GB  {step}", flush=True)

    outputs = Outputs(folder / "lines.parquet", folder / "adjustments.parquet")
    told = estimate_in_parts(folder / "claims.parquet", outputs, resume=True, progress=progress)
    progress(f"written: {told.run['counts']}")


def compare(folder: Path, pieces: int) -> None:
    """Compare every tenth piece with a one-shot run of its lines alone."""
    import polars as pl

    from payrules.runs.estimate import estimate

    lines = pl.scan_parquet(folder / "lines.parquet")
    claims = pl.scan_parquet(folder / "claims.parquet")
    for number in range(0, pieces, 10):
        of_piece = pl.col("person_id").str.ends_with(f"-{number}")
        wanted = estimate(claims.filter(of_piece).collect(), trail=False).lines
        assert lines.filter(of_piece).collect().equals(wanted), f"lines of piece {number} differ"
        print(f"piece {number}: {wanted.height:,} lines are those of a one-shot run")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=30 * MILLION)
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--folder", type=Path, help="keeps the batch and the outputs here")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        price(asked.folder, asked.gigabytes)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        if not (folder / "claims.parquet").exists():
            make(folder / "claims.parquet", asked.lines)
        limited = ["--step", "price", "--gigabytes", str(asked.gigabytes), "--folder", str(folder)]
        subprocess.run([sys.executable, "-m", "benchmarks.large", *limited], check=True)
        compare(folder, -(-asked.lines // MILLION))


if __name__ == "__main__":
    main()
