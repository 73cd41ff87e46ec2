"""What ten scenarios cost: python -m benchmarks.whatif [lines].

Ten scenarios of its own, in the manner of examples/scenarios but on codes that the made-up batch
has, each compared in full (totals, bridge, groups, changed lines), against one full pricing
(`estimate`) of the same claims file, and against one of the frame in memory. Ten are to cost less
than four full pricings. Processor time is measured, not the clock's.
"""

import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.batches import make_batch
from payrules.content import content_folder
from payrules.runs.estimate import estimate
from payrules.runs.setup import Setup
from payrules.scenarios import (
    Baseline,
    Comparison,
    Scenario,
    baseline,
    compare,
    plan,
    scenario,
)
from payrules.schedules import load_schedules

#: Not the ten examples: those change codes that the made-up batch lacks, or need a fee schedule.
SCENARIOS: dict[str, dict[str, object]] = {
    "injections move to the office": {
        "claims": [
            {
                "where": {"hcpcs_code": "62320-64999", "place_of_service_code": "22"},
                "set": {"place_of_service_code": "11"},
            }
        ]
    },
    "later procedures at 40 percent": {"terms": {"multiple_procedure": {"later": Decimal("0.4")}}},
    "claims without modifier 59": {
        "claims": [{"where": {"modifier": "59"}, "drop_modifier": "59"}]
    },
    "guidance billed as distinct": {
        "claims": [{"where": {"hcpcs_code": "77003"}, "add_modifier": "59"}]
    },
    "conversion factor 2.5 percent lower": {"conversion_factor": {"scale": Decimal("0.975")}},
    "2025 claims on the 2026 schedule": {"release": "starter-2026"},
    "a carve-out, blocks plus 8 percent": {
        "fees": [
            {"codes": "62323", "facility_amount": 200, "nonfacility_amount": 350},
            {"codes": "64400-64999", "scale": Decimal("1.08")},
        ]
    },
    "no lesser-of, bilateral at 125 percent": {
        "terms": {"lesser_of_charge": {"off": True}, "bilateral": {"both": Decimal("1.25")}}
    },
    "20 percent more injections of the spine": {
        "claims": [{"where": {"hcpcs_code": "62320-64999"}, "volume": Decimal("1.2")}]
    },
}
KEYS = ("payer", "practitioner", "place_of_service_code", "hcpcs_code")
RUNS = 5


def seconds(work: Callable[[], object]) -> float:
    """Give the processor seconds of one run."""
    started = process_time()
    work()
    return process_time() - started


def main(lines: int) -> None:
    schedules = load_schedules(content_folder("fee_schedules"))
    batch = make_batch(lines)
    SCENARIOS["one locality's practice expense index"] = {
        "geographic_indices": [
            {"locality": batch["locality"][0], "practice_expense": Decimal("1.1")}
        ]
    }
    scenarios = [
        scenario({"title": title, "cites": "a benchmark", **said})
        for title, said in SCENARIOS.items()
    ]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "claims.csv"
        batch.write_csv(file)
        base = baseline(file, Setup(schedules=schedules))
        ratios: dict[str, list[float]] = {}
        for _ in range(RUNS):  # side by side, so that a busy machine slows both
            full = seconds(lambda: estimate(file, Setup(schedules=schedules)))
            in_memory = seconds(lambda: estimate(batch, Setup(schedules=schedules)))
            for each in scenarios:
                spent = seconds(lambda each=each: told(base, [each]))
                ratios.setdefault(each.title, []).append(spent / full)
            together = seconds(lambda: told(base, scenarios))
            ratios.setdefault("ten scenarios together", []).append(together / full)
            ratios.setdefault("the same, of a pricing in memory", []).append(together / in_memory)
    print(f"{lines:,} lines; one full pricing of the file is 1.00")
    for title, found in ratios.items():
        print(f"{median(found):6.2f}  {title}")


def told(base: Baseline, scenarios: Sequence[Scenario]) -> list[Comparison]:
    """Compare scenarios and read everything a workbook shows of them."""
    compared = compare(base, [plan(base, each) for each in scenarios])
    for one in compared:
        _ = one.totals, one.bridge, one.lines, [one.by(key) for key in KEYS]
    return compared


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
