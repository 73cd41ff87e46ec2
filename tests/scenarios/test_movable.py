"""Every number of a contract, moved up by a tenth, is what its payer file says with that number."""

from datetime import date
from decimal import Decimal

import pytest

from payrules.engine.rule import Rule
from payrules.scenarios.movable import movable
from tests.payers.files import rules_of

TEXT = """
not_over = { percent_of_charge = 95 }
not_under = { amount = { 2025-01-01 = "40.25" } }
[percent_of_medicare]
overall = 104
[[percent_of_medicare.by_code]]
first = "70010"
last = "79999"
percent = 90
[[rate]]
name = "flat"
codes = ["64483"]
amount = { 2025-01-01 = "120.05" }
not_under = { percent_of_charge = 30 }
[[rate]]
name = "ours"
codes = ["20000-29999"]
conversion_factor = "44.5001"
[[rate]]
name = "of the charge"
when = "no_price"
percent_of_charge = 80
not_over = { amount = 900 }
[[rate]]
name = "knees"
codes = ["27447"]
case_rate = 1500
includes = ["20610"]
[[rate]]
name = "all else"
percent_of_medicare = { 2025-01-01 = 110, 2026-01-01 = 112 }
[terms.multiple_procedure]
ladder = [1.0, 0.6, 0.3]
[[terms.multiple_procedure.also]]
codes = ["11400-11446", "11600"]
ladder = [1.0, 0.7, 0.2]
[terms.endoscopy.percent]
45380 = 0.45
[[terms.modifier.share]]
modifier = "22"
share = 1.25
[[terms.modifier.share]]
modifier = "54"
share = 0.71
[terms.practitioner.shares]
dietitian = 0.91
"""
ALSO = "terms.multiple_procedure.also.11400-11446 11600"
#: Place → as it is written, and as it is a tenth more: cents and ten-thousandths are rounded half
#: up, a share and a percentage of the charge end at all of it.
MOVED = {
    "not_over": ("charge = 95", "charge = 100"),
    "not_under": ('"40.25"', '"44.28"'),
    "percent_of_medicare": ("overall = 104", "overall = 114.4"),
    "percent_of_medicare.by_code 70010-79999": ("percent = 90", "percent = 99"),
    "rate.flat": ('"120.05"', '"132.06"'),
    "rate.flat.not_under": ("charge = 30", "charge = 33"),
    "rate.ours": ("44.5001", "48.9501"),
    "rate.of the charge": ("percent_of_charge = 80", "percent_of_charge = 88"),
    "rate.of the charge.not_over": ("amount = 900", "amount = 990"),
    "rate.knees": ("case_rate = 1500", "case_rate = 1650"),
    "rate.all else": (
        "2025-01-01 = 110, 2026-01-01 = 112",
        "2025-01-01 = 121, 2026-01-01 = 123.2",
    ),
    "terms.multiple_procedure.ladder.place 2": ("0.6, 0.3", "0.66, 0.3"),
    "terms.multiple_procedure.ladder.place 3": ("0.6, 0.3", "0.6, 0.33"),
    f"{ALSO}.place 2": ("0.7, 0.2", "0.77, 0.2"),
    f"{ALSO}.place 3": ("0.7, 0.2", "0.7, 0.22"),
    "terms.endoscopy.percent.45380": ("0.45", "0.495"),
    "terms.modifier.share.22": ("1.25", "1.375"),
    "terms.modifier.share.54": ("0.71", "0.781"),
    "terms.practitioner.shares.dietitian": ("0.91", "1"),
}


def terms_of(rules: tuple[Rule, ...]) -> dict[str, dict[str, object]]:
    return {rule.name: {**rule.defaults, **rule.terms} for rule in rules}


@pytest.mark.parametrize("place", MOVED)
def test_a_number_moved_is_the_payer_file_with_it(place: str) -> None:
    written, moved = MOVED[place]
    assert TEXT.count(written) == 1
    ((rule, term, number),) = (
        (rule, term, each)
        for rule in rules_of(TEXT)
        for term, each in movable(rule)
        if each.place == place
    )
    up = number.put(number.moved(Decimal("1.1")))
    wanted = terms_of(rules_of(TEXT.replace(written, moved)))[rule.name][term]
    assert up == wanted
    assert up != terms_of(rules_of(TEXT))[rule.name][term]
    assert number.put(number.values) == terms_of(rules_of(TEXT))[rule.name][term]


def test_each_number_that_the_contract_says_is_one() -> None:
    of_medicare = {each.place for rule in rules_of("") for _, each in movable(rule)}
    ours = [each.place for rule in rules_of(TEXT) for _, each in movable(rule)]
    assert len({*ours}) == len(ours)
    assert {*ours} - of_medicare == {*MOVED} - {"terms.practitioner.shares.dietitian"}


def test_numbers_are_written_as_the_file_has_them() -> None:
    said = {
        each.place: each.in_words(each.moved(Decimal("0.9")))
        for rule in rules_of(TEXT)
        for _, each in movable(rule)
    }
    assert said["rate.flat"] == "108.05"
    assert said["rate.ours"] == "40.0501"
    assert said["not_over"] == "85.5"
    assert said["rate.all else"] == "99 from 2025-01-01; 100.8 from 2026-01-01"


def test_a_number_by_day_of_processing_stays_one() -> None:
    """Moved, it went by the day of service: the tornado compared two things."""
    text = (
        "[[terms.modifier.share]]\nmodifier = '52'\nshare = { 2025-11-01 = 0.5 }\n"
        "by_day_of = 'processing'\n"
    )
    (rule,) = (each for each in rules_of(text) if each.name == "modifier_share")
    ((term, each),) = movable(rule)
    moved = each.put(each.moved(Decimal("1.1")))
    (share,) = moved.shares
    assert (term, share.share.processed) == ("share", (date(2025, 11, 1),))
