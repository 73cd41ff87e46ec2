"""What ten scenarios cost: python -m benchmarks.whatif [lines].

Scenarios of the ten kinds in examples/scenarios on one batch, each compared in full (totals,
bridge, groups, changed lines), against one full pricing of the same batch (`estimate`). Ten
scenarios are to cost less than four full pricings. Processor time is measured, not the clock's:
other work on the machine does not count.
"""

import sys
from collections.abc import Callable
from decimal import Decimal
from time import process_time

from benchmarks.batches import make_batch
from payrules.content import content_folder
from payrules.estimate import estimate
from payrules.scenarios import Comparison, baseline, scenario
from payrules.schedules import load_schedules

#: The kinds of the ten examples, on codes that the made-up batch has.
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
RUNS = 3


def fastest(work: Callable[[], object]) -> float:
    """Give the seconds of the fastest of a few runs."""
    seconds = []
    for _ in range(RUNS):
        started = process_time()
        work()
        seconds.append(process_time() - started)
    return min(seconds)


def main(lines: int) -> None:
    schedules = load_schedules(content_folder("fee_schedules"))
    batch = make_batch(lines)
    place = batch["locality"][0]
    SCENARIOS["one locality's practice expense index"] = {
        "geographic_indices": [{"locality": place, "practice_expense": Decimal("1.1")}]
    }
    scenarios = [
        scenario({"title": title, "cites": "a benchmark", **said})
        for title, said in SCENARIOS.items()
    ]
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
