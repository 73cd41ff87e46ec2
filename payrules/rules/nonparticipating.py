"""Nonparticipating: physicians who do not take part are paid from a lower schedule."""

import polars as pl

from payrules.dated import Dated
from payrules.money import percentage
from payrules.rule import Adjustment, rule, scale

REDUCED = Dated({"1992-01-01": "0.95"}, cites="42 CFR 414.20(b)")
#: 115 % of the nonparticipating 95 %, in one step as CMS writes it.
LIMIT = Dated({"1993-01-01": "1.0925"}, cites="42 CFR 414.48; CMS RVU file documentation")


@rule(
    cites="42 CFR 414.20(b), 414.48; CMS Pub. 100-04, ch. 12, §20.4.2",
    effective="1992-01-01",
    reads=(
        "participating",
        "assignment_accepted",
        "practitioner_type",
        "service_date",
        "fee_schedule_amount",
        "anesthesia_amount",
    ),
)
def nonparticipating(*, share: Dated = REDUCED, limit: Dated = LIMIT) -> Adjustment:
    """Nonparticipating physicians are paid 95 percent; without assignment a charge limit holds."""
    unit = pl.coalesce("fee_schedule_amount", "anesthesia_amount")
    return Adjustment(
        among=~pl.col("participating") & (pl.col("practitioner_type") == "physician"),
        outcomes=(
            scale(
                pl.lit(value=True),
                share.on(),
                "nonparticipating physician",
                carc="45",
                sets={
                    "amount_before_nonparticipating": pl.col("amount"),
                    "limiting_charge": pl.when(~pl.col("assignment_accepted")).then(
                        percentage(unit, limit.on())
                    ),
                },
            ),
        ),
    )
