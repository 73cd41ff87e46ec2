"""What holding payments against expectations costs, step by step, against pricing the batch.

    python -m benchmarks.variance [LINES]

One made-up batch; a tenth of its lines are paid with one of the planted errors. Each step is the
best of three runs in one process, by processor time; what is quoted is the ratio to pricing.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.planted_causes import KINDS, remittance, written
from payrules.front_door.terms import setup_of
from payrules.variance.analysis import VarianceOptions, compared_with
from payrules.variance.expected import expected_lines
from payrules.variance.plain import plain_parts
from payrules.variance.remittances import read_remittances
from payrules.variance.straight import straight_claims
from payrules.variance.uncollected import uncollected

_RUNS = 3


def _best(step: Callable[[], Any]) -> tuple[float, Any]:
    best, found = float("inf"), None
    for _ in range(_RUNS):
        begun = time.process_time()
        found = step()
        best = min(best, time.process_time() - begun)
    return best, found


def measured(lines: int) -> list[tuple[str, float]]:
    """Give each step with its seconds, pricing first."""
    setup = setup_of("medicare", locality="national")
    each = max(lines // 10 // len(KINDS), 1)
    rows, planted = written(each, lines - each * len(KINDS))
    with tempfile.TemporaryDirectory() as folder, uncollected():
        path = Path(folder) / "paid.835"
        path.write_text(remittance(rows, planted, setup), encoding="utf-8")
        batch = setup.read(pl.DataFrame(rows))
        del rows
        pricing, priced = _best(lambda: setup.price(batch.lines, trail=True))
        reading, read = _best(lambda: read_remittances([path]))
        options = VarianceOptions()

        def pair() -> None:
            straight = straight_claims(expected, (), read)
            for _ in plain_parts(expected, straight, read, options.tolerance):
                pass

        telling, expected = _best(lambda: expected_lines(batch, priced, setup))
        pairing, _ = _best(pair)
        whole, _ = _best(lambda: compared_with(batch, priced, read, setup, options))
    return [
        ("pricing, with its trail", pricing),
        ("reading the remittance", reading),
        ("expected lines", telling),
        ("straight claims, with amounts", pairing),
        ("rest, causes, rows and sums", whole - telling - pairing),
        ("all but reading", whole),
    ]


def table(lines: int) -> list[str]:
    """Write the steps with their seconds and their ratio to pricing, and the most memory held."""
    steps = measured(lines)
    pricing = steps[0][1]
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [
        f"{lines:,} claims, a tenth with an error",
        *(f"{words:30} {seconds:8.2f} s {seconds / pricing:8.1f} x" for words, seconds in steps),
        f"{'memory at the most':30} {held:8.2f} GB, the making of the batch included",
    ]


if __name__ == "__main__":
    print(*table(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000), sep="\n")
