"""Claims on which some lines are due and others were paid too much: one decision takes both.

Where as much was paid too much as is due, or all but some cents, no letter is written: a new
decision would take back what it gives. The lines that would be asked for keep their action, since
each of them alone is a finding, and say to the practice why no letter has them; what was paid too
much says that it is given back less what is due. Where a letter is written it takes off what was
paid too much: that is no refund besides, and its line says so. Where it is first looked whether the
payer's terms make a line short, it is the same as it would be with a letter: what was paid too much
beside it, and is less, waits for that; what is more is given back, less what may be due.
"""

import polars as pl

from payrules.frozen import frozen
from payrules.money import dollars_text
from payrules.variance.comparison import DENIED, OUR_NOTE, OVERPAID, UNDERPAID
from payrules.variance.terms_wanted import REVIEWED

#: What a letter asks for.
ASKED_FOR = ("appeal", "reopen")
REFUND = "refund"
_NO_LETTER = pl.lit("no letter is written: ")
_ABOVE = pl.lit(" was paid too much on other lines of this claim")
_TAKEN_OFF = pl.lit("what this claim is due is asked for less this: no refund beside that")
_DUE_BESIDE = pl.lit(" is due on other lines of this claim: so much less is given back")
_SHORT_BESIDE = pl.lit(" is short on other lines of this claim: look at the terms of both first")
_LESS_BESIDE = pl.lit(" is short on other lines of this claim: where it is due, give less back")


@frozen
class Outweighed:
    """Lines with what is told of them, and the claims of which both holds, by their numbers.

    `without` are claims that have no letter though some of their lines ask for one; of `less` the
    letter takes off what was paid too much.
    """

    lines: pl.DataFrame
    without: pl.Series
    less: pl.Series


def is_asked_for(is_small: pl.Expr) -> pl.Expr:
    """Mark lines that a letter may ask for: such as are worth it."""
    is_owed = pl.col("variance_status").is_in([UNDERPAID, DENIED, OVERPAID])
    return (pl.col("action").is_in(ASKED_FOR) & is_owed & ~is_small).fill_null(value=False)


def outweighed(lines: pl.DataFrame, is_small: pl.Expr, least: int) -> Outweighed:
    """Give the lines with those told that no letter asks for, or that one takes off.

    `least` is what a letter is worth.
    """
    action, over = pl.col("action"), pl.col("overpaid_amount")  # also of what is short otherwise
    is_asked = is_asked_for(is_small)
    owed = pl.col("underpaid_amount") + pl.col("recovered_beyond_amount").fill_null(0)
    is_looked_at = ((action == REVIEWED) & (owed > 0) & ~is_small).fill_null(value=False)
    told = lines.select((is_asked | is_looked_at).any() & (over > 0).any())
    nothing = pl.Series("claim_id", [], pl.String)
    if not told.item():
        return Outweighed(lines, nothing, nothing)
    sums = lines.select(
        "claim_id",
        is_asked=is_asked,
        is_over=(over > 0).fill_null(value=False),
        is_refund=action == REFUND,
        due=pl.when(is_asked).then(owed).sum().over("claim_id"),
        short=pl.when(is_looked_at).then(owed).sum().over("claim_id"),
        is_short=is_looked_at,
        above=over.sum().over("claim_id"),
    )
    due, above, short = pl.col("due"), pl.col("above"), pl.col("short")
    is_over, is_refund = pl.col("is_over"), pl.col("is_refund")
    is_without = (due > 0) & (above > 0) & (due - above < max(least, 1))
    is_less = (due > 0) & (above > 0) & ~is_without
    is_looked_at = (due == 0) & (short > 0) & is_refund.any().over("claim_id")
    is_waiting = is_looked_at & (short - above >= max(least, 1))
    words = (
        (is_without & pl.col("is_asked"), [_NO_LETTER, dollars_text(above), _ABOVE]),
        (is_without & is_refund, [dollars_text(due), _DUE_BESIDE]),
        (is_less & is_over, [_TAKEN_OFF]),
        (is_waiting & is_refund, [dollars_text(short), _SHORT_BESIDE]),
        (is_looked_at & is_refund, [dollars_text(short), _LESS_BESIDE]),
        (is_looked_at & pl.col("is_short"), [dollars_text(above), _ABOVE]),
    )
    notes = pl.coalesce(pl.when(holds).then(pl.concat_str(said)) for holds, said in words)
    found = sums.with_columns(note=notes, is_without=is_without, is_less=is_less)
    detail, note = pl.col("cause_detail"), found["note"]
    with_note = pl.concat_str(detail.fill_null(""), pl.lit(OUR_NOTE), note).str.strip_prefix("; ")
    acts = found.select(
        pl.when(is_refund & is_less)
        .then(pl.lit(""))
        .when(is_refund & is_waiting)
        .then(pl.lit(REVIEWED))
        .alias("action")
    )
    return Outweighed(
        lines.with_columns(
            cause_detail=pl.when(note.is_not_null()).then(with_note).otherwise(detail),
            action=pl.coalesce(acts["action"], "action"),
        ),
        without=found.filter("is_without")["claim_id"].unique(),
        less=found.filter("is_less")["claim_id"].unique(),
    )
