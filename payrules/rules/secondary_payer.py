"""Second payer: what is left for Medicare where another payer paid first."""

import polars as pl

from payrules.engine.rule import PRICED, Adjustment, note, pay, rule
from payrules.money import dollars, less

PAID, ALLOWED = pl.col("primary_paid_amount"), pl.col("primary_allowed_amount")
OBLIGATED, CHARGE = pl.col("primary_obligated_amount"), pl.col("charge_amount")
MEDICARE_ALLOWS, ALONE = pl.col("allowed_amount"), pl.col("amount")
#: What the practice may collect in all: its charge, or what it must take from the first payer.
MOST = pl.min_horizontal(CHARGE, OBLIGATED)


def _signed(cents: pl.Expr) -> pl.Expr:
    """Write cents that may be less than nothing as dollars: "-$5.00"."""
    minus = pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(minus, dollars(cents.abs()))


@rule(
    cites="SSA 1862(b); 42 CFR 411.32(b), 411.33(a), (b), 411.35(c), (d)",
    effective="1992-01-01",
    kind="payment",
    every_schedule=True,
    reads=(
        "primary_paid_amount",
        "primary_allowed_amount",
        "primary_obligated_amount",
        "charge_amount",
        "allowed_amount",
        "deductible_amount",
        "coinsurance_amount",
    ),
)
def secondary_payer() -> Adjustment:
    """Second payer: the lowest of what is unpaid, this payer alone, and the higher allowed amount.

    What is unpaid is the charge, or what the practice must take from the first payer, less what
    that paid; the higher of Medicare's allowed amount and the first payer's is lessened likewise.
    Where the first payer's allowed amount is absent it is what the practice must take, else
    Medicare's. The line's deductible is met even where Medicare pays nothing.

    Decision: the patient never owes more than the practice may collect in all. The regulation does
    not bind a nonparticipating practitioner without assignment (42 CFR 411.35(d)); the figure is
    the same, and the rule of the limiting charge notes it. Where the first payer paid nothing, what
    the practice must take from it still counts, and a note says what it comes to without.
    """
    higher = pl.max_horizontal(MEDICARE_ALLOWS, pl.coalesce(ALLOWED, OBLIGATED, MEDICARE_ALLOWS))
    unpaid, above = MOST - PAID, higher - PAID
    left = pl.col("_left")
    owed = pl.col("deductible_amount").fill_null(0) + pl.col("coinsurance_amount").fill_null(0)
    which = (
        pl.when(left == 0)
        .then(pl.lit("nothing is left to pay"))
        .when(pl.col("_unpaid") == left)
        .then(pl.lit("the first is the lowest"))
        .when(left == ALONE)
        .then(pl.lit("the second is the lowest"))
        .otherwise(pl.lit("the third is the lowest"))
    )
    taken = ALONE - left
    # Without what the practice must take from the first payer, of lines on which that paid nothing.
    higher_without = pl.max_horizontal(MEDICARE_ALLOWS, ALLOWED)
    without = pl.min_horizontal(CHARGE, ALONE, higher_without)
    return Adjustment(
        among=(PAID.is_not_null(), pl.col("status") == PRICED),
        facts=(
            {"_unpaid": unpaid, "_above": above},
            {
                "_left": pl.max_horizontal(
                    pl.min_horizontal("_unpaid", ALONE, "_above"), pl.lit(0, dtype=pl.Int64)
                )
            },
        ),
        outcomes=(
            pay(
                pl.lit(value=True),
                left,
                pl.format(
                    "second payer: {} unpaid, {} by this payer alone, {} of the higher allowed"
                    " amount unpaid; {}",
                    _signed(pl.col("_unpaid")),
                    dollars(ALONE),
                    _signed(pl.col("_above")),
                    which,
                ),
                group_code="OA",
                carc="23",
                sets={
                    "primary_payer_adjustment": taken,
                    "patient_amount": pl.min_horizontal(
                        less(owed, PAID), less(pl.col("_unpaid"), left)
                    ),
                },
            ),
        ),
        notes=(
            note(
                (PAID == 0) & OBLIGATED.is_not_null() & (without != left),
                pl.format(
                    "second payer: one contractor's calculator leaves out what the practice must"
                    " take from a first payer that paid nothing, which gives {}",
                    dollars(without),
                ),
            ),
        ),
    )
