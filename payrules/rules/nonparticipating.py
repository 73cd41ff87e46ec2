"""Nonparticipating: who does not take part is paid from a lower schedule."""

import polars as pl

from payrules.claims.practitioners import MAY_REFUSE_ASSIGNMENT
from payrules.dated import Dated
from payrules.engine.rule import Adjustment, rule, scale

REDUCED = Dated({"1992-01-01": "0.95"}, cites="42 CFR 414.20(b)")

KIND = pl.col("practitioner_type")


@rule(
    cites="42 CFR 414.20(b); SSA 1848(a)(3); CMS Pub. 100-04, ch. 12, §20.4.2",
    effective="1992-01-01",
    reads=(
        "participating",
        "practitioner_type",
        "service_date",
    ),
)
def nonparticipating(*, share: Dated = REDUCED) -> Adjustment:
    """Physicians and therapists who do not take part are paid 95 percent of the fee schedule."""
    return Adjustment(
        among=~pl.col("participating") & KIND.is_in(MAY_REFUSE_ASSIGNMENT),
        outcomes=(
            scale(
                pl.lit(value=True),
                share.on(),
                pl.format("nonparticipating {}", KIND.str.replace_all("_", " ", literal=True)),
                carc="45",
                sets={"amount_before_nonparticipating": pl.col("amount")},
            ),
        ),
    )
