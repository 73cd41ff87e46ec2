"""Solve: the conversion factor, percentage or fee at which a total meets its target."""

import re
from decimal import Decimal

from payrules.errors import ScenarioError
from payrules.frozen import frozen
from payrules.nearest import perhaps
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.crossing import find_crossing
from payrules.scenarios.plan import must_be_met, total_of
from payrules.scenarios.scenario import Scenario, scenario, set_upon
from payrules.scenarios.words import dollars
from payrules.within_reason import (
    CHANGE,
    CONVERSION_FACTOR,
    FEE,
    PERCENT_OF_MEDICARE,
    TOTAL,
    shown,
)

_MEASURES = {"allowed": "allowed_amount", "medicare": "medicare_amount"}
#: What a target says of a total other than the allowed amount's: whoever pays it may be another.
_OF_WHOM = {"medicare": "paid by the payer, "}
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


@frozen
class Target:
    """What a total should come to, in cents: `measure` is a column of the results."""

    measure: str
    cents: int
    words: str


@frozen
class Solution:
    """The value at which the total meets its target, and the value beside it; totals are cents.

    Where several do, it is one near today's value. The total is the target, or steps over it
    between `value` and `value_beside`, whose total is farther from it. `value` is None where no two
    values were found with the target between their totals; `nearest` are then those that come
    nearest, the best first, and `total` that of the first. `falls` says that the total falls as the
    value rises, `turns` that it was seen to do both.
    """

    unknown: str
    target: Target
    value: Decimal | None
    total: int
    value_beside: Decimal | None
    total_beside: int | None
    nearest: tuple[tuple[Decimal, int], ...]
    falls: bool
    turns: bool
    pricings: int

    @property
    def is_exact(self) -> bool:
        """Whether the total is the target to the cent."""
        return self.value is not None and self.total == self.target.cents

    def words(self) -> str:
        """Say the answer in a few sentences."""
        kind, _, code = self.unknown.partition(":")
        name = _NAMES[kind] + (f" for {code}" if code else "")
        wanted = f"{dollars(self.target.cents)} ({self.target.words})"
        if self.value is None:
            return self._without_an_answer(name, wanted)
        answer = f"A {name} of {self.value} brings the total to {dollars(self.total)}"
        if self.is_exact:
            answer = f"{answer}, the target to the cent: {wanted}."
        else:
            assert self.value_beside is not None
            assert self.total_beside is not None
            answer = (
                f"{answer}; the target is {wanted}. The total jumps past it:"
                f" {self.value_beside} gives {dollars(self.total_beside)}."
            )
        if self.turns:
            return (
                f"{answer} The total is not monotone, it rises and falls with the value: others may"
                " bring it there too."
            )
        return f"{answer} The total falls as this value rises." if self.falls else answer

    def _without_an_answer(self, name: str, wanted: str) -> str:
        (value, total), *others = self.nearest
        answer = (
            f"There is no {name} that brings the total to {wanted}: the nearest of"
            f" {self.pricings} values looked at, from {_bounds(self.unknown)}, is {value}, which"
            f" gives {dollars(total)}"
        )
        if not (self.turns and others):
            return f"{answer}."
        (other, there), *_ = others
        return (
            f"{answer}, then {other}, which gives {dollars(there)}. The total is not monotone: it"
            " rises and falls with the value."
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
    today, of_whom = base.total(_MEASURES[name]), _OF_WHOM.get(name, "")
    if re.fullmatch(r"[+-]\s*[0-9.,]+", wanted):
        raise ScenarioError(
            f"--target {shown(text)}: a change is written in percent; did you mean"
            f" {shown(wanted)}%? A total has no sign in front: allowed=1250000."
        )
    if wanted == "baseline":
        return Target(_MEASURES[name], today, f"{of_whom}the baseline")
    percentage = re.fullmatch(r"([+-][0-9.]+) ?%", wanted)
    try:
        if percentage:
            share = 1 + CHANGE.read(percentage.group(1)) / 100
            return Target(
                _MEASURES[name], _half_up(today * share), f"{of_whom}{wanted} on the baseline"
            )
        cents = TOTAL.units(TOTAL.read(re.sub(r"[$,]", "", wanted)))
    except ValueError as fault:
        raise ScenarioError(
            f"--target {shown(text)} cannot be read: {fault}. Write"
            " allowed=1250000 (dollars and cents), baseline, or +3%."
        ) from None
    return Target(_MEASURES[name], cents, of_whom.rstrip(", ") or name)


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def solve(
    base: Baseline, unknown: str, target: Target, scenario_: Scenario | None = None
) -> Solution:
    """Find a value whose total meets the target, on top of a scenario.

    `unknown` is conversion_factor, percent_of_medicare or fee:64483. The total may rise with the
    value, fall (the fee of an endoscopic base is taken off every scope) or do both
    (`payrules.scenarios.crossing`).
    """
    kind, _, code = unknown.partition(":")
    if kind not in _KINDS or bool(code) != (kind == "fee"):
        raise ScenarioError(
            f"--solve {shown(unknown)}: there is no such unknown{perhaps(kind, _KINDS)}. Write"
            " conversion_factor, percent_of_medicare, or fee:64483 with a code."
        )
    within = _KINDS[kind]
    ends = (within.most, within.least)
    place = f"fees entry {1 + len(scenario_.says.fees if scenario_ else ())}" if code else kind
    at_ends = (_with_value(kind, code, each, scenario_) for each in ends)
    must_be_met(base, at_ends, f"--solve {unknown}", place)

    def value(units: int) -> Decimal:
        return Decimal(units).scaleb(-within.decimals)

    def total(units: int) -> int:
        return total_of(base, _with_value(kind, code, value(units), scenario_), target.measure)

    found = find_crossing(
        total, within.units(within.least), within.most_units, target.cents, _today(base, kind, code)
    )
    at = found.nearest[0] if found.value is None else found.value
    return Solution(
        unknown=unknown,
        target=target,
        value=None if found.value is None else value(found.value),
        total=found.totals[at],
        value_beside=None if found.beside is None else value(found.beside),
        total_beside=None if found.beside is None else found.totals[found.beside],
        nearest=tuple((value(each), found.totals[each]) for each in found.nearest),
        falls=found.falls,
        turns=found.turns,
        pricings=len(found.totals),
    )


def _today(base: Baseline, kind: str, code: str) -> int:
    """Give the value of an unknown that is in force, or about it, in its units: where to begin."""
    if kind == "percent_of_medicare":
        return 100 * PERCENT_OF_MEDICARE.scale
    if kind == "fee":
        fees = base.lines["fee_schedule_amount"].filter(base.lines["hcpcs_code"] == code)
        known = fees.drop_nulls().sort()
        return int(known[known.len() // 2]) if known.len() else 100 * FEE.scale
    if base.conversion_factors:
        first = next(iter(base.conversion_factors))
        return CONVERSION_FACTOR.units(Decimal(first))
    schedules, named = base.setup.schedules, base.setup.release
    releases = [schedules.named(named)] if named else schedules.releases
    newest = max(releases, key=lambda release: release.published_for)
    return newest.conversion_factor(newest.published_for).value


def value_tried(unknown: str) -> Scenario:
    """Give a scenario that says one of the values looked at for an unknown, and nothing else."""
    kind, _, code = unknown.partition(":")
    return _with_value(kind, code, Decimal(_KINDS[kind].most), None)


def _with_value(kind: str, code: str, value: Decimal, on: Scenario | None) -> Scenario:
    written: dict[str, object] = {"title": kind, "cites": "solved for"}
    if kind == "fee":
        written["fees"] = [{"codes": [code], "amount": value}]
    else:
        written[kind] = value
    return set_upon(on, scenario(written, "--solve"))
