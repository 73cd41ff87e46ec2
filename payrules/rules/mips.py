"""MIPS: the adjustment of what Medicare pays for a clinician's performance two years before."""

import polars as pl

from payrules.engine.rule import Adjustment, pay, rule
from payrules.money import WHOLE, half_up, short_text

PERCENT, PAID = pl.col("mips_adjustment_percent"), pl.col("amount")


@rule(
    cites="SSA 1848(q)(6)(E); 42 CFR 414.1405",
    effective="2019-01-01",
    kind="payment",
    reads=(
        "mips_adjustment_percent",
        "participating",
        "assignment_accepted",
        "schedule_coinsurance",
    ),
)
def mips() -> Adjustment:
    """MIPS: what would be paid, more or less by the percentage of the clinician's year.

    Covered professional services of the physician fee schedule and anesthesia, on assignment; the
    patient's share does not move.

    Decision: it follows a second payer's part, because the statute multiplies the amount otherwise
    paid, and is rounded to the cent before sequestration.
    """
    after = half_up(PAID * (WHOLE + PERCENT), WHOLE)
    more = PERCENT > 0
    detail = pl.format(
        "MIPS, {}{} % of what is paid",
        pl.when(more).then(pl.lit("+")).otherwise(pl.lit("-")),
        short_text(PERCENT.abs(), 2),
    )
    sets = {"amount_before_mips": PAID, "amount_after_mips": after}
    return Adjustment(
        among=(
            PERCENT != 0,
            PAID > 0,
            pl.col("participating") | pl.col("assignment_accepted"),
            # Drugs, vaccines and laboratory tests have a share of their own schedule.
            pl.col("schedule_coinsurance").is_null(),
        ),
        outcomes=(
            pay(more, after, detail, carc="144", rarc="N807", sets=sets),
            pay(pl.lit(value=True), after, detail, carc="237", rarc="N807", sets=sets),
        ),
    )
