"""Units: a line's amount is its unit's amount times its units."""

import polars as pl

from payrules.engine.global_surgery import FOLLOW_UP
from payrules.engine.rule import NOT_ANESTHESIA, Adjustment, note, pay, rule
from payrules.money import half_up, short_text

UNITS = pl.col("units_thousandths")


@rule(
    cites="CMS Pub. 100-04, ch. 26, §10.4, item 24G",
    effective="1992-01-01",
    every_schedule=True,
    reads=(
        "units_thousandths",
        "unit_qualifier",
        "units_used_up",
        "status_code",
        "modifiers",
        "payment_limit",
    ),
)
def units() -> Adjustment:
    """Units multiply the amount, unless the bilateral rule used them up or they are days.

    A drug's limit has three decimals: it is multiplied first, and rounded once.
    """
    whole = UNITS % 1000 == 0
    limit = pl.col("payment_limit")
    product = pl.coalesce(half_up(limit * UNITS, 10_000), half_up(pl.col("amount") * UNITS, 1000))
    days = FOLLOW_UP & limit.is_null()
    # A fraction of a unit (drugs) is one amount: it is never ranked unit by unit.
    return Adjustment(
        among=((UNITS != 1000) & ~pl.col("units_used_up") & ~days, NOT_ANESTHESIA),
        outcomes=(
            pay(
                pl.col("amount").is_not_null(),
                product,
                pl.format("{} units", short_text(UNITS, 3)),
                sets={
                    "ranked_units": pl.when(whole).then(UNITS // 1000).otherwise(1),
                    "first_unit_amount": pl.when(whole).then("amount").otherwise(product),
                    "later_unit_amount": pl.when(whole).then("amount").otherwise(product),
                },
            ),
        ),
        notes=(
            note(
                pl.col("unit_qualifier") == "MJ",
                pl.format(
                    "{} minutes (MJ) were priced as units: this code is paid per service",
                    short_text(UNITS, 3),
                ),
            ),
        ),
    )
