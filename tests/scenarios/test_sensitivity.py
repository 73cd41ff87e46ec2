"""Sweep: a term over a range."""

from decimal import Decimal

import pytest

from payrules.errors import ScenarioError
from payrules.scenarios import total_of
from payrules.scenarios.sensitivity import read_sweep, sweep
from tests.scenarios.grounds import demo, says


def test_a_sweep_gives_each_value_its_own_total() -> None:
    asked = read_sweep("terms.multiple_procedure.later=0.25:0.75:0.25")
    found = sweep(demo(), asked)
    assert found["value"].to_list() == ["0.25", "0.50", "0.75"]
    for value, total, change, paid, owed, beyond in found.iter_rows():
        said = says(terms={"multiple_procedure": {"later": Decimal(value)}})
        assert total == total_of(demo(), said)
        assert change == total - demo().total()
        assert paid == total_of(demo(), said, "medicare_amount")
        assert owed == total_of(demo(), said, "patient_amount")
        shares = ("deductible_amount", "coinsurance_amount")
        assert beyond == owed - sum(total_of(demo(), said, each) for each in shares)
    assert found["allowed_change"][1] == 0  # what it is today
    assert found["allowed_amount"].is_sorted()


def test_a_sweep_of_who_pays_shows_what_each_pays() -> None:
    found = sweep(demo(), read_sweep("terms.coinsurance.patient=0.1:0.3:0.1"))
    assert found["allowed_change"].to_list() == [0, 0, 0]
    assert found["medicare_amount"].is_sorted(descending=True)
    assert found["patient_amount"].n_unique() == 3


def test_a_sweep_moves_any_place_of_the_form_and_stands_on_a_scenario() -> None:
    on = says(terms={"lesser_of_charge": {"off": True}})
    found = sweep(demo(), read_sweep("conversion_factor.scale=1:1.1:0.1"), on)
    assert found["allowed_amount"][0] == total_of(demo(), on)
    assert found["value"].to_list() == ["1.0", "1.1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("terms.multiple_procedure.later", "Write a place of a scenario"),
        ("conversion_factor=a:b:c", "cannot be 'a'"),
        ("conversion_factor=40:30:1", "the last value lies above the first"),
        ("conversion_factor=1:2:0", "the step above 0"),
        ("conversion_factor=1:100:0.01", "take a larger step"),
    ],
)
def test_a_sweep_that_cannot_be_read_says_how_to_write_one(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        read_sweep(text)


def test_a_sweep_of_a_term_no_rule_has_suggests_one() -> None:
    with pytest.raises(ScenarioError, match="perhaps 'later'"):
        sweep(demo(), read_sweep("terms.multiple_procedure.latter=0:1:1"))
