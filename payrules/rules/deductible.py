"""Deductible: what the patient still owes this year comes first."""

import polars as pl

from payrules.engine.rule import (
    PRICED,
    STATUSES,
    Adjustment,
    Hints,
    dollars,
    in_order,
    pay,
    rule,
    so_far,
)
from payrules.engine.session import PERSON_YEAR

REMAINING = pl.col("deductible_remaining")
STANDS = pl.col("status") == PRICED


@rule(
    cites="SSA 1833(b); 42 CFR 410.160",
    effective="1992-01-01",
    kind="payment",
    reads=("deductible_remaining", "service_date", "line_order", PERSON_YEAR),
)
def deductible() -> Adjustment:
    """The remaining deductible is used up in order of date, claim and line of the person's year."""
    allowed = pl.when(STANDS).then("amount").otherwise(0)
    owed = REMAINING.max().over(PERSON_YEAR)
    used = pl.min_horizontal("_owed", "_so_far") - pl.min_horizontal(
        "_owed", pl.col("_so_far") - allowed
    )
    return Adjustment(
        among=pl.lit(value=True),
        # The largest value on any of the person's lines counts, also on one that is not paid.
        standing=tuple(range(len(STATUSES))),
        pool=PERSON_YEAR,
        hints=Hints(triggers=REMAINING > 0),
        facts=(
            in_order(PERSON_YEAR, "service_date", "line_order"),
            {"_owed": owed, "_so_far": so_far(allowed, PERSON_YEAR)},
            {"_used": used},
        ),
        outcomes=(
            pay(
                STANDS & (pl.col("_used") > 0),
                pl.col("amount") - pl.col("_used"),
                pl.format(
                    "{} of the deductible of {}", dollars(pl.col("_used")), dollars(pl.col("_owed"))
                ),
                group_code="PR",
                carc="1",
                sets={"deductible_amount": pl.col("_used")},
            ),
        ),
    )
