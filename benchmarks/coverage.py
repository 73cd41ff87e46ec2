"""What coverage policies cost: a batch priced with four of them, against the same without.

    python -m benchmarks.coverage [LINES]

A pain practice's worst case (every other line one that a policy speaks of) and the mixed batch of
the other benchmarks, a tenth of whose lines are such. Processor time, the median of nine pairs that
run in turn, trail off.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import polars as pl

from benchmarks.batches import make_batch
from payrules.coverage.examples import EXAMPLES
from payrules.coverage.policy import Covering
from payrules.coverage.policy_file import read_policies
from payrules.runs.setup import Setup

LINES = 1_000_000
POLICIES = ("L38801", "L39240", "L39462", "L34211")
CODES = ("64493", "64494", "64490", "64491", "64483", "64484", "62323", "64635", "27096", "20552")
_RUNS = 9


def batch(lines: int, share: int) -> pl.DataFrame:
    """Give the benchmarks' batch with one line in `share` a spinal injection, and diagnoses."""
    number = pl.int_range(pl.len())
    pick = pl.lit(pl.Series(CODES)).gather(number // share % len(CODES))
    dx = pl.lit(pl.Series(["M47.816", "M54.16", "M46.1", "M79.18"])).gather(number // 7 % 4)
    kx = pl.when(number // share % 3 == 0).then(pl.lit("KX")).otherwise("hcpcs_modifier_1")
    of_pain = number % share == 0
    return make_batch(lines).with_columns(
        hcpcs_code=pl.when(of_pain).then(pick).otherwise("hcpcs_code"),
        hcpcs_modifier_1=pl.when(of_pain).then(kx).otherwise("hcpcs_modifier_1"),
        diagnosis_code_1=dx,
        locality=pl.lit("01112-05"),
    )


def with_policies() -> Setup:
    """Give a setup that holds Medicare's lines against four policies, one of each family."""
    each = (each for each in read_policies([Path(EXAMPLES)]) if each.id in POLICIES)
    return Setup(covering=Covering(tuple(each)))


def ratio(lines: int, share: int) -> float:
    """Give what pricing with four policies takes, of what it takes without: the median of pairs."""
    setup = with_policies()
    bare = replace(setup, covering=None)
    checked = setup.read(batch(lines, share)).lines

    def seconds(of: Setup) -> float:
        begun = time.process_time()
        of.price(checked, trail=False)
        return time.process_time() - begun

    runs = [(seconds(setup), seconds(bare)) for _ in range(_RUNS)]
    return median(of_both / of_one for of_both, of_one in runs)


def main() -> None:
    """Print both ratios."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    for words, share in (("one line in ten", 10), ("every other line", 2)):
        found = ratio(lines, share)
        print(f"four policies, {lines:,} lines, {words} an injection: {found:.2f} of without")


if __name__ == "__main__":
    main()
