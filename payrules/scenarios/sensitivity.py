"""Sweep: a place of the scenario form moved over a range."""

from decimal import Decimal
from typing import Any

import polars as pl

from payrules.counted import counted
from payrules.errors import ScenarioError
from payrules.frozen import frozen
from payrules.scenarios.baseline import MEASURES, Baseline
from payrules.scenarios.on_file import is_open, setup_of
from payrules.scenarios.plan import must_be_met, plan, totals_of
from payrules.scenarios.scenario import Scenario, scenario, set_upon
from payrules.within_reason import SWEPT, shown

_MOST_STEPS = 200
#: What is added up at each value: the last are patients' shares of what is allowed.
_MEASURES = (*MEASURES, "deductible_amount", "coinsurance_amount")
#: What a fee is swept by, as it is solved for: fee:64483, fee:J3301.
_FEE = "fee"


@frozen
class Sweep:
    """A place of the scenario form, and the values it takes."""

    place: str
    values: tuple[Decimal, ...]


def read_sweep(text: str) -> Sweep:
    """Read `terms.multiple_procedure.later=0.25:0.75:0.05`: place, first, last, step."""
    place, has_values, rest = text.partition("=")
    parts = rest.split(":")
    form = "Write a place of a scenario, first, last and step, such as"
    form += " terms.multiple_procedure.later=0.25:0.75:0.05, or fee:J3301=0.50:1.50:0.10"
    if not has_values or len(parts) != 3 or not place:
        raise ScenarioError(f"--sweep {text}: cannot be read. {form}.")
    try:
        first, last, step = (SWEPT.read(part) for part in parts)
    except ValueError as fault:
        raise ScenarioError(
            f"--sweep {shown(text)}: holds a number out of reason: it {fault}. {form}."
        ) from None
    if step <= 0 or last < first:
        raise ScenarioError(
            f"--sweep {text}: the last value lies above the first, the step above 0."
        )
    steps = int((last - first) / step)
    if steps >= _MOST_STEPS:
        raise ScenarioError(
            f"--sweep {text}: asks for {counted(steps + 1, 'value')}, and {_MOST_STEPS} are"
            " enough; take a larger step."
        )
    return Sweep(place.strip(), tuple(first + number * step for number in range(steps + 1)))


def sweep(base: Baseline, asked: Sweep, on: Scenario | None = None) -> pl.DataFrame:
    """Price a batch at each value, on top of a scenario.

    Columns value (text, as asked), allowed_amount, allowed_change (from the baseline),
    medicare_amount (what the payer pays), patient_amount (null where 0 would say what no payer's
    file does) and beyond_amount (of that, beyond the
    allowed amount, as the estimate has it: less where another payer paid first); cents.
    """
    rows = []
    today = base.total()
    each = [set_upon(on, swept_at(asked.place, value)) for value in asked.values]
    place = asked.place
    if place.startswith(f"{_FEE}:"):
        place = f"fees entry {1 + len(on.says.fees if on else ())}"
    must_be_met(base, each, f"--sweep {asked.place}", place)
    for value, tried in zip(asked.values, each, strict=True):
        allowed, medicare, patient, *shares = totals_of(base, tried, _MEASURES).values()
        beyond = patient - sum(shares)
        owed = None if allowed and not patient and _is_unsaid(base, tried) else patient
        told = (allowed, allowed - today, medicare, owed, beyond)
        rows.append((format(value, "f"), *told))
    amounts = (
        *("allowed_amount", "allowed_change", "medicare_amount", "patient_amount"),
        "beyond_amount",
    )
    schema = {"value": pl.String, **dict.fromkeys(amounts, pl.Int64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _is_unsaid(base: Baseline, tried: Scenario) -> bool:
    """Whether a line on which something is allowed is of a payer that says no coinsurance."""
    changed = plan(base, tried, weighed=False)
    of_open = is_open(base, changed.claims.lines, setup_of(base, changed))
    return bool((base.lines["allowed_amount"].filter(of_open) != 0).any())


def swept_at(place: str, value: Decimal) -> Scenario:
    """Give the scenario that says one value of a sweep at its place, and nothing else."""
    return scenario(_at(place, value), "--sweep")


def _at(place: str, value: Any) -> dict[str, Any]:
    """Write a scenario that says one value at a dotted place, or the fee of a code."""
    kind, _, code = place.partition(":")
    if kind == _FEE and code:
        entry = {"codes": [code.strip().upper()], "amount": value}
        return {"title": place, "cites": "a sweep", "fees": [entry]}
    for part in reversed(place.split(".")):
        value = {part: value}
    return {"title": place, "cites": "a sweep", **value}
