"""Money: scaled 64-bit integers and half-up rounding; no other module rounds or casts money.

Amounts are Int64 cents. Relative value units are hundredths, geographic indices thousandths,
conversion factors ten-thousandths of a dollar and every other factor ten-thousandths. Overflow is
silent in polars, so tables are range-checked when they are loaded, and claims when they are read.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from payrules.errors import UsageError

#: One whole, in the ten-thousandths that factors are written in.
WHOLE = 10_000
#: Decimal(18) holds no number that could overflow an Int64.
_DIGITS = 18
#: A binary float that is no short decimal is written with 16 digits or 17, and a point.
_SHORTER_THAN_A_FLOATS = 16
#: So polars says that a sum of `total` is more than 64 bits hold.
_TOO_LARGE = "conversion from `i128` to `i64` failed"


#: No line is worth more cents (100 billion dollars): so no product of one with units, shares or
#: percentages leaves 64 bits, nor does the sum of a person's lines.
MOST_CENTS = 10**13


def total(cents: pl.Expr) -> pl.Expr:
    """Add up Int64 cents in 128 bits: a sum of 64 bits wraps silently, this one fails.

    Whoever evaluates it does so within `adding_up`.
    """
    return cents.cast(pl.Int128).sum().cast(pl.Int64)


def sum_of(cents: pl.Series) -> int:
    """Add up Int64 cents as `total` does; nothing is 0."""
    with adding_up():
        return int(pl.select(total(pl.lit(cents))).item() or 0)


@contextmanager
def adding_up() -> Iterator[None]:
    """Tell in a sentence that a sum is more than 64 bits hold; another error stays what it is."""
    try:
        yield
    except pl.exceptions.InvalidOperationError as error:
        if _TOO_LARGE not in str(error):
            raise
        raise UsageError(
            f"The amounts of some lines add up to more than {2**63 // 100:,} dollars, which no"
            " payer pays; check their charges, fees and volumes."
        ) from None


def half_up(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Divide non-negative Int64 numbers and round half up; null where the denominator is 0."""
    return (numerator + denominator // 2) // denominator


def percentage(amount: pl.Expr, factor: pl.Expr | int) -> pl.Expr:
    """Take a share of an amount: cents × ten-thousandths, rounded half up to the cent."""
    return half_up(amount * factor, WHOLE)


def part_of(amount: pl.Expr, part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Give amount × part / whole of cents, rounded half up, in 128 bits; null where whole is 0."""
    return half_up(amount.cast(pl.Int128) * part, whole.cast(pl.Int128)).cast(pl.Int64)


def less(amount: pl.Expr, taken: pl.Expr) -> pl.Expr:
    """Take cents from an amount, never below nothing; a null takes none."""
    return pl.max_horizontal(amount - taken, 0)


def scaled_half_up(numerator: pl.Expr, denominator: int, share: pl.Expr) -> pl.Expr:
    """Give numerator × share / denominator, one rounding half up; the share in ten-thousandths.

    The whole and the rest are multiplied apart, so that no product leaves 64 bits.
    """
    whole, rest = numerator // denominator, numerator % denominator
    return (whole * share + (rest * share + denominator * WHOLE // 2) // denominator) // WHOLE


def read_scaled(text: pl.Expr, decimals: int) -> pl.Expr:
    """Read a number written as text into an Int64 of 10^-decimals, exactly.

    `$`, thousands commas, surrounding blanks and "(12.50)" for -12.50 are understood. Null where
    the text is no such number, has more decimals (other than zeros), or might overflow. A comma
    is only ever a thousands comma: "12,50" is refused, not read as 1,250. Text of so many digits
    as only a binary float has ("0.30000000000000004") is read as that float is: see `scaled`.
    """
    whole = r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)"
    number = rf"(?:{whole}(?:\.[0-9]{{0,{decimals}}}0*)?"
    number += rf"|\.[0-9]{{1,{decimals}}}0*)" if decimals else ")"
    signed = rf"^\s*(?:[+-]?\s*\$?\s*{number}|\$\s*[+-]\s*{number}|\(\s*\$?\s*{number}\s*\))\s*$"
    bare = text.str.replace_all(r"[$,()+\s]", "")
    scaled = bare.cast(pl.Decimal(_DIGITS, decimals), strict=False) * 10**decimals
    value = scaled.cast(pl.Int64)
    in_brackets = text.str.contains("(", literal=True)
    of_float = text.map_batches(
        lambda texts: _of_float_texts(texts, decimals), return_dtype=pl.Int64, is_elementwise=True
    )
    return (
        pl.when(text.str.contains(signed))
        .then(pl.when(in_brackets).then(-value).otherwise(value))
        .otherwise(of_float)
    )


def _of_float_texts(texts: pl.Series, decimals: int) -> pl.Series:
    """Read what programs write of binary floats; null where a text has fewer digits."""
    long = texts.str.len_bytes() > _SHORTER_THAN_A_FLOATS
    if not long.any():
        return pl.Series(texts.name, [None], pl.Int64).new_from_index(0, len(texts))
    floats = texts.set(~long, None).cast(pl.Float64, strict=False)
    return pl.select(_of_float(pl.lit(floats), decimals)).to_series()


def _of_float(column: pl.Expr, decimals: int) -> pl.Expr:
    """Read the decimal number a binary float stands for: the one it is a rounding error away from.

    0.1 + 0.2 is 0.3; 2.9999999 is not 3.
    """
    units = column * 10**decimals
    nearest = units.round()
    # Beyond 10^15 a float's own steps are too wide to tell what was meant.
    meant = ((units - nearest).abs() <= nearest.abs() * 2.0**-51) & (nearest.abs() < 1e15)
    return pl.when(meant).then(nearest).otherwise(None).cast(pl.Int64)


def scaled(column: pl.Expr, dtype: pl.DataType, decimals: int) -> pl.Expr:
    """Read a column of text or of any number type into an Int64 of 10^-decimals.

    Text, integers and decimals are read exactly. A binary float stands for the decimal that it is
    a rounding error away from; one of 32 bits for the shortest that it is the nearest to, where
    its steps are finer than 10^-decimals. Null where the value has more decimals, is no number, or
    might overflow: the same number is read alike, or refused alike, however it is written.
    """
    limit = 10 ** (_DIGITS - decimals)
    if dtype.is_integer():
        whole = column.cast(pl.Int64, strict=False)
        return pl.when(whole.is_between(-limit, limit, closed="none")).then(whole * 10**decimals)
    if dtype.is_decimal():
        exact = column.cast(pl.Decimal(_DIGITS, decimals), strict=False)
        return pl.when(exact == column).then((exact * 10**decimals).cast(pl.Int64))
    if dtype.is_float():
        if dtype == pl.Float64:
            return _of_float(column, decimals)
        fine = column.cast(pl.Float64).abs() < 2**23 / 10**decimals
        return pl.when(fine).then(read_scaled(column.cast(pl.String), decimals))
    return read_scaled(column.cast(pl.String), decimals)


def as_decimal(value: pl.Expr, decimals: int) -> pl.Expr:
    """Turn an Int64 of 10^-decimals into the Decimal(38, decimals) it stands for, exactly.

    A Decimal is a whole number of 128 bits that says where its point is: nothing is divided.
    """
    return value.cast(pl.Int128).reinterpret(dtype=pl.Decimal(38, decimals))


def as_dollars(cents: pl.Expr) -> pl.Expr:
    """Turn Int64 cents into dollars, Decimal(38, 2), exactly."""
    return as_decimal(cents, 2)


def scaled_text(value: pl.Expr, decimals: int) -> pl.Expr:
    """Write an Int64 of 10^-decimals as a number, exactly: 190 with 2 decimals is "1.90"."""
    return as_decimal(value, decimals).cast(pl.String)


def short_text(value: pl.Expr, decimals: int) -> pl.Expr:
    """Write an Int64 of 10^-decimals without trailing zeros: 1250 with 2 decimals is "12.5"."""
    return scaled_text(value, decimals).str.replace(r"\.?0+$", "") if decimals else value


def dollars_text(cents: pl.Expr) -> pl.Expr:
    """Write Int64 cents as dollars, "1234.56", exactly."""
    return scaled_text(cents, 2)


def dollars(cents: str | pl.Expr) -> pl.Expr:
    """Write cents as dollars, for a sentence: "$155.30"."""
    amount = pl.col(cents) if isinstance(cents, str) else cents
    return pl.concat_str(pl.lit("$"), dollars_text(amount))
