"""Money is exact and rounds half up: every function against Decimal."""

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payrules import money
from payrules.fees.formula import OfEach, unit_amount

exact = settings(max_examples=60)


def column(values, dtype=pl.Int64):
    return pl.DataFrame({"given": pl.Series(values, dtype=dtype)})


def result(frame, expression):
    return frame.select(expression).to_series().to_list()


def rounded(value, places="1"):
    return value.quantize(Decimal(places), ROUND_HALF_UP)


@exact
@given(st.lists(st.tuples(st.integers(0, 10**15), st.integers(1, 10**9)), min_size=1))
def test_half_up_is_decimal_half_up(pairs):
    frame = pl.DataFrame(pairs, schema={"n": pl.Int64, "d": pl.Int64}, orient="row")
    expected = [int(rounded(Decimal(n) / Decimal(d))) for n, d in pairs]
    assert result(frame, money.half_up(pl.col("n"), pl.col("d"))) == expected


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(0, 2, 0), (1, 2, 1), (3, 2, 2), (1, 3, 0), (2, 3, 1), (4, 9, 0), (5, 9, 1), (7, 1, 7)],
)
def test_half_up_at_and_around_the_half(numerator, denominator, expected):
    frame = column([numerator])
    assert result(frame, money.half_up(pl.col("given"), denominator)) == [expected]


def test_half_up_by_zero_is_null():
    frame = pl.DataFrame({"n": [1], "d": [0]})
    assert result(frame, money.half_up(pl.col("n"), pl.col("d"))) == [None]


@exact
@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 30_000)), min_size=1))
def test_percentage_is_decimal_half_up(pairs):
    frame = pl.DataFrame(pairs, schema={"n": pl.Int64, "f": pl.Int64}, orient="row")
    expected = [int(rounded(Decimal(n) * Decimal(f).scaleb(-4))) for n, f in pairs]
    assert result(frame, money.percentage(pl.col("n"), pl.col("f"))) == expected


def test_half_of_an_odd_cent_rounds_up():
    assert result(column([8831]), money.percentage(pl.col("given"), 5_000)) == [4416]


rvus, gpcis = st.integers(0, 50_000), st.integers(300, 3_000)


@exact
@given(
    st.lists(
        st.tuples(rvus, gpcis, rvus, gpcis, rvus, gpcis, st.integers(200_000, 700_000)), min_size=1
    )
)
def test_a_fee_is_rounded_once(lines):
    names = ["work", "work_gpci", "pe", "pe_gpci", "mp", "mp_gpci", "conversion_factor"]
    frame = pl.DataFrame(lines, schema=dict.fromkeys(names, pl.Int64), orient="row")
    expected = []
    for *parts, conversion_factor in lines:
        rvu, gpci = parts[0::2], parts[1::2]
        total = sum(
            Decimal(r).scaleb(-2) * Decimal(g).scaleb(-3) for r, g in zip(rvu, gpci, strict=True)
        )
        dollars = rounded(total * Decimal(conversion_factor).scaleb(-4), "0.01")
        expected.append(int(dollars.scaleb(2)))
    work, work_gpci, pe, pe_gpci, mp, mp_gpci, factor = map(pl.col, names)
    amount = unit_amount(OfEach(work, pe, mp), factor, OfEach(work_gpci, pe_gpci, mp_gpci))
    assert result(frame, amount) == expected


@exact
@given(
    st.lists(
        st.tuples(st.integers(0, 10**14), st.integers(1, 10**7), st.integers(0, 20_000)), min_size=1
    )
)
def test_a_share_of_a_fee_is_rounded_once(amounts):
    for numerator, denominator, share in amounts:
        found = result(
            column([numerator]),
            money.scaled_half_up(pl.col("given"), denominator, pl.lit(share, dtype=pl.Int64)),
        )
        whole = Fraction(numerator * share, denominator * 10_000)
        assert found == [math.floor(whole + Fraction(1, 2))]


@pytest.mark.parametrize(
    ("numerator", "denominator", "share", "expected"),
    [(1, 1, 4_999, 0), (1, 1, 5_000, 1), (3, 2, 3_333, 0), (3, 2, 3_334, 1), (5, 1, 15_000, 8)],
)
def test_a_share_at_and_around_the_half(numerator, denominator, share, expected):
    part = pl.lit(share, dtype=pl.Int64)
    found = result(column([numerator]), money.scaled_half_up(pl.col("given"), denominator, part))
    assert found == [expected]


OF_45385 = OfEach(*(pl.lit(rvu, dtype=pl.Int64) for rvu in (457, 238, 56)))
NATIONAL = OfEach(*(pl.lit(1_000, dtype=pl.Int64),) * 3)


def test_a_share_of_a_published_fee():
    # 45385 as below: 242.922215; 70 % are 170.0455505, but of the rounded 242.92 only 170.044.
    frame = pl.DataFrame({"share": [7_000, 15_000]})
    amount = unit_amount(OF_45385, 323_465, NATIONAL, share=pl.col("share"))
    assert result(frame, amount) == [17_005, 36_438]


def test_a_published_fee():
    # 45385, facility, 2025D, every GPCI 1.000: 4.57 + 2.38 + 0.56 RVUs at 32.3465.
    frame = column([0])
    assert result(frame, unit_amount(OF_45385, 323_465, NATIONAL)) == [24_292]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.34", 1234),
        ("12", 1200),
        ("12.", 1200),
        (".5", 50),
        ("-.05", -5),
        ("+3.10", 310),
        ("0012", 1200),
        ("12.3400", 1234),
        (" 12.34 ", 1234),
        ("\xa012\t", 1200),
        ("$12.34", 1234),
        ("-$5", -500),
        ("$-5", -500),
        ("$ 5", 500),
        ("1,234,567.89", 123_456_789),
        ("$1,000", 100_000),
        ("(12.50)", -1250),
        ("($1,000.00)", -100_000),
        ("9999999999999999.99", 999_999_999_999_999_999),
        ("12.345", None),
        ("12,50", None),
        ("1,2345.00", None),
        ("1 234", None),
        ("1e5", None),
        ("(-5)", None),
        ("-(5)", None),
        ("--5", None),
        ("5-", None),
        ("$", None),
        (".", None),
        ("-", None),
        ("()", None),
        ("", None),
        (" ", None),
        ("nan", None),
        ("inf", None),
        ("ten", None),
        ("１２", None),
        ("12.34.56", None),
        ("10000000000000000", None),
        ("92233720368547758.08", None),
        (None, None),
    ],
)
def test_cents_from_text(text, expected):
    frame = column([text], pl.String)
    assert result(frame, money.read_scaled(pl.col("given"), 2)) == [expected]


@pytest.mark.parametrize(("text", "expected"), [("5", 5), ("5.0", 5), ("5.5", None), (".0", None)])
def test_whole_numbers_from_text(text, expected):
    frame = column([text], pl.String)
    assert result(frame, money.read_scaled(pl.col("given"), 0)) == [expected]


@exact
@given(st.lists(st.text(), min_size=1))
def test_any_text_is_read_or_null(texts):
    for cents in result(column(texts, pl.String), money.read_scaled(pl.col("given"), 2)):
        assert cents is None or isinstance(cents, int)


@exact
@given(st.integers(0, 6), st.lists(st.integers(-(10**11), 10**11), min_size=1))
def test_what_is_written_is_read_back(decimals, values):
    texts = [format(Decimal(value).scaleb(-decimals), f",.{decimals}f") for value in values]
    frame = column(texts, pl.String)
    assert result(frame, money.read_scaled(pl.col("given"), decimals)) == values


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([5, -5, None], pl.Int8, [500, -500, None]),
        ([2**64 - 1, 7], pl.UInt64, [None, 700]),
        ([10**16, 10**16 - 1], pl.Int64, [None, (10**16 - 1) * 100]),
        ([Decimal("1.50"), None], pl.Decimal(12, 2), [150, None]),
        ([Decimal("1.5000"), Decimal("1.5050")], pl.Decimal(12, 4), [150, None]),
        ([Decimal("1e20")], pl.Decimal(38, 2), [None]),
        ([0.1 + 0.2, 1.005, 12.34, -0.01], pl.Float64, [30, None, 1234, -1]),
        ([float("nan"), float("inf"), 1e300, None], pl.Float64, [None] * 4),
        ([12.5], pl.Float32, [1250]),
        # Up to 10^15 cents, and not there.
        ([9_999_999_999_999.99, 1e13], pl.Float64, [999_999_999_999_999, None]),
        (["1.50", "x"], pl.String, [150, None]),
        ([True], pl.Boolean, [None]),
    ],
)
def test_cents_from_any_type(values, dtype, expected):
    frame = column(values, dtype)
    assert result(frame, money.scaled(pl.col("given"), frame.schema["given"], 2)) == expected


def test_a_float_more_than_a_rounding_error_away_was_not_meant():
    frame = column([0.001, 1e-9, 6.9999999, 7.0, 7.000000000000001], pl.Float64)
    assert result(frame, money.scaled(pl.col("given"), pl.Float64(), 0)) == [None, None, None, 7, 7]


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [(1250, 2, "12.5"), (1200, 2, "12"), (1000, 2, "10"), (5, 3, "0.005"), (0, 2, "0")],
)
def test_a_short_number_has_no_trailing_zeros(value, decimals, expected):
    assert result(column([value]), money.short_text(pl.col("given"), decimals)) == [expected]


def test_a_whole_number_is_its_own_short_text():
    assert result(column([10]), money.short_text(pl.col("given"), 0)) == [10]


@exact
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_dollars_are_exact(cents):
    frame = column(cents)
    dollars = frame.select(money.as_dollars(pl.col("given"))).to_series()
    assert dollars.dtype == pl.Decimal(38, 2)
    assert dollars.to_list() == [Decimal(amount).scaleb(-2) for amount in cents]
    assert result(frame, money.dollars_text(pl.col("given"))) == [
        format(Decimal(amount).scaleb(-2), ".2f") for amount in cents
    ]
