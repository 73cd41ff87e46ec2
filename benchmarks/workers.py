"""Measures a run in parts by several processes beside one, and holds their outputs equal.

    python -m benchmarks.workers [LINES] [--workers 2] [--repeats 3]

Parquet to Parquet with the trail, by `payrules estimate --in-parts --workers`, in turn. Figures are
the least processor seconds of the repeats (the children's, imports included), with the time of that
run and the peak memory of its largest process: quote the ratios of one run, not its seconds.
"""

import argparse
import hashlib
import tempfile
import time
from pathlib import Path

from benchmarks.file_to_file import HERE, command

#: More than this times one process's processor time are two workers not to take.
GOAL = 1.25


def run(claims: Path, folder: Path, workers: int) -> tuple[float, float, float, str]:
    """Price by so many workers; give processor seconds, seconds, gigabytes, the outputs' hash."""
    folder.mkdir(exist_ok=True)
    files = [folder / "lines.parquet", folder / "steps.parquet"]
    outputs = ["--lines", files[0], "--adjustments", files[1]]
    began = time.perf_counter()
    how = ["--in-parts", "--workers", workers, "--force"]
    used, peak = command(HERE, "estimate", claims, *outputs, *how)
    took = time.perf_counter() - began
    content = b"".join(path.read_bytes() for path in files)
    return used, took, peak, hashlib.sha256(content).hexdigest()


def main() -> None:
    from benchmarks.batches import make_batch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    found: dict[int, list[tuple[float, float, float, str]]] = {1: [], asked.workers: []}
    with tempfile.TemporaryDirectory() as made:
        claims = Path(made, "claims.parquet")
        make_batch(asked.lines).write_parquet(claims)
        for _ in range(asked.repeats):
            for workers, measured in found.items():
                measured.append(run(claims, Path(made, str(workers)), workers))
    hashes = {each[3] for measured in found.values() for each in measured}
    assert len(hashes) == 1, "the outputs differ"
    one, several = (min(measured) for measured in found.values())
    print(f"{asked.lines:,} lines, outputs equal byte for byte")
    for workers, (used, took, peak, _) in ((1, one), (asked.workers, several)):
        print(f"  {workers} at work: {used:.1f} processor s, {took:.1f} s, {peak:.2f} GB")
    ratio = several[0] / one[0]
    print(f"  processor time {ratio:.2f} (goal {GOAL}), time {several[1] / one[1]:.2f}")


if __name__ == "__main__":
    main()
