"""What ten scenarios cost: python -m benchmarks.whatif [lines].

The ten examples of examples/scenarios on one batch, each compared in full (totals, bridge,
groups, changed lines), against one full pricing of the same batch (`estimate`). The issue asks
for less than four full pricings; the baseline itself is one of them.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks.batches import make_batch
from payrules.content import content_folder
from payrules.estimate import estimate
from payrules.scenarios import Comparison, baseline, read_scenario
from payrules.schedules import load_schedules

EXAMPLES = Path(__file__).parents[1] / "examples" / "scenarios"
KEYS = ("payer", "practitioner", "place_of_service_code", "hcpcs_code")
RUNS = 3


def fastest(work: Callable[[], object]) -> float:
    """Give the seconds of the fastest of a few runs."""
    seconds = []
    for _ in range(RUNS):
        started = perf_counter()
        work()
        seconds.append(perf_counter() - started)
    return min(seconds)


def main(lines: int) -> None:
    schedules = load_schedules(content_folder("fee_schedules"))
    batch = make_batch(lines)
    scenarios = [read_scenario(path) for path in sorted(EXAMPLES.glob("*.toml"))]
    full = fastest(lambda: estimate(batch, schedules=schedules))
    base = baseline(batch, schedules=schedules)
    priced_once = fastest(lambda: baseline(batch, schedules=schedules))
    print(f"{lines:,} lines: one full pricing 1.00, the baseline {priced_once / full:.2f}")
    together = 0.0
    for each in scenarios:

        def compare(each=each) -> None:
            compared = Comparison(base, each)
            _ = compared.totals, compared.bridge, compared.lines
            for key in KEYS:
                compared.by(key)

        seconds = fastest(compare)
        together += seconds
        again = Comparison(base, each).repriced
        print(f"{seconds / full:6.2f}  {again:>9,} lines again  {each.title}")
    print(f"{together / full:6.2f}  ten scenarios, of one full pricing")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
