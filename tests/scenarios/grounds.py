"""What the scenario tests stand on: the demonstration batch and a broad one, priced once."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl

from benchmarks.batches import make_batch
from payrules.demo import BATCH
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, Comparison, Scenario, baseline, plan, scenario
from payrules.scenarios.baseline import MEASURES
from payrules.scenarios.plan import Plan
from tests.pricing_cases import STARTER

HEAD = {"title": "A test", "cites": "tests"}


@cache
def demo() -> Baseline:
    """The made-up pain practice."""
    return baseline(BATCH, Setup(schedules=STARTER))


@cache
def broad() -> Baseline:
    """Six hundred lines of every kind of service, with charges, in several localities."""
    lines = make_batch(600, localities=4).with_columns(
        practitioner_type=pl.when(pl.int_range(pl.len()) % 9 == 0)
        .then(pl.lit("nurse_practitioner"))
        .when(pl.int_range(pl.len()) % 14 == 0)
        .then(pl.lit("clinical_social_worker"))
        .otherwise(pl.lit("physician")),
        participating=pl.int_range(pl.len()) % 8 != 0,
        deductible_remaining=pl.when(pl.int_range(pl.len()) % 30 == 0).then(pl.lit("120.00")),
    )
    return baseline(lines, Setup(schedules=STARTER))


def says(**written: Any) -> Scenario:
    """Give a scenario that says this."""
    return scenario({**HEAD, **written})


def after_all_again(base: Baseline, changed: Plan) -> pl.DataFrame:
    """Price every line with what a scenario leads to, as if nothing were known of the baseline."""
    setup = changed.stages[-1][1] if changed.stages else base.setup
    return base.price(changed.claims.lines, setup, trail=False).lines


def assert_right(base: Baseline, tried: Scenario, *, weighed: bool = True) -> Comparison:
    """Check a comparison against pricing everything again, and every sum it gives.

    Where it is not `weighed`, a change may meet nothing.
    """
    compared = Comparison(base, tried, plan(base, tried, weighed=weighed))
    again = after_all_again(base, compared.plan)
    volume = compared.plan.claims.volume
    shown = ("status", "setting", "carc", "review", *MEASURES)
    untouched = ~pl.Series(range(base.lines.height)).is_in(compared.rows.implode())
    assert again.select(shown).filter(untouched).equals(base.lines.select(shown).filter(untouched))
    for measure in MEASURES:
        counted = (again[measure] * volume + 5_000) // 10_000
        assert compared.after[measure].equals(counted.gather(compared.rows), check_names=False)
    assert compared.after["status"].equals(again["status"].gather(compared.rows))
    assert_adds_up(compared)
    return compared


def assert_adds_up(compared: Comparison) -> None:
    """Check that every table of a comparison comes to the same change, to the cent."""
    change = compared.change
    assert compared.bridge["change"].sum() == change
    assert compared.by_rule["change"].sum() == change
    assert compared.lines["change"].sum() == change
    for key in ("payer", "practitioner", "place_of_service_code", "hcpcs_code", "code_family"):
        groups = compared.by(key)
        assert groups["change"].sum() == change, key
        assert groups["before"].sum() == compared.base.total(), key
    assert compared.by_rule["before"].sum() == compared.base.total()


def changes_of(base: Baseline, **written: Any) -> Mapping[str, int]:
    """Give the bridge of a scenario: cause and rule → cents."""
    compared = assert_right(base, says(**written))
    return {f"{cause}: {rule}": change for cause, rule, change in compared.bridge.iter_rows()}
