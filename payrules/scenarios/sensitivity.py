"""Sweep and tornado: a term moved over a range, and every term moved a little."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from payrules.dated import Dated
from payrules.errors import ScenarioError
from payrules.money import WHOLE
from payrules.rule import Rule
from payrules.scenarios.baseline import Baseline
from payrules.scenarios.plan import total_of
from payrules.scenarios.scenario import Scenario, scenario, set_upon
from payrules.scenarios.words import scaled
from payrules.within_reason import SHARE, SWEPT, Range, shown

_MOST_STEPS = 200


@dataclass(frozen=True)
class Sweep:
    """A place of the scenario form, and the values it takes."""

    place: str
    values: tuple[Decimal, ...]


def read_sweep(text: str) -> Sweep:
    """Read `terms.multiple_procedure.later=0.25:0.75:0.05`: place, first, last, step."""
    place, has_values, rest = text.partition("=")
    parts = rest.split(":")
    form = "Write a place of a scenario, first, last and step, such as"
    form += " terms.multiple_procedure.later=0.25:0.75:0.05"
    if not has_values or len(parts) != 3 or not place:
        raise ScenarioError(f"--sweep {text}: cannot be read. {form}.")
    try:
        first, last, step = (SWEPT.read(part) for part in parts)
    except ValueError as fault:
        raise ScenarioError(
            f"--sweep {shown(text)}: holds what is no number within reason, it {fault}. {form}."
        ) from None
    if step <= 0 or last < first:
        raise ScenarioError(
            f"--sweep {text}: the last value lies above the first, the step above 0."
        )
    steps = int((last - first) / step)
    if steps >= _MOST_STEPS:
        raise ScenarioError(
            f"--sweep {text}: asks for {steps + 1:,} values, and {_MOST_STEPS} are enough; take a"
            " larger step."
        )
    return Sweep(place.strip(), tuple(first + number * step for number in range(steps + 1)))


def sweep(base: Baseline, asked: Sweep, on: Scenario | None = None) -> pl.DataFrame:
    """Price a batch at each value, on top of a scenario.

    Columns value (text, as asked), allowed_amount and change (cents, from the baseline).
    """
    rows = []
    today = base.total()
    for value in asked.values:
        tried = scenario(_at(asked.place, value), "--sweep")
        total = total_of(base, set_upon(on, tried))
        rows.append((format(value, "f"), total, total - today))
    schema = {"value": pl.String, "allowed_amount": pl.Int64, "change": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _at(place: str, value: Any) -> dict[str, Any]:
    """Write a scenario that says one value at a dotted place."""
    for part in reversed(place.split(".")):
        value = {part: value}
    return {"title": place, "cites": "a sweep", **value}


def tornado(base: Baseline, share: Decimal = Decimal("0.10")) -> pl.DataFrame:
    """Move the conversion factor and every factor of the payer's rules down and up by a share.

    Columns term (a place of the scenario form), low and high (text), low_change and high_change
    (cents of allowed amount; of Medicare's payment for rules after it, `measure` says which),
    the widest first. A term that moves nothing is left out.
    """
    down, up = (int((1 + sign * share) * WHOLE) for sign in (-1, 1))
    rows = []
    for place, low, high, measure in _movable(base, down, up):
        changes = [
            total_of(base, scenario(_at(place, value), "tornado"), measure) - base.total(measure)
            for value in (low, high)
        ]
        if any(changes):
            rows.append((place, _shown(low), _shown(high), *changes, measure))
    schema = {
        "term": pl.String,
        "low": pl.String,
        "high": pl.String,
        "low_change": pl.Int64,
        "high_change": pl.Int64,
        "measure": pl.String,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    width = (pl.col("high_change") - pl.col("low_change")).abs()
    return frame.sort(width, "term", descending=[True, False])


def _movable(base: Baseline, down: int, up: int) -> list[tuple[str, Any, Any, str]]:
    found: list[tuple[str, Any, Any, str]] = []
    if base.setup.payer.dollars is None:
        low, high = ({"scale": Decimal(each) / WHOLE} for each in (down, up))
        found.append(("conversion_factor", low, high, "allowed_amount"))
    for rule in base.setup.payer.rules:
        if rule.name == "contract_rate" or not base.looked_at(rule.name).any():
            continue
        measure = "medicare_amount" if rule.kind == "payment" else "allowed_amount"
        for term, value in {**rule.defaults, **rule.terms}.items():
            each = {term: value}
            if isinstance(value, Mapping):
                each = {f"{term}.{kind}": dated for kind, dated in value.items()}
            for name, dated in each.items():
                if isinstance(dated, Dated):
                    low, high = (_moved(dated, by, _within(rule, term)) for by in (down, up))
                    found.append((f"terms.{rule.name}.{name}", low, high, measure))
    return found


def _within(rule: Rule, term: str) -> Range:
    """Give what is within reason for a term: what the rule itself says of it."""
    usual = rule.defaults[term]
    if isinstance(usual, Mapping):
        usual = next(iter(usual.values()), None)
    return usual.within if isinstance(usual, Dated) else SHARE


def _moved(dated: Dated, by: int, within: Range) -> Any:
    """Give a term's values, each scaled, by first day; one alone stands for every day.

    Each stays within reason: of a share of one, 95 percent is moved up to 100, not to 104.5.
    """
    values = {}
    for first, value in dated.values:
        moved = Decimal(scaled(int(value * WHOLE), by)) / WHOLE
        most = min(within.most, Decimal(1)) if value <= 1 else within.most
        values[first.isoformat()] = min(max(moved, within.least), most)
    return next(iter(values.values())) if len(values) == 1 else values


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        if "scale" in value:
            return f"× {format(value['scale'].normalize(), 'f')}"
        return "; ".join(
            f"{format(each.normalize(), 'f')} from {first}" for first, each in value.items()
        )
    return format(value.normalize(), "f")
