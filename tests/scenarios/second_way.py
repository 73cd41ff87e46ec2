"""Every kind of what-if made a second way: by hand in claims, release or payer file, then priced.

    python -m tests.scenarios.second_way --scenarios 5000          # thousands, of every kind
    python -m tests.scenarios.second_way --kind fees --seed 7 --shrink   # one fault made small

Hypothesis draws batch, payers and scenario together. Each kind of difference is told with the
smallest case that was met. `tests/scenarios/test_second_way.py` runs a few dozen.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from functools import partial

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.scenarios.cases import KINDS, Case, agree


def run(kind: str, scenarios: int, number: int | None = None, *, shrink: bool = True) -> None:
    """Draw so many scenarios of a kind, and hold each to what is made by hand.

    With `shrink` the first that differs is made small and raised; otherwise all are tried, and
    what differs is told at the end.
    """
    faults: dict[str, tuple[str, str, int]] = {}

    @settings(
        max_examples=scenarios,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    @given(KINDS[kind]())
    def every_figure(case: Case) -> None:
        if shrink:
            agree(case)
            return
        try:
            agree(case)
        except Exception as fault:  # what may differ is not known beforehand
            if type(fault).__module__.startswith("hypothesis"):
                raise
            told, size = shown(case), len(shown(case))
            where = traceback.extract_tb(fault.__traceback__)[-1]
            place = getattr(fault, "parts", f"{where.name}:{where.lineno}")
            least = faults.get(place, ("", "", 10**9))[2]
            if size < least:
                words = f"{type(fault).__name__}: {str(fault)[:2500]}"
                faults[place] = (told, words, size)
                print(f"\n{kind}: {place}\n{words}\n{told}", flush=True)

    (every_figure if number is None else seed(number)(every_figure))()
    if faults:
        raise AssertionError(f"{kind}: {len(faults)} kinds of difference")


def shown(case: Case) -> str:
    """Write a case short: its claims, and what payers and scenario say."""
    rows = [{k: v for k, v in row.items() if v} for row in case.world.rows]
    payers = [
        {k: v if k != "fee_schedule" else v["indicators"] for k, v in each.items()}
        for each in case.world.payers
    ]
    says = {k: v for k, v in case.says.items() if k != "fee_schedule_tables"}
    asked = case.ask.args[2:] if isinstance(case.ask, partial) else None
    told = {"says": says, "asked": asked, "payers": payers, "release": case.world.release}
    told["rows"] = rows
    return json.dumps(told, default=str)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run scenarios of one kind, or of each; status 1 where any differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=1000, help="how many in all")
    parser.add_argument("--kind", choices=[*KINDS, "all"], default="all")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--shrink", action="store_true", help="make the first small")
    asked = parser.parse_args(arguments)
    kinds = list(KINDS) if asked.kind == "all" else [asked.kind]
    status = 0
    for kind in kinds:
        try:
            run(kind, -(-asked.scenarios // len(kinds)), asked.seed, shrink=asked.shrink)
            print(f"{kind}: every figure agrees", flush=True)
        except AssertionError as fault:
            print(fault, flush=True)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
