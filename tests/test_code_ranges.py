"""Ranges of codes: each holds codes that end as its own two do."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payrules.code_ranges import ANESTHESIA, holds, in_ranges, overlap, within
from payrules.scenarios import scenario
from payrules.scenarios.changed_rows import of_codes
from tests.payers.files import rules_of
from tests.pricing_cases import CaseTable, by_hand, case, code, every_case, line

EVERY = ["00100", "0054T", "0172U", "01999", "1000F", "20610", "64483", "G0008", "G0103", "J1100"]
CODES = st.from_regex(r"0[0-2][0-9]{2}[0-9TU]|G000[0-9]", fullmatch=True)
RANGES = st.tuples(CODES, CODES).map(lambda two: (min(two), max(two)))


@pytest.mark.parametrize(
    ("codes", "held"),
    [
        (ANESTHESIA, ["00100", "01999"]),
        (("0001T", "0999T"), ["0054T"]),
        (("0001U", "0599U"), ["0172U"]),
        (("10004", "69990"), ["20610", "64483"]),
        (("G0008", "G9999"), ["G0008", "G0103"]),
        (("A0000", "V9999"), ["G0008", "G0103", "J1100"]),
        (("20610", "20610"), ["20610"]),
        (("00000", "ZZZZZ"), EVERY),
    ],
)
def test_a_range_holds_codes_that_end_as_its_own(codes: tuple[str, str], held: list[str]) -> None:
    every = pl.DataFrame({"code": EVERY})
    assert every.filter(in_ranges(pl.col("code"), [codes]))["code"].to_list() == held
    assert [each for each in EVERY if holds(codes, each)] == held


@given(st.lists(RANGES, min_size=1, max_size=4), st.lists(CODES, min_size=1, max_size=8))
def test_every_way_to_ask_answers_alike(ranges: list[tuple[str, str]], codes: list[str]) -> None:
    asked = pl.DataFrame({"code": codes}).select(in_ranges(pl.col("code"), ranges)).to_series()
    by_one = [any(holds(each, code) for each in ranges) for code in codes]
    assert asked.to_list() == by_one
    for one in ranges:
        inner = [other for other in ranges if within(other, [one])]
        assert all(holds(one, code) for each in inner for code in codes if holds(each, code))
        for other in ranges:
            apart = overlap([one], [other]) is None
            assert not (apart and any(holds(one, code) and holds(other, code) for code in codes))


def test_ranges_of_other_codes_do_not_meet() -> None:
    assert overlap([("0001T", "0999T")], [ANESTHESIA]) is None
    assert not within(("0054T", "0054T"), [ANESTHESIA])
    assert overlap([("00100", "00800")], [("00700", "01999")]) == "00700"


SCHEDULE = by_hand(code("0054T", "100.00"), code("20610", "100.00"), code("1000F", "100.00"))
#: As a payer writes them: as text the first holds 1000F, the second 0054T.
RATES = CaseTable(
    "contract_rate",
    [
        case(
            "a code of the range", line("20610", "200.00", "contract, surgery: 200 % of Medicare")
        ),
        case("no measure of performance", line("1000F", "100.00")),
        case(
            "new technology",
            line("0054T", "50.00", "contract, rate 3: 50 % of Medicare", carc="45"),
        ),
    ],
    SCHEDULE,
    rules=rules_of(
        '[[rate]]\nname = "surgery"\ncodes = ["10004-69990"]\npercent_of_medicare = 200\n'
        '[[rate]]\ncodes = ["00100-01999"]\npercent_of_medicare = 300\n'
        '[[rate]]\ncodes = ["0001T-0999T"]\npercent_of_medicare = 50\n'
    ),
)
BY_CODE = CaseTable(
    "contract_rate",
    [
        case("the percentage of its range", line("20610", "200.00", "contract: 200 % of Medicare")),
        case("the percentage of all", line("0054T", "110.00", "contract: 110 % of Medicare")),
    ],
    SCHEDULE,
    rules=rules_of(
        "[percent_of_medicare]\noverall = 110\n"
        + "".join(
            f'[[percent_of_medicare.by_code]]\nfirst = "{first}"\nlast = "{last}"\n'
            f"percent = {each}\n"
            for first, last, each in (("00100", "01999", 300), ("10004", "69990", 200))
        )
    ),
)
#: A conversion factor without codes is none of anesthesia's, which has units of its own.
OWN_FACTOR = CaseTable(
    "contract_rate",
    [
        case(
            "new technology by the factor of all",
            line(
                *("0054T", "6000.00", "contract, rate 1: conversion factor 60.0000"), fee="6000.00"
            ),
        )
    ],
    SCHEDULE,
    rules=rules_of("[[rate]]\nconversion_factor = 60\n"),
)


@every_case(RATES, BY_CODE, OWN_FACTOR)
def test_what_a_contract_pays_of_a_range(table: CaseTable, case) -> None:
    table.check(case)


def test_a_what_if_changes_fees_of_its_range_alone() -> None:
    fees = [{"codes": ["00100-01999"], "scale": 2}]
    (change,) = scenario({"title": "t", "cites": "c", "fees": fees}).says.fees
    codes = pl.Series(["00100", "0054T", "0172U"])
    assert of_codes(codes, change).to_list() == [True, False, False]
