"""Solve: the value it gives reproduces the target, and one step less does not."""

from decimal import Decimal
from functools import cache

import pytest

from payrules.errors import ScenarioError
from payrules.scenarios import total_of
from payrules.scenarios.solve import Solution, _smallest, read_target, solve
from tests.scenarios.grounds import demo, says

STEPS = {"conversion_factor": "0.0001", "percent_of_medicare": "0.01", "fee:64483": "0.01"}


@cache
def solved(unknown: str, target: str) -> Solution:
    return solve(demo(), unknown, read_target(target, demo()))


def at(unknown: str, value: Decimal) -> int:
    """Give the total at a value, priced on its own."""
    kind, _, code = unknown.partition(":")
    written = {"fees": [{"codes": code, "amount": value}]} if code else {kind: value}
    return total_of(demo(), says(**written))


@pytest.mark.parametrize(
    ("unknown", "target"),
    [
        ("conversion_factor", "+3%"),
        ("percent_of_medicare", "allowed=7000"),
        ("fee:64483", "+3%"),
    ],
)
def test_the_answer_reproduces_the_target_and_a_step_less_does_not(unknown, target) -> None:
    wanted = read_target(target, demo())
    found = solved(unknown, target)
    assert found.value is not None
    assert at(unknown, found.value) == found.total >= wanted.cents
    below = found.value - Decimal(STEPS[unknown])
    assert (found.value_below, found.total_below) == (below, at(unknown, below))
    assert found.total_below < wanted.cents
    assert found.is_exact == (found.total == wanted.cents)
    assert found.pricings < 40


def test_a_total_that_some_factor_gives_is_met_to_the_cent() -> None:
    total = total_of(demo(), says(conversion_factor=Decimal("34.1234")))
    found = solve(demo(), "conversion_factor", read_target(f"allowed={total / 100:.2f}", demo()))
    assert found.is_exact
    assert found.total == total
    assert found.value <= Decimal("34.1234")
    assert "to the cent" in found.words()


def test_rounding_that_steps_over_the_target_is_shown() -> None:
    found = solved("conversion_factor", "+5%")
    assert not found.is_exact
    assert f"Rounding steps over it: {found.value_below} gives $7,540.92." in found.words()


def test_there_is_no_answer_where_charges_hold_the_total_down() -> None:
    found = solve(demo(), "fee:64483", read_target("allowed=99999", demo()))
    assert found.value is None
    assert found.words().startswith("There is no fee for 64483 that brings the total to $99,999.00")
    assert at("fee:64483", found.value_below) == found.total
    assert at("fee:64483", found.value_below - Decimal("0.01")) < found.total
    assert at("fee:64483", Decimal(90_000)) == found.total


def test_it_solves_on_top_of_a_scenario() -> None:
    cut = says(terms={"multiple_procedure": {"later": Decimal("0.4")}})
    found = solve(demo(), "percent_of_medicare", read_target("baseline", demo()), cut)
    assert found.value > 100
    assert found.total >= demo().total() > found.total_below


def test_a_target_below_everything_takes_the_least() -> None:
    found = solve(demo(), "conversion_factor", read_target("allowed=0", demo()))
    assert found.value == 0
    assert "the least there is" in found.words()


def test_medicare_s_own_payment_can_be_the_target() -> None:
    wanted = read_target("medicare=6000", demo())
    found = solve(demo(), "conversion_factor", wanted)
    paid = total_of(demo(), says(conversion_factor=found.value), "medicare_amount")
    assert paid == found.total >= 600_000


def test_a_search_over_any_rising_steps_finds_the_first_that_is_high_enough() -> None:
    for total in (
        lambda n: n,
        lambda n: n // 1000,
        lambda n: min(n * n, 5000),
        lambda n: 7 * n + 3,
    ):
        for target in (0, 1, 3, 17, 900, 5000):
            brute = next((n for n in range(4001) if total(n) >= target), None)
            assert _smallest(total, 0, 4000, target) == brute


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alowed=5", "perhaps 'allowed'"),
        ("allowed=much", "Write allowed=1250000"),
        ("allowed=1.234", "dollars and cents"),
        ("3%", "cannot be read"),
    ],
)
def test_a_target_that_cannot_be_read_says_how_to_write_one(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        read_target(text, demo())


@pytest.mark.parametrize(
    ("unknown", "said"),
    [("conversion_facter", "perhaps 'conversion_factor'"), ("fee", "with a code")],
)
def test_an_unknown_that_is_none_is_refused(unknown: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        solve(demo(), unknown, read_target("baseline", demo()))


def test_a_code_no_claim_has_cannot_be_solved_for() -> None:
    with pytest.raises(ScenarioError, match="meets no line of the batch: 64491"):
        solve(demo(), "fee:64491", read_target("+3%", demo()))
