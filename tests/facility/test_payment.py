"""Who pays a facility's amount: deductible, coinsurance or copayment, Medicare, sequestration."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from payrules.errors import UsageError
from payrules.facility.asc_rates import AscRates
from payrules.facility.outpatient_hospital import price_in_hospital
from payrules.facility.payment import paid_in_hospital, paid_in_surgical_center
from payrules.facility.steps import encounter_totals
from payrules.facility.surgical_center import price_in_surgical_center
from payrules.money import adding_up
from tests.facility.encounters import SCHEMA, Line, lines_of
from tests.facility.test_outpatient_hospital import RATES as HOSPITAL

DAY = date(2025, 10, 15)
ASC = AscRates(
    pl.DataFrame(
        [
            ("64493", "AA", "G2", True, 47_794, 0, ""),
            ("64494", "AA", "N1", False, None, None, ""),
            ("0588T", "AA", "R2", False, 10_000, 0, "*"),
            ("G0121", "AA", "A2", True, 49_754, 0, "**"),
            ("11111", "AA", "A2", False, 10_000, 0, None),
            ("J2782", "BB", "K2", None, 10_320, None, ""),
        ],
        schema={
            "hcpcs_code": pl.String,
            "addendum": pl.String,
            "payment_indicator": pl.String,
            "multiple_procedure_discount": pl.Boolean,
            "payment_rate": pl.Int64,
            "device_offset": pl.Int64,
            "mark": pl.String,
        },
        orient="row",
    ),
    date(2025, 10, 1),
)
#: Of a line: patient, Medicare after sequestration, sequestration, in cents; or why it is open.
Paid = tuple[int, int, int] | str
NOTHING = (0, 0, 0)
#: Lines, and what the patient still owes of the deductible, cents → each line.
IN_SURGICAL_CENTER: Mapping[tuple[str, int | None], list[Paid]] = {
    ("64493-50 64494-50", None): [(14_338, 56_206, 1_147), NOTHING],
    # The deductible first, then a fifth of the rest.
    ("64493-50", 25_700): [(25_700 + 9_198, 36_057, 736)],
    # In the order of the lines, until it is used up.
    ("64493 0588T", 50_000): [(47_794, 0, 0), (2_206 + 1_559, 6_110, 125)],
    ("64493", 100_000): [(47_794, 0, 0)],
    # Of preventive services nothing is said, and they use none of it up.
    ("G0121", 0): ["a preventive service (**)"],
    ("G0121 64493-59", 25_700): ["a preventive service (**)", (23_897, 0, 0)],
    ("64493-33", 0): ["preventive by its modifier"],
    ("64493-PT 64494", 100): ["preventive by its modifier", NOTHING],
    ("11111", 0): ["asterisks were not kept"],
    # An open line hides what is left of the deductible, and of nothing there is nothing to hide.
    ("64493 J2782", 100): ["what is left of the deductible", "the amount is not settled"],
    ("64493 J2782", 0): [(9_559, 37_470, 765), "the amount is not settled"],
}
IN_HOSPITAL: Mapping[tuple[str, int | None], list[Paid]] = {
    # A halved service has half of the copayment.
    ("64493-50 64494-50", 0): [(17_806 + 8_903, 104_698, 2_137), NOTHING],
    ("64493 62323-73", None): [(17_806, 69_799, 1_424), (3_463, 13_573, 277)],
    # The deductible first, then the copayment's part of the rest.
    ("62323", 25_700): [(25_700 + 8_711, 34_144, 697)],
    ("62323", 70_000): [(69_252, 0, 0)],
    # No more than the inpatient deductible of the year.
    ("10004", 0): [(167_600, 815_752, 16_648)],
    ("10004", 25_700): [(25_700 + 167_600, 790_566, 16_134)],
    ("10004 62323", 25_700): [(25_700 + 167_600, 790_566, 16_134), NOTHING],
    ("4000C", 25_700): [NOTHING],
    ("G0121", 0): [(0, 89_348, 1_823)],
    ("G0121 10001", 100): [(0, 89_348, 1_823), (100 + 1_981, 7_762, 158)],
    ("93451", 0): ["a national copayment above the least"],
    ("64493-PN", 0): ["PN: what the patient owes"],
    ("45385-PT", 0): ["preventive by its modifier"],
    ("64633 64635", 0): ["the amount is not settled"] * 2,
}


def _lines(cases: Mapping[tuple[str, int | None], list[Paid]]) -> pl.DataFrame:
    lines: list[Line] = []
    owed: list[int | None] = []
    for said, deductible in cases:
        lines += lines_of(f"{said} {deductible}", said)
        # It may stand on one line only.
        owed += [deductible, *[None] * (len(said.split()) - 1)]
    table = pl.DataFrame(lines, schema=SCHEMA, orient="row")
    return table.with_columns(deductible_remaining=pl.Series(owed, dtype=pl.Int64))


def _must_be(found: pl.DataFrame, cases: Mapping[tuple[str, int | None], list[Paid]]) -> None:
    with adding_up():
        totals = encounter_totals(found)
    amounts = ("patient_amount", "medicare_amount", "sequestration_amount")
    by_encounter = found.partition_by("encounter_id", maintain_order=True)
    for (said, wanted), lines, summed in zip(
        cases.items(), by_encounter, totals.iter_rows(named=True), strict=True
    ):
        of_lines = lines.select(*amounts, "payment_reason").rows()
        for line, want in zip(of_lines, wanted, strict=True):
            if isinstance(want, str):
                assert line[:3] == (None, None, None), said
                assert want in line[3], said
            else:
                assert line == (*want, ""), said
        is_open = any(isinstance(want, str) for want in wanted)
        for at, name in enumerate(amounts):
            known = [want[at] for want in wanted if not isinstance(want, str)]
            assert summed[name] == (None if is_open else sum(known)), said
        assert bool(summed["payment_not_settled"]) == is_open, said
    # What is paid is the amount, to the cent.
    paid = found.filter(pl.col("patient_amount").is_not_null())
    assert paid.select(pl.sum_horizontal(*amounts) == pl.col("amount")).to_series().all()


def test_a_surgical_center_is_paid_four_fifths_after_the_deductible() -> None:
    lines = _lines(IN_SURGICAL_CENTER)
    priced = price_in_surgical_center(lines, ASC, Decimal(1))
    found = paid_in_surgical_center(priced, ASC, DAY)
    assert found.drop(found.columns[-6:]).equals(priced)
    _must_be(found, IN_SURGICAL_CENTER)


def test_a_hospital_is_paid_its_rate_less_the_published_copayment() -> None:
    lines = _lines(IN_HOSPITAL)
    priced = price_in_hospital(lines, HOSPITAL, Decimal(1))
    _must_be(paid_in_hospital(priced, HOSPITAL, Decimal(1), DAY), IN_HOSPITAL)
    # The copayment goes by the wage index as the rate does.
    index = Decimal("0.966")
    one = _lines({("62323", 0): []})
    found = paid_in_hospital(price_in_hospital(one, HOSPITAL, index), HOSPITAL, index, DAY)
    assert found.select("amount", "patient_amount").row(0) == (67_839, 13_568)
    # Before 2022 Medicare's percentages were others; the cap of the year is none of another.
    with pytest.raises(UsageError, match="The inpatient deductible of 2021"):
        paid_in_hospital(priced, HOSPITAL, index, date(2021, 1, 1))


def test_a_deductible_is_used_up_once_in_a_pool_of_encounters() -> None:
    lines = pl.DataFrame(
        [*lines_of("1", "64493"), *lines_of("2", "64493")], schema=SCHEMA, orient="row"
    ).with_columns(person=pl.lit("A"), deductible_remaining=pl.lit(50_000))
    priced = price_in_surgical_center(lines, ASC, Decimal(1))
    apart = paid_in_surgical_center(priced, ASC, DAY)
    once = paid_in_surgical_center(priced, ASC, DAY, pool="person")
    assert apart["deductible_amount"].to_list() == [47_794, 47_794]
    assert once["deductible_amount"].to_list() == [47_794, 2_206]
    # What others took of it may be open.
    some = priced.with_columns(deductible_open=pl.col("encounter_id") == "2")
    others = paid_in_surgical_center(some, ASC, DAY)
    assert others["deductible_amount"].to_list() == [47_794, None]
    assert others["payment_reason"][1].startswith("what is left of the deductible is not settled")


def test_an_amount_beyond_reason_is_refused() -> None:
    lines = pl.DataFrame(lines_of("1", "64493x99999999999"), schema=SCHEMA, orient="row")
    with pytest.raises(UsageError, match="more than 100,000,000,000 dollars"):
        price_in_surgical_center(lines, ASC, Decimal(1))
