"""Numbers at the edge of reason: no sum and no product leaves 64 bits without a word."""

import polars as pl
import pytest

from payrules.claims import read_batch
from payrules.engine.pricing import price
from payrules.errors import UsageError
from payrules.fees.columns import INDICATORS, PERCENTAGES
from payrules.fees.dollar_schedule import DollarSchedule
from payrules.money import MOST_CENTS, adding_up, sum_of, total
from payrules.payers import MEDICARE
from payrules.scenarios.baseline import at_volume
from tests.pricing_cases import STARTER


def in_dollars(cents: int) -> DollarSchedule:
    """Give a payer's schedule that pays so much for a vial of a drug."""
    none = pl.lit(None, dtype=pl.Int64)
    indicators = STARTER.named("starter-2025").codes.filter(pl.col("hcpcs_code") == "99213")
    rows = indicators.select(
        pl.lit("J9999").alias("hcpcs_code"),
        "modifier",
        pl.lit(cents, dtype=pl.Int64).alias("facility_amount"),
        pl.lit(cents, dtype=pl.Int64).alias("nonfacility_amount"),
        none.alias("work_amount"),
        none.alias("pe_amount"),
        none.alias("mp_amount"),
        pl.lit(None, dtype=pl.Date).alias("effective_from"),
        pl.lit(None, dtype=pl.Date).alias("effective_to"),
        *INDICATORS,
        *PERCENTAGES,
    )
    return DollarSchedule("fees.csv", rows, own_indicators=True)


def line_of(cents: int, units: str, lines: int = 1) -> pl.DataFrame:
    claims = pl.DataFrame(
        {
            "claim_id": [str(number) for number in range(lines)],
            "claim_line_number": ["1"] * lines,
            "person_id": ["P1"] * lines,
            "claim_line_start_date": ["2025-10-07"] * lines,
            "hcpcs_code": ["J9999"] * lines,
            "place_of_service_code": ["11"] * lines,
            "service_unit_quantity": [units] * lines,
            "locality": ["national"] * lines,
        }
    )
    batch = read_batch(claims, localities=STARTER.localities())
    return price(batch.lines, MEDICARE.rules, STARTER, dollars=in_dollars(cents)).lines


@pytest.mark.parametrize(
    ("cents", "units", "allowed"),
    [
        (900_000, "999999", 899_999_100_000),  # a drug of 9,000 dollars
        (10_000_000, "999999", 9_999_990_000_000),
        (MOST_CENTS, "1", MOST_CENTS),
        (123_456_789_01, "0.001", 12_345_679),
    ],
)
def test_the_largest_amounts_are_exact(cents: int, units: str, allowed: int) -> None:
    found = line_of(cents, units)
    assert found["status"].to_list() == ["priced"]
    assert found["allowed_amount"].to_list() == [allowed]
    shares = found.select("medicare_amount", "patient_amount", "sequestration_amount")
    assert sum(shares.row(0)) == allowed


@pytest.mark.parametrize(
    ("cents", "units"),
    [
        (9_300_000_000, "999999"),  # units × thousandths left 64 bits: a negative amount
        (MOST_CENTS + 1, "1"),
        (MOST_CENTS + 1, "0.001"),
        (999_999_999_999_999_999, "999999"),
    ],
)
def test_a_line_beyond_reason_is_by_report_and_says_so(cents: int, units: str) -> None:
    found = line_of(cents, units)
    assert found["status"].to_list() == ["by_report"]
    assert found["allowed_amount"].to_list() == [None]
    assert found["medicare_amount"].to_list() == [None]
    assert "units × fee exceed $100,000,000,000" in found["reason"].item()


def test_totals_are_added_up_in_128_bits() -> None:
    cents = pl.Series("cents", [2**62] * 4)
    assert cents.sum() != 2**64  # what polars says of 64 bits
    assert sum_of(cents // 8) == 2**61
    with pytest.raises(UsageError):
        sum_of(cents)
    of_a_group = cents.to_frame().with_columns(code=pl.lit("99213")).group_by("code")
    for add_up in (cents.to_frame().select, of_a_group.agg):
        with pytest.raises(UsageError) as refused, adding_up():
            add_up(total(pl.col("cents")))
        assert str(refused.value) == (
            "The amounts of some lines add up to more than 92,233,720,368,547,758 dollars, which"
            " no payer pays; check their charges, fees and volumes."
        )
    assert cents.to_frame().head(1).select(total(pl.col("cents"))).item() == 2**62


def test_only_a_sum_beyond_64_bits_is_told_as_one() -> None:
    for wrong in (pl.col("code").sum(), pl.col("code").cast(pl.Int64), pl.col("code") + 1):
        with pytest.raises(pl.exceptions.InvalidOperationError), adding_up():
            pl.DataFrame({"code": ["J1030"]}).select(wrong)


@pytest.mark.parametrize("volume", [10_000_000, 12_000, 1, 99_999_999])
def test_amounts_at_a_volume_are_exact(volume: int) -> None:
    amounts = [MOST_CENTS, MOST_CENTS - 1, 12_345, 0]
    found = at_volume(pl.Series(amounts), pl.Series([volume] * 4))
    assert found.to_list() == [(cents * volume + 5_000) // 10_000 for cents in amounts]
