"""Nonparticipating: physicians who do not take part are paid from a lower schedule."""

import polars as pl

from payrules.dated import Dated
from payrules.rule import Adjustment, rule, scale

REDUCED = Dated({"1992-01-01": "0.95"}, cites="42 CFR 414.20(b)")


@rule(
    cites="42 CFR 414.20(b); CMS Pub. 100-04, ch. 12, §20.4.2",
    effective="1992-01-01",
    reads=(
        "participating",
        "practitioner_type",
        "service_date",
    ),
)
def nonparticipating(*, share: Dated = REDUCED) -> Adjustment:
    """Nonparticipating physicians are paid 95 percent of the fee schedule."""
    return Adjustment(
        among=~pl.col("participating") & (pl.col("practitioner_type") == "physician"),
        outcomes=(
            scale(
                pl.lit(value=True),
                share.on(),
                "nonparticipating physician",
                carc="45",
                sets={"amount_before_nonparticipating": pl.col("amount")},
            ),
        ),
    )
