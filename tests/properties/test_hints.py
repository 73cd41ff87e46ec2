"""Hints make a rule quick and mean nothing: without them all is the same, trail included."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from polars.testing import assert_frame_equal

from payrules.engine.adjustment import Adjustment, Hints
from payrules.engine.pricing import Priced, price
from payrules.engine.rule import Rule
from payrules.engine.tables import Tables
from payrules.payers.medicare import RULES
from tests.pricing_cases import STARTER
from tests.properties.batches import Sample, few, samples


def deciding(rule: Rule, otherwise: Callable[[Adjustment], Adjustment]) -> Rule:
    """Give a rule that puts its decision another way."""

    def decide(**terms: Any) -> Adjustment:
        return otherwise(rule.decide(**terms))

    return replace(rule, decide=decide)


def without_hints(rule: Rule) -> Rule:
    return deciding(rule, lambda adjustment: replace(adjustment, hints=Hints()))


def by_line(rule: Rule) -> Rule:
    """Give a rule whose marks and conditions read the line, too: none is judged once a row."""

    def read(each: pl.Expr) -> pl.Expr:
        return pl.when(pl.col("row") >= 0).then(each)

    def otherwise(adjustment: Adjustment) -> Adjustment:
        def marks(tables: Tables) -> Mapping[str, pl.Expr]:
            return {name: read(each) for name, each in adjustment.marks_by(tables).items()}

        among = adjustment.among
        if isinstance(among, pl.Expr):
            among = read(among)
        elif not callable(among):
            among = [read(each) for each in among]
        return replace(adjustment, marks=marks, among=among, hints=Hints())

    return deciding(rule, otherwise)


def assert_same(found: Priced, wanted: Priced) -> None:
    assert_frame_equal(found.lines, wanted.lines)
    assert found.trail is not None
    assert wanted.trail is not None
    assert_frame_equal(found.trail, wanted.trail, categorical_as_str=True)


@few
@given(samples)
@pytest.mark.parametrize("otherwise", [without_hints, by_line])
def test_without_hints_every_result_is_the_same(
    otherwise: Callable[[Rule], Rule], one: Sample
) -> None:
    rules = [otherwise(rule) for rule in RULES]
    assert_same(price(one.lines, rules, STARTER, tables=one.tables), one.priced)
