"""Deductible: what the patient still owes this year comes first."""

import polars as pl

from payrules.engine.rule import (
    PRICED,
    STATUSES,
    Adjustment,
    Hints,
    dollars,
    in_order,
    note,
    pay,
    rule,
    so_far,
)
from payrules.engine.session import PERSON_YEAR

REMAINING = pl.col("deductible_remaining")
STANDS = pl.col("status") == PRICED
#: By the table of preventive services, or because the schedule leaves the patient no share.
WAIVED = pl.col("deductible_waived") | (pl.col("schedule_coinsurance") == 0)
#: Of each year, cents (42 CFR 410.160(f); CMS's notices). Not at hand: 2006 to 2021, and 2027.
OF_A_YEAR = {
    **dict.fromkeys(range(1991, 2005), 100_00),
    **{2005: 110_00, 2022: 233_00, 2023: 226_00, 2024: 240_00, 2025: 257_00, 2026: 283_00},
}


@rule(
    cites="SSA 1833(b); 42 CFR 410.160",
    effective="1992-01-01",
    kind="payment",
    every_schedule=True,
    reads=(
        "deductible_remaining",
        "deductible_waived",
        "schedule_coinsurance",
        "service_date",
        "line_order",
        PERSON_YEAR,
    ),
)
def deductible(*, of_part_b: bool = True) -> Adjustment:
    """The remaining deductible is used up in order of date, claim and line of the person's year.

    `of_part_b` says whether it is Medicare's, whose amount of the year is known.

    Services of which it is waived use none of it up (42 CFR 410.160(b)).

    Decision: CMS takes it in the order in which claims are processed (42 CFR 410.160(c)(2)), which
    a batch does not tell; here it is taken in order of date, claim and line.
    """
    takes = STANDS & ~WAIVED.fill_null(value=False)
    of_year = pl.col("service_date").dt.year().replace_strict(OF_A_YEAR, default=None)
    allowed = pl.when(takes).then("amount").otherwise(0)
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
                takes & (pl.col("_used") > 0),
                pl.col("amount") - pl.col("_used"),
                pl.format(
                    "{} of the deductible of {}", dollars(pl.col("_used")), dollars(pl.col("_owed"))
                ),
                group_code="PR",
                carc="1",
                sets={"deductible_amount": pl.col("_used")},
            ),
        ),
        notes=()
        if not of_part_b
        else (
            note(
                of_year < REMAINING,
                pl.format(
                    "deductible_remaining is more than the year's deductible of {}",
                    dollars(of_year),
                ),
            ),
        ),
    )
