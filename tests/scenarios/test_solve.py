"""Solve: the value it gives reproduces the target, and one step less does not."""

from decimal import Decimal
from functools import cache

import polars as pl
import pytest

from payrules.errors import ScenarioError
from payrules.runs.setup import Setup
from payrules.scenarios import Baseline, baseline, total_of
from payrules.scenarios.solve import Solution, read_target, solve
from tests.pricing_cases import STARTER
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
def test_the_answer_reproduces_the_target_and_no_step_beside_it_is_nearer(unknown, target) -> None:
    wanted = read_target(target, demo())
    found = solved(unknown, target)
    assert found.value is not None
    assert at(unknown, found.value) == found.total
    step = Decimal(STEPS[unknown])
    beside = {each: at(unknown, each) for each in (found.value - step, found.value + step)}
    off = abs(found.total - wanted.cents)
    assert all(off <= abs(total - wanted.cents) for total in beside.values())
    assert found.is_exact == (off == 0) == (found.value_beside is None)
    if found.value_beside is not None:
        assert found.total_beside == beside[found.value_beside]
        assert (found.total_beside < wanted.cents) == (found.total > wanted.cents)
    assert found.pricings < 40


def test_a_total_that_some_factor_gives_is_met_to_the_cent() -> None:
    total = total_of(demo(), says(conversion_factor=Decimal("34.1234")))
    found = solve(demo(), "conversion_factor", read_target(f"allowed={total / 100:.2f}", demo()))
    assert found.is_exact
    assert found.total == total
    assert found.value <= Decimal("34.1234")  # today's factor is lower
    assert "to the cent" in found.words()


def test_rounding_that_steps_over_the_target_is_shown() -> None:
    found = solved("conversion_factor", "+1%")
    assert not found.is_exact
    assert f"The total jumps past it: {found.value_beside} gives $7,257.32." in found.words()


def test_there_is_no_answer_where_charges_hold_the_total_down() -> None:
    found = solve(demo(), "fee:64483", read_target("allowed=99999", demo()))
    assert found.value is None
    assert found.words().startswith("There is no fee for 64483 that brings the total to $99,999.00")
    (nearest, total), *_ = found.nearest
    assert at("fee:64483", nearest) == found.total == total
    assert at("fee:64483", nearest - Decimal("0.01")) < found.total
    assert at("fee:64483", Decimal(90_000)) == found.total


def test_it_solves_on_top_of_a_scenario() -> None:
    cut = says(terms={"multiple_procedure": {"later": Decimal("0.4")}})
    found = solve(demo(), "percent_of_medicare", read_target("baseline", demo()), cut)
    assert found.value > 100
    assert abs(found.total - demo().total()) <= abs(found.total_beside - demo().total())


def test_a_target_below_everything_has_no_answer_and_names_the_nearest() -> None:
    found = solve(demo(), "conversion_factor", read_target("allowed=0", demo()))
    assert found.value is None
    (nearest, total), *_ = found.nearest
    assert total == found.total == at("conversion_factor", Decimal(0))
    assert f"is {nearest}, which gives ${found.total / 100:,.2f}." in found.words()


def test_medicare_s_own_payment_can_be_the_target() -> None:
    wanted = read_target("medicare=6000", demo())
    found = solve(demo(), "conversion_factor", wanted)
    paid = total_of(demo(), says(conversion_factor=found.value), "medicare_amount")
    assert paid == found.total
    assert abs(paid - 600_000) <= 2


def scopes(*alone: int, also: bool = False) -> Baseline:
    """Give sessions of two scopes over one base, and the base by itself for some persons.

    `also`: a session that bills the base beside its scopes, where it is paid nothing.
    """
    lines = [
        (person, line, code, modifier)
        for person in ("a", "b")
        for line, (code, modifier) in enumerate((("45380", "59"), ("45385", None)), 1)
    ]
    lines += [(f"alone {number}", 1, "45378", None) for number in alone]
    lines += [("a", 3, "45378", None)] if also else []
    columns = ("person_id", "claim_line_number", "hcpcs_code", "hcpcs_modifier_1")
    frame = pl.DataFrame(lines, schema=columns, orient="row").with_columns(
        claim_id="person_id",
        claim_line_start_date=pl.lit("2025-11-03"),
        place_of_service_code=pl.lit("11"),
    )
    return baseline(frame, Setup(schedules=STARTER, locality="national"))


def test_the_fee_of_an_endoscopic_base_is_found_where_the_total_falls_with_it() -> None:
    """Each scope is paid less by the base's fee: two of them, and the base once, fall one for one.

    Base fee 327.67, total 1,372.45. Three percent more, 1,413.62, is a fee lower by 41.17: 286.50.
    """
    base = scopes(1)
    assert base.total() == 137_245
    found = solve(base, "fee:45378", read_target("+3%", base))
    assert (str(found.value), found.total, found.is_exact) == ("286.50", 141_362, True)
    assert found.falls
    assert found.words() == (
        "A fee for 45378 of 286.50 brings the total to $1,413.62, the target to the cent: $1,413.62"
        " (+3% on the baseline). The total falls as this value rises."
    )
    lower = solve(base, "fee:45378", read_target("-3%", base))
    assert (str(lower.value), lower.total) == ("368.84", 133_128)


def test_a_total_that_falls_and_then_rises_is_said_not_to_be_monotone() -> None:
    """Beyond 414.68, the fee of the lesser scope, nothing is left to take the base off."""
    base = scopes(1)
    found = solve(base, "fee:45378", read_target("allowed=1000", base))
    assert (found.value, found.turns) == (None, True)
    (nearest, least), (other, more) = found.nearest
    assert (str(nearest), least) == ("414.68", 128_544)
    assert more > least
    said = found.words()
    assert "There is no fee for 45378 that brings the total to $1,000.00" in said
    assert "is 414.68, which gives $1,285.44, then " in said
    assert f"then {other}, which gives ${more / 100:,.2f}. The total is not monotone" in said
    assert "least there is" not in said
    # The rising side has what no fee up to the turn gives.
    high = solve(base, "fee:45378", read_target("allowed=5000", base))
    assert high.total == 500_000
    assert high.value == Decimal("4129.24")


@pytest.mark.parametrize(
    ("alone", "fees"), [((), ("0", "120.01")), ((1,), ("414", "433.33")), ((1, 2), ("3000",))]
)
def test_a_total_that_a_fee_gives_by_hand_is_found_again(
    alone: tuple[int, ...], fees: tuple[str, ...]
) -> None:
    """Falling to a plateau, falling and then rising, and a plateau that rises."""
    base = scopes(*alone, also=not alone)
    for fee in fees:
        total = total_of(base, says(fees=[{"codes": "45378", "amount": Decimal(fee)}]))
        found = solve(base, "fee:45378", read_target(f"allowed={total / 100:.2f}", base))
        assert found.is_exact, fee
        again = says(fees=[{"codes": "45378", "amount": found.value}])
        assert total_of(base, again) == total


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
    with pytest.raises(ScenarioError, match="matches no line of the batch: 64491"):
        solve(demo(), "fee:64491", read_target("+3%", demo()))
