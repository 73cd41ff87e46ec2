"""Claims on which some lines are due and others were paid too much: one decision takes both.

Where as much was paid too much as is due, or all but some cents, no letter is written: a new
decision would take back what it gives. The lines that would be asked for keep their action, since
each of them alone is a finding, and say to the practice why no letter has them. Where one is
written it takes off what was paid too much: that is no refund besides, and its line says so.
"""

import polars as pl

from payrules.money import dollars_text
from payrules.variance.comparison import DENIED, OUR_NOTE, OVERPAID, UNDERPAID

#: What a letter asks for.
ASKED_FOR = ("appeal", "reopen")
_NO_LETTER = "no letter is written: "
_TAKEN_OFF = "what this claim is due is asked for less this: no refund beside that"
_ABOVE = " was paid too much on other lines of this claim"


def is_asked_for(is_small: pl.Expr) -> pl.Expr:
    """Mark lines that a letter may ask for: such as are worth it."""
    is_owed = pl.col("variance_status").is_in([UNDERPAID, DENIED, OVERPAID])
    return (pl.col("action").is_in(ASKED_FOR) & is_owed & ~is_small).fill_null(value=False)


def outweighed(lines: pl.DataFrame, is_small: pl.Expr, least: int) -> pl.DataFrame:
    """Give the lines with those told that no letter asks for, or that one takes off.

    `least` is what a letter is worth.
    """
    asked = is_asked_for(is_small)
    over = pl.col("overpaid_amount")  # also of a line that is short otherwise
    if not lines.select((asked.any()) & (over > 0).any()).item():
        return lines
    owed = pl.col("underpaid_amount") + pl.col("recovered_beyond_amount").fill_null(0)
    sums = lines.select(
        is_asked=asked,
        above_here=over,
        due=pl.when(asked).then(owed).sum().over("claim_id"),
        above=over.sum().over("claim_id"),
    )
    due, above = pl.col("due"), pl.col("above")
    is_out = pl.col("is_asked") & (due > 0) & (above > 0) & (due - above < max(least, 1))
    is_off = (pl.col("above_here") > 0) & (due > 0) & (due - above >= max(least, 1))
    told = sums.select(
        pl.when(is_out)
        .then(pl.concat_str(pl.lit(_NO_LETTER), dollars_text(pl.col("above")), pl.lit(_ABOVE)))
        .when(is_off)
        .then(pl.lit(_TAKEN_OFF))
    ).to_series()
    detail = pl.col("cause_detail")
    with_note = pl.concat_str(detail.fill_null(""), pl.lit(OUR_NOTE), told).str.strip_prefix("; ")
    is_refund = (told == _TAKEN_OFF) & (lines["action"] == "refund")
    return lines.with_columns(
        cause_detail=pl.when(told.is_not_null()).then(with_note).otherwise(detail),
        action=pl.when(is_refund).then(pl.lit("")).otherwise("action"),
    )


def has_no_letter() -> pl.Expr:
    """Mark the lines that were so told."""
    return pl.col("cause_detail").str.contains(_NO_LETTER, literal=True).fill_null(value=False)


def is_taken_off() -> pl.Expr:
    """Mark the lines that say that what they were paid too much is taken off what is due."""
    return pl.col("cause_detail").str.contains(_TAKEN_OFF, literal=True).fill_null(value=False)
