"""Dollars agreed for a whole service: for which lines they are, and what a part of it is paid.

A price of the payer's own is cut for both sides, a part or a role as a fee is, by the payer's own
terms where it has them: policies print these as percentages of the allowance, whatever sets it
(BCBSND NDRP-Surg-004: "62.5 percent of the allowance"). Ranking is none of these.
"""

import polars as pl

from payrules.claims.modifiers import billed_with
from payrules.engine.adjustment import PRICED, WHOLE_SERVICE
from payrules.engine.global_surgery import FOLLOW_UP
from payrules.engine.modifier_share import SHARED
from payrules.money import WHOLE, half_up, short_text

#: A line with one of these is a part of the service, both sides of it, or somebody's role in it.
PARTS = (
    *("26", "TC", "50", "52", "53", "54", "55", "56", "62", "66", "73", "74", "78"),
    *("80", "81", "82", "AS"),
)
#: Of these no share is known: a component has a fee of its own, as what was ended (53) may have,
#: and 73 and 74 are a hospital's.
COMPONENTS = ("26", "TC", "53", "73", "74")
#: A rate that names one of these is the price of what they say, and nothing is taken of it.
NAMED = frozenset((*PARTS, *SHARED))
#: The columns that say how much of a whole service a line is.
READS = (
    *("modifiers", "units_thousandths"),
    *("units_used_up", "ranked_units", "unit_factor", "part_of_whole"),
)
IS_COMPONENT = billed_with(*COMPONENTS)
#: Without Medicare's price no rule has looked at a line's sides, part or role.
HAS_ANSWER = ((pl.col("status") == PRICED) & ~IS_COMPONENT) | ~billed_with(*PARTS)
_USED_UP = pl.col("units_used_up").fill_null(value=False)
_SIDES = pl.col("ranked_units") * pl.col("unit_factor")
_LEFT = pl.col("part_of_whole").fill_null(WHOLE_SERVICE)


def of_units(cents: pl.Expr) -> pl.Expr:
    """Give dollars of a unit for all units of a line, in cents; days of care are no units."""
    units = pl.when(FOLLOW_UP).then(1000).otherwise(pl.col("units_thousandths"))
    return half_up(cents * units, 1000)


def of_line(cents: pl.Expr) -> pl.Expr:
    """Give dollars of a whole service for a line's units, sides, part and role, in cents.

    One rounding; in 128 bits.
    """
    units = pl.when(FOLLOW_UP).then(WHOLE).otherwise(pl.col("units_thousandths") * (WHOLE // 1000))
    units = pl.when(_USED_UP).then(_SIDES).otherwise(units)
    return half_up(cents.cast(pl.Int128) * units * _LEFT, WHOLE * WHOLE_SERVICE).cast(pl.Int64)


def in_words() -> pl.Expr:
    """Say what of the whole a line is: ", sides at 150 %, part or role at 16 %"; "" of all."""
    sides = pl.when(_USED_UP & (_SIDES != WHOLE)).then(
        pl.format(", sides at {} %", short_text(_SIDES, 2))
    )
    # To a hundredth of a percent, as shares are printed.
    left = half_up(_LEFT, WHOLE_SERVICE // WHOLE)
    part = pl.when(_LEFT != WHOLE_SERVICE).then(
        pl.format(", part or role at {} %", short_text(left, 2))
    )
    return pl.concat_str([sides.fill_null(""), part.fill_null("")])


def in_place_of_reductions() -> pl.Expr:
    """Say that what is paid stands in place of what changed a line's fee; "" where nothing did."""
    changed = pl.col("amount") != of_units(pl.col("fee_schedule_amount"))
    return (
        pl.when((pl.col("status") == PRICED) & changed)
        .then(pl.lit(", in place of what the steps before left of the fee"))
        .otherwise(pl.lit(""))
    )
