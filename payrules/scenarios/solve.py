"""Solve: the conversion factor, percentage or fee at which a total meets its target."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from payrules.errors import ScenarioError
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.plan import total_of
from payrules.scenarios.scenario import Scenario, scenario, set_upon
from payrules.scenarios.words import dollars, perhaps
from payrules.within_reason import (
    CHANGE,
    CONVERSION_FACTOR,
    FEE,
    PERCENT_OF_MEDICARE,
    TOTAL,
    shown,
)

_MEASURES = {"allowed": "allowed_amount", "medicare": "medicare_amount"}
#: Each unknown, and the values that are looked at: all that a scenario may write for it.
_KINDS = {
    "conversion_factor": CONVERSION_FACTOR,
    "percent_of_medicare": PERCENT_OF_MEDICARE,
    "fee": FEE,
}
_NAMES = {
    "conversion_factor": "conversion factor",
    "percent_of_medicare": "percentage of Medicare",
    "fee": "fee",
}


@dataclass(frozen=True)
class Target:
    """What a total should come to, in cents: `measure` is a column of the results."""

    measure: str
    cents: int
    words: str


@dataclass(frozen=True)
class Solution:
    """The smallest value at which the total meets its target, and the step below it.

    `value` is None where no value does. Totals are cents; `is_exact` says that the total is the
    target to the cent, otherwise rounding steps over it, from `total_below` to `total`.
    """

    unknown: str
    target: Target
    value: Decimal | None
    total: int
    value_below: Decimal | None
    total_below: int | None
    pricings: int

    @property
    def is_exact(self) -> bool:
        """Whether the total is the target to the cent."""
        return self.value is not None and self.total == self.target.cents

    def words(self) -> str:
        """Say the answer in a sentence or two."""
        kind, _, code = self.unknown.partition(":")
        name = _NAMES[kind] + (f" for {code}" if code else "")
        wanted = f"{dollars(self.target.cents)} ({self.target.words})"
        if self.value is None:
            assert self.value_below is not None
            return (
                f"There is no {name} that brings the total to {wanted}: at {self.value_below} it"
                f" is {dollars(self.total)}, and no value from {_bounds(self.unknown)} does better."
            )
        answer = f"A {name} of {self.value} brings the total to {dollars(self.total)}"
        if self.is_exact:
            return f"{answer}, the target to the cent: {wanted}."
        if self.value_below is None or self.total_below is None:
            return f"{answer}, the least there is; the target is {wanted}."
        return (
            f"{answer}; the target is {wanted}. Rounding steps over it: {self.value_below} gives"
            f" {dollars(self.total_below)}."
        )


def _bounds(unknown: str) -> str:
    kind = _KINDS[unknown.partition(":")[0]]
    return kind.bounds


def read_target(text: str, base: Baseline) -> Target:
    """Read `allowed=1250000`, `medicare=900000`, `baseline` or `+3%` (on the baseline)."""
    text = text.strip()
    measure, has_measure, rest = text.partition("=")
    name = measure if has_measure else "allowed"
    if name not in _MEASURES:
        raise ScenarioError(
            f"--target {text}: there is no total '{name}'{perhaps(name, _MEASURES)}. Write"
            " allowed=1250000, medicare=900000, baseline or +3%."
        )
    wanted = (rest if has_measure else text).strip()
    today = base.total(_MEASURES[name])
    if re.fullmatch(r"[+-]\s*[0-9.,]+", wanted):
        raise ScenarioError(
            f"--target {shown(text)}: a change is written in percent; did you mean"
            f" {shown(wanted)}%? A total has no sign before it: allowed=1250000."
        )
    if wanted == "baseline":
        return Target(_MEASURES[name], today, "the baseline")
    percentage = re.fullmatch(r"([+-][0-9.]+) ?%", wanted)
    try:
        if percentage:
            share = 1 + CHANGE.read(percentage.group(1)) / 100
            return Target(_MEASURES[name], _half_up(today * share), f"{wanted} on the baseline")
        cents = TOTAL.units(TOTAL.read(re.sub(r"[$,]", "", wanted)))
    except ValueError as fault:
        raise ScenarioError(
            f"--target {shown(text)} cannot be read: {fault}. Write"
            " allowed=1250000 (dollars and cents), baseline, or +3%."
        ) from None
    return Target(_MEASURES[name], cents, name)


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def solve(
    base: Baseline, unknown: str, target: Target, scenario_: Scenario | None = None
) -> Solution:
    """Find the smallest value whose total is at least the target, on top of a scenario.

    `unknown` is conversion_factor, percent_of_medicare or fee:64483. A higher value never lowers
    the total, so the search halves the range; between two answers it guesses along the line.
    """
    kind, _, code = unknown.partition(":")
    if kind not in _KINDS or bool(code) != (kind == "fee"):
        raise ScenarioError(
            f"--solve {shown(unknown)}: there is no such unknown{perhaps(kind, _KINDS)}. Write"
            " conversion_factor, percent_of_medicare, or fee:64483 with a code."
        )
    within = _KINDS[kind]
    scale = within.scale
    totals: dict[int, int] = {}

    def total(units: int) -> int:
        if units not in totals:
            tried = _with_value(kind, code, Decimal(units) / scale, scenario_)
            totals[units] = total_of(base, tried, target.measure)
        return totals[units]

    least, most = within.units(within.least), within.most_units
    found = _smallest(total, least, most, target.cents)
    if found is None:
        best = total(most)
        # The total may have stopped rising long before: name the first value that reaches it.
        reached = _smallest(total, least, most, best)
        assert reached is not None
        return Solution(unknown, target, None, best, Decimal(reached) / scale, best, len(totals))
    below = found - 1 if found > least else None
    return Solution(
        unknown=unknown,
        target=target,
        value=Decimal(found) / scale,
        total=total(found),
        value_below=None if below is None else Decimal(below) / scale,
        total_below=None if below is None else total(below),
        pricings=len(totals),
    )


def _smallest(total: Callable[[int], int], least: int, most: int, target: int) -> int | None:
    """Give the smallest number whose total is at least the target; None if there is none."""
    if total(least) >= target:
        return least
    if total(most) < target:
        return None
    low, high = least, most  # total(low) < target <= total(high)
    guess_along = True
    while high - low > 1:
        middle = (low + high) // 2
        if guess_along:
            rise = total(high) - total(low)
            guess = low + (high - low) * (target - total(low)) // rise
            middle = min(max(guess, low + 1), high - 1)
        width = high - low
        if total(middle) >= target:
            high = middle
        else:
            low = middle
        # A line that is far from straight gains little: then halve.
        guess_along = not guess_along or high - low < width // 2
    return high


def _with_value(kind: str, code: str, value: Decimal, on: Scenario | None) -> Scenario:
    written: dict[str, object] = {"title": kind, "cites": "solved for"}
    if kind == "fee":
        written["fees"] = [{"codes": [code], "amount": value}]
    else:
        written[kind] = value
    return set_upon(on, scenario(written, "--solve"))
